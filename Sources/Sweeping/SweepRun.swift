import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Trends
import Synchronization

/// Goes through targets, each on its own: visits it, judges it against its last snapshot, records it.
///
/// In: the targets, a history, and what visits a server. Out: a result for each target, whatever became of the others. Opens no
/// connection itself and prints nothing.
package struct SweepRun: Sendable {
    /// Takes a snapshot, given the last one of the target; calls `connected` as soon as the server answers.
    ///
    /// What it throws is shown: its description must hold no secret.
    package typealias Visit =
        @Sendable (_ target: SweepTarget, _ last: Snapshot?, _ connected: @escaping @Sendable () -> Void) async throws
        -> Snapshot

    package var targets: [SweepTarget]
    package var settings: SweepSettings
    package var store: any SweepStore
    package var visit: Visit
    package var engine: Engine
    /// Backoff and what is done already count for nothing.
    package var ignoresBackoff = false
    /// Writes a target's reports; gives the one to attach to a mail. May throw what is to be told.
    package var write: (@Sendable (SweepTarget, Diagnosis, _ isNews: Bool) throws -> WrittenTarget)?
    /// In which that of a target's slow statements tells moments.
    package var timeZone = TimeZone.gmt
    /// Writes the report of a target's slow statements.
    package var writeSlow: (@Sendable (SweepTarget, SlowReport, Diagnosis) throws -> Void)?
    /// So many are done, of so many.
    package var progress: @Sendable (Int, Int) -> Void = { _, _ in }
    package var now: @Sendable () -> Date = { Date() }
    /// s to pause before a further attempt.
    package var retryPause = 1.0

    package struct WrittenTarget: Sendable {
        /// From the index.
        package var link: String?
        package var attachment: String?

        package init(link: String? = nil, attachment: String? = nil) {
            self.link = link
            self.attachment = attachment
        }
    }

    package init(
        _ targets: [SweepTarget], settings: SweepSettings, store: any SweepStore, engine: Engine = Engine(),
        visit: @escaping Visit
    ) {
        self.targets = targets
        self.settings = settings
        self.store = store
        self.engine = engine
        self.visit = visit
    }

    package func run() async -> SweepOutcome {
        let start = now()
        let clock = ContinuousClock.now
        let slots = Slots(settings.parallel)
        let done = Tally()
        var results: [SweepResult] = []
        let ordered = await inOrder()
        await withTaskGroup(of: SweepResult.self) { group in
            for target in ordered {
                let slot = await slots.take()
                group.addTask {
                    defer { slot.end() }
                    guard !Task.isCancelled else { return SweepResult(.notReached, target) }
                    let result = await sweep(target, slot)
                    progress(done.next(), ordered.count)
                    return result
                }
            }
            for await result in group { results.append(result) }
        }
        return SweepOutcome(
            results: results, startedAt: start, seconds: (ContinuousClock.now - clock) / .seconds(1),
            wasInterrupted: Task.isCancelled)
    }

    /// Those that answered first, and among them the one whose last visit is the longest ago: what a killed sweep did not come
    /// to is first in the next. Those that failed come last: they take longest.
    private func inOrder() async -> [SweepTarget] {
        let states = (try? await store.states(of: targets.map(\.name))) ?? [:]
        let known = targets.map { (target: $0, state: states[$0.name] ?? TargetState()) }
        return known.enumerated().sorted { left, right in
            let (one, other) = (left.element.state, right.element.state)
            if (one.failures > 0) != (other.failures > 0) { return other.failures > 0 }
            let (first, second) = (one.lastAttempt ?? .distantPast, other.lastAttempt ?? .distantPast)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element.target)
    }
}

extension SweepResult {
    init(_ course: Course, _ target: SweepTarget) {
        self.init(course: course, entry: FleetEntry(target.name, tags: target.tags, tell: target.tell))
    }
}

/// How many are done, counted by whoever is.
private final class Tally: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
