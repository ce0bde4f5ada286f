import Foundation
import Model

/// One thing that holds the xmin horizon back, with its own remedy: ending a session does not free a slot.
struct HorizonHolder {
    /// Whose dead rows it keeps. https://www.postgresql.org/docs/current/view-pg-replication-slots.html, catalog_xmin
    enum Reach: Equatable {
        case everything
        /// A session's or prepared transaction's own database, and what all databases share.
        case database(String)
        /// A logical slot: system catalogs, of all databases.
        case catalogs
    }

    var name: String
    var reach: Reach
    /// Transactions.
    var age: Int64
    var object: ObjectReference
    var sentence: String
    var tier: Tier
    var links: Set<LinkKey> = []
    /// Since when it stands still; nil where nobody knows.
    var since: Date?
    var notIf: String?
    private var remedies: [Action]

    static func all(_ observation: Observation) -> [HorizonHolder] {
        let snapshot = observation.snapshot
        // VACUUM's own snapshot keeps nothing.
        let vacuuming = Set(snapshot.progress.filter { $0.command == "vacuum" }.map(\.pid))
        let sessions = snapshot.backends.filter { $0.isClient && !$0.isOurs && !vacuuming.contains($0.pid) }
            .compactMap { session($0, observation) }
        return sessions + snapshot.preparedTransactions.map { prepared($0, observation) }
            + snapshot.replicationSlots.compactMap { slot($0, snapshot) } + snapshot.standbys.compactMap(standby)
    }

    /// It keeps dead rows of the relation from being removed.
    func keeps(_ relation: Relation, in database: String) -> Bool {
        switch reach {
        case .everything: true
        case .database(let own): own == database
        case .catalogs: relation.isSystem
        }
    }

    /// Of other holders, so many are named with their remedy.
    private static let namedOthers = 3

    /// Its own remedies, then the first of each other's: the horizon moves only when all are gone.
    func actions(others: [HorizonHolder]) -> [Action] {
        guard !others.isEmpty else { return remedies }
        let own = remedies.map { action in
            var action = action
            action.caution = [
                action.caution,
                "\(Quantity.plural(others.count, "other holder")) as old as this may keep the horizon all the same",
            ]
            .compactMap(\.self).joined(separator: "; ")
            return action
        }
        let more = others.prefix(Self.namedOthers).compactMap { other -> Action? in
            guard var action = other.remedies.first else { return nil }
            // As a step: a finding of its own may print the statement, which is run once.
            (action.steps, action.sql) = (action.sql + action.steps, [])
            action.title = "\(other.name), \(Quantity.about(Double(other.age))) transactions old: \(action.title)"
            return action
        }
        let tiers = Dictionary(grouping: own + more, by: \.tier)
        return Tier.allCases.flatMap { tiers[$0] ?? [] }
    }

    private static let proof = "VACUUM (VERBOSE) of a table says how many rows are dead but not yet removable"

    private static func session(_ backend: Backend, _ observation: Observation) -> HorizonHolder? {
        guard let age = [backend.xminAge, backend.transactionIDAge].compactMap(\.self).max() else { return nil }
        let isIdle = backend.state != "active"
        let open = observation.age(of: backend.transactionStart).map { " for \(Quantity.seconds($0))" } ?? ""
        let owner = backend.owner.isEmpty ? "" : " (\(backend.owner))"
        var remedies = [
            Action(
                .containment, "\(isIdle ? "end" : "cancel the statement of") session \(backend.pid)",
                sql: [backend.signal(isIdle ? "pg_terminate_backend" : "pg_cancel_backend")],
                steps: ["Ask its owner first: a dump or a report has to be started anew."],
                lock: LockNote("none", "its transaction is rolled back at once"),
                gain: Gain("the next VACUUM removes what it held", .estimated), verify: proof)
        ]
        if let role = backend.role, isIdle {
            remedies.append(
                .limit(
                    role, "idle_in_transaction_session_timeout", to: "15min",
                    title: "let the server end idle transactions of \(role)",
                    gain: Gain("no idle snapshot is older than a quarter of an hour", .estimated),
                    caution: "the application must stand losing a connection", observation))
        }
        return HorizonHolder(
            name: backend.nameWithPID, reach: backend.database.map { .database($0) } ?? .everything, age: age,
            object: backend.object,
            sentence: "Session \(backend.pid)\(owner) has had a transaction open\(open).",
            tier: .containment, links: [.backend(backend.pid)],
            since: backend.transactionStart,
            notIf: backend.application == "pg_dump" ? "it is the backup, and is about to end" : nil, remedies: remedies)
    }

