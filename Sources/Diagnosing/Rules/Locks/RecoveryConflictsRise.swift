import Foundation
import Model

/// A standby cancels statements so that replay can go on.
struct RecoveryConflictsRise: Rule {
    private static let least = Threshold(
        "cancelled statements", 1, "statements", source: "pgwatch's metric database_conflicts alerts on any increase")
    private static let high = Threshold(
        "cancelled statements a day: warning", 24, "a day", source: "our choice: users meet one an hour")

    static let metadata = RuleMetadata(
        id: "locks.recovery-conflicts",
        title: "Statements cancelled on a standby by recovery",
        area: .locks,
        needs: [.recovery, .recoveryConflicts],
        looksAt:
            "pg_stat_database_conflicts by kind over the window, max_standby_streaming_delay, hot_standby_feedback",
        why:
            "A standby has to do what the primary did, also when a statement of its own stands in the way: VACUUM removed rows that it may "
            + "still read, or DDL locked its table. It waits for max_standby_streaming_delay, and then cancels the statement, with an error "
            + "that users see. Which way out is right depends on the kind.",
        limits: "Only of the standby that we are connected to. The counters begin with its start or their reset.",
        thresholds: [least, high],
        references: [
            "https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-CONFLICTS-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-HOT-STANDBY-FEEDBACK",
        ])

