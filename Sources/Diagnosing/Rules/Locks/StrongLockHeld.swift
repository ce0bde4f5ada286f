import Foundation
import Model

/// A table lock that keeps others out, held while nobody happens to come.
struct StrongLockHeld: Rule {
    private static let age = Threshold(
        "age of the transaction that holds it", 30, "s",
        source: "our choice: DDL of an application takes an instant, and commits")
    private static let traffic = Threshold(
        "scans or writes of the table that it keeps out", 1, "a minute",
        source: "our choice: somebody will come within the minute")

    static let metadata = RuleMetadata(
        id: "locks.strong-lock-held",
        title: "Table lock held for long that keeps others out",
        area: .locks,
        needs: [.locks, .backends, .relations], uses: [.backendDetails, .databases],
        looksAt:
            "granted locks on tables in SHARE mode and stronger, the age of the transactions that hold them, and how often the tables are "
            + "read and written",
        why:
            "DDL in an open transaction, LOCK TABLE, TRUNCATE and the like keep their lock until COMMIT. While it is held, the next "
            + "statement on the table waits, and with ACCESS EXCLUSIVE that is every SELECT. That nobody waits at this instant is luck.",
        limits:
            "Since when the lock is held is not recorded: the transaction's age is the most. Once somebody waits, "
            + "locks.blocking-session tells it. Tables that the lock keeps nobody from, by their counters, are left out.",
        thresholds: [age, traffic],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
            "https://www.postgresql.org/docs/current/sql-lock.html",
        ], explains: [.occupiesConnections, Edge(.keepsVacuumAway, "vacuum.dead-rows-pile-up")])

    /// Those that conflict with what INSERT, UPDATE and DELETE take.
    private static let modes: Set<String> = [
        "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        let told = Set(observation.blockers.map(\.root.pid))
        let clients = Dictionary(observation.clients.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
        var held: [Held] = []
        for lock in observation.snapshot.locks
        where lock.type == "relation" && lock.isGranted && Self.modes.contains(lock.mode) && !told.contains(lock.pid) {
            guard let backend = clients[lock.pid], let name = lock.relation, let database = lock.database,
                let age = observation.age(of: backend.transactionStart), age >= Self.age.value,
                let traffic = traffic(of: name, in: database, lock.mode, observation), traffic >= Self.traffic.value
            else { continue }
            held.append(
                Held(backend: backend, relation: name, database: database, mode: lock.mode, age: age, traffic: traffic))
        }
        let sessions = Dictionary(grouping: held, by: \.backend.object)
        return .findings(
            sessions.values.map { finding($0.sorted { $0.traffic > $1.traffic }, observation) }
                .sorted { $0.fingerprint < $1.fingerprint })
    }

    private struct Held {
        var backend: Backend
        var relation: QualifiedName
        var database: String
        var mode: String
        var age: Double
        /// Scans and writes a minute that it keeps out.
        var traffic: Double
    }

    /// How often a minute somebody comes whom the lock keeps out; nil where that is not known.
    private func traffic(
        of name: QualifiedName, in database: String, _ mode: String, _ observation: Observation
    ) -> Double? {
        guard let catalog = observation.snapshot.catalogs.first(where: { $0.database == database }),
            let relation = catalog.relations.first(where: { $0.name == name }), relation.persistence != "t",
            !relation.isSystem
        else { return nil }
        let seconds =
            observation.earlier == nil
            ? observation.statisticsAge(of: database).map { $0 * 86_400 } : observation.window.seconds
        guard let seconds, seconds > 0 else { return nil }
        let counters = observation.counters(of: relation, in: catalog)
        let writes = counters.inserted + counters.updated + counters.deleted
        let reads = counters.sequentialScans + counters.indexScans
        return Double(mode == "AccessExclusiveLock" ? writes + reads : writes) / seconds * 60
    }

    private func finding(_ held: [Held], _ observation: Observation) -> Finding {
        let first = held[0]
        let (backend, mode) = (first.backend, LockMode.sql(first.mode))
        let isIdle = backend.state != "active"
        let others = Set(held.map(\.relation)).count - 1
        let more = others == 0 ? "" : " and \(Quantity.plural(others, "other table"))"
        let keepsOut = first.mode == "AccessExclusiveLock" ? "reads and writes" : "writes"
        let links = Set(held.map { LinkKey.relation($0.relation, database: $0.database) })
        let state =
            isIdle
            ? "is idle in its transaction for \(Quantity.seconds(observation.age(of: backend.stateChange) ?? 0))"
            : "works in it"
        return Finding(
            Self.metadata, severity: .warning, tier: .containment,
            title:
                "\(backend.label) holds \(mode) on \(first.relation)\(more) for up to \(Quantity.seconds(first.age))",
            objects: [backend.object]
                + Set(held.map(\.relation)).sorted().prefix(5).map { .relation($0, in: first.database) },
            impact: Impact(0, .none, "–"), confidence: .high,
            summary:
                "\(backend.nameWithPID) took \(mode) on \(first.relation)\(more) in a transaction that is \(Quantity.seconds(first.age)) "
                + "old, and \(state). \(keepsOut.prefix(1).uppercased() + keepsOut.dropFirst()) of the table come "
                + "\(Quantity.about(first.traffic)) times a minute on average: the next one will wait.",
            evidence: [
                Evidence("mode", "holds", .text(mode)),
                Evidence("transactionAge", "transaction open for", .seconds(first.age)),
                Evidence("trafficPerMinute", "\(keepsOut) a minute", .number(first.traffic)),
                Evidence("tables", "tables", .list(Set(held.map(\.relation)).sorted().prefix(10).map(\.description))),
            ]
                + (backend.query.map { [Evidence("statement", isIdle ? "last statement" : "statement", .text($0))] }
                    ?? []),
            notIf: "it is a maintenance window, and the application is stopped",
            actions: actions(backend, first, isIdle: isIdle, observation),
            explains: links.union([.backend(backend.pid)]), symptomOf: [.backend(backend.pid)])
    }

    private func actions(
        _ backend: Backend, _ held: Held, isIdle: Bool, _ observation: Observation
    ) -> [Action] {
        let verify =
            "SELECT pid, mode FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND mode LIKE '%ExclusiveLock';"
        var actions = [
            Action(
                .containment, "\(isIdle ? "end" : "cancel the statement of") session \(backend.pid)",
                sql: [backend.signal(isIdle ? "pg_terminate_backend" : "pg_cancel_backend")],
                steps: ["Ask its owner first: a migration has to be run again, all of it."],
                lock: LockNote("none", "its transaction is rolled back at once"),
                gain: Gain("\(held.relation) is free", .byDefinition), verify: verify, caution: "the change is not made"
            )
        ]
        if let role = backend.role, isIdle {
            actions.append(
                Action.limit(
                    role, "idle_in_transaction_session_timeout", to: "60s",
                    title: "let the server end idle transactions of \(role)",
                    gain: Gain("no forgotten lock is held for longer than a minute", .estimated),
                    caution: "the application must stand losing a connection", observation))
        }
        actions.append(
            Action(
                .cure, "one change of a table, one transaction",
                steps: [
                    "Run DDL that takes a strong lock by itself, with a lock_timeout and a retry, and commit at once.",
                    "What reads or fills the table goes into transactions before or after it: backfills in batches, VALIDATE CONSTRAINT, "
                        + "CREATE INDEX CONCURRENTLY.",
                ], lock: LockNote.none, gain: Gain("the lock is held for milliseconds", .ruleOfThumb), verify: verify,
                undo: "the former migration"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a migration that waits for its next step", on: "app/migration") {
            $0.addStrongLock("AccessExclusiveLock", for: 120)
        },
        .fires("LOCK TABLE for writers", on: "app/migration") { $0.addStrongLock("ShareRowExclusiveLock", for: 120) },
        .silent("for a second") { $0.addStrongLock("AccessExclusiveLock", for: 1) },
        .silent("nobody reads or writes the table") {
            $0.addStrongLock("AccessExclusiveLock", for: 120, reads: 0, writes: 0)
        },
        .silent("a materialized view is refreshed while others read it") {
            $0.addStrongLock("ExclusiveLock", for: 120, writes: 0)
        },
        .silent("somebody waits: the blocking session tells it") { snapshot in
            snapshot.addStrongLock("AccessExclusiveLock", for: 120)
            snapshot.addSession(2, "web", for: 20)
            snapshot.addLock(2, "relation", "AccessShareLock", on: "orders", waitingFor: 20)
        },
        .silent("autovacuum truncates a table") { snapshot in
            snapshot.addStrongLock("AccessExclusiveLock", for: 120)
            snapshot.backends[0].type = "autovacuum worker"
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addStrongLock(
        _ mode: String, for seconds: Double, reads: Int64 = 50_000_000, writes: Int64 = 1_000_000
    ) {
        addTable("orders", rows: 1_000_000) {
            $0.counters.indexScans = reads
            $0.counters.inserted = writes
            $0.counters.updated = 0
        }
        addSession(1, "migration", state: "idle in transaction", for: seconds) {
            $0.query = "ALTER TABLE orders ADD COLUMN note text"
        }
        addLock(1, "relation", mode, on: "orders")
    }
}
