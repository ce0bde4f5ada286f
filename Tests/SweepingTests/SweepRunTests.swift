import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Synchronization
import Testing

@testable import Sweeping

@Suite struct SweepRunTests {
    struct Dead: Error, CustomStringConvertible {
        var description = "nobody listens at db:5432"
    }

    private func run(
        _ names: [String], _ store: MemoryStore = MemoryStore(), settings: String = "",
        _ change: (inout SweepRun) -> Void = { _ in }, visit: @escaping SweepRun.Visit
    ) async throws -> SweepOutcome {
        let project = try Made.project(names, settings)
        var run = SweepRun(Made.targets(project), settings: project.sweep, store: store, visit: visit)
        run.retryPause = 0
        change(&run)
        return await run.run()
    }

    private func course(_ outcome: SweepOutcome, _ name: String) -> SweepResult.Course? {
        outcome.results.first { $0.entry.target == name }?.course
    }

    @Test func anUnchangedFleetHasNoNewsInItsSecondSweep() async throws {
        let store = MemoryStore()
        let visit: SweepRun.Visit = { target, _, _ in Made.snapshot(target.name, fsync: "off") }
        let first = try await run(["a", "b"], store, visit: visit)
        #expect(first.results.allSatisfy { $0.course == .judged && $0.entry.isNews })
        #expect(first.results.allSatisfy { $0.entry.critical >= 1 && $0.entry.worst?.firstSeen != nil })
        let second = try await run(["a", "b"], store, visit: visit)
        #expect(second.results.allSatisfy { $0.course == .judged && !$0.entry.isNews })
        #expect(!second.hasUnknown && second.ownFailures.isEmpty)
        let third = try await run(["a", "b"], store) { target, _, _ in Made.snapshot(target.name) }
        #expect(third.results.allSatisfy { !$0.entry.resolved.isEmpty && $0.entry.critical == 0 })
    }

    @Test func aStandbyIsComparedWithItsPrimaryAndNotWithAClone() async throws {
        let store = MemoryStore()
        let rule = "configuration.drift-between-nodes"
        func sweep(cloneHasStandbys: Bool) async throws -> [String: [String]] {
            let outcome = try await run(["clone", "primary", "standby"], store, settings: "sweep: {parallel: 1}") {
                target, _, _ in
                var snapshot = Made.snapshot(target.name)
                snapshot.server.systemIdentifier = "7"
                snapshot.server.startedAt = snapshot.takenAt.addingTimeInterval(-Double(1000 * target.name.count))
                snapshot.server.isInRecovery = target.name == "standby"
                if target.name == "primary" || cloneHasStandbys { snapshot.standbys = [.make { $0.pid = 1 }] }
                let buffers = ["clone": "1", "primary": "524288", "standby": "1000"][target.name] ?? ""
                snapshot.settings[1].value = buffers
                return snapshot
            }
            return Dictionary(
                uniqueKeysWithValues: outcome.results.map { result in
                    (result.entry.target, result.entry.opened.filter { $0.rule == rule }.map(\.title))
                })
        }
        let told = try await sweep(cloneHasStandbys: false)
        #expect(told["primary"] == [] && told["clone"] == [])
        #expect(told["standby"] == ["shared_buffers differs between this standby and the primary (primary)"])
        // Nobody can say which of two is meant.
        _ = try await sweep(cloneHasStandbys: true)
        #expect(store.kept.withLock { $0.open["standby"]?.values.contains { $0.rule == rule } } == false)
    }

    @Test func whatHangsIsGivenUpAndHoldsUpNobody() async throws {
        let names = ["dead", "frozen", "well1", "well2", "well3"]
        let never = DispatchSemaphore(value: 0)
        let outcome = try await run(
            names, settings: "sweep: {parallel: 1, deadline: 3s, retries: 0}"
        ) { target, _, _ in
            switch target.name {
            case "dead": throw Dead()
            case "frozen":
                // A thread that hangs in the resolver: it hears of no cancellation.
                await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                    Thread.detachNewThread {
                        never.wait()
                        done.resume()
                    }
                }
                return Made.snapshot(target.name)
            default: return Made.snapshot(target.name)
            }
        }
        never.signal()
        #expect(course(outcome, "dead") == .unknown && course(outcome, "frozen") == .unknown)
        for name in names.dropFirst(2) { #expect(course(outcome, name) == .judged) }
        let frozen = try #require(outcome.results.first { $0.entry.target == "frozen" })
        #expect(frozen.entry.state == .unknown && frozen.entry.error?.contains("deadline of 3.0 s") == true)
        #expect(outcome.results.last?.entry.target == "frozen", "the others did not wait for it")
        #expect(outcome.hasUnknown)
    }

    @Test func aTargetThatFailedIsLeftAloneAndStaysUnknown() async throws {
        let store = MemoryStore()
        let visits = Mutex(0)
        let dead: SweepRun.Visit = { _, _, _ in
            visits.withLock { $0 += 1 }
            throw Dead()
        }
        let settings = "sweep: {retries: 2, backoff: {first: 1h, most: 2h}}"
        let first = try await run(["a"], store, settings: settings, visit: dead)
        #expect(visits.withLock { $0 } == 3, "tried twice more")
        #expect(first.results[0].course == .unknown && first.results[0].entry.isNews)
        let second = try await run(["a"], store, settings: settings, visit: dead)
        #expect(visits.withLock { $0 } == 3)
        #expect(second.results[0].course == .postponed && second.hasUnknown)
        #expect(second.results[0].entry.state == .unknown && !second.results[0].entry.isNews)
        #expect(second.results[0].entry.error == "nobody listens at db:5432")
        let later = try await run(["a"], store, settings: settings, { $0.now = { Date().addingTimeInterval(3700) } }) {
            target, _, _ in Made.snapshot(target.name)
        }
        #expect(later.results[0].course == .judged && later.results[0].entry.isBack)
        #expect(later.results[0].entry.isNews, "that it is back is news")
        let now = try await run(["a"], store, settings: settings, { $0.ignoresBackoff = true }, visit: dead)
        #expect(now.results[0].course == .unknown)
    }

