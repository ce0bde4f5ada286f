import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting

/// What a sweep did with one target.
package struct SweepResult: Sendable {
    package enum Course: Sendable, Equatable {
        /// Visited, and judged.
        case judged
        /// Visited in vain.
        case unknown
        /// Failed before, and left alone for a while; still unknown.
        case postponed
        /// Another sweeper works on it.
        case elsewhere
        /// Visited within this period already.
        case done
        /// The sweep was interrupted before.
        case notReached
    }

    package var course: Course
    package var entry: FleetEntry
    /// A finding is as severe as `failOn` says.
    package var reachesFailOn = false
    /// What went wrong on our side: the history, a report.
    package var ownFailures: [String] = []
    /// The report in HTML, where one was asked for and there is something new.
    package var attachment: String?
}

/// A whole sweep.
package struct SweepOutcome: Sendable {
    package var results: [SweepResult]
    package var startedAt: Date
    /// s
    package var seconds: Double
    package var wasInterrupted = false

    package var reachesFailOn: Bool { results.contains(where: \.reachesFailOn) }
    package var hasUnknown: Bool { results.contains { $0.course == .unknown || $0.course == .postponed } }
    package var ownFailures: [String] { results.flatMap(\.ownFailures) }
}

extension FleetEntry {
    /// Fills in what was found.
    mutating func take(_ diagnosis: Diagnosis, _ delta: SweepDelta) {
        let server = diagnosis.snapshot.server
        state = .judged
        judgedAt = diagnosis.snapshot.takenAt
        place = "\(server.database) @ \(HistoryTarget(server).address)"
        headline = diagnosis.headline
        isInPart = diagnosis.snapshot.isCutShort
        let severities = diagnosis.findings.map(\.severity)
        critical = severities.count { $0 == .critical }
        warnings = severities.count { $0 == .warning }
        notices = severities.count { $0 == .notice }
        suppressed = diagnosis.suppressions.suppressed.count
        let silent = diagnosis.judgement.silenced.count
        silenced = silent > 0 ? silent : nil
        let first = diagnosis.ranked.first
        worst = first.map { FindingSummary($0.finding, firstSeen: delta.firstSeen[$0.finding.fingerprint]) }
        score = first?.score ?? 0
        let accepted = Set(diagnosis.suppressions.suppressed.map(\.finding.fingerprint))
        func shown(_ findings: [FindingSummary]) -> [FindingSummary] {
            findings.filter { !accepted.contains($0.fingerprint) }
        }
        (opened, worse, recurred) = (shown(delta.opened), shown(delta.worse), shown(delta.recurred))
        resolved = delta.resolved
        (verified, reopened) = (delta.verified, delta.reopened)
        events = delta.events
    }
}
