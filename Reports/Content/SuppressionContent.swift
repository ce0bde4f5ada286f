import Diagnosing
import Model
import Recommending

extension ReportContent {
    /// What was accepted and is left out, a sentence each, and which entries need somebody.
    struct Suppressions {
        /// `2 findings (1 warning, 1 notice)`; nil: none.
        var count: String?
        /// Each with who accepted it and why.
        var suppressed: [String]
        /// Entries that hide nothing, and why: lapsed, graver, ambiguous, without a finding.
        var told: [String]
        /// What is worth a line only to whoever tends the entries.
        var aside: [String]

        var all: [String] { told + suppressed + aside }

        init(_ outcome: SuppressionOutcome) {
            let counts = Severity.allCases.reversed().map { ($0, outcome.count($0)) }.filter { $0.1 > 0 }
            if !counts.isEmpty {
                let parts = counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
                count = "\(Quantity.plural(outcome.suppressed.count, "finding")) (\(parts))"
            }
            suppressed = outcome.suppressed.map(Self.sentence)
            told = outcome.told.filter { !$0.isAside }.map(Self.sentence)
            aside =
                outcome.lapsingSoon.map {
                    "\($0.what): suppressed until \($0.until ?? "") by \($0.owner), which is soon"
                }
                + outcome.told.filter(\.isAside).map(Self.sentence)
        }

        private static func sentence(_ one: SuppressionOutcome.Suppressed) -> String {
            let (finding, entry) = (one.finding, one.entry)
            var text =
                "\(finding.severity.mark) \(finding.title) (finding \(finding.fingerprint), \(finding.rule)): \(entry.reason)"
                + "; accepted as \(entry.severity.rawValue) by \(entry.owner)"
                + (entry.until.map { " until \($0)" } ?? " for good")
            if !one.shown.isEmpty {
                let titles = one.shown.map(\.title).joined(separator: "; ")
                text += ". It brings about what is shown in its own right: \(titles)"
            }
            return text
        }

        private static func sentence(_ told: SuppressionOutcome.Told) -> String {
            let entry = told.entry
            let what = told.finding.map { "\($0.title) (finding \($0.fingerprint))" } ?? entry.what
            switch told.trouble {
            case .lapsed(stillThere: true):
                return "\(what): accepted by \(entry.owner) until \(entry.until ?? ""), which is over: shown again "
                    + "(\(entry.place))"
            case .lapsed(stillThere: false):
                return "\(what): over since \(entry.until ?? ""), and nothing answers to it: take the entry out "
                    + "(\(entry.place))"
            case .graver(let severity):
                return
                    "\(what): accepted as \(entry.severity.rawValue) by \(entry.owner), \(severity.rawValue) now: shown "
                    + "again (\(entry.place))"
            case .ambiguous(let fingerprints):
                return
                    "\(entry.what): \(Quantity.plural(fingerprints.count, "finding answers", "findings answer")) to it, "
                    + "so that none is suppressed: write one entry for each, by fingerprint "
                    + "(\(fingerprints.joined(separator: ", "))) or with its database (\(entry.place))"
            case .unmatched(let near):
                return "\(entry.what): nothing answers to it"
                    + (near.map { "; did you mean \($0)?" } ?? ", take the entry out") + " (\(entry.place))"
            }
        }
    }
}

extension SuppressionOutcome.Told {
    /// Of entries for many servers, most meet nothing on one of them.
    fileprivate var isAside: Bool {
        guard case .unmatched(near: nil) = trouble else { return false }
        return entry.isShared
    }
}
