import Model

/// Sessions that wait for pages from outside shared_buffers.
struct DataFileReads: Rule {
    static let metadata = RuleMetadata(
        id: "waits.data-file-read",
        title: "Reading pages from outside the cache is most of the load",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt:
            "busy sessions of clients in IO:DataFileRead, DataFilePrefetch and AioIoCompletion (18 and up) and in IPC:BufferIO, "
            + "and the blocks that their statements read and hit",
        why:
            "A page that is not in shared_buffers comes from the operating system's cache at best, else from disk, a hundred "
            + "to ten thousand times as slow as memory. Sessions that wait for it hold connections and locks meanwhile.",
        limits:
            "Backups are left out. Whether a page came from the operating system's cache or from disk is not told by the "
            + "event. After a restart everything is read once.",
        thresholds: [most] + WaitingSessions.thresholds,
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-IO-TABLE"],
        explains: [Edge(.readsBlocks, "workload.erratic-statement")])

    private static let most = Threshold(
        "share of the busy sessions from which it is a warning", 0.5, "share",
        source: "our choice: more than half of the load is waiting for reads, so that nothing else can matter more")

    static func isMeant(_ activity: Activity) -> Bool {
        activity.isClient && !activity.isBackup
            && (activity.waits("IO", "DataFileRead", "DataFilePrefetch", "AioIoCompletion", "AioIoUringExecution")
                || activity.waits("IPC", "BufferIO"))
    }

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(observation, "reads of data files", where: Self.isMeant) { finding($0, observation) }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let readers = waiting.loads.prefix(3).map { load in
            let counters = load.counters
            let all = counters.sharedBlocksHit + counters.sharedBlocksRead
            let share = all > 0 ? Double(counters.sharedBlocksRead) / Double(all) : 0
            return
                "\(Quantity.percent(share)) of \(Quantity.about(counters.blocksPerCall)) blocks a call read: \(load.label(90))"
        }
        return Finding(
            Self.metadata, severity: waiting.severity(from: Self.most.value), tier: .cure,
            title: "sessions wait for reads from outside the cache", objects: [.cluster], impact: waiting.impact,
            confidence: waiting.confidence,
            summary: "\(waiting.text) wait for pages that are not in shared_buffers.",
            evidence: waiting.evidence
                + (readers.isEmpty ? [] : [Evidence("readers", "statements that wait for them", .list(readers))]),
            notIf: "the server was started not long ago, and its cache is still cold",
            actions: [
                Action(
                    .containment, "see who reads now",
                    steps: [
                        WaitingSessions.now("wait_event IN ('DataFileRead', 'AioIoCompletion')"),
                        "A report or export among them may be cancelled and run later.",
                    ], lock: LockNote.none, gain: Gain("the disk is free for the others", .ruleOfThumb)),
                Action(
                    .fix, "read less: an index for what reads much to return little",
                    steps: ["The statements are listed; findings about them come with the index or the rewrite."],
                    gain: Gain("as much as the statements save", .estimated)),
                Action(
                    .cure, "let what is used often fit into memory",
                    steps: [
                        "Partition off or archive what is seldom read; more RAM, and shared_buffers at about a quarter of it."
                    ], gain: Gain("reads become hits", .ruleOfThumb)),
            ], explains: waiting.slowed, symptomOf: waiting.causes)
    }

    static let examples: [RuleExample] = [
        .fires("most of the load", on: "cluster") {
            $0.addBusy("IO", "DataFileRead", sessions: 7)
            $0.addBusy(nil, nil, sessions: 2)
        },
        .fires("asynchronous reads of 18", on: "cluster") { $0.addBusy("IO", "AioIoCompletion", sessions: 4) },
        .silent("a backup") { $0.addBusy("IO", "DataFileRead", sessions: 4, application: "pg_dump") },
        .silent("a little") {
            $0.addBusy("IO", "DataFileRead", sessions: 1)
            $0.addBusy(nil, nil, sessions: 9)
        },
        .inconclusive("two readings") { $0.addBusy("IO", "DataFileRead", sessions: 20, readings: 2) },
    ]
}
