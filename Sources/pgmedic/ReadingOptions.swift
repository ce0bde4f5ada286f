import ArgumentParser
import CaseFile
import Collecting
import Configuration
import Diagnosing
import Foundation
import History
import IndexAdvising
import Model
import ServerLog

/// What is judged: a server now, two readings of it, or snapshots.
struct ReadingOptions: ParsableArguments {
    @OptionGroup var target: TargetOptions

    @Option(
        help: ArgumentHelp(
            "Read twice with this pause between, and judge the difference; activity is read meanwhile.",
            valueName: "span"))
    var sample: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Judge a snapshot of `pgmedic collect`, or a case of `pgmedic escalate`, instead of a server; - reads stdin.",
            valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("Judge the difference to this earlier snapshot of the same server.", valueName: "file"))
    var since: String?

    @Option(
        help: ArgumentHelp(
            "Compare the settings with another node of the cluster (a standby with its primary): a snapshot's file, a target or a DSN.",
            valueName: "node"))
    var peer: String?

    @Option(
        help: ArgumentHelp(
            "A log of the server: plans of auto_explain, deadlocks, waits for locks, failed logins; - reads stdin; repeatable.",
            valueName: "file"))
    var log: [String] = []

    @OptionGroup var host: HostOptions

    @OptionGroup var adjusted: ThresholdOptions

    func validate() throws {
        if log.count(where: { $0 == "-" }) + (from == "-" ? 1 : 0) > 1 {
            throw ValidationError("stdin can be read once: - is given twice")
        }
        if from != nil && target.dsn != nil { throw ValidationError("give a DSN or --from, not both") }
        if from != nil && sample != nil { throw ValidationError("--sample needs a server: it does not go with --from") }
        if sample != nil && since != nil { throw ValidationError("give --sample or --since, not both") }
        if let sample, sample.seconds < 1 { throw ValidationError("--sample must be 1s or more") }
    }

    /// - Parameter everyStatement: the texts of all of pg_stat_statements are wanted, not of those that matter.
    /// - Parameter history: what the reading is judged against where no other window is given.
    func observation(
        quiet: Bool, everyStatement: Bool = false, measuresBloat: Bool = false, history: History? = nil
    ) async throws -> Observation {
        let earlier = try since.map(Self.read)
        let logs = log.map(InputFile.init)
        for log in logs { try log.check() }
        let project = try ProjectFile.read(target.config)
        var thresholds = adjusted.adjustments
        var reading: (snapshot: Snapshot, earlier: Snapshot?)
        var basis: Window.Basis = sample == nil ? .earlierSnapshot : .sample
        if let from, CaseFile.looksLikeOne(from) {
            let file = try CaseReading.open(from)
            let found = try CaseReading.snapshots(of: file)
            // Not this machine's project: a case from elsewhere is judged as it was there.
            thresholds = thresholds.filled(from: ThresholdAdjustments(ofCase: file.manifest.thresholds ?? []))
            reading = (found.snapshot, earlier ?? found.earlier)
            if earlier == nil { basis = found.basis }
            try reading.snapshot.take(host.facts)
        } else if let from {
            reading = (try Self.read(from), earlier)
            try reading.snapshot.take(host.facts)
            if let project {
                thresholds = thresholds.filled(from: project.thresholds(of: reading.snapshot.server.target))
            }
        } else {
            if let project { thresholds = thresholds.filled(from: project.thresholds(of: try target.named().target)) }
            let visit = try Visit(
                target, told: host.facts, thresholds: thresholds, quiet: quiet, everyStatement: everyStatement,
                isCompared: earlier != nil || history != nil,
                measuresBloat: measuresBloat)
            reading = try await sample == nil ? (visit.snapshot(), earlier) : visit.sampled(over: sample!.seconds)
        }
        if let earlier { try Self.check(reading.snapshot, against: earlier) }
        var past: PastTraffic?
        if let history, let last = try await HistoryAccess.last(before: reading.snapshot, in: history) {
            reading.earlier = reading.earlier ?? last.snapshot
            past = last.traffic
        }
        try reading.snapshot.take(logs, quiet: quiet)
        return Observation(
            reading.snapshot, since: reading.earlier, basis: basis, thresholds: thresholds, past: past,
            peer: try await node(besides: reading.snapshot, quiet: quiet, history: history))
    }

    /// The node that --peer names, else the primary that a history knows of a standby.
    private func node(besides snapshot: Snapshot, quiet: Bool, history: History?) async throws -> Peer? {
        guard let peer else {
            guard let history else { return nil }
            return try await HistoryAccess.primary(of: snapshot, in: history)
        }
        let other: Snapshot
        if FileManager.default.fileExists(atPath: peer) {
            other = try Self.read(peer)
        } else {
            var there = target
            there.dsn = peer
            (there.viewsOnly, there.database, there.allDatabases) = (true, [], false)
            other = try await Visit(there, quiet: quiet).snapshot()
        }
        let isOfOther = other.server.systemIdentifier.flatMap { there in
            snapshot.server.systemIdentifier.map { $0 != there }
        }
        guard isOfOther != true else {
            throw Failure(
                .unusable, "--peer names a node of another cluster: the two have different system identifiers")
        }
        return Peer(other)
    }

    private static func read(_ path: String) throws -> Snapshot {
        try Failure.unusable { try SnapshotFile.read(path) }
    }

    /// A difference between two servers would be a false number.
    private static func check(_ snapshot: Snapshot, against earlier: Snapshot) throws {
        guard snapshot.takenAt > earlier.takenAt else {
            throw Failure(.unusable, "--since holds a snapshot that is not older than the one to judge")
        }
        guard snapshot.isOfSameDatabase(as: earlier) else {
            let then = earlier.server
            throw Failure(
                .unusable, "--since holds a snapshot of another server or database (\(then.database) @ \(then.host))")
        }
    }
}

extension Snapshot {
    /// Adds what these logs tell: plans of auto_explain, and the history of locks.
    ///
    /// - Returns: by fingerprint, logged calls with their values.
    @discardableResult
    mutating func take(_ logs: [InputFile], quiet: Bool) throws -> [String: [LoggedCall]] {
        guard !logs.isEmpty else { return [:] }
        var evidence = LoggedEvidence(of: self)
        let progress = ProgressLine(quiet: quiet)
        defer { progress.clear() }
        for log in logs {
            progress.show("reading \(log.name)")
            try evidence.read { take in try log.chunks { chunk in take(chunk) } }
        }
        evidence.attach(to: &self)
        return evidence.plans.examples
    }
}
