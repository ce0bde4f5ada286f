import Model
import Statements

/// `($1 IS NULL OR status = $1)`: one statement for every choice of filters.
struct OptionalFilter: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.optional-filter",
        title: "Filters that a parameter switches off",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "conditions `$n IS NULL OR column …`, and the like with `$n = ''`, CASE or `column = coalesce($n, column)`, in "
            + "the parse trees of statements that cost, and the plan (or the blocks a call touches)",
        why:
            "A plan that is made once must work with the filter on and off, so it can use no index for it and reads the "
            + "table whole, even for the call that asks for one row.",
        limits: "With literals instead of parameters the planner drops the switched-off arm: such calls look the same "
            + "here, but do not read the table whole. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/sql-prepare.html",
            "https://use-the-index-luke.com/sql/where-clause/obfuscation/smart-logic",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            let filters = level.ors.filter { $0.hasParameterTest && !$0.columns.isEmpty }
            for filter in filters {
                guard let relation = analysis.relation(of: filter.columns[0]),
                    relation.rows >= CostlyShape.largeTable.value, !analysis.findsFewRows(of: filter.columns[0]),
                    analysis.readsMuch(of: relation, share: CostlyShape.readShare.value)
                else { continue }
                return finding(filters, relation, analysis)
            }
        }
        return nil
    }

    private func finding(_ filters: [OrCondition], _ relation: Relation, _ analysis: StatementAnalysis) -> Finding {
        let columns = filters.compactMap(\.columns.first?.name)
        let role = analysis.load.representative.role
        let scope = "ALTER ROLE \(SQL.identifier(role)) IN DATABASE \(SQL.identifier(analysis.load.database))"
        return analysis.finding(
            Self.metadata, title: "Optional filters on \(relation.name) keep it from using indexes",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) switches its conditions on \(columns.joined(separator: ", ")) off "
                + "by a parameter that is NULL. Its plan must fit every choice, and reads \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) whole.",
            evidence: [
                Evidence("filters", "columns filtered so", .list(columns)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "most calls switch every filter off and want the whole table",
            actions: [
                Action(
                    .fix, "plan each call with its own values",
                    sql: ["\(scope) SET plan_cache_mode = force_custom_plan;"],
                    lock: LockNote.none, gain: Gain("indexes serve the filters that are on", .ruleOfThumb),
                    verify: StatementAnalysis.verifyRewrite, undo: "\(scope) RESET plan_cache_mode;",
                    caution: "every statement of the role is then planned at each call; takes effect in new sessions"),
                Action.rewrite(
                    "write only the filters that are on",
                    steps: [
                        "Put the statement together in the application, with a condition for each filter that has a "
                            + "value and none for the others; keep the values as parameters.",
                        "Make an index for the filters that are used most.",
                    ], gain: analysis.gain),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a search form as one statement", on: "f1") {
            $0.addColumns("orders", "id!", "status", "customer_id")
            $0.addCostly(
                "SELECT * FROM orders WHERE ($1::text IS NULL OR status = $1) AND ($2 IS NULL OR customer_id = $2)")
        },
        .fires("switched off by coalesce", on: "f1") {
            $0.addColumns("orders", "id!", "status")
            $0.addCostly("SELECT * FROM orders WHERE status = coalesce($1, status)")
        },
        .fires("switched off by an empty text", on: "f1") {
            $0.addColumns("orders", "id!", "status")
            $0.addCostly("SELECT * FROM orders WHERE ($1::text = $2 OR status = $1)")
        },
        .silent("coalesce gives a default") {
            $0.addColumns("orders", "id!", "status")
            $0.addCostly("SELECT * FROM orders WHERE status = coalesce($1, $2)")
        },
        .silent("another condition finds the rows") {
            $0.addColumns("orders", "id!", "status", "customer_id")
            $0.addCostly(
                "SELECT * FROM orders WHERE id = $3 AND ($1::text IS NULL OR status = $1)", blocksPerCall: 4)
        },
        .silent("a column that may be NULL, or equal") {
            $0.addColumns("orders", "id!", "status")
            $0.addCostly("SELECT * FROM orders WHERE status IS NULL OR status = $1")
        },
    ]
}
