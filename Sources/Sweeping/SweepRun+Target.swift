import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting
import Trends

extension SweepRun {
    /// One target, from the lease to its report. What fails here is told in the result and reaches no other target.
    func sweep(_ target: SweepTarget, _ slot: Slot) async -> SweepResult {
        do {
            // As long as it can take at most, and the writing of it.
            guard try await store.lease(target.name, seconds: target.deadline + Deadline.grace + 60) else {
                return SweepResult(.elsewhere, target)
            }
        } catch {
            return failed(target, error)
        }
        let result = await leased(target, slot)
        do {
            try await store.release(target.name)
            return result
        } catch {
            var result = result
            result.ownFailures.append("\(target.name): \(error)")
            return result
        }
    }

    /// Our own failure: of the target nothing is known, and the history does not know that.
    private func failed(_ target: SweepTarget, _ error: any Error) -> SweepResult {
        var result = SweepResult(.unknown, target)
        result.entry.state = .unknown
        result.entry.wasVisited = true
        result.entry.attemptedAt = now()
        result.entry.error = "\(error)"
        result.ownFailures = ["\(target.name): \(error)"]
        return result
    }

    private func leased(_ target: SweepTarget, _ slot: Slot) async -> SweepResult {
        do {
            // Read under the lease: another sweeper may just have been here.
            let state = try await store.state(of: target.name)
            if let course = left(state) { return unvisited(course, target, state) }
            let attemptedAt = now()
            let last = try await store.latest(of: target.name)
            let clock = ContinuousClock.now
            let visited = await visited(target, last?.snapshot) { slot.connected() }
            slot.read()
            let seconds = (ContinuousClock.now - clock) / .seconds(1)
            switch visited {
            case .success(let snapshot):
                return try await judged(target, snapshot, since: last, state, attemptedAt, seconds)
            case .failure(let error):
                if Task.isCancelled { return SweepResult(.notReached, target) }
                return try await unknown(target, error, state, attemptedAt, seconds)
            }
        } catch {
            return failed(target, error)
        }
    }

    /// Why a target is not visited now; nil: it is.
    private func left(_ state: TargetState) -> SweepResult.Course? {
        guard !ignoresBackoff else { return nil }
        if let end = settings.backoff.end(state), end > now() { return .postponed }
        guard let every = settings.every, let last = state.lastAttempt, state.failures == 0 else { return nil }
        let age = now().timeIntervalSince(last)
        // A visit in the future is one of a clock that was set back since.
        return (0..<every / 2).contains(age) ? .done : nil
    }

    private func unvisited(_ course: SweepResult.Course, _ target: SweepTarget, _ state: TargetState) -> SweepResult {
        var result = SweepResult(course, target)
        result.entry.attemptedAt = state.lastAttempt
        result.entry.lastSuccess = state.lastSuccess
        if course == .postponed {
            result.entry.state = .unknown
            result.entry.error = state.lastError
            result.entry.failures = state.failures
            result.entry.nextAttempt = settings.backoff.end(state)
        }
        return result
    }

    private func visited(
        _ target: SweepTarget, _ last: Snapshot?, _ connected: @escaping @Sendable () -> Void
    ) async -> Result<Snapshot, any Error> {
        let end = ContinuousClock.now + .seconds(target.deadline)
        var attempt = 0
        while true {
            let left = (end - .now) / .seconds(1)
            do {
                let visit = visit
                let snapshot = try await Deadline.run(seconds: max(0.1, left)) {
                    try await visit(target, last, connected)
                }
                guard !snapshot.isIncomplete else { throw VisitError.connectionLost }
                return .success(snapshot)
            } catch is DeadlineExceeded {
                return .failure(DeadlineExceeded(seconds: target.deadline))
            } catch {
                attempt += 1
                let hasTime = (end - .now) / .seconds(1) > retryPause + 1
                guard attempt <= settings.retries, hasTime, !Task.isCancelled else { return .failure(error) }
                guard (try? await Task.sleep(for: .seconds(retryPause))) != nil else { return .failure(error) }
            }
        }
    }

