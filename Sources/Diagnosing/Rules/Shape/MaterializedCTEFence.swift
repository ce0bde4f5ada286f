import Model
import Plans
import Statements

/// A WITH query that is computed whole, of which a filter outside keeps a small part.
struct MaterializedCTEFence: StatementRule {
    private static let rows = Threshold(
        "rows that the WITH query is expected to compute", 10_000, "rows",
        source: "our choice: fewer are computed within a few milliseconds")
    private static let keptShare = Threshold(
        "share of them that the filter outside keeps at most", 0.1, "share",
        source: "our choice: where more are kept, the filter inside saves little")

    static let metadata = RuleMetadata(
        id: "shape.materialized-cte-fence",
        title: "WITH query that keeps a filter out",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations],
        looksAt:
            "WITH queries that are marked MATERIALIZED or used more than once, in the parse trees of statements that "
            + "cost, and plans with a filter on their CTE Scan",
        why:
            "Such a query is computed once, whole, and kept aside; a condition outside it is tested on its result, where "
            + "no index can help, and most rows are computed in vain. Merged with the outer query, the condition would "
            + "reach the tables.",
        limits:
            "The numbers of rows are the planner's. Only filters on plain columns of a query without GROUP BY, DISTINCT, "
            + "LIMIT or window functions, which could stand inside. Recursive queries and those that write are left out. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, keptShare],
        references: ["https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION"],
        explains: [.costsTime, .spills])

    /// A scan of a WITH query's result through a filter.
    private struct Fence {
        var cte: QueryLevel.CTE
        var uses: Int
        var columns: [ColumnUse]
        /// Rows that the planner expects to compute, and to keep, and the filter; nil where nothing was measured.
        var planned: (computed: Double, kept: Double, filter: String)?
    }

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let plan = analysis.load.readPlan()
        guard !analysis.isMeasured || !analysis.parsed.writes && plan != nil else { return nil }
        for level in analysis.shape.levels where analysis.shape.isWritten(level.number) {
            for cte in level.ctes where !cte.isRecursive {
                guard let fence = plan.flatMap({ fence(cte, $0, analysis.shape) }) ?? possibleFence(cte, analysis),
                    let rewrite = analysis.shape.withoutFence(cte, isShared: fence.uses > 1, in: analysis.parsed)
                else { continue }
                return finding(fence, rewrite, analysis)
            }
        }
        return nil
    }

    private func fence(_ cte: QueryLevel.CTE, _ plan: Plan, _ shape: StatementShape) -> Fence? {
        guard let inner = cte.level, shape.levels[inner].isTransparent else { return nil }
        let uses = shape.levels.flatMap { level in
            level.relations.indices.filter { level.relations[$0].inner == inner }.map { (level, $0) }
        }
        guard cte.isMaterialized || uses.count > 1,
            let computed = plan.root.all(where: { $0.subplan == "CTE \(cte.name)" }).first,
            computed.rows >= Self.rows.value
        else { return nil }
        for (level, place) in uses {
            let columns = level.predicates.filter { predicate in
                predicate.column.level == level.number && predicate.column.relation == place && !predicate.isUnderOr
                    && predicate.clause != .having && shape.levels[inner].output(predicate.column.name) != nil
            }.map(\.column)
            let alias = level.relations[place].alias
            let scan = plan.root.all {
                $0.type == "CTE Scan" && $0.alias == alias && $0.filter != nil
                    && $0.rows <= Self.keptShare.value * computed.rows
            }.first
            if let scan, !columns.isEmpty {
                return Fence(
                    cte: cte, uses: uses.count, columns: columns, planned: (computed.rows, scan.rows, scan.filter ?? "")
                )
            }
        }
        return nil
    }

    /// Of a statement that never ran: the query reads a large table whole, and each place that names it has a condition that an
    /// index could serve inside.
    private func possibleFence(_ cte: QueryLevel.CTE, _ analysis: StatementAnalysis) -> Fence? {
        guard !analysis.isMeasured, let number = cte.level, case let inner = analysis.shape.levels[number],
            inner.isTransparent, inner.locking == nil, inner.callsNothingVolatile, analysis.mayReadWhole(inner)
        else { return nil }
        let uses = analysis.shape.levels.flatMap { level in
            level.relations.indices.filter { level.relations[$0].inner == number }.map { (level, $0) }
        }
        guard cte.isMaterialized || uses.count > 1 else { return nil }
        let columns = uses.compactMap { level, place in
            level.predicates.first { isServedInside($0, of: place, level, inner, analysis) }?.column
        }
        guard !columns.isEmpty, columns.count == uses.count else { return nil }
        return Fence(cte: cte, uses: uses.count, columns: columns)
    }

    private func isServedInside(
        _ predicate: Predicate, of place: Int, _ level: QueryLevel, _ inner: QueryLevel, _ analysis: StatementAnalysis
    ) -> Bool {
        guard predicate.column.level == level.number, predicate.column.relation == place, predicate.wrapper == nil,
            !predicate.isUnderOr, !predicate.isNegated, predicate.clause != .having, predicate.outerJoin == nil,
            [.equality, .range, .inList].contains(predicate.operation),
            let column = inner.output(predicate.column.name), let relation = analysis.relation(of: column)
        else { return false }
        return analysis.index(on: analysis.name(of: column), of: relation) != nil
    }

    private func finding(_ fence: Fence, _ rewrite: String, _ analysis: StatementAnalysis) -> Finding {
        let columns = fence.columns.map(\.written).joined(separator: ", ")
        let relation = fence.cte.level.flatMap { analysis.shape.levels[$0].relations.first?.target }
        let why = fence.cte.isMaterialized ? "is marked MATERIALIZED" : "is used \(fence.uses) times"
        let uses = Evidence("uses", "times it is used", .count(Int64(fence.uses)))
        let kept =
            fence.planned.map { rows in
                ": \(Quantity.about(rows.computed)) rows, of which the condition on \(columns) outside keeps "
                    + "\(Quantity.about(rows.kept))."
            } ?? "; the condition on \(columns), which an index could serve inside, is tested on its result."
        let evidence = fence.planned.map { rows in
            [
                Evidence("computedRows", "rows that the planner expects of it", .number(rows.computed)),
                Evidence("keptRows", "rows that it expects to pass the filter", .number(rows.kept)),
                Evidence("filter", "filter on the CTE Scan", .text(rows.filter)), uses,
            ]
        }
        return analysis.finding(
            Self.metadata, severity: fence.planned == nil ? .notice : .warning,
            title: "\(fence.cte.name) is computed whole and filtered by \(columns) afterwards",
            about: [relation].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) has a WITH query \(fence.cte.name) that \(why), and so is computed "
                + "whole" + kept,
            evidence: evidence ?? [uses],
            notIf: "MATERIALIZED was written to keep a bad plan away, and that plan is still bad",
            actions: [
                Action.rewrite(
                    "let the condition in",
                    steps: [
                        fence.uses > 1
                            ? "Let it be merged with each place that uses it (it is then computed once for each):"
                            : "Let it be merged with the query around it, which returns the same:", rewrite,
                        "Or repeat the condition on \(columns) inside \(fence.cte.name), where every use has the same one.",
                    ], gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has no CTE Scan on \(fence.cte.name) with a filter")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("MATERIALIZED, and one customer wanted", on: "f1") {
            $0.addCTE(
                "WITH x AS MATERIALIZED (SELECT id, customer_id FROM orders) SELECT * FROM x WHERE customer_id = $1")
        },
        .fires("used twice", on: "f1") {
            $0.addCTE(
                "WITH x AS (SELECT id, customer_id FROM orders) SELECT * FROM x WHERE customer_id = $1 "
                    + "AND id > (SELECT avg(id) FROM x)")
        },
        .silent("used once: the planner merges it") {
            $0.addCTE("WITH x AS (SELECT id, customer_id FROM orders) SELECT * FROM x WHERE customer_id = $1")
        },
        .silent("NOT MATERIALIZED already") {
            $0.addCTE(
                "WITH x AS NOT MATERIALIZED (SELECT id, customer_id FROM orders) SELECT * FROM x "
                    + "WHERE customer_id = $1 AND id > (SELECT avg(id) FROM x)")
        },
        .silent("the filter is on what it computes") {
            $0.addCTE(
                "WITH x AS MATERIALIZED (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) "
                    + "SELECT * FROM x WHERE n > $1")
        },
        .silent("a limit inside would mean something else") {
            $0.addCTE(
                "WITH x AS MATERIALIZED (SELECT id, customer_id FROM orders ORDER BY id LIMIT $2) "
                    + "SELECT * FROM x WHERE customer_id = $1")
        },
        .silent("it writes") {
            $0.addCTE(
                "WITH x AS (DELETE FROM orders RETURNING id, customer_id) SELECT * FROM x WHERE customer_id = $1")
        },
        .silent("most rows are kept") {
            $0.addCTE(
                "WITH x AS MATERIALIZED (SELECT id, customer_id FROM orders) SELECT * FROM x WHERE customer_id > $1",
                kept: 800_000)
        },
        .silent("it is small") {
            $0.addCTE(
                "WITH x AS MATERIALIZED (SELECT id, customer_id FROM orders) SELECT * FROM x WHERE customer_id = $1",
                computed: 200, kept: 1)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addCTE(_ text: String, computed: Int = 1_000_000, kept: Int = 5000) {
        addColumns("orders", "id!", "customer_id")
        addCostly(text)
        explainLast(
            """
            {"Node Type": "CTE Scan", "CTE Name": "x", "Alias": "x", "Plan Rows": \(kept),
            "Filter": "(customer_id = $1)", "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "InitPlan",
            "Subplan Name": "CTE x", "Relation Name": "orders", "Alias": "orders", "Plan Rows": \(computed)}]}
            """)
    }
}
