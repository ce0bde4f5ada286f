import Diagnosing
import Model

extension ReportContent {
    /// By which thresholds it was judged that are not the documented ones, and what is silent for that.
    struct Thresholds {
        /// `2 thresholds were adjusted, 1 finding is silent by them`; nil: none was.
        var count: String?
        /// A sentence each.
        var adjusted: [String]
        var silenced: [String]

        var all: [String] { adjusted + silenced }

        init(_ judgement: Judgement) {
            let (many, silent) = (judgement.adjusted.count, judgement.silenced.count)
            adjusted = judgement.adjusted.map(\.text)
            silenced = judgement.silenced.map { finding in
                "\(finding.severity.mark) \(finding.title) (finding \(finding.fingerprint), \(finding.rule)): silent; "
                    + "a \(finding.severity.rawValue) by the documented thresholds"
            }
            guard many > 0 else { return }
            count =
                Quantity.plural(many, "threshold was adjusted", "thresholds were adjusted")
                + (silent > 0
                    ? ", " + Quantity.plural(silent, "finding is", "findings are") + " silent for that" : "")
        }
    }
}
