import Diagnosing
import Foundation
import Recommending

/// What a sweep knows of one target.
package struct FleetEntry: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable, CaseIterable {
        /// Looked at, and judged.
        case judged
        /// Could not be looked at: nobody knows how it does.
        case unknown
        /// Never visited.
        case unvisited
    }

    package var target: String
    package var tags: [String] = []
    /// The least severity of a change that is told.
    package var tell = Severity.warning
    package var state = State.unvisited
    /// The server's clock at the snapshot that all below is of; nil: there is none.
    package var judgedAt: Date?
    package var attemptedAt: Date?
    /// `shop @ db1:5432`
    package var place: String?
    package var headline: String?
    /// Not all of what was to be read was.
    package var isInPart = false
    package var critical = 0
    package var warnings = 0
    package var notices = 0
    package var suppressed = 0
    /// Findings that the documented thresholds would tell, and the adjusted ones do not; nil: there are none.
    package var silenced: Int?
    package var worst: FindingSummary?
    /// Of the worst, in sessions; see `ImpactScale`.
    package var score = 0.0
    package var opened: [FindingSummary] = []
    package var worse: [FindingSummary] = []
    package var recurred: [FindingSummary] = []
    package var resolved: [FindingSummary] = []
    /// A fix was tested: it held, or changed nothing.
    package var verified: [FindingSummary] = []
    package var reopened: [FindingSummary] = []
    /// What became different on the server itself: `index public.orders_status_idx dropped`.
    package var events: [String] = []
    /// Why it is unknown.
    package var error: String?
    package var failures = 0
    package var lastSuccess: Date?
    package var nextAttempt: Date?
    /// It was unknown before, and is not any more.
    package var isBack = false
    /// In this sweep; else all is of an earlier one.
    package var wasVisited = false
    /// s that the last visit took.
    package var seconds = 0.0
    /// Of its last report, from the folder of the index.
    package var report: String?

    package init(_ target: String, tags: [String] = [], tell: Severity = .warning) {
        self.target = target
        self.tags = tags
        self.tell = tell
    }

    /// Changes that are told.
    package var changes: [FleetChange] {
        let groups: [(FleetChange.Kind, [FindingSummary])] = [
            (.new, opened), (.worse, worse), (.recurred, recurred), (.reopened, reopened), (.resolved, resolved),
            (.verified, verified),
        ]
        return groups.compactMap { kind, findings in
            let loud = findings.filter { $0.severity >= tell }.sorted { $0.severity > $1.severity }
            return loud.isEmpty ? nil : FleetChange(kind: kind, findings: loud)
        }
    }

    /// Whether this sweep has something to say of it.
    package var isNews: Bool { wasVisited && (state == .unknown || isBack || !changes.isEmpty || !events.isEmpty) }

    package var loudest: Severity? {
        critical > 0 ? .critical : warnings > 0 ? .warning : notices > 0 ? .notice : nil
    }

    /// As a later sweep has it that did not visit the target.
    package var earlier: FleetEntry {
        var entry = self
        (entry.opened, entry.worse, entry.recurred, entry.resolved) = ([], [], [], [])
        (entry.verified, entry.reopened) = ([], [])
        entry.events = []
        entry.isBack = false
        entry.wasVisited = false
        return entry
    }
}

/// What became of findings of one target, loudest first.
package struct FleetChange: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case new, worse, recurred, reopened, resolved, verified
    }

    package var kind: Kind
    package var findings: [FindingSummary]
}
