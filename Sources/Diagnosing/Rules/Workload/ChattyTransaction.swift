import Foundation
import Model

/// Transactions that are kept open by many short waits for the application.
struct ChattyTransaction: Rule {
    private static let statements = Threshold(
        "statements for each transaction", 10, "calls",
        source: "our choice: what a request of a user writes takes a handful of statements")
    private static let idle = Threshold(
        "time idle in a transaction", 100, "ms",
        source: "our choice: a row that each of them writes can then be written ten times a second at most")
    private static let idleShare = Threshold(
        "share of that in the transactions' open time", 0.5, "share",
        source: "our choice: then a transaction waits for its application longer than it works")
    private static let gap = Threshold(
        "a session's present gap", 300, "s", source: "locks.idle-in-transaction reports longer ones")
    private static let before = Threshold(
        "a session's transaction before its present gap, in lengths of the gap", 1, "times",
        source: "our choice: most of the transaction passed before the gap that is seen")

    static let metadata = RuleMetadata(
        id: "workload.chatty-transaction",
        title: "Transactions of many statements, with a wait for the application between them",
        area: .workload,
        needs: [.statements, .databases, .backends],
        looksAt:
            "idle_in_transaction_time, active_time, xact_commit and xact_rollback of pg_stat_database, against the calls of "
            + "pg_stat_statements; and sessions of pg_stat_activity that are idle in a transaction for a moment, in a transaction "
            + "that is much older",
        why:
            "Between two statements of a transaction the server waits for the application: its round trip, its own work, a call of "
            + "another service. Each wait is short, but all the row locks taken so far, the snapshot and the connection are kept "
            + "through all of them. Others wait for the sum, and a pool in transaction mode runs out of connections that do nothing.",
        limits:
            "The counters of a database are sums: a few long idle transactions make the same sums as many short gaps. The finding "
            + "therefore wants a session that was seen in a short gap of an older transaction; without one it is inconclusive. "
            + "Sessions that are idle for long are locks.idle-in-transaction's. PostgreSQL counts a gap when it ends.",
        thresholds: [statements, idle, idleShare, gap, before],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
            "https://www.postgresql.org/docs/current/libpq-pipeline-mode.html",
        ],
        explains: [
            .keepsLocksLonger, Edge(.keepsLocksLonger, "locks.hot-row"), .occupiesConnections,
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var unproven: [String] = []
        for database in observation.snapshot.databases {
            guard let habit = Habit(database, observation) else { continue }
            let sessions = Self.betweenStatements(of: database.name, observation)
            guard let first = sessions.first else {
                unproven.append(database.name)
                continue
            }
            // One owner is named: the one with the most such sessions.
            let owner = Dictionary(grouping: sessions, by: \.object).values.max {
                ($0.count, $1[0].object.name) < ($1.count, $0[0].object.name)
            }
            findings.append(finding(habit, owner ?? [first], observation))
        }
        guard unproven.isEmpty else {
            let reason =
                "transactions of \(unproven.sorted().joined(separator: ", ")) are idle for longer than they work, but no session "
                + "was seen in a short gap: it may be a few long ones. Diagnose again, at the busiest hour"
            return findings.isEmpty ? .inconclusive(reason) : .partial(findings, reason)
        }
        return .findings(findings)
    }

    /// How the transactions of a database are spent, on average, where they are idle for long and of many statements.
    private struct Habit {
        var database: String
        var transactions: Int64
        /// Without BEGIN, COMMIT and the like.
        var calls: Int64
        /// ms
        var idleTime: Double
        var activeTime: Double
        var waitsForRows: Int

        init?(_ database: Database, _ observation: Observation) {
            guard let counters = observation.countersBesideStatements(of: database.name), counters.transactions > 0
            else { return nil }
            self.database = database.name
            transactions = counters.transactions
            idleTime = counters.idleInTransactionTime
            activeTime = counters.activeTime
            waitsForRows = 0
            calls = 0
            // Most are not: the statements of all databases are gone through for those alone that are.
            guard idle >= ChattyTransaction.idle.value, idleShare >= ChattyTransaction.idleShare.value else {
                return nil
            }
            calls = observation.workload.statements.filter { $0.database == database.name && $0.isQuery }
                .reduce(0) { $0 + $1.counters.calls }
            guard statements >= ChattyTransaction.statements.value else { return nil }
            waitsForRows = observation.snapshot.backends.count {
                $0.database == database.name && $0.waitsForRow
            }
        }

        var statements: Double { Double(calls) / Double(transactions) }
        var idle: Double { idleTime / Double(transactions) }
        var idleShare: Double { idleTime / max(idleTime + activeTime, 1) }
    }

    /// Sessions in a short gap of a transaction most of which passed before.
    private static func betweenStatements(of database: String, _ observation: Observation) -> [Backend] {
        observation.snapshot.backends.filter { backend in
            guard backend.isClient, !backend.isOurs, backend.database == database,
                backend.state == "idle in transaction", let open = backend.openBeforeGap
            else { return false }
            let gap = observation.age(of: backend.stateChange) ?? 0
            return gap < Self.gap.value && open >= Self.before.value * gap && open * 1000 >= idle.value
        }
    }

