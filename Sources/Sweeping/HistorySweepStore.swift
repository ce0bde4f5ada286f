import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting
import Runbooks
import Trends

/// A sweep's view of a history.
package final class HistorySweepStore: SweepStore {
    private let history: History
    /// Who we are among sweepers that share the store.
    private let holder: LeaseHolder
    private let retention: Retention
    private let runbooks: [Runbook]
    private let records: [String: RunbookRecord]

    /// - Parameter records: of the runbooks, by their identifiers.
    package init(
        _ history: History, retention: Retention = Retention(), runbooks: [Runbook] = [],
        records: [String: RunbookRecord] = [:]
    ) {
        self.history = history
        self.runbooks = runbooks
        self.records = records
        self.retention = retention
        holder = LeaseHolder()
    }

    private func target(_ name: String) -> HistoryTarget {
        .make {
            $0.name = name
            $0.isNamed = true
        }
    }

    package func state(of target: String) async throws -> TargetState {
        try await history.stored(self.target(target)).map(TargetState.init) ?? TargetState()
    }

    /// In one reading of the store, whose list has all targets.
    package func states(of targets: [String]) async throws -> [String: TargetState] {
        let known = Dictionary(
            try await history.targets().map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var states: [String: TargetState] = [:]
        for name in targets {
            states[name] = known[target(name).key].map(TargetState.init)
        }
        return states
    }

    package func latest(of target: String) async throws -> History.LastReading? {
        try await history.latest(of: self.target(target))
    }

    package func nodes(besides target: String, of snapshot: Snapshot) async throws -> [Snapshot] {
        try await history.nodes(besides: self.target(target), of: snapshot)
    }

    package func record(
        _ observation: Observation, _ judgement: inout Judgement, for target: String
    ) async throws -> SweepDelta {
        let judged = judgement
        let snapshot = try RecordedSnapshot(observation, judged, recordedAt: Date())
        let recorded = try await history.record(snapshot)
        judgement = judgement.told(by: recorded).advised(by: runbooks, records: records)
        // Here, so that no second job is needed; a day is packed once, and there is mostly nothing to do.
        _ = try await history.maintain(
            snapshot.target, at: observation.snapshot.takenAt, retention: retention, whenDayEnds: true)
        return SweepDelta(recorded, judgement)
    }

    package func timeline(of target: String, from: Date, to: Date) async throws -> Timeline? {
        var query = TimelineQuery(from: from, to: to)
        query.fullStatements = 300
        return try await history.timeline(of: self.target(target), query)
    }

    package func failed(_ target: String, _ error: String, at moment: Date) async throws {
        try await history.failed(self.target(target), error: error, at: moment)
    }

    package func lease(_ target: String, seconds: Double) async throws -> Bool {
        let key = self.target(target).key
        if try await history.store.lease(key, holder: holder.text, seconds: seconds) { return true }
        // A sweep that was killed holds it up no longer.
        guard let other = try await holder(of: key), other.isGone else { return false }
        try await history.store.release(key, holder: other.text)
        return try await history.store.lease(key, holder: holder.text, seconds: seconds)
    }

    private func holder(of key: String) async throws -> LeaseHolder? {
        let text: String? = try await history.store.read { connection in
            var found: String?
            try connection.rows("SELECT holder FROM leases WHERE target = $1", [.text(key)]) { found = try $0.text(0) }
            return found
        }
        return text.flatMap(LeaseHolder.init)
    }

    package func release(_ target: String) async throws {
        try await history.store.release(self.target(target).key, holder: holder.text)
    }

    package func close() async { await history.store.close() }
}

extension TargetState {
    init(_ known: History.StoredTarget) {
        self.init(
            failures: known.failures, lastAttempt: known.lastAttempt, lastSuccess: known.lastSuccess,
            lastError: known.lastError)
    }
}

extension SweepDelta {
    /// Tables come and go by themselves on many servers, and ANALYZE runs all the time.
    private static func isTold(_ kind: HistoryChange.Kind) -> Bool {
        switch kind {
        case .setting, .version, .restart, .failover, .statisticsReset, .clockJump, .indexCreated, .indexDropped,
            .indexInvalid, .columnsChanged, .plan, .extensionChanged:
            true
        // Reachable again is told by itself.
        case .relationCreated, .relationDropped, .analyzed, .rewritten, .unreachable, .reachable: false
        }
    }

    init(_ recorded: Recorded, _ judgement: Judgement) {
        self.init()
        let found = Dictionary(
            judgement.findings.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        let records = Dictionary(
            recorded.findings.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        events = recorded.changes.filter { Self.isTold($0.kind) }.map(\.shown)
        for record in recorded.findings { firstSeen[record.fingerprint] = record.firstSeen }
        for (fingerprint, event) in recorded.events {
            var known = found[fingerprint].map { FindingSummary($0, firstSeen: firstSeen[fingerprint]) }
            known = known ?? records[fingerprint].flatMap(FindingSummary.init)
            guard var summary = known else { continue }
            summary.recurrences = records[fingerprint]?.recurrences ?? 0
            summary.fix = records[fingerprint]?.fixes?.last?.text
            switch event {
            case .opened: opened.append(summary)
            case .recurred: recurred.append(summary)
            case .worse: worse.append(summary)
            case .resolved: resolved.append(summary)
            case .verified: verified.append(summary)
            case .reopened: reopened.append(summary)
            case .better: break
            }
        }
    }
}
