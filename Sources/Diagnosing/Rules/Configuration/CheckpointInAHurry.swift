import Model

/// Checkpoints write all at once what they could spread.
struct CheckpointInAHurry: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.checkpoint-in-a-hurry",
        title: "checkpoint_completion_target set low",
        area: .configuration,
        needs: [.settings, .checkpointer],
        looksAt: "checkpoint_completion_target and checkpoint_timeout; pages that a checkpoint writes on average "
            + "(pg_stat_bgwriter, from 17 pg_stat_checkpointer)",
        why:
            "A checkpoint may take nine tenths of the time until the next one to write its pages, little by little. With a low target it "
            + "writes them in a burst, and every read and commit waits behind it, then nothing is written for minutes.",
        limits:
            "Said only where checkpoints write much. Forced ones are told by configuration.checkpoints-requested. Not judged on a "
            + "standby.",
        thresholds: [target, written],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-CHECKPOINT-COMPLETION-TARGET",
            "https://www.postgresql.org/docs/current/wal-configuration.html",
        ])

    static let target = Threshold(
        "checkpoint_completion_target below", 0.7, "share",
        source: "pg_gather; the manual: reducing it is not recommended")
    static let written = Threshold(
        "written by a checkpoint", 268_435_456, "bytes",
        source: "our choice: 256 MB in a burst are seconds of a disk's time")

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.server.isInRecovery else { return .absent }
        guard let setting = observation.serverSetting("checkpoint_completion_target"), let target = setting.number
        else {
            return .inconclusive("checkpoint_completion_target was not read")
        }
        let checkpoints = observation.snapshot.checkpointer
        let count = checkpoints.timed + checkpoints.requested
        guard target < Self.target.value, count > 0 else { return .findings([]) }
        let bytes = Double(checkpoints.buffersWritten) / Double(count) * 8192
        guard bytes >= Self.written.value else { return .findings([]) }
        let seconds = observation.setting("checkpoint_timeout")?.seconds ?? 300
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title:
                    "checkpoints write \(Quantity.bytes(Int64(bytes))) within \(Quantity.percent(target)) of their time",
                objects: [.setting(setting.name)], impact: Impact(0, .none, "bursts of writes"), confidence: .medium,
                summary:
                    "Reads and commits wait behind bursts of writes: a checkpoint writes \(Quantity.bytes(Int64(bytes))) on average, "
                    + "within \(Quantity.seconds(target * seconds)) at most instead of \(Quantity.seconds(0.9 * seconds)), because "
                    + "checkpoint_completion_target is \(setting.value).",
                evidence: [
                    Evidence("target", setting.name, .number(target)),
                    Evidence("written", "written by a checkpoint", .bytes(Int64(bytes))),
                ],
                notIf: "the disks take it without anybody noticing",
                actions: [
                    SettingChange(setting, to: "0.9").action(
                        "let checkpoints take their time", steps: ["0.9 is how PostgreSQL comes since 14."],
                        gain: Gain("the same writes, spread over the whole time", .byDefinition))
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("0.3, and much to write", on: "checkpoint_completion_target") {
            $0.set("checkpoint_completion_target", "0.3")
            $0.checkpointer.buffersWritten = 60_000_000
        },
        .silent("0.3, and little to write") {
            $0.set("checkpoint_completion_target", "0.3")
            $0.checkpointer.buffersWritten = 6_000_000
        },
        .silent("as it comes") {
            $0.set("checkpoint_completion_target", "0.9", source: "default")
            $0.checkpointer.buffersWritten = 60_000_000
        },
        .silent("a standby") { $0.server.isInRecovery = true },
        .inconclusive("not read") { $0.settings.removeAll { $0.name == "checkpoint_completion_target" } },
    ]
}