    @Test func pausesDoubleUpToTheMost() {
        let backoff = SweepSettings.Backoff(first: 60, most: 600)
        #expect([1, 2, 3, 4, 5, 60].map { backoff.pause(after: $0) } == [60, 120, 240, 480, 600, 600])
        #expect(backoff.end(TargetState(failures: 0, lastAttempt: Date())) == nil)
    }

    @Test func whatAKilledSweepDidNotComeToIsFirst() async throws {
        let store = MemoryStore()
        let now = Date()
        store.kept.withLock {
            $0.states["a"] = TargetState(lastAttempt: now.addingTimeInterval(-60))
            $0.states["b"] = TargetState(failures: 1, lastAttempt: now.addingTimeInterval(-900))
            $0.states["c"] = TargetState(lastAttempt: now.addingTimeInterval(-600))
        }
        _ = try await run(["a", "b", "c", "d"], store, settings: "sweep: {parallel: 1}") { target, _, _ in
            Made.snapshot(target.name)
        }
        #expect(store.kept.withLock { $0.attempts } == ["d", "c", "a", "b"])
    }

    @Test func whatWasJustVisitedIsDoneForThisPeriod() async throws {
        let store = MemoryStore()
        let visit: SweepRun.Visit = { target, _, _ in Made.snapshot(target.name) }
        _ = try await run(["a"], store, settings: "sweep: {every: 5min}", visit: visit)
        _ = try await run(["a", "b"], store, settings: "sweep: {every: 5min}", visit: visit)
        #expect(store.kept.withLock { $0.attempts } == ["a", "b"])
        let next = try await run(
            ["a", "b"], store, settings: "sweep: {every: 5min}", { $0.now = { Date().addingTimeInterval(290) } },
            visit: visit)
        #expect(next.results.allSatisfy { $0.course == .judged }, "a timer that comes early is no reason")
    }

    @Test func whatAnotherSweeperWorksOnIsLeftToIt() async throws {
        let store = MemoryStore()
        #expect(try await store.lease("a", seconds: 60))
        let outcome = try await run(["a", "b"], store) { target, _, _ in Made.snapshot(target.name) }
        #expect(course(outcome, "a") == .elsewhere && course(outcome, "b") == .judged)
        #expect(!outcome.hasUnknown)
        #expect(store.kept.withLock { $0.leased } == ["a"], "our own leases are given back")
    }

    @Test func aHistoryThatFailsIsToldAndTheReportIsWrittenAllTheSame() async throws {
        let written = Mutex<[String]>([])
        let outcome = try await run(["a", "b"], MemoryStore(refuses: ["a"])) { run in
            run.write = { target, _, _ in
                written.withLock { $0.append(target.name) }
                return SweepRun.WrittenTarget()
            }
        } visit: { target, _, _ in
            Made.snapshot(target.name, fsync: "off")
        }
        #expect(outcome.ownFailures == ["a: history memory: the disk is full"])
        #expect(written.withLock { $0.sorted() } == ["a", "b"])
    }

    @Test func failOnCountsForEachTargetByItsOwn() async throws {
        let project = try ProjectFile(
            text: "targets:\n  a: {dsn: x, sweep: {failOn: never}}\n  b: {dsn: x}\nsweep: {failOn: critical}",
            file: "f")
        let run = SweepRun(Made.targets(project), settings: project.sweep, store: MemoryStore()) { target, _, _ in
            Made.snapshot(target.name, fsync: target.name == "a" ? "off" : "on")
        }
        #expect(await run.run().reachesFailOn == false)
        var other = run
        other.store = MemoryStore()
        other.visit = { target, _, _ in Made.snapshot(target.name, fsync: "off") }
        #expect(await other.run().reachesFailOn)
    }

    @Test func aLostConnectionIsNotTakenForAJudgement() async throws {
        let store = MemoryStore()
        let outcome = try await run(["a"], store) { target, _, _ in
            var snapshot = Made.snapshot(target.name)
            snapshot.notes = [
                .make {
                    $0.evidence = .plans
                    $0.reason = .connectionLost
                }
            ]
            return snapshot
        }
        #expect(course(outcome, "a") == .unknown && store.kept.withLock { $0.records } == 0)
    }

    @Test func anInterruptedSweepLeavesTheRestAndRecordsNoFailure() async throws {
        let store = MemoryStore()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await run(["a", "b", "c"], store, settings: "sweep: {parallel: 1}") { target, _, _ in
                begin.finish()
                try await Task.sleep(for: .seconds(600))
                return Made.snapshot(target.name)
            }
        }
        for await _ in begun {}
        task.cancel()
        let outcome = try await task.value
        #expect(outcome.wasInterrupted && outcome.results.allSatisfy { $0.course == .notReached })
        #expect(store.kept.withLock { $0.attempts.isEmpty && $0.leased.isEmpty })
    }
}
