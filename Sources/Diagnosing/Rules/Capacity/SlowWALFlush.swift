import Model

/// A commit waits long for its WAL to be on disk, as measured by the server itself.
struct SlowWALFlush: Rule {
    private static let slow = Threshold(
        "mean time of a flush", 10, "ms",
        source:
            "our choice: a turn of a disk of 7,200 a minute takes 8.3 ms; a cache that is safe, below 1 ms (pg_test_fsync)"
    )
    private static let grave = Threshold(
        "mean time of a flush that makes a warning", 30, "ms",
        source: "our choice: felt by a person who clicks through ten transactions")
    private static let flushes = Threshold(
        "flushes that are judged", 1000, "flushes", source: "our choice: fewer may be those of one slow minute")
    private static let commits = Threshold(
        "commits a second from which it matters", 50, "a second",
        source: "our choice: below it few sessions wait at a time")

    static let metadata = RuleMetadata(
        id: "capacity.slow-wal-flush",
        title: "WAL takes long to reach the disk",
        area: .capacity,
        needs: [.wal, .settings, .databases], uses: [.io],
        looksAt:
            "wal_sync and wal_sync_time of pg_stat_wal up to 17, fsyncs and fsync_time of object wal in pg_stat_io from 18, where "
            + "track_wal_io_timing is on; commits within the window",
        why:
            "No commit returns before its WAL is flushed. That time is part of every transaction that writes, and while a session waits it "
            + "keeps its locks and its connection.",
        limits:
            "Without track_wal_io_timing it is not measured, and inconclusive where many commits come; sessions that wait are then judged by "
            + "waits.wal-write. With wal_sync_method open_datasync or open_sync nothing is counted.",
        thresholds: [slow, grave, flushes, commits],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-WAL-IO-TIMING",
            "https://www.postgresql.org/docs/current/wal-configuration.html",
            "https://www.postgresql.org/docs/current/wal-async-commit.html",
        ],
        explains: [Edge(.flushesSlowly, "waits.wal-write")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.server.isInRecovery, observation.setting("fsync")?.isOn ?? true else {
            return .absent
        }
        let rate = commitRate(observation)
        guard observation.setting("track_wal_io_timing")?.isOn ?? false else {
            guard let rate, rate >= Self.commits.value else { return .findings([]) }
            return .inconclusive(
                "track_wal_io_timing is off: \(Quantity.about(rate)) commits a second wait for flushes of which nobody knows what they take"
            )
        }
        guard let flushed = Flushes(observation), Double(flushed.count) >= Self.flushes.value,
            flushed.mean >= Self.slow.value
        else { return .findings([]) }
        return .findings([finding(flushed, rate, observation)])
    }

    /// Commits a second within the window, or since the reset.
    private func commitRate(_ observation: Observation) -> Double? {
        let databases = observation.snapshot.databases
        let commits = databases.reduce(0) { $0 + observation.counters(of: $1).commits }
        return observation.countedSeconds(of: databases).flatMap { $0 > 0 ? Double(commits) / $0 : nil }
    }

    private struct Flushes {
        let count: Int64
        /// ms
        let time: Double
        var mean: Double { time / Double(max(1, count)) }

        init?(_ observation: Observation) {
            let (now, then) = (observation.snapshot, observation.earlier)
            if let wal = now.wal, let syncs = wal.syncs, let time = wal.syncTime {
                let before = then?.wal.flatMap { $0.syncs ?? 0 <= syncs ? $0 : nil }
                self.count = syncs - (before?.syncs ?? 0)
                self.time = time - (before?.syncTime ?? 0)
                return
            }
            guard let span = IOSpan(observation, shortest: 0) else { return nil }
            // Context init is of whole new files, for which no commit waits as a rule.
            let rows = span.rows.filter { $0.object == "wal" && $0.context == "normal" }
            count = rows.reduce(0) { $0 + $1.fsyncs }
            time = rows.reduce(0) { $0 + ($1.fsyncTime ?? 0) }
        }
    }

