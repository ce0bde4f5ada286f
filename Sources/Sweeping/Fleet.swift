import Configuration
import Foundation
import Reporting

/// What is known of all targets after a sweep.
package enum Fleet {
    /// - Parameters:
    ///   - earlier: what the sweep before knew; it holds for targets that this one did not visit.
    ///   - project: all its targets are in the result, in its order.
    package static func entries(
        _ outcome: SweepOutcome, earlier: [FleetEntry], project: ProjectFile
    ) -> [FleetEntry] {
        let before = Dictionary(earlier.map { ($0.target, $0.earlier) }, uniquingKeysWith: { first, _ in first })
        let now = Dictionary(outcome.results.map { ($0.entry.target, $0) }, uniquingKeysWith: { first, _ in first })
        return project.targets.map { target in
            var entry = before[target.name] ?? FleetEntry(target.name)
            if let result = now[target.name] { entry = merged(entry, result) }
            entry.tags = target.tags
            entry.tell = target.sweep.tell ?? project.sweep.tell
            return entry
        }
    }

    private static func merged(_ before: FleetEntry, _ result: SweepResult) -> FleetEntry {
        switch result.course {
        case .judged:
            var entry = result.entry
            entry.report = entry.report ?? before.report
            return entry
        case .unknown, .postponed:
            // What was known of it stays readable behind its link, and is not shown as its state.
            var entry = result.entry
            (entry.report, entry.place, entry.judgedAt) = (before.report, before.place, before.judgedAt)
            entry.lastSuccess = entry.lastSuccess ?? before.lastSuccess
            return entry
        case .elsewhere, .done, .notReached:
            var entry = before
            entry.lastSuccess = result.entry.lastSuccess ?? before.lastSuccess
            return entry
        }
    }
}