    private func finding(_ habit: Habit, _ sessions: [Backend], _ observation: Observation) -> Finding {
        let owner = sessions[0]
        let name = owner.application.isEmpty ? "role \(owner.role ?? "unknown")" : owner.application
        let oldest = sessions.compactMap(\.openBeforeGap).max() ?? 0
        let gap = sessions.compactMap { observation.age(of: $0.stateChange) }.max() ?? 0
        let writes = sessions.contains { $0.transactionIDAge != nil }
        let keeps = [
            writes ? "row locks" : nil, sessions.contains { $0.xminAge != nil } ? "a snapshot" : nil, "a connection",
        ].compactMap(\.self)
        let seen = sessions.count == 1 ? "a session is" : "\(Quantity.count(sessions.count)) sessions are"
        return Finding(
            Self.metadata, severity: writes || habit.waitsForRows > 0 ? .warning : .notice, tier: .cure,
            title:
                "\(name): \(Quantity.about(habit.statements)) statements a transaction, which waits for the application "
                + "\(Quantity.percent(habit.idleShare)) of its time",
            objects: [owner.object, ObjectReference(.database, habit.database)],
            impact: .sessions(Double(sessions.count)), confidence: .medium,
            summary:
                "A transaction of \(habit.database) runs \(Quantity.about(habit.statements)) statements and is idle between them for "
                + "\(Quantity.milliseconds(habit.idle)), on average. Of \(owner.owner) \(seen) in such a gap now, which began up to "
                + "\(Quantity.seconds(oldest)) after the transaction; it keeps \(keeps.joined(separator: ", ")) all the while.",
            evidence: [
                Evidence("statementsPerTransaction", "statements for each transaction", .number(habit.statements)),
                Evidence("idlePerTransaction", "idle in a transaction, on average", .milliseconds(habit.idle)),
                Evidence("idleShare", "share of the transactions' open time", .share(habit.idleShare)),
                Evidence("transactions", "transactions", .count(habit.transactions)),
                Evidence("sessions", "sessions seen between two statements", .count(Int64(sessions.count))),
                Evidence("openBefore", "open before that, at most", .seconds(oldest)),
                Evidence("longestGap", "the longest of their gaps", .seconds(gap)),
                Evidence("waitingForRows", "sessions that wait for a row now", .count(Int64(habit.waitsForRows))),
            ], notIf: "a person is at work in it, statement by statement",
            actions: [
                Action(
                    .cure, "do the application's own work before the transaction, and send less in it",
                    steps: [
                        "Read, compute and call other services first; begin the transaction when all that it writes is known.",
                        "Write first what nobody else wants; rows that everybody writes (a counter, a balance, a stock) last, just before "
                            + "COMMIT: their locks are then held for one round trip.",
                        "Put loops into one statement (arrays and unnest), send statements together in pipeline mode, or commit after "
                            + "each part that stands alone.",
                        "Look for a framework that opens a transaction with each request: it then lasts as long as the page takes.",
                    ],
                    gain: Gain(
                        "at most \(Quantity.milliseconds(habit.idle)) less of locks and connection a transaction",
                        .estimated),
                    verify: "idle_in_transaction_time of pg_stat_database in the next diagnosis")
            ], explains: Set(sessions.map { .backend($0.pid) }),
            symptomOf: Set(sessions.compactMap(observation.statementLink)))
    }

    static let examples: [RuleExample] = [
        .fires("forty statements, with the application at work between them", on: "app/orders") {
            $0.addChatty(statements: 40, idle: 800)
            $0.addSession(1, "orders", state: "idle in transaction", for: 0.03, transaction: 0.6) {
                $0.transactionIDAge = 9
            }
            $0.addSession(2, "orders", state: "idle in transaction", for: 0.01, transaction: 0.4)
        },
        .inconclusive("the counters say so, but nobody was seen: a few long ones may be behind it") {
            $0.addChatty(statements: 40, idle: 800)
        },
        .inconclusive("the only session that was seen is idle since its first statement") {
            $0.addChatty(statements: 40, idle: 800)
            $0.addSession(1, "console", state: "idle in transaction", for: 40, transaction: 41)
        },
        .inconclusive("idle for long: another rule's") {
            $0.addChatty(statements: 40, idle: 800)
            $0.addSession(1, "console", state: "idle in transaction", for: 900, transaction: 9000)
        },
        .silent("a handful of statements") {
            $0.addChatty(statements: 4, idle: 800)
            $0.addSession(1, "orders", state: "idle in transaction", for: 0.03, transaction: 0.6)
        },
        .silent("many statements, sent at once") {
            $0.addChatty(statements: 40, idle: 8)
            $0.addSession(1, "orders", state: "idle in transaction", for: 0.001, transaction: 0.6)
        },
        .silent("the transactions work, and hardly wait") {
            $0.addChatty(statements: 40, idle: 800)
            $0.databases[0].counters.activeTime = 900_000_000
            $0.addSession(1, "batch", state: "idle in transaction", for: 0.03, transaction: 600)
        },
        .silent("a statement each, committed by itself") {
            $0.addChatty(statements: 1, idle: 0)
        },
        .silent("BEGIN, COMMIT and SET are no work") {
            $0.addChatty(statements: 4, idle: 800)
            $0.addStatement("b", "BEGIN", calls: 3_000_000, time: 10)
            $0.addSession(1, "orders", state: "idle in transaction", for: 0.03, transaction: 0.6)
        },
    ]
}

extension Backend {
    /// s from the beginning of its transaction to that of its present state; both are the server's own times.
    fileprivate var openBeforeGap: Double? {
        guard let stateChange, let transactionStart else { return nil }
        return stateChange.timeIntervalSince(transactionStart)
    }

    /// Another transaction holds the row that it wants.
    var waitsForRow: Bool {
        waitEventType == "Lock" && ["transactionid", "tuple"].contains(waitEvent)
    }
}

extension Snapshot {
    /// 100,000 transactions of so many statements, with so many ms idle in each.
    mutating func addChatty(statements: Int64, idle: Double) {
        databases[0].counters.commits = 100_000
        databases[0].counters.activeTime = 2_000_000
        databases[0].counters.idleInTransactionTime = 100_000 * idle
        addStatement("f1", "UPDATE orders SET n = $1 WHERE id = $2", calls: 100_000 * statements, time: 500_000)
    }
}
