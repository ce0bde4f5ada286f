import Diagnosing
import Foundation
import Model
import Recommending

/// What all formats say, in plain text that is not escaped for any of them yet.
struct ReportContent {
    /// `shop @ db1:5432`
    var target: String
    /// `PostgreSQL 15.20 (primary)`
    var server: String
    var takenAt: Date
    /// `14 min since the last snapshot`
    var window: String
    /// `97 % of statement time covered`; nil when statements could not be read.
    var coveredTime: String?
    var headline: String
    var steps: [Step]
    var load: Load?
    var waits: Waits?
    var entries: [Entry]
    /// What was looked at and found in order, with its numbers: `checkpoints (2 of 1,002 requested)`.
    var cleared: [String]
    var gaps: [Gap]
    var suppressions: Suppressions
    var thresholds: Thresholds
    /// Rules that judged all that they should.
    var evaluated: Int
    /// `12 ms of server time`, `5 round trips`
    var cost: [String]
    /// Where that went, by query and by area of rules; nil: it was not measured.
    var costs: Costs?
    var generator: String
    var redaction: Redaction

    /// What to do at once, next, and for good.
    struct Step {
        /// `now`, `next`, `cure`
        var label: String
        var tier: Tier
        var title: String
        var gain: Gain?
        /// The finding that it belongs to.
        var fingerprint: String?
    }

    /// Something that was not judged, why, and what would mend it.
    struct Gap: Equatable {
        var text: String
        var remedy: String?
        /// Identifiers of the rules that could not judge for it, or not wholly.
        var rules: [String] = []
    }

    struct Load {
        var text: String
        /// On average over the samples.
        var activeSessions: Double
        var samples: Int
        /// By class of wait, and by single event; greatest first.
        var parts: [Part]
        var events: [Part]
        var cores: Int?

        struct Part {
            /// `Lock`, `Lock:transactionid`; `CPU*` where there is no wait event.
            var label: String
            /// Active sessions on average.
            var sessions: Double
        }
    }

    var redactionText: String { redaction == .literals ? "redacted" : "shown as they are" }
    var isQuiet: Bool { !entries.contains { $0.finding.severity > .notice } }
    var notices: [Entry] { entries.filter { $0.finding.severity == .notice } }
    func count(_ severity: Severity) -> Int {
        entries.reduce(0) { $0 + ($1.finding.severity == severity ? $1.findings.count : 0) }
    }
}
