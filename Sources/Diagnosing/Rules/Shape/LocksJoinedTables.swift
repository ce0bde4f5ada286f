import Model
import Statements

/// FOR UPDATE over a join, which locks the rows of the look-up table as well.
struct LocksJoinedTables: StatementRule {
    private static let sharing = Threshold(
        "calls for each row of the look-up table", 100, "calls",
        source: "our choice: a row that so many calls want is wanted by several at once")
    private static let least = Threshold(
        "calls in the window", 1000, "calls", source: "our choice: what runs seldom meets itself seldom")
    private static let perBlock = Threshold(
        "time for each block touched", 0.1, "ms",
        source:
            "measured on 15.18, from cache: 0.006 ms a block where nobody waits, 2.1 ms where 16 clients share five rows"
    )

    static let metadata = RuleMetadata(
        id: "shape.locks-joined-tables",
        title: "FOR UPDATE that locks look-up tables too",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns],
        uses: [.backends, .backendDetails, .locks],
        looksAt:
            "FOR UPDATE and FOR NO KEY UPDATE without OF over joined tables in the parse trees of statements that cost; keys of the "
            + "tables; time for each block touched; and sessions that wait for rows",
        why:
            "Without OF the rows of every joined table are locked, also those of a table that was only joined to look something up. "
            + "Many rows share one row there (a customer, a shop, a tenant), and so everybody who locks one of them waits for "
            + "everybody else's transaction. 16 clients that locked one of 100,000 orders each, with its shop, of 5, made 730 "
            + "transactions a second; with FOR UPDATE OF the order 2,400 (measured on 15.18, 5 ms of work in each). Each row of the look-up "
            + "table is also written, to mark it as locked.",
        limits:
            "Fires where a session was seen to wait, or where calls take far longer than the blocks that they touch and share few rows of "
            + "the look-up table. Which table the statement is about is read from the keys: the one that has one row of each other for "
            + "each of its own. Subqueries and views in FROM are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, least, sharing, perBlock],
        references: [
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
        ],
        explains: [
            .costsTime, Edge(.locksMore, "locks.blocking-session"), Edge(.locksMore, "locks.foreign-key-share-locks"),
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels where analysis.shape.isWritten(level.number) {
            guard let join = LockedJoin(level, analysis) else { continue }
            let waits = Waits(join, analysis, observation)
            guard !analysis.isMeasured || waits.areSeen || waits.areInferred else { continue }
            return finding(join, waits, analysis)
        }
        return nil
    }

    /// A locking clause over a table and those that are looked up beside it.
    struct LockedJoin {
        var level: QueryLevel
        var subject: Int
        /// Those of which several rows of the subject share one.
        var lookups: [Relation]

        init?(_ level: QueryLevel, _ analysis: StatementAnalysis) {
            guard level.kind == .select, let locking = level.locking, locking.isForUpdate, locking.named.isEmpty,
                level.relations.count > 1
            else { return nil }
            let tables = level.relations.map { use in
                use.source == .relation ? use.target.flatMap(analysis.names.relation) : nil
            }
            guard tables.allSatisfy({ $0.map { [.table, .partitioned].contains($0.kind) } ?? false }) else {
                return nil
            }
            let places = Array(level.relations.indices)
            let all = Set(places)
            let unique = UniqueRows(level, analysis, by: [])
            let subjects = places.filter { place in unique.determined(beside: [place], among: all) == all }
            guard let subject = subjects.first else { return nil }
            let shared = places.filter { $0 != subject && Self.isShared($0, by: subject, level, analysis) }
            guard !shared.isEmpty else { return nil }
            self.level = level
            self.subject = subject
            lookups = shared.compactMap { tables[$0] }
        }

        /// Several rows of the subject may be joined with one row: no key of the subject is among the columns that join them.
        private static func isShared(
            _ place: Int, by subject: Int, _ level: QueryLevel, _ analysis: StatementAnalysis
        ) -> Bool {
            var columns: [String] = []
            for join in level.joins where join.operation == .equality && !join.isUnderOr && !join.isNegated {
                guard join.left.level == join.right.level else { continue }
                if join.left.relation == subject && join.right.relation == place { columns.append(join.left.name) }
                if join.right.relation == subject && join.left.relation == place { columns.append(join.right.name) }
            }
            guard !columns.isEmpty, let relation = level.relations[subject].target else { return false }
            return !analysis.names.indexes(of: relation).contains { index in
                index.isUnique && index.keys.allSatisfy { $0.name.map(columns.contains) ?? false }
            }
        }

        var subjectUse: RelationUse { level.relations[subject] }
    }

    /// What tells that calls wait for each other.
    private struct Waits {
        /// Sightings of sessions that wait for a row in the statement.
        var sightings: Int
        /// Sessions that wait for rows of a look-up table.
        var blocked: Int
        /// ms that a call takes for each block, reading left out.
        var perBlock: Double
        var areInferred = false
        var areSeen: Bool { sightings + blocked > 0 }