    private func judged(
        _ target: SweepTarget, _ snapshot: Snapshot, since last: History.LastReading?, _ state: TargetState,
        _ attemptedAt: Date, _ seconds: Double
    ) async throws -> SweepResult {
        let earlier = last.flatMap { snapshot.follows($0.snapshot) ? $0 : nil }
        let nodes = try await store.nodes(besides: target.name, of: snapshot)
        let observation = Observation(
            snapshot, since: earlier?.snapshot, basis: .earlierSnapshot, thresholds: target.thresholds,
            past: earlier?.traffic, peer: Peer.primary(of: snapshot, among: nodes))
        var judgement = engine.judge(observation)
        var result = SweepResult(.judged, target)
        var delta = SweepDelta()
        do {
            delta = try await store.record(observation, &judgement, for: target.name)
        } catch {
            result.ownFailures.append("\(target.name): \(error)")
        }
        let diagnosis = Diagnosis(
            observation: observation, judgement: judgement, rules: engine.rules, suppressions: target.suppressions)
        result.reachesFailOn = target.failOn.severity.map(diagnosis.reaches) ?? false
        result.entry.take(diagnosis, delta)
        result.entry.wasVisited = true
        result.entry.isBack = state.failures > 0
        (result.entry.attemptedAt, result.entry.lastSuccess) = (attemptedAt, snapshot.takenAt)
        result.entry.seconds = seconds
        do {
            let written = try write?(target, diagnosis, result.entry.isNews)
            result.entry.report = written?.link
            result.attachment = written?.attachment
            try await writeSlow(target, diagnosis, since: state.lastSuccess, result.entry)
        } catch {
            result.ownFailures.append("\(target.name): \(error)")
        }
        return result
    }

    /// The slow statements of the last day: once an hour, and when there is news, since it reads two days of the history.
    private func writeSlow(
        _ target: SweepTarget, _ diagnosis: Diagnosis, since last: Date?, _ entry: FleetEntry
    ) async throws {
        let moment = diagnosis.snapshot.takenAt
        func hour(_ date: Date) -> Int { Int(date.timeIntervalSince1970 / 3600) }
        guard let writeSlow, entry.isNews || last.map(hour) != hour(moment) else { return }
        let day = 86_400.0
        let end = moment.addingTimeInterval(0.001)
        guard
            let timeline = try await store.timeline(
                of: target.name, from: end.addingTimeInterval(-2 * day), to: end)
        else { return }
        let seconds = end.timeIntervalSince1970
        var options = TrendAnalysis.Options()
        options.timeZone = timeZone
        try writeSlow(
            target,
            TrendAnalysis(timeline, options: options).slowReport(
                window: seconds - day..<seconds, roles: target.reportRoles),
            diagnosis)
    }

    private func unknown(
        _ target: SweepTarget, _ error: any Error, _ state: TargetState, _ attemptedAt: Date, _ seconds: Double
    ) async throws -> SweepResult {
        let text = "\(error)"
        try await store.failed(target.name, text, at: attemptedAt)
        var result = SweepResult(.unknown, target)
        result.entry.state = .unknown
        result.entry.wasVisited = true
        result.entry.error = text
        result.entry.failures = state.failures + 1
        (result.entry.attemptedAt, result.entry.lastSuccess) = (attemptedAt, state.lastSuccess)
        result.entry.nextAttempt = attemptedAt.addingTimeInterval(settings.backoff.pause(after: state.failures + 1))
        result.entry.seconds = seconds
        return result
    }
}

/// Why a visit gave nothing that can be judged.
enum VisitError: Error, CustomStringConvertible {
    case connectionLost

    var description: String { "the connection was lost during the visit" }
}

extension Snapshot {
    /// Time or connection were over before all was read.
    var isCutShort: Bool { notes.contains { $0.reason == .connectionLost || $0.reason == .timeout } }
}
