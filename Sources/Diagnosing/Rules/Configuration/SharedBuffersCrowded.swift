import Foundation
import Model

/// Nearly all of shared_buffers is in steady use, and much is read beside it.
struct SharedBuffersCrowded: Rule {
    private static let hot = Threshold(
        "share of the buffers with a usage count of 4 or 5", 0.6, "share",
        source:
            "our choice: each turn of the clock hand takes one off, so that 4 and 5 are pages that are used again and again"
    )
    private static let rate = Threshold(
        "read into shared_buffers", 20_971_520, "bytes a second",
        source: "our choice: as for shared_buffers left at its default")
    private static let most = Threshold(
        "share of the machine's memory from which no more is advised", 0.4, "share",
        source:
            "https://www.postgresql.org/docs/current/runtime-config-resource.html: more than 40 % is unlikely to work better"
    )

    static let metadata = RuleMetadata(
        id: "configuration.shared-buffers-crowded",
        title: "shared_buffers is full of pages in steady use",
        area: .configuration,
        needs: [.settings, .databases],
        looksAt:
            "pg_buffercache_usage_counts() (16 and up, where the extension is there): how many buffers have a usage count of 4 or 5; "
            + "blocks read within the window (pg_stat_database)",
        why:
            "A hit ratio does not say whether more shared_buffers would help: the usage counts do. Where most buffers are used again and "
            + "again and none is free, every page that comes in drives out one that was needed.",
        limits:
            "One look at one moment: a load or a VACUUM just then changes the picture. Pages may come from the system's cache, which loses "
            + "what shared_buffers gains. The full view of pg_buffercache is not read, as it is not cheap.",
        thresholds: [hot, rate, most],
        references: ["https://www.postgresql.org/docs/current/pgbuffercache.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        // At the default it is configuration.shared-buffers-default that speaks.
        guard let setting = observation.setting("shared_buffers"), let size = setting.bytes, size > 134_217_728,
            let reads = BlockReads(observation), reads.rate >= Self.rate.value
        else { return .findings([]) }
        guard let usage = observation.snapshot.bufferUsage, !usage.isEmpty else {
            let isOld = observation.snapshot.server.version < .v16
            return .inconclusive(
                "\(Quantity.bytes(Int64(reads.rate))) are read into shared_buffers a second; whether more of it would help, usage counts would "
                    + "tell: "
                    + (isOld
                        ? "before PostgreSQL 16 they are not cheap to read"
                        : "pg_buffercache is not created here, or our role may not ask it"))
        }
        let all = usage.reduce(0) { $0 + $1.buffers }
        let used = usage.filter { $0.usageCount >= 4 }.reduce(0) { $0 + $1.buffers }
        let share = Double(used) / Double(max(1, all))
        let memory = observation.snapshot.server.memory
        guard share >= Self.hot.value, memory.map({ Double(size) < Self.most.value * Double($0) }) ?? true else {
            return .findings([])
        }
        return .findings([finding(setting, size, share, usage, reads, memory)])
    }

    private func finding(
        _ setting: Setting, _ size: Int64, _ share: Double, _ usage: [BufferUsage], _ reads: BlockReads,
        _ memory: Int64?
    ) -> Finding {
        let proposal = memory.map { min(size * 2, Int64(Self.most.value * Double($0))) }
        let gain = Gain("fewer reads; how many depends on the system's cache", .ruleOfThumb)
        let caution = "the restart begins with an empty cache; the system's cache loses what it takes"
        let action =
            proposal.map {
                SettingChange(setting, to: "\($0 >> 20)MB").action(
                    "raise shared_buffers to \(Quantity.bytes($0))", gain: gain, caution: caution)
            }
            ?? Action(
                .fix, "raise shared_buffers, as far as the machine's memory goes",
                steps: [
                    "The machine's memory is not known from here (--host-facts ram=…). Up to 40 % of it: ALTER SYSTEM SET shared_buffers = '…GB'; "
                        + "and restart."
                ],
                lock: LockNote.none, gain: gain, verify: "SHOW shared_buffers;",
                undo: SettingChange(setting, to: "").undo, caution: caution)
        let counts = usage.map { "\($0.usageCount): \(Quantity.about(Double($0.buffers)))" }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(Quantity.percent(share)) of shared_buffers (\(setting.text)) is in steady use, and "
                + "\(Quantity.bytes(Int64(reads.rate)))/s are read",
            objects: [.setting("shared_buffers")],
            impact: Impact(0, .none, "\(Quantity.bytes(Int64(reads.rate)))/s read"), confidence: .low,
            summary:
                "\(Quantity.percent(share)) of the buffers have a usage count of 4 or 5, so that pages that are read find little room "
                + "beside those that are used again and again; \(Quantity.bytes(Int64(reads.rate))) come a second, \(Quantity.percent(reads.missShare)) of the blocks "
                + "that were asked for.",
            evidence: [
                Evidence("hotShare", "buffers with a usage count of 4 or 5", .share(share)),
                Evidence("usageCounts", "buffers by usage count", .list(counts)),
                Evidence("readRate", "read a second", .bytes(Int64(reads.rate))),
                Evidence("missShare", "blocks not in shared_buffers", .share(reads.missShare)),
                Evidence("sharedBuffers", "shared_buffers", .bytes(size)),
            ],
            notIf: "the reads come from reports that read all there is: no cache holds that", actions: [action],
            explains: [.setting("shared_buffers")])
    }

    static let examples: [RuleExample] = [
        .fires("most of 4 GB in steady use", on: "shared_buffers") { $0.addUsage(hot: 0.8) },
        .silent("most are used once and go") { $0.addUsage(hot: 0.2) },
        .silent("hardly anything is read") {
            $0.addUsage(hot: 0.8)
            $0.databases[0].counters.blocksRead = 100_000
        },
        .silent("half of the memory already") {
            $0.addUsage(hot: 0.8)
            $0.server.memory = 8 << 30
        },
        .inconclusive("pg_buffercache is not there") {
            $0.addUsage(hot: 0.8)
            $0.bufferUsage = nil
        },
    ]
}

/// Blocks that all databases asked for, within the window or since their reset.
struct BlockReads {
    /// Bytes a second from outside shared_buffers.
    let rate: Double
    /// Of all blocks asked for, 0…1.
    let missShare: Double

    /// nil: nothing was read, or nobody knows since when.
    init?(_ observation: Observation) {
        let databases = observation.snapshot.databases
        let counted = databases.map { observation.counters(of: $0) }
        let read = counted.reduce(0) { $0 + $1.blocksRead } * 8192
        let hit = counted.reduce(0) { $0 + $1.blocksHit } * 8192
        guard let seconds = observation.countedSeconds(of: databases), seconds > 0, read > 0 else { return nil }
        rate = Double(read) / seconds
        missShare = Double(read) / Double(read + hit)
    }
}

extension Snapshot {
    /// 4 GB, 100 MB/s read since the start.
    fileprivate mutating func addUsage(hot: Double) {
        server.version = ServerVersion(170_002)
        set("shared_buffers", "524288", unit: "8kB", context: "postmaster")
        databases[0].counters.blocksRead = 40 * 86_400 * 12_800
        databases[0].counters.blocksHit = databases[0].counters.blocksRead * 10
        bufferUsage = (0...5).map { count in
            .make {
                $0.usageCount = count
                $0.buffers = Int64(524_288 * (count == 5 ? hot : (1 - hot) / 5))
            }
        }
    }
}
