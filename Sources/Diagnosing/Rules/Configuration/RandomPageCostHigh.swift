import Model

/// The planner believes in a disk that turns, and blocks come as from memory.
struct RandomPageCostHigh: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.random-page-cost-high",
        title: "random_page_cost far above what reads cost here",
        area: .configuration,
        needs: [.settings, .databases],
        looksAt:
            "random_page_cost and seq_page_cost against what the disk is, where it was told (--host-facts disk=ssd), and the "
            + "measured time of a read (blk_read_time, blks_read of pg_stat_database), within the window",
        why:
            "4 to 1 is the price of a random read on a disk that turns. Where reads come from flash or from the system's cache an index "
            + "scan is worth more than the planner believes, and it reads whole tables instead.",
        limits:
            "What the storage is cannot be seen from SQL: where nobody tells it and track_io_timing is off, nothing is said. A read that "
            + "is quick may come from the system's cache or from reading ahead. Which plans would change is not known: hence a notice. "
            + "Tablespaces with prices of their own are not looked at.",
        thresholds: [ratio, quick, blocks],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST",
            "https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
        ])

    static let ratio = Threshold(
        "random_page_cost, times seq_page_cost", 3, "times",
        source: "our choice: pg_gather names 1.2 for flash; between 2 and 3 nobody knows better than who set it")
    static let quick = Threshold(
        "mean time of a read", 0.5, "ms",
        source: "our choice: a turning disk takes 4 ms and more for a random read, flash 0.1")
    static let blocks = Threshold(
        "blocks read", 100_000, "blocks", source: "our choice: 800 MB; dasha leaves less than 50,000 blocks alone")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let random = observation.serverSetting("random_page_cost"), let price = random.number else {
            return .inconclusive("random_page_cost of the server was not read")
        }
        let sequential = observation.setting("seq_page_cost")?.number ?? 1
        // A disk that turns is what such a price is made for.
        let disk = observation.snapshot.server.disk
        guard price >= Self.ratio.value * sequential, disk != .hdd else { return .findings([]) }
        let counters = observation.snapshot.databases.map { observation.counters(of: $0) }
        let read = counters.reduce(0) { $0 + $1.blocksRead }
        guard Double(read) >= Self.blocks.value else { return .findings([]) }
        let isTimed = observation.setting("track_io_timing")?.isOn ?? false
        guard isTimed || disk == .ssd else {
            return .inconclusive(
                "what a read costs here is not known: track_io_timing is off, and nobody told the disk (--host-facts disk=ssd)"
            )
        }
        let mean = isTimed ? counters.reduce(0) { $0 + $1.readTime } / Double(read) : 0
        // No time at all: it was switched on after the reads.
        guard mean > 0 || disk == .ssd else { return .inconclusive("reads were not timed while they were counted") }
        guard mean <= Self.quick.value else { return .findings([]) }
        return .findings([finding(random, price, sequential, mean > 0 ? mean : nil, read, isSSD: disk == .ssd)])
    }

    private func finding(
        _ setting: Setting, _ price: Double, _ sequential: Double, _ mean: Double?, _ read: Int64, isSSD: Bool
    ) -> Finding {
        let cost =
            mean.map { "a read takes \(Quantity.milliseconds($0)) on average here" }
            ?? "the data lie on an SSD, as was told"
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "random_page_cost is \(setting.value), and "
                + (mean.map { "a read takes \(Quantity.milliseconds($0))" } ?? "the disk is an SSD"),
            objects: [.setting(setting.name)], impact: Impact(0, .none, "every plan"),
            confidence: isSSD ? .medium : .low,
            summary: "The planner may read whole tables where an index would be quicker: it takes a random read for "
                + "\(Quantity.decimal(price / sequential, places: 1)) times as dear as a sequential one, and \(cost) "
                + "(\(Quantity.count(read)) blocks read).",
            evidence: [
                Evidence("randomPageCost", setting.name, .number(price)),
                Evidence("blocksRead", "blocks read", .count(read)),
            ] + (mean.map { [Evidence("readTime", "a read", .milliseconds($0))] } ?? []),
            notIf: isSSD
                ? "the heaviest statements were tried with a lower price, and are no better off"
                : "the reads are mostly sequential, on a disk that turns",
            actions: [
                SettingChange(setting, to: "1.1").action(
                    "price random reads as flash does",
                    steps: [
                        "First for one role or one session: SET random_page_cost = 1.1; and compare EXPLAIN (ANALYZE, BUFFERS) of the "
                            + "heaviest statements with both values.",
                        "Cloud volumes and SAN: 1.1 to 2. Disks that turn: leave it.",
                    ], gain: Gain("index scans where they are quicker", .ruleOfThumb),
                    caution: "plans change at once: watch the heaviest statements afterwards")
            ], explains: [.setting(setting.name)])
    }

    static let examples: [RuleExample] = [
        .fires("as it comes, on flash", on: "random_page_cost") { $0.addReads(blocks: 5_000_000, each: 0.09) },
        .fires("the disk was told, and reads are not timed", on: "random_page_cost") {
            $0.addReads(blocks: 5_000_000, each: 0)
            $0.set("track_io_timing", "off", source: "default")
            $0.server.disk = .ssd
        },
        .silent("a disk that turns") { $0.addReads(blocks: 5_000_000, each: 6) },
        .silent("told to turn: its reads come from the system's cache") {
            $0.addReads(blocks: 5_000_000, each: 0.09)
            $0.server.disk = .hdd
        },
        .silent("priced already") {
            $0.addReads(blocks: 5_000_000, each: 0.09)
            $0.set("random_page_cost", "1.1", context: "user")
        },
        .silent("hardly any reads") { $0.addReads(blocks: 5_000, each: 0.09) },
        .inconclusive("reads are not timed") {
            $0.addReads(blocks: 5_000_000, each: 0)
            $0.set("track_io_timing", "off", source: "default")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addReads(blocks: Int64, each: Double) {
        databases[0].counters.blocksRead = blocks
        databases[0].counters.blocksHit = 100 * blocks
        databases[0].counters.readTime = Double(blocks) * each
    }
}
