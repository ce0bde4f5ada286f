import Model

/// The cache is as small as on the day of initdb, and the server reads a lot.
struct SharedBuffersDefault: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.shared-buffers-default",
        title: "shared_buffers left at 128 MB while much is read",
        area: .configuration,
        needs: [.settings, .databases],
        looksAt: "shared_buffers; blocks read into it and found in it (pg_stat_database), within the window",
        why:
            "initdb sets 128 MB, for any machine. Pages that do not stay in shared_buffers are read again and again, from "
            + "the system's cache at best.",
        limits:
            "Reads may come from the system's cache, which PostgreSQL does not see: hence a notice of low confidence. "
            + "A larger shared_buffers takes its memory from that cache.",
        thresholds: [rate, missed],
        references: ["https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS"])

    static let rate = Threshold(
        "read into shared_buffers", 20_971_520, "bytes a second",
        source: "our choice: at 20 MB/s a cache of 128 MB is turned over every 6 s")
    static let missed = Threshold(
        "share of blocks not found", 0.05, "share", source: "pgAssistant looks below a hit ratio of 95 %")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let setting = observation.setting("shared_buffers"), let size = setting.bytes, size <= 134_217_728 else {
            return .findings([])
        }
        // Of a machine this small it is the quarter already.
        if let memory = observation.snapshot.server.memory, size >= memory / 4 { return .findings([]) }
        guard let reads = BlockReads(observation), reads.rate >= Self.rate.value,
            reads.missShare >= Self.missed.value
        else { return .findings([]) }
        return .findings([finding(setting, read: reads.rate, reads.missShare, observation.snapshot.server.memory)])
    }

    private func finding(_ setting: Setting, read rate: Double, _ share: Double, _ memory: Int64?) -> Finding {
        let gain = Gain("fewer reads; how many depends on the system's cache", .ruleOfThumb)
        let quarter = memory.map { max(256, $0 / 4 / 1_048_576) }
        let action =
            quarter.map {
                SettingChange(setting, to: "\($0)MB").action(
                    "set shared_buffers to a quarter of the memory", gain: gain,
                    caution: "the restart begins with an empty cache")
            }
            ?? Action(
                .fix, "set shared_buffers to a quarter of the machine's memory",
                steps: [
                    "The machine's memory is not known from here (--host-facts ram=32GB tells it). Take a quarter of it (the manual's starting value): "
                        + "ALTER SYSTEM SET shared_buffers = '…GB'; and restart."
                ],
                lock: LockNote.none, gain: gain, verify: "SHOW shared_buffers;",
                undo: SettingChange(setting, to: "").undo, caution: "the restart begins with an empty cache")
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "shared_buffers is \(setting.text), as initdb left it; \(Quantity.bytes(Int64(rate)))/s are read into it",
            objects: [.setting("shared_buffers")],
            impact: Impact(0, .none, "\(Quantity.bytes(Int64(rate)))/s read"), confidence: .low,
            summary:
                "Statements wait for pages that were in the cache a moment before: \(Quantity.percent(share)) of the "
                + "blocks, \(Quantity.bytes(Int64(rate))) a second, are read into a shared_buffers of \(setting.text).",
            evidence: [
                Evidence("sharedBuffers", "shared_buffers", .bytes(setting.bytes ?? 0)),
                Evidence("readRate", "read a second", .bytes(Int64(rate))),
                Evidence("missShare", "blocks not found", .share(share)),
            ],
            notIf: memory == nil
                ? "the machine has less than 1 GB, or the reads come from the system's cache fast enough"
                : "the reads come from the system's cache fast enough",
            actions: [action], explains: [.setting("shared_buffers")])
    }

    static let examples: [RuleExample] = [
        .fires("reads all day", on: "shared_buffers") {
            $0.databases[0].counters.blocksRead = 20_000_000_000
            $0.databases[0].counters.blocksHit = 100_000_000_000
        },
        .silent("a small working set") {
            $0.databases[0].counters.blocksRead = 100_000
            $0.databases[0].counters.blocksHit = 100_000_000
        },
        .silent("a quarter of a small machine") {
            $0.server.memory = 536_870_912
            $0.databases[0].counters.blocksRead = 20_000_000_000
            $0.databases[0].counters.blocksHit = 100_000_000_000
        },
        .silent("already larger") {
            $0.set("shared_buffers", "524288", context: "postmaster")
            $0.databases[0].counters.blocksRead = 20_000_000_000
        },
    ]
}