    private static func prepared(_ transaction: PreparedTransaction, _ observation: Observation) -> HorizonHolder {
        let age = observation.age(of: transaction.prepared).map { Quantity.seconds($0) } ?? "an unknown time"
        return HorizonHolder(
            name: "prepared transaction \(transaction.gid)", reach: .database(transaction.database),
            age: transaction.transactionIDAge,
            object: ObjectReference(.preparedTransaction, transaction.gid, in: transaction.database),
            sentence: "Transaction \(transaction.gid) of \(transaction.owner) was prepared \(age) ago and never ended.",
            tier: .containment, links: [.preparedTransaction(transaction.gid)], since: transaction.prepared,
            notIf: "its transaction manager is about to end it",
            remedies: [
                Action(
                    .containment, "roll it back", sql: ["ROLLBACK PREPARED \(SQL.literal(transaction.gid));"],
                    steps: [
                        "Ask the owner of the transaction manager; connect to \(transaction.database) as \(transaction.owner) or a superuser."
                    ],
                    lock: LockNote.none, gain: Gain("the next VACUUM removes what it held", .estimated), verify: proof,
                    caution: "its work is lost, there is no undo; COMMIT PREPARED keeps it")
            ])
    }

    private static func slot(_ slot: ReplicationSlot, _ snapshot: Snapshot) -> HorizonHolder? {
        guard let age = slot.xminAge ?? slot.catalogXminAge else { return nil }
        let isOld = slot.xminAge == nil ? " (it keeps rows of system catalogs only)" : ""
        let doing =
            slot.isActive
            ? slot.xminAge == nil ? "lags behind" : "passes on the horizon of its standby (hot_standby_feedback)"
            : "has no consumer"
        return HorizonHolder(
            name: "slot \(slot.name)", reach: slot.xminAge == nil ? .catalogs : .everything, age: age,
            object: ObjectReference(.slot, slot.name),
            sentence: "Replication slot \(slot.name) \(doing)\(isOld).",
            tier: .fix,
            links: [.slot(slot.name)], notIf: "its consumer is only in maintenance, and comes back today",
            remedies: [
                Action(
                    .containment, "bring its consumer back",
                    steps: ["Ask the owner of \(slot.plugin ?? "the standby") whether it is still needed."],
                    gain: Gain("the slot's horizon moves on", .estimated), verify: proof),
                Action(
                    .fix, "drop the slot",
                    sql: ["SELECT pg_catalog.pg_drop_replication_slot(\(SQL.literal(slot.name)));"],
                    lock: LockNote.none, gain: Gain("the next VACUUM removes what it held", .estimated),
                    verify: "SELECT slot_name FROM pg_catalog.pg_replication_slots;",
                    caution: "its consumer has to start from a new copy; there is no undo"),
            ])
    }

    private static func standby(_ standby: Standby) -> HorizonHolder? {
        guard let age = standby.xminAge else { return nil }
        let name = standby.application.isEmpty ? "a standby" : "standby \(standby.application)"
        return HorizonHolder(
            name: name, reach: .everything, age: age,
            object: ObjectReference(.session, "standby/\(standby.application)"),
            sentence: "A query on \(name) holds it back through hot_standby_feedback.", tier: .containment,
            links: [.backend(standby.pid)], notIf: "the query there is about to end",
            remedies: [
                Action(
                    .containment, "end the old query on the standby",
                    steps: [
                        "On the standby: SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start; then pg_cancel_backend."
                    ],
                    gain: Gain("the next VACUUM removes what it held", .estimated), verify: proof),
                Action(
                    .fix, "choose who gives way: the primary's dead rows, or the standby's long queries",
                    sql: ["ALTER SYSTEM SET hot_standby_feedback = off;", SettingChange.reload],
                    steps: [
                        "The SQL is for the standby, not for this server.",
                        "Without feedback queries there are cancelled when they need rows that were removed: max_standby_streaming_delay says after how long.",
                        "Or keep the feedback and bound the queries: statement_timeout for the roles that report from the standby.",
                    ],
                    lock: LockNote.none, gain: Gain("queries of the standby no longer hold the primary", .estimated),
                    verify:
                        "SELECT application_name, backend_xmin FROM pg_catalog.pg_stat_replication; -- on the primary",
                    undo: "ALTER SYSTEM SET hot_standby_feedback = on; " + SettingChange.reload,
                    caution: "long queries of the standby may then be cancelled"),
            ])
    }
}
