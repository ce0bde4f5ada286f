import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Sweeping
import Synchronization

@testable import pgmedic

/// A history of a file a target, for tests of what a sweep makes of one.
struct FolderStore: SweepStore {
    let folder: String

    private struct Kept: Codable {
        var failures = 0
        var lastAttempt: Date?
        var lastSuccess: Date?
        var lastError: String?
        var open: [FindingSummary] = []
        var firstSeen: [String: Date] = [:]
        var gone: Set<String> = []
    }

    private func path(_ target: String, _ kind: String) -> String { "\(folder)/\(target).\(kind).json" }

    private func kept(_ target: String) -> Kept {
        guard let data = FileManager.default.contents(atPath: path(target, "state")) else { return Kept() }
        return (try? JSONDecoder().decode(Kept.self, from: data)) ?? Kept()
    }

    private func keep(_ kept: Kept, _ target: String) throws {
        try AtomicFile.write(try JSONEncoder().encode(kept), to: path(target, "state"))
    }

    func state(of target: String) async throws -> TargetState {
        let kept = kept(target)
        return TargetState(
            failures: kept.failures, lastAttempt: kept.lastAttempt, lastSuccess: kept.lastSuccess,
            lastError: kept.lastError)
    }

    func latest(of target: String) async throws -> History.LastReading? {
        let path = path(target, "snapshot")
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return History.LastReading(snapshot: try SnapshotFile.read(path))
    }

    func record(
        _ observation: Observation, _ judgement: inout Judgement, for target: String
    ) async throws -> SweepDelta {
        let (snapshot, findings) = (observation.snapshot, judgement.findings)
        var kept = kept(target)
        let before = Set(kept.open.map(\.fingerprint))
        let now = findings.map { FindingSummary($0) }
        let seen = Set(now.map(\.fingerprint))
        var delta = SweepDelta()
        let new = now.filter { !before.contains($0.fingerprint) }
        delta.opened = new.filter { !kept.gone.contains($0.fingerprint) }
        delta.recurred = new.filter { kept.gone.contains($0.fingerprint) }
        delta.resolved = kept.open.filter { !seen.contains($0.fingerprint) }
        for one in delta.opened { kept.firstSeen[one.fingerprint] = snapshot.takenAt }
        kept.gone = kept.gone.union(before).subtracting(seen)
        (kept.open, kept.failures, kept.lastError) = (now, 0, nil)
        (kept.lastAttempt, kept.lastSuccess) = (Date(), snapshot.takenAt)
        delta.firstSeen = kept.firstSeen
        try SnapshotFile.write(snapshot, to: path(target, "snapshot"))
        try keep(kept, target)
        return delta
    }

    func failed(_ target: String, _ error: String, at moment: Date) async throws {
        var kept = kept(target)
        kept.failures += 1
        (kept.lastAttempt, kept.lastError) = (moment, error)
        try keep(kept, target)
    }

    func lease(_ target: String, seconds: Double) async throws -> Bool { true }
    func release(_ target: String) async throws {}
    func close() async {}
}

/// `pgmedic sweep` in this process, with a history of the test's own.
struct Sweeper {
    /// Of the project file and all that is written.
    let folder: String
    let config: String

    struct Ended {
        var status: Int32
        var out: String
    }

    func run(_ arguments: String...) async throws -> Ended {
        let printed = Mutex("")
        let command = try Sweep.parse(
            arguments + ["--config", config, "--history", "\(folder)/history/history.db"])
        var status: Int32 = 0
        do {
            try await command.run(print: { text in printed.withLock { $0 += text } }) { _ in
                FolderStore(folder: folder + "/history")
            }
        } catch let failure as Failure {
            status = failure.code.rawValue
        } catch let code as ExitCode {
            status = code.rawValue
        }
        return Ended(status: status, out: printed.withLock { $0 })
    }
}
