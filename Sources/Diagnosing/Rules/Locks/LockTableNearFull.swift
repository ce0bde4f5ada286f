import Foundation
import Model

/// The shared lock table fills up: the next statement that needs a place in it fails.
struct LockTableNearFull: Rule {
    private static let noted = Threshold(
        "locked objects to places: notice", 0.5, "share", source: "dasha's first level of locks to the pool's size")
    private static let used = Threshold(
        "locked objects to places: warning", 0.6, "share", source: "dasha's second level")
    private static let full = Threshold(
        "locked objects to places: critical", 0.8, "share", source: "dasha's third level")

    static let metadata = RuleMetadata(
        id: "locks.lock-table-near-full",
        title: "Shared lock table nearly full",
        area: .locks,
        needs: [.lockTable, .settings],
        looksAt:
            "objects that are locked in the shared table, counted from pg_locks (fast-path locks left out), against "
            + "max_locks_per_transaction for each process and prepared transaction",
        why:
            "All sessions share one lock table. When it is full, any statement of anybody that needs another lock fails with \"out of shared "
            + "memory\", HINT \"You might need to increase max_locks_per_transaction\". A dump, a DROP of many tables or queries over "
            + "thousands of partitions fill it at once.",
        limits:
            "One reading; such peaks are short. The table can grow a little beyond its size, into spare shared memory, so that errors "
            + "begin somewhat later. Predicate locks have a table of their own.",
        thresholds: [noted, used, full],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION",
            "https://www.postgresql.org/message-id/2438977.1697481141%40sss.pgh.pa.us",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let table = observation.snapshot.lockTable else { return .inconclusive("the locks were not counted") }
        guard let places = Self.places(observation) else {
            return .inconclusive("max_locks_per_transaction was not read")
        }
        let share = Double(table.objects) / places
        guard share >= Self.noted.value else { return .findings([]) }
        return .findings([finding(table, places, share, observation)])
    }

    /// max_locks_per_transaction × (MaxBackends + max_prepared_transactions), as NLOCKENTS() in
    /// src/backend/storage/lmgr/lock.c; MaxBackends counts autovacuum's, background workers and walsenders too
    /// (src/backend/utils/init/postinit.c).
    private static func places(_ observation: Observation) -> Double? {
        guard let each = observation.setting("max_locks_per_transaction")?.number,
            let connections = observation.setting("max_connections")?.number
        else { return nil }
        let autovacuum = observation.setting("autovacuum_worker_slots") ?? observation.setting("autovacuum_max_workers")
        let others = ["max_prepared_transactions", "max_worker_processes", "max_wal_senders"]
            .compactMap { observation.setting($0)?.number }.reduce(0, +)
        return each * (connections + others + (autovacuum?.number ?? 0) + 1)
    }

    private func finding(
        _ table: LockTable, _ places: Double, _ share: Double, _ observation: Observation
    ) -> Finding {
        let severity: Severity = share >= Self.full.value ? .critical : share >= Self.used.value ? .warning : .notice
        let top = table.holders.sorted { $0.inTable > $1.inTable }.prefix(5)
        let named = top.map { count in
            let name =
                observation.backend(count.pid)?.nameWithPID
                ?? (count.pid == 0 ? "prepared transactions" : "session \(count.pid)")
            return "\(name): \(Quantity.count(count.inTable))"
        }
        let backends = top.compactMap { observation.backend($0.pid) }.filter { $0.isClient && !$0.isOurs }
        let verify =
            "SELECT count(DISTINCT (locktype, database, relation, page, tuple, virtualxid, transactionid::text, classid, objid, "
            + "objsubid)) FROM pg_catalog.pg_locks WHERE NOT fastpath;"
        var actions = [
            Action(
                .containment, "let the one with the most locks end, or end it",
                sql: backends.prefix(1).map {
                    $0.signal($0.state == "active" ? "pg_cancel_backend" : "pg_terminate_backend")
                },
                steps: [
                    "Most locks: \(named.joined(separator: "; ")).",
                    "Ask its owner first: a dump has to be started anew.",
                ],
                lock: LockNote("none", "its transaction is rolled back at once"),
                gain: Gain("frees \(Quantity.count(top.first?.inTable ?? 0)) places", .measured), verify: verify,
                caution: "the work of its transaction is lost")
        ]
        if let setting = observation.serverSetting("max_locks_per_transaction"), let each = setting.number {
            actions.append(
                SettingChange(setting, to: String(Int(each * 2))).action(
                    "double the table", steps: ["Standbys first: theirs must not be smaller than the primary's."],
                    gain: Gain("twice the places, for some hundred bytes of shared memory each", .byDefinition)))
        }
        actions.append(
            Action(
                .cure, "lock less in one transaction",
                steps: [
                    "Fewer, larger partitions; queries that name the partition key; DROP and TRUNCATE of many tables in several transactions.",
                    "pg_dump of one schema at a time, or of a standby with a larger table.",
                ], gain: Gain("no single transaction fills the table", .ruleOfThumb), verify: verify))
        return Finding(
            Self.metadata, severity: severity, tier: .fix,
            title: "the shared lock table is \(Quantity.percent(min(share, 1))) full",
            objects: [.setting("max_locks_per_transaction")],
            impact: Impact(share, .risk, "\(Quantity.percent(share)) full"),
            confidence: .high,
            summary:
                "\(Quantity.count(table.objects)) objects are locked in a table with \(Quantity.count(Int64(places))) places. Once it is "
                + "full, statements of anybody fail with \"out of shared memory\". Most locks: \(named.first ?? "nobody").",
            evidence: [
                Evidence("objects", "locked objects in the table", .count(table.objects)),
                Evidence("places", "places", .count(Int64(places))), Evidence("share", "in use", .share(share)),
                Evidence("holders", "most locks", .list(named)),
            ], notIf: "it is a dump or a migration that runs once, and ends now", actions: actions, explains: [],
            symptomOf: Set(backends.map { LinkKey.backend($0.pid) }))
    }

    static let examples: [RuleExample] = [
        .fires("a dump locks thousands of tables", on: "max_locks_per_transaction") {
            $0.addSession(1, "pg_dump", for: 60)
            $0.fillLockTable(6200, of: 1)
        },
        .silent("a tenth of it") { $0.fillLockTable(700, of: 1) },
        .inconclusive("not counted") { $0.lockTable = nil },
    ]
}

extension Snapshot {
    mutating func fillLockTable(_ count: Int64, of pid: Int) {
        lockTable = .make {
            $0.objects = count
            $0.holders = [
                .make {
                    $0.pid = pid
                    $0.locks = count
                    $0.inTable = count
                }
            ]
        }
    }
}
