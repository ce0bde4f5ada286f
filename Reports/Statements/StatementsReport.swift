import Diagnosing
import Model
import Recommending

/// The workload as a table, each statement with who runs it and what the rules say of it.
package struct StatementsReport: Sendable {
    let diagnosis: Diagnosis
    let selection: StatementSelection
    let options: ReportOptions
    let shown: [RankedStatement]
    /// Statements that the filters admit.
    let count: Int

    package init(_ diagnosis: Diagnosis, _ selection: StatementSelection, options: ReportOptions = ReportOptions()) {
        self.diagnosis = diagnosis
        self.selection = selection
        self.options = options
        (shown, count) = diagnosis.statements(selection)
    }

    package func terminal() -> String { StatementsTable(self).text }
    package func json() -> String { StatementsJSON(self).value.text }

    var content: ReportContent { ReportContent(diagnosis, options) }

    /// `12 of 61 statements by execution time`
    var title: String {
        let all = Quantity.plural(count, "statement")
        return (shown.count < count ? "\(Quantity.count(shown.count)) of \(all)" : all)
            + " by \(selection.measure.words)"
    }

    /// What is not there that one might look for.
    var gaps: [ReportContent.Gap] {
        let wanted: Set<EvidenceKind> = [.statements, .statementTexts, .plans, .whatIf]
        return diagnosis.snapshot.notes.filter { wanted.contains($0.evidence) }
            .map { ReportContent.Gap(text: $0.text, remedy: $0.remedy) }
            + diagnosis.judgement.adjusted.map {
                ReportContent.Gap(text: "judged by an adjusted threshold: \($0.text)")
            }
    }
}
