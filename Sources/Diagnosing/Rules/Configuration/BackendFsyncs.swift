import Model

/// Sessions have to flush data files themselves: the checkpointer does not keep up.
struct BackendFsyncs: Rule {
    private static let count = Threshold(
        "flushes by sessions", 100, "flushes",
        source: "our choice: a healthy server has none; some may come with a single crash of the load")
    private static let rate = Threshold(
        "flushes by sessions a day", 100, "a day", source: "our choice: less is forgotten by the next statement")

    static let metadata = RuleMetadata(
        id: "configuration.backend-fsyncs",
        title: "Sessions flush data files themselves",
        area: .configuration,
        needs: [.checkpointer, .settings], uses: [.io],
        looksAt:
            "buffers_backend_fsync of pg_stat_bgwriter up to 15, fsyncs of client backends in pg_stat_io from 16, since their reset",
        why:
            "Data files are flushed by the checkpointer, which sessions only ask for it. Where its queue is full a session calls fsync "
            + "itself, in the middle of a statement, and waits for the disk with everything it has locked. It means that the storage takes "
            + "far longer to flush than the server writes.",
        limits: "Flushes of new indexes and of ALTER TABLE are not counted here. Which statements waited is not known.",
        thresholds: [count, rate],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-CHECKPOINTS",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let (flushes, seconds) = counted(observation), seconds > 0 else { return .findings([]) }
        let perDay = Double(flushes) / seconds * 86_400
        guard Double(flushes) >= Self.count.value, perDay >= Self.rate.value else { return .findings([]) }
        let checkpointer = observation.snapshot.checkpointer
        let spread = observation.serverSetting("checkpoint_completion_target").flatMap {
            ($0.number ?? 0.9) < 0.9 ? SettingChange($0, to: "0.9") : nil
        }
        return .findings([
            Finding(
                Self.metadata, severity: .warning, tier: .fix,
                title: "sessions flushed data files \(Quantity.count(flushes)) times",
                objects: [.cluster], impact: Impact(0, .none, "\(Quantity.about(perDay)) a day"), confidence: .high,
                summary: "Statements stop while their sessions call fsync: \(Quantity.count(flushes)) times within "
                    + "\(Quantity.seconds(seconds)) the checkpointer's queue was full. The storage does not flush what the server writes.",
                evidence: [
                    Evidence("sessionFlushes", "flushes by sessions", .count(flushes)),
                    Evidence("flushesPerDay", "a day", .number(perDay)),
                    Evidence("syncTime", "checkpointer's time in flushes", .milliseconds(checkpointer.syncTime)),
                    Evidence("span", "counted over", .seconds(seconds)),
                ], notIf: "the storage failed once, and is well since",
                actions: [
                    Action(
                        .containment, "see what a flush takes",
                        steps: [
                            "iostat -x 5 on the data's volume; the log's lines \"checkpoint complete: … sync=… s, longest=… s\" (log_checkpoints).",
                            "Let bulk loads pause meanwhile.",
                        ], lock: LockNote.none, gain: Gain("tells a slow disk from a burst", .ruleOfThumb)),
                    Action(
                        .fix, "let checkpoints write more evenly",
                        sql: spread?.sql ?? [],
                        steps: [
                            "checkpoint_completion_target at 0.9, checkpoint_flush_after at its default (256 kB), and a vm.dirty_background_bytes "
                                + "of 64 MB or so keep the system from collecting gigabytes that one fsync then has to wait for.",
                            "The queue has as many places as shared_buffers has pages: a tiny shared_buffers fills it soon.",
                        ], lock: LockNote.none, gain: Gain("no flush within statements", .ruleOfThumb),
                        verify: "the count stands still in the next diagnosis",
                        undo: spread?.undo),
                    Action(
                        .cure, "put the data on storage that flushes as fast as the server writes",
                        steps: [
                            "Compare pg_test_fsync on candidates; cloud volumes have a limit of operations a second."
                        ],
                        gain: Gain("flushes in milliseconds", .ruleOfThumb)),
                ], explains: [.cluster])
        ])
    }

    private func counted(_ observation: Observation) -> (Int64, Double)? {
        if let span = IOSpan(observation, shortest: 0) {
            let rows = span.rows.filter { $0.object == "relation" && $0.backendType == "client backend" }
            return (rows.reduce(0) { $0 + $1.fsyncs }, span.seconds)
        }
        let now = observation.snapshot.checkpointer
        guard let flushes = now.buffersBackendFsync else { return nil }
        return observation.age(of: now.reset ?? observation.snapshot.server.startedAt).map { (flushes, $0) }
    }

    static let examples: [RuleExample] = [
        .fires("15, on a slow volume", on: "cluster") { $0.checkpointer.buffersBackendFsync = 90_000 },
        .fires("17", on: "cluster") { $0.addWrites(sessions: 10, others: 900, fsyncs: 5000) },
        .silent("a handful, long ago") { $0.checkpointer.buffersBackendFsync = 40 },
        .silent("none") { $0.addWrites(sessions: 10, others: 900) },
    ]
}
