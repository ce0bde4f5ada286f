import Model
import Plans
import Statements

/// A statement that locks several rows in whatever order it finds them, where sessions lock each other out for good.
struct LockingWithoutOrder: StatementRule {
    private static let deadlocks = Threshold(
        "deadlocks of the database", 3, "deadlocks", source: "our choice: one or two may be an accident of a deployment"
    )
    private static let perDay = Threshold(
        "deadlocks a day", 1, "deadlocks", source: "our choice: fewer are cheaper to try again than to prevent")
    private static let rows = Threshold(
        "rows locked a call", 2, "rows", source: "by definition: one row can be locked in one order only")

    static let metadata = RuleMetadata(
        id: "shape.locking-without-order",
        title: "Rows locked in no order, where deadlocks are counted",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .databases], uses: [.plans],
        looksAt:
            "FOR UPDATE without ORDER BY, UPDATE and DELETE of several rows in the parse trees of statements that cost; in which order "
            + "their plans come to the rows; and deadlocks of pg_stat_database",
        why:
            "Two sessions that lock the same rows in different orders wait for each other, until PostgreSQL rolls one of them back "
            + "after deadlock_timeout. Where all of them take rows in the order of their key, the second one waits and then goes on. "
            + "Eight clients that each wrote 20 of 300 rows made 152 deadlocks in 878 transactions by UPDATE … FROM unnest of an "
            + "unsorted list, 5 in 48,218 by = ANY of a list through a bitmap, and none in 21,604 with a subquery that locks them "
            + "in the order of their key (measured on 15.18).",
        limits:
            "pg_stat_database counts the deadlocks of all statements together, so that the statement is a suspect: the server's log "
            + "names the two of each deadlock. = ANY of a list is in order where the plan is an Index Scan of the key, which "
            + "sorts the list (measured on 15.18); a bitmap goes by the place of the rows, which updates change. "
            + "INSERT … ON CONFLICT is not judged: sort its rows. Waits for rows without deadlocks are no sign: an order does not make "
            + "them shorter. Fires on measured statements only. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, deadlocks, perDay, rows],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
        ],
        explains: [Edge(.crossesOrder, "locks.deadlocks")])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.isMeasured, analysis.load.counters.rowsPerCall >= Self.rows.value,
            let counted = observation.deadlocks(in: analysis.load.database),
            Double(counted.count) >= Self.deadlocks.value, counted.perDay >= Self.perDay.value,
            let locker = Locker(analysis), let order = Self.order(locker, analysis)
        else { return nil }
        return finding(locker, order, counted, analysis, observation)
    }

    /// The level that locks rows of one relation, several at once.
    struct Locker {
        var level: QueryLevel
        var relation: QualifiedName
        var use: RelationUse
        var key: [String]?

        init?(_ analysis: StatementAnalysis) {
            for level in analysis.shape.levels where analysis.shape.isWritten(level.number) {
                guard let place = Self.place(level), let relation = level.relations[place].target,
                    !UniqueRows(level, analysis, by: []).determined(among: [place]).contains(place)
                else { continue }
                self.level = level
                self.relation = relation
                use = level.relations[place]
                key = analysis.names.primaryKey(of: relation)
                return
            }
            return nil
        }

        /// The relation (by index) whose rows the level locks.
        private static func place(_ level: QueryLevel) -> Int? {
            switch level.kind {
            case .select:
                guard let locking = level.locking, locking.isForUpdate, !locking.skipsLocked, !locking.isNoWait,
                    level.orderBy.isEmpty, !level.hasLimit, level.lockedRelations.count == 1
                else { return nil }
                return level.lockedRelations[0]
            // A subquery that locks the rows before gives the order.
            case .update, .delete: return level.locksWithin || level.relations.isEmpty ? nil : 0
            default: return nil
            }
        }
    }

    /// In which order the rows are come to; nil where that is the order of the key, or is not known.
    private static func order(_ locker: Locker, _ analysis: StatementAnalysis) -> String? {
        if let plan = analysis.load.readPlan() { return order(in: plan, locker, analysis) }
        // No plan sorts a list that is joined.
        let isListed = locker.level.relations.contains { $0.source == .function || $0.source == .values }
        return isListed ? "as the list has them that is joined" : nil
    }

    private static func order(in plan: Plan, _ locker: Locker, _ analysis: StatementAnalysis) -> String? {
        var found: String?
        let keys = Set(analysis.names.indexes(of: locker.relation).filter(\.isPrimary).map(\.name.name))
        plan.root.walk { node, above in
            guard found == nil, node.relation == locker.relation.name,
                node.alias ?? locker.use.alias == locker.use.alias
            else { return }
            let joined = above.first { ["Nested Loop", "Hash Join", "Merge Join"].contains($0.type) }
            if let joined { return found = "as the \(joined.type) brings them" }
            if above.contains(where: { $0.type == "Sort" }) { return }
            switch node.type {
            case "Index Scan", "Index Only Scan":
                guard let index = node.index, !keys.contains(index) else { return }
                found = "in the order of \(index)"
            case "Seq Scan", "Bitmap Heap Scan", "Tid Scan": found = "by their place in the table (\(node.type))"
            default: return
            }
        }
        return found
    }

    private func finding(
        _ locker: Locker, _ order: String, _ counted: (count: Int64, perDay: Double), _ analysis: StatementAnalysis,
        _ observation: Observation
    ) -> Finding {
        let waits = observation.rowLockWaits(of: analysis.load)
        let rows = Quantity.about(analysis.load.counters.rowsPerCall)
        let verb = locker.level.kind == .select ? "locks" : locker.level.kind == .update ? "updates" : "deletes"
        return analysis.finding(
            Self.metadata, severity: waits > 0 ? .warning : .notice, confidence: waits > 0 ? .medium : .low,
            title:
                "\(locker.relation): rows locked in no order, and \(Quantity.about(Double(counted.count))) deadlocks in "
                + analysis.load.database,
            about: [locker.relation],
            summary:
                "A statement with \(analysis.cost) \(verb) \(rows) rows of \(locker.relation) a call, \(order). Two calls that want "
                + "the same rows in different orders end in a deadlock; \(analysis.load.database) counts "
                + "\(Quantity.about(Double(counted.count))) of them.",
            evidence: [
                Evidence("deadlocks", "deadlocks of the database", .count(counted.count)),
                Evidence("deadlocksPerDay", "a day", .number(counted.perDay)),
                Evidence("order", "rows are come to", .text(order)),
                Evidence("waits", "times that a session was seen to wait for a row in it", .count(Int64(waits))),
            ],
            notIf: "the server's log names other statements in its deadlocks, or no two calls want the same rows",
            actions: [
                Action(
                    .containment, "see which statements are in the deadlocks",
                    steps: [
                        "Search the server's log for `deadlock detected`: its DETAIL names both statements.",
                        "Have the application try the transaction again when it fails with SQLSTATE 40P01.",
                    ], gain: Gain("tells whether this statement is one of them", .ruleOfThumb)),
                Action.rewrite(
                    "lock the rows in the order of their key",
                    steps: Self.steps(locker, analysis.parsed) + [
                        "It helps only when every statement that locks several of these rows takes them in the same order."
                    ],
                    gain: Gain("no deadlock among statements that keep to the order", .ruleOfThumb),
                    verify: "deadlocks of pg_stat_database in the next diagnosis"),
            ])
    }

    private static func steps(_ locker: Locker, _ parsed: ParsedStatement) -> [String] {
        if let rewrite = rewrite(locker, parsed) { return ["The same rows, each locked in its turn:", rewrite] }
        let key = locker.key.map { $0.map(SQL.identifier).joined(separator: ", ") } ?? "a unique key"
        return [
            "Lock first, in order: `WITH locked AS MATERIALIZED (SELECT \(key) FROM \(locker.relation.quoted) WHERE … ORDER BY \(key) "
                + "FOR NO KEY UPDATE)`, and write the rows that it returns; or sort the list by the key before it is sent row by row."
        ]
    }

    /// The statement with its rows locked in the order of the primary key; nil where that cannot be printed.
    static func rewrite(_ locker: Locker, _ parsed: ParsedStatement) -> String? {
        guard locker.level.role == .top, let key = locker.key else { return nil }
        switch locker.level.kind {
        case .select: return parsed.lockingInOrder(of: key, qualifier: locker.use.alias)
        case .update:
            // https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
            let changesKey = locker.level.setColumns.contains(where: key.contains)
            return parsed.writingInOrder(of: key, locking: changesKey ? "UPDATE" : "NO KEY UPDATE")
        case .delete: return parsed.writingInOrder(of: key, locking: "UPDATE")
        default: return nil
        }
    }

    static let examples: [RuleExample] = [
        .fires("all rows of an account, through an index on the account", on: "f1") {
            $0.addLocker("SELECT * FROM entries WHERE account = $1 FOR UPDATE", .index("entries_account_idx"))
        },
        .fires("a list of keys, through a bitmap", on: "f1") {
            $0.addLocker("UPDATE entries SET state = $1 WHERE id = ANY ($2)", .node("Bitmap Heap Scan"))
        },
        .fires("a list that is joined: as unsorted as it came", on: "f1") {
            $0.addLocker(
                "UPDATE entries e SET state = v.s FROM unnest($1::int[], $2::int[]) v (id, s) WHERE e.id = v.id",
                .joined)
        },
        .fires("a list that is joined, and no plan", on: "f1") {
            $0.addLocker(
                "UPDATE entries e SET state = v.s FROM (VALUES ($1, $2), ($3, $4)) v (id, s) WHERE e.id = v.id",
                .unknown)
        },
        .silent("no plan, and no list") {
            $0.addLocker("UPDATE entries SET state = $1 WHERE id = ANY ($2)", .unknown)
        },
        .fires("a DELETE of what is old", on: "f1") {
            $0.addLocker("DELETE FROM entries WHERE state = $1", .node("Seq Scan"))
        },
        .fires("FOR UPDATE OF one of the joined", on: "f1") {
            $0.addColumns("accounts", "id!")
            $0.addLocker(
                "SELECT * FROM entries e JOIN accounts a ON a.id = e.account WHERE a.id > $1 FOR UPDATE OF e", .joined)
        },
        .silent("no deadlocks") {
            $0.addLocker(
                "SELECT * FROM entries WHERE account = $1 FOR UPDATE", .index("entries_account_idx"), deadlocks: 0)
        },
        .silent("three deadlocks in forty days") {
            $0.addLocker(
                "SELECT * FROM entries WHERE account = $1 FOR UPDATE", .index("entries_account_idx"), deadlocks: 3)
        },
        .silent("in the order of the key") {
            $0.addLocker(
                "SELECT * FROM entries WHERE account = $1 ORDER BY id FOR UPDATE", .index("entries_account_idx"))
        },
        .silent("the plan takes them in the order of the key: a list of keys is sorted") {
            $0.addLocker("UPDATE entries SET state = $1 WHERE id = ANY ($2)", .index("entries_pkey"))
        },
        .silent("a subquery locks them before") {
            $0.addLocker(
                "UPDATE entries SET state = $1 WHERE id IN (SELECT id FROM entries WHERE account = $2 ORDER BY id FOR NO KEY "
                    + "UPDATE)", .joined)
        },
        .silent("SKIP LOCKED waits for nobody") {
            $0.addLocker(
                "SELECT * FROM entries WHERE account = $1 FOR UPDATE SKIP LOCKED", .index("entries_account_idx"))
        },
        .silent("one row by its key") {
            $0.addLocker("SELECT * FROM entries WHERE id = $1 FOR UPDATE", .index("entries_account_idx"))
        },
        .silent("one row a call") {
            $0.addLocker("SELECT * FROM entries WHERE account = $1 FOR UPDATE", .index("entries_account_idx"), rows: 1)
        },
        .silent("a lock that does not exclude") {
            $0.addLocker("SELECT * FROM entries WHERE account = $1 FOR SHARE", .index("entries_account_idx"))
        },
        .silent("a plain SELECT") {
            $0.addLocker("SELECT * FROM entries WHERE account = $1", .index("entries_account_idx"))
        },
    ]
}

