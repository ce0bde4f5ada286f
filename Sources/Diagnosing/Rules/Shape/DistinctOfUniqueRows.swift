import Model
import Plans
import Statements

/// DISTINCT over rows that a key among them makes different anyway.
struct DistinctOfUniqueRows: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.distinct-of-unique-rows",
        title: "DISTINCT where no row can come twice",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "DISTINCT in the parse trees of statements that cost, the keys among its columns, and the plan's node that "
            + "removes duplicates",
        why:
            "DISTINCT compares every row with all others: a hash table or a sort over the whole result, and no row can be returned "
            + "before the last is read. Where the primary key is among the columns, there is nothing to find. It is often put there "
            + "for safety, or by a library.",
        limits:
            "PostgreSQL does not leave it out by itself, whatever the keys say (measured on 15.18, 17 and 18; 17 and 18 may sort by a "
            + "key's index, which makes it cheaper). Fires only where a unique, NOT NULL key of every table that could multiply rows is "
            + "among the columns, or is fixed by a condition or a join. Keys that are deferrable or partial do not count; tables that "
            + "others inherit from are taken for plain ones. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.sortedRows,
            CostlyShape.sortedBlocks, CostlyShape.nodeShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/queries-select-lists.html#QUERIES-DISTINCT",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let level = Self.uniqueLevel(analysis), let cost = cost(level, analysis),
            let rewrite = analysis.shape.removingDistinct(of: level.number, in: analysis.parsed)
        else { return nil }
        return finding(level, cost, rewrite, analysis)
    }

    /// The first query with DISTINCT of whose rows none can come twice.
    static func uniqueLevel(_ analysis: StatementAnalysis) -> QueryLevel? {
        analysis.shape.levels.first { level in
            level.isDistinct && !level.isDistinctOn && level.setOperation == nil && !level.relations.isEmpty
                && analysis.shape.isWritten(level.number) && analysis.isUnique(level)
        }
    }

    private enum Cost {
        case planned(node: PlanNode, rows: Double, share: Double)
        case possible
    }

    private func cost(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Cost? {
        guard analysis.isMeasured else { return mayCost(level, analysis) ? .possible : nil }
        guard analysis.touchesManyRows, let plan = analysis.load.readPlan(), isOnlyOne(level, analysis),
            let remover = plan.root.all(where: \.removesDuplicates).first, var input = remover.children.first
        else { return nil }
        // What is sorted only for it goes with it.
        if level.orderBy.isEmpty {
            while input.isSort, let below = input.children.first { input = below }
        }
        let share = plan.share(ofCost: remover.totalCost - input.totalCost)
        // What a whole result returns is what was compared: no row was left out.
        let isCounted = level.role == .top && !level.hasLimit && !level.hasOffset
        let rows = isCounted ? min(input.rows, analysis.load.counters.rowsPerCall) : input.rows
        guard rows >= CostlyShape.sortedRows.value, share >= CostlyShape.nodeShare.value else { return nil }
        return .planned(node: remover, rows: rows, share: share)
    }

    /// The plan's node is the one of this DISTINCT: nothing else in the statement removes duplicates.
    private func isOnlyOne(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        analysis.shape.levels.allSatisfy { other in
            let removes = other.isDistinct || !other.groupBy.isEmpty || other.setOperation != nil
            // IN is at times planned as a join with distinct values.
            return other.number == level.number || !removes && other.sublinks.allSatisfy { $0.kind != .any }
        }
    }

    private func mayCost(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        guard let relation = analysis.largest(level), analysis.hasCatalog, level.groupBy.isEmpty else { return false }
        return relation.rows >= CostlyShape.largeTable.value && !analysis.findsFewRows(level)
            && !UniqueRows(level, analysis, by: []).areUnique()
    }

    private func finding(
        _ level: QueryLevel, _ cost: Cost, _ rewrite: String, _ analysis: StatementAnalysis
    ) -> Finding {
        let relations = level.relations.compactMap(\.target)
        let names = Set(relations.map(\.description)).sorted().joined(separator: " and ")
        var evidence = [Evidence("relations", "tables, each with a key", .list(relations.map(\.description)))]
        var (rows, share) = ("All rows", 1.0)
        var node = "Unique"
        if case .planned(let remover, let number, let part) = cost {
            (rows, share, node) = ("Some \(Quantity.about(number)) rows", part, remover.type)
            evidence.append(
                Evidence("comparedRows", "rows that are compared, by the calls or the planner", .number(number)))
            evidence.append(Evidence("removesDuplicates", "plan removes duplicates with", .text(remover.type)))
            evidence.append(Evidence("nodeShare", "share of the plan's cost that does it", .share(part)))
        }
        return analysis.finding(
            Self.metadata, title: "DISTINCT looks for duplicates among rows of \(names) that a key tells apart",
            about: relations,
            summary:
                "A statement with \(analysis.cost) asks for distinct rows of \(names), and a key among its columns makes each row "
                + "different from all others. \(rows) are compared to find none.",
            evidence: evidence, notIf: "hardly any rows are returned with the values that are asked for",
            impact: analysis.isMeasured ? .share(analysis.load.share * share) : nil,
            actions: [
                Action.rewrite(
                    "leave out DISTINCT", steps: ["It returns the same rows: no duplicates can be.", rewrite],
                    gain: analysis.gain(ofStep: share),
                    verify: "EXPLAIN of the new statement has no \(node)")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("the key among the columns", on: "f1") {
            $0.addDistinct("SELECT DISTINCT id, amount FROM orders WHERE amount > $1")
        },
        .fires("all columns", on: "f1") { $0.addDistinct("SELECT DISTINCT o.* FROM orders o ORDER BY o.amount") },
        .fires("each order has one customer", on: "f1") {
            $0.addDistinct(
                "SELECT DISTINCT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id")
        },
        .fires("grouped by the same columns", on: "f1") {
            $0.addDistinct("SELECT DISTINCT customer_id, count(*) FROM orders GROUP BY customer_id")
        },
        .fires("counted by a library", on: "f1") {
            $0.addDistinct("SELECT count(*) FROM (SELECT DISTINCT id, lower(note) AS n FROM orders) s")
        },
        .silent("the key is not among the columns") { $0.addDistinct("SELECT DISTINCT customer_id FROM orders") },
        .silent("the join repeats the key") {
            $0.addDistinct("SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id")
        },
        .silent("the right side of an outer join repeats NULL") {
            $0.addDistinct("SELECT DISTINCT c.id FROM orders o LEFT JOIN customers c ON c.id = o.customer_id")
        },
        .silent("a function that may return several rows") {
            $0.addDistinct("SELECT DISTINCT id, unnest(tags) FROM orders")
        },
        .silent("DISTINCT ON picks rows") {
            $0.addDistinct("SELECT DISTINCT ON (amount) id, amount FROM orders")
        },
        .silent("the key may be NULL") {
            $0.addColumns("orders", "id", "amount")
            $0.addDistinct("SELECT DISTINCT id FROM orders", adds: false)
        },
        .silent("the key is of some rows only") {
            $0.addColumns("visits", "id!", "amount")
            $0.addIndex("visits_id", on: "id", table: "visits") {
                $0.isUnique = true
                $0.predicate = "(amount IS NOT NULL)"
            }
            $0.addDistinct("SELECT DISTINCT id FROM visits")
        },
        .silent("the values are counted, not the rows") { $0.addDistinct("SELECT count(DISTINCT id) FROM orders") },
        .silent("few rows are compared") { $0.addDistinct("SELECT DISTINCT id, amount FROM orders", rows: 300) },
        .silent("few rows are returned with the values that are asked for") {
            $0.addDistinct("SELECT DISTINCT id, amount FROM orders WHERE amount > $1", returned: 50)
        },
        .silent("an index brings them in order, and comparing is cheap") {
            $0.addDistinct("SELECT DISTINCT id FROM orders", below: 145_000)
        },
        .silent("another GROUP BY may be what the plan shows") {
            $0.addDistinct(
                "SELECT customer_id, count(*) FROM (SELECT DISTINCT id, customer_id FROM orders) s GROUP BY customer_id"
            )
        },
        .silent("DISTINCT in a view, which the statement does not show") {
            $0.addTable("listed") {
                $0.kind = .view
                $0.viewDefinition = "SELECT DISTINCT id FROM public.orders"
            }
            $0.addDistinct("SELECT * FROM listed")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addDistinct(
        _ text: String, rows: Int = 1_000_000, below: Int = 20_000, returned: Int64 = 500_000, adds: Bool = true
    ) {
        if adds { addColumns("orders", "id!", "customer_id", "amount", "note", "tags") }
        addColumns("customers", "id!", "name")
        addKey("orders", "id")
        addKey("customers", "id")
        addCostly(text, calls: 100, rows: returned * 100)
        explainLast(
            """
            {"Node Type": "Aggregate", "Strategy": "Hashed", "Group Key": ["id", "amount"], "Total Cost": 150000,
            "Plan Rows": \(rows), "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders",
            "Total Cost": \(below), "Plan Rows": \(rows)}]}
            """)
    }
}
