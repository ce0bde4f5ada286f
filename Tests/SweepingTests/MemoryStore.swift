import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Synchronization

@testable import Sweeping

/// A history in memory, for tests of what a sweep does with one.
final class MemoryStore: SweepStore {
    struct Kept {
        var states: [String: TargetState] = [:]
        var snapshots: [String: Snapshot] = [:]
        var open: [String: [String: FindingSummary]] = [:]
        var firstSeen: [String: [String: Date]] = [:]
        var leased: Set<String> = []
        var records = 0
        var attempts: [String] = []
    }

    struct Broken: Error, CustomStringConvertible {
        var description = "history memory: the disk is full"
    }

    let kept = Mutex(Kept())
    /// `record` fails for these.
    let refuses: Set<String>

    init(refuses: Set<String> = []) { self.refuses = refuses }

    func state(of target: String) async throws -> TargetState { kept.withLock { $0.states[target] ?? TargetState() } }

    func latest(of target: String) async throws -> History.LastReading? {
        kept.withLock { $0.snapshots[target].map { History.LastReading(snapshot: $0) } }
    }

    func nodes(besides target: String, of snapshot: Snapshot) async throws -> [Snapshot] {
        kept.withLock { kept in kept.snapshots.filter { $0.key != target }.map(\.value) }
    }

    func record(
        _ observation: Observation, _ judgement: inout Judgement, for target: String
    ) async throws -> SweepDelta {
        guard !refuses.contains(target) else { throw Broken() }
        let (snapshot, findings) = (observation.snapshot, judgement.findings)
        return kept.withLock { kept in
            kept.snapshots[target] = snapshot
            kept.states[target] = TargetState(lastAttempt: Date(), lastSuccess: snapshot.takenAt)
            kept.records += 1
            kept.attempts.append(target)
            let now = Dictionary(
                findings.map { ($0.fingerprint, FindingSummary($0)) }, uniquingKeysWith: { first, _ in first }
            )
            let before = kept.open[target] ?? [:]
            var delta = SweepDelta()
            delta.opened = now.values.filter { before[$0.fingerprint] == nil }
            delta.worse = now.values.filter { one in before[one.fingerprint].map { $0.severity < one.severity } ?? false
            }
            delta.resolved = before.values.filter { now[$0.fingerprint] == nil }
            for one in delta.opened { kept.firstSeen[target, default: [:]][one.fingerprint] = snapshot.takenAt }
            delta.firstSeen = kept.firstSeen[target] ?? [:]
            kept.open[target] = now
            return delta
        }
    }

    func failed(_ target: String, _ error: String, at moment: Date) async throws {
        kept.withLock { kept in
            var state = kept.states[target] ?? TargetState()
            state.failures += 1
            state.lastAttempt = moment
            state.lastError = error
            kept.states[target] = state
            kept.attempts.append(target)
        }
    }

    func lease(_ target: String, seconds: Double) async throws -> Bool {
        kept.withLock { $0.leased.insert(target).inserted }
    }

    func release(_ target: String) async throws { kept.withLock { _ = $0.leased.remove(target) } }

    func close() async {}
}

/// Targets and snapshots for tests.
enum Made {
    static func project(_ names: [String], _ more: String = "") throws -> ProjectFile {
        let targets = names.map { "  \($0): {dsn: host=\($0)}\n" }.joined()
        return try ProjectFile(text: "targets:\n\(targets)\(more)", file: "pgmedic.yaml")
    }

    static func targets(_ project: ProjectFile) -> [SweepTarget] {
        project.targets.map { SweepTarget($0, of: project) }
    }

    /// Of a server that is well, or whose durability is off.
    static func snapshot(_ name: String, fsync: String = "on", at moment: Date = Date()) -> Snapshot {
        .make {
            $0.server.version = ServerVersion(150020)
            $0.server.database = name
            $0.server.host = "db"
            $0.server.target = name
            $0.takenAt = moment
            $0.settings = [("fsync", fsync, nil), ("shared_buffers", "524288", "8kB")].map { name, value, unit in
                .make {
                    $0.name = name
                    $0.value = value
                    $0.unit = unit
                }
            }
        }
    }
}
