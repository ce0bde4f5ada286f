import Foundation
import Model

/// A prepared transaction that nobody has ended.
struct PreparedTransactionLeft: Rule {
    private static let age = Threshold(
        "age", 60, "s",
        source:
            "check_postgres prepared_txns warns at 1 s; our choice is what a transaction manager takes to start anew")
    private static let grave = Threshold(
        "age: critical", 86_400, "s",
        source: "our choice: after a day nobody comes back for it, and it keeps dead rows and locks across restarts")

    static let metadata = RuleMetadata(
        id: "locks.prepared-transaction",
        title: "Prepared transaction left over",
        area: .locks,
        needs: [.preparedTransactions],
        looksAt: "pg_prepared_xacts: since when, by whom, in which database; pg_locks for its locks",
        why:
            "A transaction prepared for two-phase commit has no session: it survives disconnects and restarts, keeps its row and table "
            + "locks and the xmin horizon, and no timeout ends it. When its manager forgets it, the first sign is often a pile of "
            + "sessions that wait for nobody, or a table that cannot be vacuumed.",
        limits:
            "With two-phase commit in use some are there at any moment, for milliseconds. One that others wait for is reported by "
            + "locks.blocking-session.",
        thresholds: [age, grave],
        references: [
            "https://www.postgresql.org/docs/current/sql-prepare-transaction.html",
            "https://www.postgresql.org/docs/current/view-pg-prepared-xacts.html",
        ], explains: [.holdsHorizon])

    func evaluate(_ observation: Observation) -> Outcome {
        let told = Set(observation.blockers.compactMap(\.root.preparedTransaction))
        return .findings(
            observation.snapshot.preparedTransactions
                .filter { !told.contains($0.gid) && (observation.age(of: $0.prepared) ?? 0) >= Self.age.value }
                .map { finding($0, observation) })
    }

    private func finding(_ transaction: PreparedTransaction, _ observation: Observation) -> Finding {
        let age = observation.age(of: transaction.prepared) ?? 0
        let locked = Set(
            observation.snapshot.locks.filter { $0.preparedTransaction == transaction.gid }.compactMap(\.relation)
        ).sorted()
        let tables =
            locked.isEmpty ? "" : ", with locks on \(locked.prefix(3).map(\.description).joined(separator: ", "))"
        return Finding(
            Self.metadata, severity: age >= Self.grave.value ? .critical : .warning, tier: .containment,
            title: "prepared transaction \(transaction.gid) has been open for \(Quantity.seconds(age))",
            objects: [ObjectReference(.preparedTransaction, transaction.gid, in: transaction.database)],
            impact: Impact(0, .none, "–"), confidence: .high,
            summary:
                "\(transaction.owner) prepared transaction \(transaction.gid) in \(transaction.database) "
                + "\(Quantity.seconds(age)) ago, and nobody has committed it or rolled it back\(tables). It survives a restart.",
            evidence: [
                Evidence("age", "prepared for", .seconds(age)),
                Evidence("transactionIDAge", "age in transactions", .count(transaction.transactionIDAge)),
                Evidence("tables", "locked tables", .list(locked.prefix(10).map(\.description))),
                Evidence("owner", "owner", .text(transaction.owner)),
            ], notIf: "its transaction manager is recovering, and is about to end it",
            actions: [
                Action(
                    .containment, "commit it or roll it back",
                    sql: ["ROLLBACK PREPARED \(SQL.literal(transaction.gid));"],
                    steps: [
                        "Ask the owner of the transaction manager first what it has promised: COMMIT PREPARED keeps the work.",
                        "Connect to \(transaction.database) as \(transaction.owner) or as a superuser.",
                    ], lock: LockNote.none, gain: Gain("its locks and its horizon are gone", .byDefinition),
                    verify: "SELECT gid, prepared FROM pg_catalog.pg_prepared_xacts;",
                    caution: "rolled back, its work is lost; there is no undo"),
                Action(
                    .cure, "let the transaction manager end what it prepares",
                    steps: [
                        "Have it look for transactions in doubt when it starts, and alert on pg_prepared_xacts older than a minute.",
                        "Where nothing uses two-phase commit, set max_prepared_transactions to 0 (needs a restart).",
                    ], gain: Gain("no prepared transaction is forgotten", .ruleOfThumb)),
            ], explains: [.preparedTransaction(transaction.gid)], symptomOf: [])
    }

    static let examples: [RuleExample] = [
        .fires("for ten minutes, and nobody waits yet", on: "xa-7") { $0.addPrepared(age: 600) },
        .silent("for a second") { $0.addPrepared(age: 1) },
        .silent("others wait for it: the blocking session tells it") {
            $0.addPrepared(age: 600)
            $0.addLock(0, "transactionid", "ExclusiveLock", transaction: 815, prepared: "xa-7")
            $0.addSession(300, "checkout", for: 20)
            $0.addLock(300, "transactionid", "ShareLock", transaction: 815, waitingFor: 20)
        },
        .silent("none") { _ in },
    ]
}

extension Snapshot {
    fileprivate mutating func addPrepared(age seconds: Double) {
        let now = takenAt
        preparedTransactions.append(
            .make {
                $0.gid = "xa-7"
                $0.owner = "app"
                $0.database = "shop"
                $0.transactionIDAge = 300
                $0.prepared = now.addingTimeInterval(-seconds)
            })
    }
}