    /// What stood in the way of replay, with what helps.
    fileprivate struct Kind {
        var name: String
        var count: Int64
        var meaning: String
    }

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.snapshot.server.isInRecovery, let now = observation.snapshot.recoveryConflicts else {
            return .absent
        }
        let findings = now.compactMap { conflicts -> Finding? in
            let then = observation.earlier?.recoveryConflicts?.first { $0.database == conflicts.database }
            let counted = then.flatMap(conflicts.since) ?? conflicts
            guard Double(counted.total) >= Self.least.value else { return nil }
            let seconds =
                then == nil
                ? observation.statisticsAge(of: conflicts.database).map { $0 * 86_400 } : observation.window.seconds
            return finding(counted, seconds: seconds ?? 0, observation)
        }
        return .findings(findings)
    }

    private func kinds(_ counted: RecoveryConflicts) -> [Kind] {
        [
            Kind(
                name: "snapshot", count: counted.snapshot,
                meaning: "VACUUM on the primary removed rows that they might still read"),
            Kind(
                name: "lock", count: counted.lock,
                meaning: "DDL or VACUUM's truncation on the primary locked a table that they read"),
            Kind(
                name: "buffer pin", count: counted.bufferPin,
                meaning: "VACUUM on the primary cleaned a page that they had in use"),
            Kind(name: "deadlock", count: counted.deadlock, meaning: "replay and they waited for each other"),
            Kind(
                name: "tablespace", count: counted.tablespace,
                meaning: "a tablespace was dropped in which they had temporary files"),
            Kind(
                name: "logical slot", count: counted.logicalSlot ?? 0,
                meaning:
                    "VACUUM on the primary removed catalog rows that a logical slot here needs, which is now invalid"),
        ].filter { $0.count > 0 }.sorted { $0.count > $1.count }
    }

    private func finding(_ counted: RecoveryConflicts, seconds: Double, _ observation: Observation) -> Finding {
        let kinds = kinds(counted)
        let perDay = seconds > 0 ? Double(counted.total) / seconds * 86_400 : 0
        let delay = observation.setting("max_standby_streaming_delay")
        let feedback = observation.setting("hot_standby_feedback")
        let span = seconds > 0 ? " in \(Quantity.seconds(seconds))" : ""
        return Finding(
            Self.metadata, severity: perDay >= Self.high.value ? .warning : .notice, tier: .fix,
            title:
                "recovery cancelled \(Quantity.plural(Int(counted.total), "statement")) in \(counted.database) on this standby",
            objects: [ObjectReference(.database, counted.database)], impact: .none, confidence: .high,
            summary:
                "\(Quantity.plural(Int(counted.total), "statement")) of \(counted.database) \(counted.total == 1 ? "was" : "were") "
                + "cancelled\(span) so that replay could go on: "
                + kinds.map { "\(Quantity.count($0.count)) since \($0.meaning)" }.joined(separator: "; ") + ".",
            evidence: kinds.map { kind in
                Evidence(kind.key, "conflicts: \(kind.name)", .count(kind.count))
            } + [Evidence("perDay", "a day", .number(perDay))]
                + (delay.map { [Evidence("delay", "max_standby_streaming_delay", .text($0.text))] } ?? [])
                + (feedback.map { [Evidence("feedback", "hot_standby_feedback", .text($0.value))] } ?? []),
            notIf: "the standby is there to take over, and must not lag for the sake of its readers",
            actions: actions(counted, delay, feedback), explains: [], symptomOf: [])
    }

    private func actions(_ counted: RecoveryConflicts, _ delay: Setting?, _ feedback: Setting?) -> [Action] {
        let verify =
            "SELECT * FROM pg_catalog.pg_stat_database_conflicts WHERE datname = \(SQL.literal(counted.database)); -- here, on the standby"
        var actions = [
            Action(
                .containment, "have the readers try again",
                steps: [
                    "The error (SQLSTATE 40001 or 40P01) goes away by itself: run long reports when the primary does not vacuum."
                ],
                lock: LockNote.none, gain: Gain("users see no error", .ruleOfThumb), verify: verify)
        ]
        if counted.snapshot > 0, let feedback, !feedback.isOn {
            actions.append(
                SettingChange(feedback, to: "on").action(
                    "let the primary keep what is read here", steps: ["On the standby, not on the primary."],
                    gain: Gain("no more conflicts with removed rows", .estimated),
                    caution:
                        "a long report here then holds the xmin horizon of the primary: dead rows pile up there for as long"
                ))
        }
        if let delay, let seconds = delay.seconds, seconds >= 0 {
            actions.append(
                SettingChange(delay, to: seconds < 300 ? "5min" : "\(Int(seconds * 2))s").action(
                    "let replay wait longer for the readers", steps: ["On the standby, not on the primary."],
                    gain: Gain("statements of up to that length are not cancelled", .estimated),
                    caution:
                        "replay stands still meanwhile, for all readers: the standby lags by as much, and takes over later"
                ))
        }
        actions.append(
            Action(
                .cure, "one standby for each purpose",
                steps: [
                    "One to take over, with a short delay; another for reports, with a long one (max_standby_streaming_delay = -1) or with "
                        + "hot_standby_feedback.",
                    counted.lock > 0
                        ? "Against locks: DDL at the readers' quiet hours, and ALTER TABLE … SET (vacuum_truncate = off) on tables that shrink."
                        : "Shorter reports: by pages of the key, each in its own transaction.",
                ], gain: Gain("readers and replay no longer meet", .ruleOfThumb), verify: verify))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires(
            "VACUUM of the primary cancels reports", on: "shop", before: { $0.addConflicts(snapshot: 10) },
            after: { $0.recoveryConflicts?[0].snapshot += 12 }),
        .fires("DDL, since the counters began", on: "shop") { $0.addConflicts(lock: 4) },
        .silent("none in the window", before: { $0.addConflicts(snapshot: 10) }, after: { _ in }),
        .silent("a primary") { _ in },
    ]
}

extension RecoveryConflictsRise.Kind {
    /// `bufferPin`
    fileprivate var key: String {
        let words = name.split(separator: " ")
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            + "Conflicts"
    }
}

extension Snapshot {
    fileprivate mutating func addConflicts(snapshot: Int64 = 0, lock: Int64 = 0) {
        server.isInRecovery = true
        recovery = Recovery()
        set("max_standby_streaming_delay", "30000", unit: "ms", source: "default")
        set("hot_standby_feedback", "off", source: "default")
        recoveryConflicts = [
            .make {
                $0.database = "shop"
                $0.snapshot = snapshot
                $0.lock = lock
            }
        ]
    }
}
