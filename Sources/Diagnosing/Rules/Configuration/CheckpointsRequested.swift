import Foundation
import Model

/// Checkpoints come because the WAL is full, not because it is time.
struct CheckpointsRequested: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.checkpoints-requested",
        title: "Checkpoints forced by too small a max_wal_size",
        area: .configuration,
        needs: [.checkpointer, .settings],
        looksAt: "checkpoints timed and requested (pg_stat_bgwriter, from 17 pg_stat_checkpointer) and WAL written "
            + "(pg_stat_wal), within the window when it is an hour or more, since their reset otherwise",
        why: "When max_wal_size fills before checkpoint_timeout has passed, a checkpoint is forced. Each writes all "
            + "dirty pages in a hurry, and after each every page is written whole into the WAL at its first change, "
            + "which fills the WAL still sooner.",
        limits: "Checkpoints asked for by CHECKPOINT, base backups and CREATE DATABASE count as requested too; the "
            + "share and the least number keep those out. Not judged on a standby.",
        thresholds: [share, least, window],
        references: ["https://www.postgresql.org/docs/current/wal-configuration.html"])

    static let share = Threshold(
        "requested share of checkpoints", 0.2, "share", source: "pgdash/dasha warn at 20 % and more")
    static let least = Threshold(
        "requested checkpoints", 10, "checkpoints", source: "our choice: fewer may be backups or a single bulk load")
    static let window = Threshold(
        "shortest window that is judged", 3600, "s", source: "our choice: twelve times the default checkpoint_timeout")

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.server.isInRecovery, let limit = observation.serverSetting("max_wal_size") else {
            return .findings([])
        }
        let span = CheckpointSpan(observation, shortest: Self.window.value)
        guard Double(span.requested) >= Self.least.value, span.share >= Self.share.value else { return .findings([]) }
        return .findings([finding(span, limit, observation)])
    }

    private func finding(_ span: CheckpointSpan, _ limit: Setting, _ observation: Observation) -> Finding {
        let timeout = observation.setting("checkpoint_timeout")?.seconds
        let interval = span.seconds.map { $0 / Double(max(1, span.timed + span.requested)) }
        // Twice as often as asked for: the pages are written more than twice.
        let isHard = span.share >= 0.5 && interval.flatMap { i in timeout.map { i < $0 / 2 } } ?? false
        let every = interval.map { ", one every \(Quantity.seconds($0)) on average" } ?? ""
        return Finding(
            Self.metadata, severity: isHard ? .warning : .notice, tier: .fix,
            title: "\(Quantity.percent(span.share)) of checkpoints are forced: max_wal_size \(limit.text) is too small",
            objects: [.setting("max_wal_size")],
            impact: Impact(0, .none, "\(Quantity.percent(span.share)) forced"), confidence: isHard ? .high : .medium,
            summary: "Writes come in bursts and the WAL swells, because \(Quantity.count(span.requested)) of "
                + "\(Quantity.count(span.timed + span.requested)) checkpoints were forced by a full WAL "
                + "(max_wal_size \(limit.text))\(every).",
            evidence: [
                Evidence("requestedCheckpoints", "forced checkpoints", .count(span.requested)),
                Evidence("timedCheckpoints", "timed checkpoints", .count(span.timed)),
                Evidence("maxWALSize", "max_wal_size", .bytes(limit.bytes ?? 0)),
            ] + (span.seconds.map { [Evidence("span", "counted over", .seconds($0))] } ?? []),
            notIf: "they come from a nightly load that may take its time",
            actions: [action(span, limit, timeout)], explains: [.setting("max_wal_size")], symptomOf: [.wal])
    }

    private func action(_ span: CheckpointSpan, _ limit: Setting, _ timeout: Double?) -> Action {
        let now = limit.bytes ?? 1_073_741_824
        // The WAL of one checkpoint_timeout with half as much again: checkpoints of two cycles overlap in pg_wal
        // (checkpoint_completion_target 0.9).
        let needed = span.walRate.flatMap { rate in timeout.map { rate * $0 * 2 } } ?? 0
        let gigabytes = min(64, max(2 * Double(now), needed) / 1_073_741_824)
        let proposal = Int(pow(2, ceil(log2(max(2, gigabytes)))))
        return SettingChange(limit, to: "\(proposal)GB").action(
            "raise max_wal_size to \(proposal) GB",
            steps: ["pg_wal may grow to \(proposal) GB: see that its disk has room for that before."],
            gain: Gain("fewer full-page writes, smoother writes", span.walRate == nil ? .ruleOfThumb : .estimated),
            caution: "recovery after a crash replays up to so much WAL and takes longer")
    }

    static let examples: [RuleExample] = [
        .fires("most checkpoints are forced", on: "max_wal_size") {
            $0.checkpointer.timed = 100
            $0.checkpointer.requested = 900
        },
        .silent("a few: base backups") {
            $0.checkpointer.timed = 1000
            $0.checkpointer.requested = 9
        },
        .silent("a small share") {
            $0.checkpointer.timed = 1000
            $0.checkpointer.requested = 100
        },
        .silent(
            "forced long ago, none in the hours of the window",
            before: {
                $0.takenAt -= 7200
                $0.checkpointer.requested = 5000
            },
            after: {
                $0.takenAt += 7140
                $0.checkpointer.timed += 24
            }),
    ]
}

/// Checkpoints over a span long enough to judge.
private struct CheckpointSpan {
    var timed: Int64
    var requested: Int64
    var seconds: Double?
    /// Bytes of WAL a second.
    var walRate: Double?

    var share: Double { timed + requested > 0 ? Double(requested) / Double(timed + requested) : 0 }

    init(_ observation: Observation, shortest: Double) {
        let now = observation.snapshot
        timed = now.checkpointer.timed
        requested = now.checkpointer.requested
        seconds = observation.age(of: now.checkpointer.reset ?? now.server.startedAt)
        if let wal = now.wal, let age = observation.age(of: wal.reset ?? now.server.startedAt), age > 0 {
            walRate = Double(wal.bytes) / age
        }
        guard let then = observation.earlier, let window = observation.window.seconds, window >= shortest,
            timed >= then.checkpointer.timed, requested >= then.checkpointer.requested
        else { return }
        timed -= then.checkpointer.timed
        requested -= then.checkpointer.requested
        seconds = window
        if let wal = now.wal, let before = then.wal, wal.bytes >= before.bytes {
            walRate = Double(wal.bytes - before.bytes) / window
        }
    }
}
