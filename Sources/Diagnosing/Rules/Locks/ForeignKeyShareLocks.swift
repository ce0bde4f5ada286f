import Foundation
import Model
import Statements

/// Foreign keys make writers of one table wait for writers of another.
struct ForeignKeyShareLocks: Rule {
    static let metadata = RuleMetadata(
        id: "locks.foreign-key-share-locks",
        title: "Writers that wait for each other through a foreign key",
        area: .locks,
        needs: [.locks, .backends, .backendDetails, .constraints, .relations],
        looksAt:
            "the strength in which waiting sessions want a row (the mode of their tuple lock), the foreign keys of that table, and the "
            + "statements on both sides",
        why:
            "A row that refers to another locks it FOR KEY SHARE until its transaction ends. That goes together with an UPDATE of any "
            + "other columns, but not with a DELETE, an UPDATE of a key, or FOR UPDATE of the referenced row: inserts into one table "
            + "then wait for a transaction that only works on another, and the other way round.",
        limits:
            "One reading. What the holder did earlier in its transaction is not known: where its last statement is another one, its "
            + "part is left open. Needs the catalog of the waiting sessions' database.",
        thresholds: [BlockedSessions.patience],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
            "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
            "https://github.com/postgres/postgres/blob/master/src/backend/access/heap/README.tuplock",
        ],
        explains: [Edge(.locksMore, "locks.blocking-session"), Edge(.locksMore, "locks.pool-exhausted")])

    func evaluate(_ observation: Observation) -> Outcome {
        let findings = observation.blockers.flatMap { tree in
            KeyWait.all(in: tree, observation).map { finding($0, tree, observation) }
        }
        return .findings(findings.filter { Self.isFirst($0, of: findings) })
    }

    /// Two holders of one kind for the same table are the same trouble: the one with the most victims comes first.
    private static func isFirst(_ finding: Finding, of findings: [Finding]) -> Bool {
        let alike = findings.filter { $0.fingerprint == finding.fingerprint }
        return alike.allSatisfy { $0.title == finding.title || $0.impact.value < finding.impact.value }
    }

    private func finding(_ wait: KeyWait, _ tree: BlockedSessions, _ observation: Observation) -> Finding {
        let (parent, database) = (wait.parent, wait.database)
        let count = wait.waiters.count
        let children = wait.children.sorted().map(\.description).joined(separator: ", ")
        let longest =
            wait.waiters.compactMap { waiter in
                tree.victims.first { $0.pid == waiter.pid }.flatMap { observation.age(of: $0.awaited?.waitStart) }
            }.max() ?? tree.longestWait
        let sessions = Quantity.plural(count, "session")
        let title: String
        let summary: String
        if wait.isChildWaiting {
            title = "writers of \(children) wait for \(tree.name), which \(wait.cause.verb) rows of \(parent)"
            summary =
                "\(sessions) \(count == 1 ? "writes" : "write") rows of \(children) that refer to \(parent), and \(count == 1 ? "has" : "have") "
                + "waited for up to \(Quantity.seconds(longest)) to lock the referenced row FOR KEY SHARE: \(tree.name) "
                + "\(wait.cause.sentence)."
        } else {
            title = "deletes of \(parent) wait for \(tree.name), which refers to its rows in \(children)"
            summary =
                "\(sessions) \(count == 1 ? "wants" : "want") rows of \(parent) in the strongest mode (DELETE, UPDATE of a key, or FOR "
                + "UPDATE), and \(count == 1 ? "has" : "have") waited for up to \(Quantity.seconds(longest)): \(tree.name) wrote rows "
                + "of \(children) that refer to them, and has not ended its transaction."
        }
        let pids = Set([tree.root.pid] + wait.waiters.map(\.pid))
        let statements = [observation.statementLink(of: tree.backend)].compactMap(\.self)
        return Finding(
            Self.metadata, severity: .warning, tier: .cure, title: title,
            objects: [.relation(parent, in: database)] + wait.children.sorted().map { .relation($0, in: database) }
                + [tree.object],
            impact: .sessions(Double(count)), confidence: wait.cause == .unknown ? .medium : .high, summary: summary,
            evidence: [
                Evidence("waitingSessions", "sessions that wait", .count(Int64(count))),
                Evidence("longestWait", "longest wait", .seconds(longest)),
                Evidence("mode", "they want the row", .text(wait.isChildWaiting ? "FOR KEY SHARE" : "FOR UPDATE")),
                Evidence("foreignKeys", "foreign keys", .list(wait.constraints.map(\.name))),
            ] + (wait.waiters.first?.query.map { [Evidence("waitingStatement", "waiting statement", .text($0))] } ?? [])
                + (tree.backend?.query.map { [Evidence("statement", "last statement of the holder", .text($0))] } ?? []),
            notIf: "the holder is a rare clean-up that is about to end",
            actions: actions(wait, tree, observation), explains: Set(pids.map { .backend($0) }),
            symptomOf: Set(statements).union([.backend(tree.root.pid)]),
            identity: [wait.cause.rawValue, "\(wait.isChildWaiting)"])
    }

    private func actions(_ wait: KeyWait, _ tree: BlockedSessions, _ observation: Observation) -> [Action] {
        let parent = wait.parent
        let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock';"
        var actions: [Action] = []
        if let backend = tree.backend {
            let isIdle = backend.state != "active"
            actions.append(
                Action(
                    .containment, "\(isIdle ? "end" : "cancel the statement of") session \(backend.pid)",
                    sql: [backend.signal(isIdle ? "pg_terminate_backend" : "pg_cancel_backend")],
                    steps: ["Ask its owner first: what it did has to be done again, at a quieter hour."],
                    lock: LockNote("none", "its transaction is rolled back at once"),
                    gain: Gain("frees \(Quantity.plural(tree.victims.count, "session"))", .measured), verify: verify,
                    caution: "the work of its open transaction is lost"))
        }
        let missing = wait.unindexed(observation)
        if wait.cause == .delete, !missing.isEmpty {
            actions.append(
                Action(
                    .fix, "give the foreign keys an index",
                    steps: missing.map {
                        "CREATE INDEX CONCURRENTLY ON \($0.relation.quoted) (\($0.columns.map(SQL.identifier).joined(separator: ", ")));"
                    } + ["Each deleted row of \(parent) reads the whole table now, with its locks held all the while."],
                    lock: .concurrentIndex, gain: Gain("the delete holds its locks for an instant", .estimated),
                    verify: "EXPLAIN of the DELETE says nothing of it: compare its duration",
                    undo: "DROP INDEX CONCURRENTLY of the new index"))
        }
        actions.append(
            Action(
                .cure,
                wait.isChildWaiting ? wait.cause.cure(parent) : "end transactions that refer to \(parent) sooner",
                steps: wait.isChildWaiting
                    ? wait.cause.steps(parent)
                    : [
                        "Insert the referring rows last, and commit at once.",
                        "Lock rows of \(parent) with FOR NO KEY UPDATE, which goes together with rows that refer to them.",
                        "Delete in small batches at a quieter hour.",
                    ], lock: LockNote.none, gain: Gain("both sides no longer wait for each other", .ruleOfThumb),
                verify: verify, undo: "the former statements"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a DELETE of the parent in an open transaction", on: "public.orders") {
            $0.addKeyWait(holder: "DELETE FROM orders WHERE id = $1")
        },
        .fires("FOR UPDATE of the parent", on: "public.orders") {
            $0.addKeyWait(holder: "SELECT * FROM orders WHERE id = $1 FOR UPDATE")
        },
        .fires("a DELETE waits for an insert that refers to the row", on: "public.orders") {
            $0.addKeyWait(
                holder: "INSERT INTO order_items (order_id) VALUES ($1)", waiter: "DELETE FROM orders WHERE id = $1",
                mode: "AccessExclusiveLock")
        },
        .silent("an UPDATE waits for an UPDATE of the same row") {
            $0.addKeyWait(
                holder: "UPDATE orders SET status = $1 WHERE id = $2",
                waiter: "UPDATE orders SET status = $1 WHERE id = $2", mode: "ExclusiveLock")
        },
        .silent("the application itself asks FOR KEY SHARE") {
            $0.addKeyWait(
                holder: "DELETE FROM orders WHERE id = $1", waiter: "SELECT id FROM orders WHERE id = $1 FOR KEY SHARE")
        },
        .silent("an instant") { $0.addKeyWait(holder: "DELETE FROM orders WHERE id = $1", seconds: 0.2) },
    ]
}

extension Snapshot {
    /// Session 2 wants a row of orders in a mode for which session 1 stands in the way; order_items refers to orders.
    mutating func addKeyWait(
        holder: String, waiter: String = "INSERT INTO order_items (order_id) VALUES ($1)",
        mode: String = "AccessShareLock",
        seconds: Double = 12
    ) {
        addTable("orders")
        addTable("order_items")
        addKey("orders", "id")
        addForeignKey("order_items", "order_id", to: "orders")
        addSession(1, "clean-up", state: "idle in transaction", for: seconds) { $0.query = holder }
        addSession(2, "checkout", for: seconds) { $0.query = waiter }
        addLock(1, "transactionid", "ExclusiveLock", transaction: 7)
        addLock(2, "transactionid", "ShareLock", transaction: 7, waitingFor: seconds)
        addLock(2, "tuple", mode, on: "orders")
    }
}
