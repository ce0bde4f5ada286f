import Model
import Plans
import Statements

/// `SELECT count(*) FROM (SELECT … ORDER BY x) s`: rows are sorted for a reader that takes them in any order.
struct SortedForNothing: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.sorted-for-nothing",
        title: "ORDER BY in a subquery whose order is lost",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "ORDER BY without LIMIT in subqueries, CTEs and branches of UNION of statements that cost; what reads their "
            + "rows; and the plan's node that sorts them",
        why:
            "A count, a sum, IN, GROUP BY, DISTINCT or another ORDER BY gives the same whatever order its rows come in. The sort "
            + "below it is work for nothing, and spills to disk where the rows do not fit into work_mem. Libraries that count the "
            + "rows of a list put just such statements together.",
        limits:
            "PostgreSQL sorts whatever a subquery's ORDER BY says, in all these places; only within EXISTS it leaves it out "
            + "(measured on 15.18, 17 and 18). Left out are subqueries with LIMIT, DISTINCT ON or locks; readers that show the order: "
            + "window functions, array_agg, string_agg, ARRAY(…) and every function that is not known to be indifferent to it; and "
            + "statements that write, where sorted input may be meant: rows lie in that order, or are locked in it. An ORDER BY "
            + "that an index serves, or whose order a merge or a grouping uses, costs nothing and is left out. "
            + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.sortedRows,
            CostlyShape.sortedBlocks, CostlyShape.nodeShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/queries-order.html",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-ORDERBY",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .select, !analysis.parsed.writes else { return nil }
        for sort in analysis.shape.pointlessSorts {
            let level = analysis.shape.levels[sort.level]
            guard let cost = cost(of: sort, level, analysis),
                let rewrite = analysis.shape.removing(sort, in: analysis.parsed)
            else { continue }
            return finding(sort, level, cost, rewrite, analysis)
        }
        return nil
    }

    private enum Cost {
        case planned(rows: Double, share: Double)
        /// Of a statement that has not run.
        case possible
    }

    private func cost(of sort: PointlessSort, _ level: QueryLevel, _ analysis: StatementAnalysis) -> Cost? {
        guard analysis.isMeasured else {
            // Another ORDER BY may ask for the same order: the planner then sorts once.
            let isOther = sort.reader != .sort || sortsOtherwise(level, analysis)
            return isOther && mayCost(level, analysis) ? .possible : nil
        }
        guard analysis.touchesManyRows, let plan = analysis.load.readPlan() else { return nil }
        let names = level.orderBy.map { $0.column.map(analysis.name) }
        var found: Cost?
        plan.root.walk { node, above in
            guard found == nil, node.type == "Sort", node.sorts(by: names), let input = node.children.first,
                input.rows >= CostlyShape.sortedRows.value, !Self.isUsed(node, by: above),
                sort.reader != .sort || above.contains(where: { $0.type == "Sort" })
            else { return }
            let share = plan.share(ofCost: node.exclusiveCost)
            if share >= CostlyShape.nodeShare.value { found = .planned(rows: input.rows, share: share) }
        }
        return found
    }

    /// Nodes that return their (outer) rows in the order in which they come.
    private static let keeping: Set<String> = [
        "Subquery Scan", "Gather Merge", "Nested Loop", "Materialize", "Memoize", "Result", "ProjectSet", "Limit",
        "LockRows", "Append",
    ]

    /// Something above takes the order: without it, it would have to sort by itself.
    private static func isUsed(_ sort: PlanNode, by above: [PlanNode]) -> Bool {
        var node = sort
        for parent in above.reversed() {
            // What calls a subquery reads its result, not its order.
            if ["InitPlan", "SubPlan"].contains(node.relationship) { return false }
            switch parent.type {
            case "Unique", "Group", "Incremental Sort", "Merge Join", "WindowAgg", "Merge Append", "SetOp": return true
            case "Aggregate": return parent.strategy == "Sorted" || parent.strategy == "Mixed"
            case _ where keeping.contains(parent.type): node = parent
            default: return false
            }
        }
        return false
    }

    /// The tree alone: all of a large table is sorted, and no index brings the order.
    private func mayCost(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        guard let relation = analysis.largest(level), relation.rows >= CostlyShape.largeTable.value,
            level.groupBy.isEmpty, level.aggregates.isEmpty, !level.isDistinct, !analysis.findsFewRows(level)
        else { return false }
        guard let column = level.orderBy.first?.column, let owner = analysis.shape.relation(of: column) else {
            return true
        }
        let equal = Set(
            level.predicates.filter { predicate in
                predicate.operation == .equality && predicate.wrapper == nil && !predicate.isNegated
                    && !predicate.isUnderOr && predicate.column.relation == column.relation
            }.map(\.column.name))
        return !analysis.names.indexes(of: owner).contains { index in
            index.columns.first { $0.name.map { !equal.contains($0) } ?? true }?.name == analysis.name(of: column)
        }
    }

    /// The query around it begins its ORDER BY with another column.
    private func sortsOtherwise(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        guard let parent = level.parent.map({ analysis.shape.levels[$0] }), parent.setOperation == nil,
            let outer = parent.orderBy.first?.column, let inner = level.orderBy.first?.column
        else { return false }
        return (analysis.shape.origin(of: outer) ?? outer) != (analysis.shape.origin(of: inner) ?? inner)
            && outer.level == parent.number
            && outer.relation.map { parent.relations[$0].inner != level.number } ?? false
    }

    private func finding(
        _ sort: PointlessSort, _ level: QueryLevel, _ cost: Cost, _ rewrite: String, _ analysis: StatementAnalysis
    ) -> Finding {
        let relation = analysis.largest(level)?.name
        let name = relation?.description ?? "a subquery"
        var evidence = [Evidence("reader", "what reads the rows", .text(Self.words(sort.reader)))]
        var (rows, share) = ("all rows", 1.0)
        if case .planned(let number, let part) = cost {
            (rows, share) = ("\(Quantity.about(number)) rows", part)
            evidence.append(Evidence("sortedRows", "rows that the planner expects to sort", .number(number)))
            evidence.append(Evidence("sortShare", "share of the plan's cost that sorts", .share(part)))
        }
        let isProven = sort.sums.allSatisfy { isExact($0, analysis) }
        let note =
            isProven
            ? "The same rows, and nothing that shows their order:"
            : "check: differs when floating-point numbers are summed up, in the last digits of the sum, which no order makes right."
        return analysis.finding(
            Self.metadata, title: "Rows of \(name) are sorted for \(Self.words(sort.reader)), which needs no order",
            about: [relation].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) sorts \(rows) in a subquery with ORDER BY, and \(Self.words(sort.reader)) "
                + "above it takes them in any order.",
            evidence: evidence, notIf: "the rows are few with the values that are asked for",
            impact: analysis.isMeasured ? .share(analysis.load.share * share) : nil,
            actions: [
                Action.rewrite(
                    isProven ? Self.cure : Self.cure + " (check: sums of floating-point numbers)",
                    steps: [note, rewrite],
                    gain: analysis.gain(ofStep: share),
                    verify: "EXPLAIN of the new statement has one Sort less")
            ])
    }

    private static let cure = "leave out the ORDER BY of the subquery"

    private static func words(_ reader: PointlessSort.Reader) -> String {
        switch reader {
        case .aggregate: "an aggregate"
        case .group: "GROUP BY"
        case .distinct: "DISTINCT"
        case .sort: "another ORDER BY"
        case .membership: "IN"
        case .union: "UNION"
        }
    }

    /// Types whose sums are the same in any order.
    private static let exact = [
        "integer", "bigint", "smallint", "numeric", "interval", "money", "int2", "int4", "int8",
    ]

    private func isExact(_ sum: AggregateUse, _ analysis: StatementAnalysis) -> Bool {
        guard let type = sum.argument.flatMap(analysis.column)?.type else { return false }
        return Self.exact.contains { type == $0 || type.hasPrefix($0 + "(") }
    }

    static let examples: [RuleExample] = [
        .fires("the number of rows of a list", on: "f1") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at DESC) s")
        },
        .fires("a sum of a filtered list, as a CTE", on: "f1") {
            $0.addSorted(
                "WITH s AS (SELECT * FROM orders WHERE amount > $1 ORDER BY created_at) SELECT sum(amount), max(id) FROM s"
            )
        },
        .fires("members of a set", on: "f1") {
            $0.addSorted(
                "SELECT * FROM customers WHERE id IN (SELECT customer_id FROM orders ORDER BY created_at)",
                above: "Hash Join")
        },
        .fires("sorted again by something else", on: "f1") {
            $0.addSorted("SELECT * FROM (SELECT * FROM orders ORDER BY created_at) s ORDER BY amount", above: "Sort")
        },
        .fires("grouped through a hash", on: "f1") {
            $0.addSorted(
                "SELECT customer_id, count(*) FROM (SELECT * FROM orders o ORDER BY o.created_at) s GROUP BY customer_id",
                above: "Aggregate")
        },
        .silent("the first rows are wanted") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at LIMIT $1) s")
        },
        .silent("an array shows the order") {
            $0.addSorted("SELECT array_agg(id), count(*) FROM (SELECT * FROM orders ORDER BY created_at) s")
        },
        .silent("an aggregate of the user's may show it") {
            $0.addSorted("SELECT first(id) FROM (SELECT * FROM orders ORDER BY created_at) s")
        },
        .silent("a window function numbers the rows") {
            $0.addSorted("SELECT count(*), row_number() OVER () FROM (SELECT * FROM orders ORDER BY created_at) s")
        },
        .silent("the result shows it") {
            $0.addSorted("SELECT * FROM (SELECT * FROM orders ORDER BY created_at) s WHERE amount > $1")
        },
        .silent("the first of each customer") {
            $0.addSorted(
                "SELECT count(*) FROM (SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, created_at) s",
                keys: #""orders.customer_id", "orders.created_at""#)
        },
        .silent("an array of a subquery") {
            $0.addSorted("SELECT c.id, ARRAY(SELECT id FROM orders o ORDER BY created_at) FROM customers c")
        },
        .silent("rows are locked in that order") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at FOR UPDATE) s")
        },
        .silent("rows are written in that order") {
            $0.addSorted("INSERT INTO archive SELECT * FROM orders ORDER BY created_at")
        },
        .silent("rows are updated in that order, against deadlocks") {
            $0.addSorted(
                "UPDATE customers SET name = $1 WHERE id IN (SELECT customer_id FROM orders ORDER BY created_at)")
        },
        .silent("the grouping above uses the order") {
            $0.addSorted(
                "SELECT created_at, count(*) FROM (SELECT * FROM orders ORDER BY created_at) s GROUP BY created_at",
                above: "Aggregate", strategy: "Sorted")
        },
        .silent("the same order is asked for above: PostgreSQL sorts once") {
            $0.addSorted(
                "SELECT * FROM (SELECT * FROM orders ORDER BY created_at DESC) s ORDER BY created_at DESC",
                above: "Subquery Scan")
        },
        .silent("an index brings the order") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at) s", sort: "Index Scan")
        },
        .silent("few rows are sorted") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at) s", rows: 300)
        },
        .silent("few blocks are touched with the values that are asked for") {
            $0.addSorted(
                "SELECT count(*) FROM (SELECT * FROM orders WHERE amount > $1 ORDER BY created_at) s", blocksPerCall: 30
            )
        },
        .silent("the sort is next to nothing beside the rest") {
            $0.addSorted("SELECT count(*) FROM (SELECT * FROM orders ORDER BY created_at) s", total: 9_000_000)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addSorted(
        _ text: String, above: String = "Aggregate", strategy: String = "Plain", sort: String = "Sort",
        keys: String = #""orders.created_at DESC""#, rows: Int = 1_000_000, total: Int = 150_000,
        blocksPerCall: Int64 = 90_000
    ) {
        addColumns("orders", "id!", "customer_id", "created_at", "amount")
        addColumns("customers", "id!", "name")
        addCostly(text, blocksPerCall: blocksPerCall)
        explainLast(
            """
            {"Node Type": "\(above)", "Strategy": "\(strategy)", "Total Cost": \(total), "Plan Rows": 1, "Plans": [
            {"Node Type": "\(sort)", "Sort Key": [\(keys)], "Total Cost": 140000, "Plan Rows": \(rows), "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Total Cost": 20000,
            "Plan Rows": \(rows)}]}]}
            """)
    }
}
