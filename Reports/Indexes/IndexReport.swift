import Diagnosing
import Foundation
import Model

/// The set of indexes that a workload wants, written.
package struct IndexReport: WrittenReport {
    let advice: IndexAdvice
    let snapshot: Snapshot
    /// Rejected candidates are listed with their reasons.
    let explains: Bool
    let options: ReportOptions

    package init(
        _ advice: IndexAdvice, of snapshot: Snapshot, explains: Bool = false, options: ReportOptions = ReportOptions()
    ) {
        self.advice = advice
        self.snapshot = snapshot
        self.explains = explains
        self.options = options
    }

    package func terminal() -> String { TerminalIndexes(self).text }
    package func markdown() -> String { MarkdownIndexes(self).text }
    package func html() -> String { PageTemplates.render(IndexPage(self)) }
    package func json() -> String { jsonValue.text }

    /// `shop @ db1:5432`
    var target: String { ReportContent.target(snapshot.server) }
    var server: String { ReportContent.server(snapshot) }
    var generator: String { options.generator ?? snapshot.generator }

    /// `pg_stat_statements since …, 35 statements`
    var facts: [String] {
        advice.sources.map(Visible.folded) + [Quantity.plural(advice.statements.count, "statement")]
    }

    /// What the search cost, and whether it came to its end.
    var effort: [String] {
        var parts = [
            advice.isComplete
                ? "the search came to its end" : "the search was stopped: this is the best set found until then",
            Quantity.plural(advice.candidateCount, "candidate"),
            Quantity.plural(advice.plannerCalls, "question") + " to the planner",
        ]
        if advice.estimateCalls > 0 { parts.append(Quantity.plural(advice.estimateCalls, "estimate")) }
        return parts
    }

    /// What bounds the set: `storage 500 MB`, `writes 10 % of the cost`.
    var bounds: [String] {
        let budget = advice.budget
        var parts: [String] = []
        if let storage = budget.storage { parts.append("storage \(Quantity.bytes(storage))") }
        if let writes = budget.writes { parts.append("writes \(Quantity.percent(writes)) of the cost") }
        if let most = budget.mostIndexes { parts.append("at most \(Quantity.plural(most, "index", "indexes"))") }
        parts.append(
            "each brings \(Quantity.percent(budget.leastGain)) or more of the load or of the statements' mean cut")
        return parts
    }

    var entries: [IndexEntry] {
        advice.recommendations.enumerated().map { IndexEntry(number: $0 + 1, recommendation: $1, advice: advice) }
    }

    /// Where candidates were rejected, and the reader did not ask why.
    var hint: String? {
        guard !explains, !advice.rejected.isEmpty else { return nil }
        return
            "\(Quantity.plural(advice.rejected.count, "candidate was", "candidates were")) rejected: --explain says why"
    }

    /// Rejected candidates that a page lists; JSON has all.
    private static let mostRejections = 200

    var listedRejections: ArraySlice<RejectedCandidate> { advice.rejected.prefix(Self.mostRejections) }

    /// None or one sentence.
    var unlistedRejections: [String] {
        let hidden = advice.rejected.count - listedRejections.count
        return hidden > 0 ? ["and \(Quantity.count(hidden)) more (--format json lists all)"] : []
    }
}
