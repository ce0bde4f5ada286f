import Model

/// Commits that wait for WAL to reach the disk.
struct WALWrites: Rule {
    static let metadata = RuleMetadata(
        id: "waits.wal-write",
        title: "Sessions wait for WAL to reach the disk",
        area: .waits,
        needs: [.activitySamples, .backendDetails, .databases],
        looksAt:
            "busy sessions in LWLock:WALWrite, WALInsert and WALBufMapping and in IO:WALSync and WALWrite, against the commits "
            + "within the window",
        why:
            "A commit returns when its WAL is on disk. Each flush takes what the disk takes, and carries all commits that wait "
            + "at that moment: many sessions with small transactions then wait for the disk more than they work.",
        limits:
            "A load of many small writes waits here even on a good disk: it is a warning only where the commits within "
            + "two readings of this visit show that each waits long.",
        thresholds: [latency] + WaitingSessions.thresholds,
        references: [
            "https://www.postgresql.org/docs/current/wal-configuration.html",
            "https://www.postgresql.org/docs/current/wal-async-commit.html",
        ],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    private static let latency = Threshold(
        "wait for WAL of a commit from which it is a warning", 20, "ms",
        source:
            "our choice: two turns of a disk of 7,200 a minute (8.3 ms each) and a little; a disk with a cache that is safe "
            + "needs below 1 ms, pg_test_fsync tells it")

    static func isMeant(_ activity: Activity) -> Bool {
        activity.waits("LWLock", "WALWrite", "WALInsert", "WALBufMapping")
            || activity.waits("IO", "WALSync", "WALWrite", "WALInitWrite", "WALInitSync")
    }

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(observation, "the wait for WAL", where: { $0.isClient && Self.isMeant($0) }) {
            finding($0, observation)
        }
    }

    /// ms that a commit waits, by Little's law: sessions in the wait by commits a second. Only where the readings and the
    /// commits are of the same time.
    private func wait(_ waiting: WaitingSessions, _ observation: Observation) -> (perCommit: Double, rate: Double)? {
        guard observation.window.basis == .sample, let seconds = observation.window.seconds, seconds > 0 else {
            return nil
        }
        let commits = observation.snapshot.databases.reduce(0) { $0 + observation.counters(of: $1).commits }
        let rate = Double(commits) / seconds
        return rate > 0 ? (waiting.part.average / rate * 1000, rate) : nil
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let wait = wait(waiting, observation)
        let isSlow = (wait?.perCommit ?? 0) >= Self.latency.value
        var evidence = waiting.evidence
        if let wait {
            evidence += [
                Evidence("waitPerCommit", "wait for WAL of a commit", .milliseconds(wait.perCommit)),
                Evidence("commitsPerSecond", "commits a second", .number(wait.rate)),
            ]
        }
        let each = wait.map {
            ", \(Quantity.milliseconds($0.perCommit)) for each of \(Quantity.about($0.rate)) commits a second"
        }
        return Finding(
            Self.metadata, severity: isSlow ? .warning : .notice, tier: .cure,
            title: "sessions wait for WAL to reach the disk", objects: [.cluster], impact: waiting.impact,
            confidence: waiting.confidence,
            summary: "\(waiting.text) wait for their WAL to be on disk\(each ?? "").", evidence: evidence,
            notIf: "the load is many small transactions, and each of them is quick enough",
            actions: [
                Action(
                    .containment, "see what a flush takes",
                    steps: [
                        "Run pg_test_fsync -f on the WAL's file system, in a quiet hour.",
                        "Is a bulk change running that writes much WAL? Let it pause between batches.",
                    ], lock: LockNote.none, gain: Gain("none by itself", .ruleOfThumb)),
                Action(
                    .fix, "put WAL on a disk that confirms a flush quickly",
                    steps: [
                        "A disk of its own with a write cache that survives a power cut; network storage adds its round trip."
                    ],
                    lock: LockNote.none, gain: Gain("the wait of a commit is that of a flush", .estimated)),
                Action(
                    .cure, "commit less often",
                    steps: [
                        "Put the writes of one request or batch into one transaction.",
                        "Where the last moments of data may be lost in a crash (logs, counters): SET LOCAL synchronous_commit = off in "
                            + "those transactions; nothing else is at risk.",
                    ], gain: Gain("one flush for many writes", .estimated)),
            ], explains: waiting.slowed, symptomOf: waiting.causes.union([.wal]))
    }

    static let examples: [RuleExample] = [
        .fires("half of the sessions", on: "cluster") {
            $0.addBusy("LWLock", "WALWrite", sessions: 6)
            $0.addBusy("IO", "WalSync", sessions: 1)
            $0.addBusy(nil, nil, sessions: 5)
        },
        .fires("a slow disk within the window", on: "cluster", before: { _ in }) {
            $0.databases[0].counters.commits += 3000
            $0.addBusy("LWLock", "WALWrite", sessions: 6)
        },
        .silent("some of the load") {
            $0.addBusy("LWLock", "WALWrite", sessions: 1)
            $0.addBusy(nil, nil, sessions: 9)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "WALWrite", sessions: 20, readings: 2) },
    ]
}