        init(_ join: LockedJoin, _ analysis: StatementAnalysis, _ observation: Observation) {
            let counters = analysis.load.counters
            sightings = observation.rowLockWaits(of: analysis.load)
            let names = join.lookups.map(\.name)
            blocked = observation.forest.roots.map { BlockedSessions($0, observation) }
                .filter { tree in tree.isAboutRows && (tree.relation.map(names.contains) ?? false) }
                .reduce(0) { $0 + $1.victims.count }
            perBlock =
                max(0, counters.executionTime - counters.readTime) / max(Double(counters.calls), 1)
                / max(counters.blocksPerCall, 1)
            let calls = Double(counters.calls)
            areInferred =
                calls >= LocksJoinedTables.least.value && perBlock >= LocksJoinedTables.perBlock.value
                && join.lookups.contains { calls >= LocksJoinedTables.sharing.value * max($0.rows, 1) }
        }
    }

    private func finding(_ join: LockedJoin, _ waits: Waits, _ analysis: StatementAnalysis) -> Finding {
        let subject = join.subjectUse.target!
        let others = join.lookups.map(\.name.description).joined(separator: " and ")
        let skips = join.level.locking?.skipsLocked ?? false
        let rewrite = join.level.role == .top ? analysis.parsed.locking(only: join.subjectUse.alias) : nil
        var evidence = [
            Evidence("lockedTables", "tables whose rows it locks", .list(join.level.relations.map(\.name)))
        ]
        if let first = join.lookups.first {
            evidence.append(Evidence("lookupRows", "rows of \(first.name)", .number(first.rows)))
        }
        if analysis.isMeasured {
            evidence += [
                Evidence(
                    "waits", "times that a session was seen to wait for a row in it", .count(Int64(waits.sightings))),
                Evidence(
                    "waitingSessions", "sessions that wait for rows of \(others) now", .count(Int64(waits.blocked))),
                Evidence(
                    "timePerBlock", "time for each block touched, reading left out", .milliseconds(waits.perBlock)),
            ]
        }
        let effect =
            skips
            ? "With SKIP LOCKED, all rows of \(subject) that share a locked one are skipped, so that workers find nothing to do."
            : "All who lock a row of \(subject) wait for the transactions that hold the same row of \(others)."
        return analysis.finding(
            Self.metadata, severity: waits.areSeen ? .warning : .notice,
            confidence: waits.areSeen ? .high : .medium,
            title: "FOR UPDATE of \(subject) locks rows of \(others) too", about: [subject] + join.lookups.map(\.name),
            summary:
                "A statement with \(analysis.cost) reads \(subject) with \(others) and locks the rows of both: FOR UPDATE names no "
                + "table. \(effect)",
            evidence: evidence,
            notIf: "the transaction goes on to change the rows of \(others), or must keep others from changing them",
            actions: [
                Action.rewrite(
                    "lock the rows of \(subject) only",
                    steps: [
                        rewrite.map { _ in
                            "Check: it differs where the transaction relies on the rows of \(others) not changing until it ends."
                        } ?? "Add `OF \(SQL.identifier(join.subjectUse.alias))` after FOR UPDATE.",
                        rewrite,
                        "Where they must not change: FOR SHARE OF them in place of FOR UPDATE lets others look them up too.",
                    ].compactMap(\.self),
                    gain: analysis.gain, verify: "its mean time in the next diagnosis")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("an order with its shop, and sessions wait", on: "f1") {
            $0.addLockedJoin("SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR UPDATE")
            $0.addSession(1, "web") {
                $0.queryID = 1000
                $0.waitEventType = "Lock"
                $0.waitEvent = "transactionid"
            }
        },
        .fires("five shops for 100,000 calls, each far longer than its blocks", on: "f1") {
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR UPDATE", shops: 5)
        },
        .fires("a queue that SKIP LOCKED empties for all but one worker", on: "f1") {
            $0.addLockedJoin(
                "SELECT o.id FROM orders o, shops s WHERE s.id = o.shop_id AND o.state = $1 LIMIT $2 FOR UPDATE SKIP LOCKED",
                shops: 5)
        },
        .silent("OF names the table") {
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR UPDATE OF o", shops: 5)
        },
        .silent("nobody waits: the time is explained by the blocks") {
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR UPDATE", shops: 5,
                blocksPerCall: 900)
        },
        .silent("as many shops as calls") {
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR UPDATE", shops: 90_000)
        },
        .silent("one table") { $0.addLockedJoin("SELECT * FROM orders WHERE id = $1 FOR UPDATE", shops: 5) },
        .silent("one row each: details of the order") {
            $0.addColumns("details", "order_id!", "note")
            $0.addKey("details", "order_id")
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN details d ON d.order_id = o.id WHERE o.id = $1 FOR UPDATE", shops: 5)
            $0.addTable("details") { $0.estimatedRows = 5 }
        },
        .silent("no table has one row of the other: both may be meant") {
            $0.addLockedJoin("SELECT * FROM orders o JOIN shops s ON s.region = o.state FOR UPDATE", shops: 5)
        },
        .silent("a lock that all can share") {
            $0.addLockedJoin(
                "SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1 FOR SHARE", shops: 5)
        },
        .silent("a join that locks nothing") {
            $0.addLockedJoin("SELECT * FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = $1", shops: 5)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addLockedJoin(_ text: String, shops: Double = 1_000_000, blocksPerCall: Int64 = 8) {
        addColumns("orders", "id!", "shop_id", "state")
        addColumns("shops", "id!", "name", "region")
        addKey("orders", "id")
        addKey("shops", "id")
        addTable("shops") { $0.estimatedRows = shops }
        addCostly(text, calls: 100_000, time: 400_000, rows: 100_000, blocksPerCall: blocksPerCall)
    }
}