    private func finding(_ flushed: Flushes, _ rate: Double?, _ observation: Observation) -> Finding {
        let each = Quantity.milliseconds(flushed.mean)
        return Finding(
            Self.metadata, severity: flushed.mean >= Self.grave.value ? .warning : .notice, tier: .fix,
            title: "a flush of WAL takes \(each)", objects: [.cluster],
            impact: Impact(0, .none, "\(each) a commit"), confidence: .high,
            summary:
                "Every transaction that writes waits \(each) on average until its WAL is on disk; a disk with a safe cache needs less "
                + "than 1 ms.",
            evidence: [
                Evidence("flushTime", "mean time of a flush", .milliseconds(flushed.mean)),
                Evidence("flushes", "flushes", .count(flushed.count)),
            ] + (rate.map { [Evidence("commitsPerSecond", "commits a second", .number($0))] } ?? []),
            notIf: "the storage replicates each write to another site, and is to",
            actions: [
                Action(
                    .containment, "tell the disk from the load",
                    steps: [
                        "pg_test_fsync -f on the WAL's file system in a quiet hour: what one flush takes with nobody else there.",
                        "iostat -x 5: do others write to the same volume? Backups and bulk loads may pause.",
                    ], lock: LockNote.none, gain: Gain("tells whether hardware is the matter", .byDefinition)),
                delay(flushed, rate, observation),
                Action(
                    .cure, "give WAL a disk that confirms quickly, or commit less often",
                    steps: [
                        "pg_wal on a volume of its own with a cache that survives a power cut.",
                        "The writes of one request or batch in one transaction; SET LOCAL synchronous_commit = off where the last moments may be "
                            + "lost in a crash (logs, counters): nothing else is at risk.",
                    ], gain: Gain("commits in the time of a flush below 1 ms", .estimated)),
            ], explains: [.wal])
    }

    /// Half of a flush is the manual's starting point.
    private func delay(_ flushed: Flushes, _ rate: Double?, _ observation: Observation) -> Action {
        // The setting has no unit: microseconds.
        let microseconds = min(100_000, Int(flushed.mean * 500))
        guard let setting = observation.serverSetting("commit_delay"), rate.map({ $0 >= Self.commits.value }) ?? false
        else {
            return Action(
                .fix, "see whether others share the WAL's disk",
                steps: ["Move pg_wal to a volume of its own: stop the server, move the folder, leave a symbolic link."],
                lock: LockNote.none, gain: Gain("flushes wait for nobody else", .ruleOfThumb), undo: "move it back")
        }
        return SettingChange(setting, to: String(microseconds)).action(
            "let commits gather for \(Quantity.milliseconds(Double(microseconds) / 1000)) before a flush",
            steps: ["Only where at least commit_siblings (5) transactions are open does a session wait."],
            gain: Gain("one flush for several commits: more of them a second", .ruleOfThumb),
            caution: "each commit waits a little longer; measure, and take it back where throughput does not rise")
    }

    static let examples: [RuleExample] = [
        .fires("a slow volume", on: "cluster") { $0.addFlushes(mean: 24) },
        .fires("18, in pg_stat_io", on: "cluster") { $0.addFlushes(mean: 40, version: 180_001) },
        .silent("a cache that is safe") { $0.addFlushes(mean: 0.6) },
        .silent("few commits, and nobody measures") { $0.set("track_wal_io_timing", "off") },
        .inconclusive("many commits, and nobody measures") {
            $0.addFlushes(mean: 0)
            $0.set("track_wal_io_timing", "off")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addFlushes(mean: Double, version: Int = 150_020) {
        server.version = ServerVersion(version)
        set("track_wal_io_timing", "on")
        set("commit_delay", "0")
        databases[0].counters.commits = 40 * 86_400 * 400
        guard version >= 180_000 else {
            wal = .make {
                $0.syncs = 9_000_000
                $0.syncTime = 9_000_000 * mean
            }
            return
        }
        wal = .make { $0.bytes = 1 << 40 }
        io = [
            .make {
                $0.backendType = "client backend"
                $0.object = "wal"
                $0.context = "normal"
                $0.fsyncs = 9_000_000
                $0.fsyncTime = 9_000_000 * mean
            }
        ]
    }
}
