import Model

/// A statement that spends its time reading pages from outside shared_buffers.
struct ReadBoundStatement: Rule {
    private static let time = Threshold(
        "share of its time that it reads", 0.5, "share",
        source: "our choice: more than half: nothing else can help more")
    private static let share = Threshold(
        "share of all time", 0.05, "share", source: "our choice: what is read by others is not felt")
    private static let heavy = Threshold(
        "share of all time in slow reads that makes a warning", 0.1, "share",
        source: "our choice: a tenth of the server's work is waiting for a disk")
    private static let volume = Threshold(
        "blocks read in the window", 50_000, "blocks",
        source: "dasha: hit ratios of less than 50,000 blocks say nothing")
    private static let slow = Threshold(
        "read of a block", 1, "ms",
        source: "our choice: flash takes 0.1 ms, a disk 5 to 10 ms, the operating system's cache 0.01 ms")

    static let metadata = RuleMetadata(
        id: "workload.read-bound-statement",
        title: "Statement that waits for reads",
        area: .workload,
        needs: [.statements, .settings],
        looksAt:
            "blk_read_time against total_exec_time of pg_stat_statements within the window, where track_io_timing is on; blocks "
            + "read and hit, for the volume",
        why:
            "A page that is not in shared_buffers is read from the operating system, from its memory at best, from a disk at worst. "
            + "What the read takes tells which of both. A statement that waits for it most of its time gets faster by touching fewer pages "
            + "(an index, fewer rows, a table that is not bloated), or by memory that holds what it needs.",
        limits:
            "A hit ratio alone says nothing and is told for information only: pages of the operating system's cache count as read. "
            + "Without track_io_timing nothing is known of the time. Until 16 parallel workers' reads are added to the "
            + "leader's time.",
        thresholds: [time, share, heavy, volume, slow],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
        ],
        explains: [.costsTime, .variesTime, Edge(.readsBlocks, "waits.data-file-read")])

    func evaluate(_ observation: Observation) -> Outcome {
        let readers = observation.workload.statements.filter {
            $0.share >= Self.share.value && Double($0.counters.sharedBlocksRead) >= Self.volume.value && $0.isQuery
        }
        let isTimed = observation.setting("track_io_timing")?.isOn ?? false
        if !isTimed, let first = readers.first(where: { $0.counters.readTime == 0 }) {
            return .inconclusive(
                "track_io_timing is off: \(Quantity.plural(readers.count, "statement")) that cost read much, the first "
                    + "\(Quantity.about(Double(first.counters.sharedBlocksRead))) blocks, and nobody knows how long that took"
            )
        }
        return .findings(
            readers.filter { $0.counters.readTime >= Self.time.value * $0.counters.executionTime }
                .map { finding($0, observation) })
    }

    private func finding(_ load: StatementLoad, _ observation: Observation) -> Finding {
        let counters = load.counters
        let block = observation.pageSize
        let share = min(1, counters.readTime / counters.executionTime)
        let each = counters.readTime / Double(counters.sharedBlocksRead)
        let miss = Double(counters.sharedBlocksRead) / Double(counters.sharedBlocksRead + counters.sharedBlocksHit)
        let perCall = Double(counters.sharedBlocksRead) / Double(max(1, counters.calls)) * block
        let isSlow = each >= Self.slow.value
        return Finding(
            Self.metadata, severity: isSlow && load.share * share >= Self.heavy.value ? .warning : .notice, tier: .cure,
            title: "\(Quantity.percent(share)) of its time it reads: \(load.label(50))", objects: [load.object],
            impact: .share(load.share * share), confidence: .high,
            summary: "Of \(Quantity.milliseconds(counters.meanTime)) a call the statement waits "
                + "\(Quantity.percent(share)) for \(Quantity.bytes(Int64(perCall))) from outside shared_buffers, "
                + "\(Quantity.milliseconds(each)) a block: \(isSlow ? "a slow disk." : "from flash or the system's cache.")",
            evidence: [
                Evidence("readShare", "share of its time reading", .share(share)),
                Evidence("readTimePerBlock", "read of a block", .milliseconds(each)),
                Evidence("readPerCall", "read a call", .bytes(Int64(perCall))),
                Evidence("missShare", "blocks not in shared_buffers", .share(miss)),
                Evidence("readBytes", "read in the window", .bytes(Int64(Double(counters.sharedBlocksRead) * block))),
                Evidence("meanTime", "mean time of a call", .milliseconds(counters.meanTime)),
                Evidence("calls", "calls", .count(counters.calls)),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "it is a report over data that is read once a day",
            actions: [
                load.sessionsNow(),
                Action(
                    .fix, "let it touch fewer pages",
                    steps: [
                        "EXPLAIN (ANALYZE, BUFFERS): the node with the most \"read\". Findings about the statement name the index or the "
                            + "rewrite; VACUUM and a covering index spare heap pages.",
                        isSlow
                            ? "A block takes \(Quantity.milliseconds(each)): look at the volume's latency (iostat -x, the cloud's limit of "
                                + "operations a second) before anything else."
                            : "The blocks come quickly: it is their number that costs.",
                    ],
                    lock: LockNote.none,
                    gain: Gain("at most \(Quantity.percent(load.share * share)) of the execution time", .estimated),
                    verify: "blocks read a call in the next diagnosis"),
                Action(
                    .cure, "let what is used often fit into memory",
                    steps: [
                        "Partition off or archive what is seldom read; where shared_buffers is crowded (see the finding about it), give it more."
                    ],
                    gain: Gain("reads become hits", .ruleOfThumb)),
            ], explains: [load.link], symptomOf: load.links(in: observation.snapshot))
    }

    static let examples: [RuleExample] = [
        .fires("from a slow disk", on: "f1") { $0.addReader(blocks: 100_000, milliseconds: 250_000) },
        .fires("many quick reads", on: "f1") { $0.addReader(blocks: 9_000_000, milliseconds: 200_000) },
        .silent("most of its time it computes") { $0.addReader(blocks: 900_000, milliseconds: 30_000) },
        .silent("few blocks") { $0.addReader(blocks: 9000, milliseconds: 250_000) },
        .silent("little of the time of all") {
            $0.addReader(blocks: 900_000, milliseconds: 250_000)
            $0.statementStatistics!.totals.executionTime = 90_000_000
        },
        .silent("in memory, and nobody times reads") {
            $0.set("track_io_timing", "off")
            $0.addReader(blocks: 10, milliseconds: 0)
        },
        .inconclusive("track_io_timing is off") {
            $0.set("track_io_timing", "off")
            $0.addReader(blocks: 900_000, milliseconds: 0)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addReader(blocks: Int64, milliseconds: Double) {
        addStatement("f1", calls: 1000, time: 300_000) {
            $0.counters.sharedBlocksRead = blocks
            $0.counters.sharedBlocksHit = blocks
            $0.counters.readTime = milliseconds
        }
    }
}