/// How the plan of an example comes to the rows.
private enum ExampleScan {
    case index(String)
    case node(String)
    case joined
    case unknown
}

extension Snapshot {
    fileprivate mutating func addLocker(
        _ text: String, _ scan: ExampleScan, deadlocks: Int64 = 400, rows: Int64 = 20
    ) {
        addColumns("entries", "id!", "account", "state")
        addKey("entries", "id")
        addIndex("entries_account_idx", on: "account", table: "entries")
        databases[0].counters.deadlocks = deadlocks
        addCostly(text, calls: 10_000, rows: rows * 10_000, blocksPerCall: 40)
        let named = text.contains("entries e") ? "e" : "entries"
        func node(_ type: String, _ more: String = "") -> String {
            #"{"Node Type": "\#(type)", "Relation Name": "entries", "Alias": "\#(named)"\#(more)}"#
        }
        switch scan {
        case .index(let name): explainLast(node("Index Scan", #", "Index Name": "\#(name)""#))
        case .node(let type): explainLast(node(type))
        case .unknown: break
        case .joined:
            explainLast(
                #"{"Node Type": "Nested Loop", "Plans": [{"Node Type": "Function Scan"}, "#
                    + node("Index Scan", #", "Index Name": "entries_pkey""#) + "]}")
        }
    }
}
