import Model
import Statements

/// `NOT IN (SELECT …)` over a column that may be NULL.
struct NotInNullableSubquery: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.not-in-nullable-subquery",
        title: "NOT IN over a subquery that may return NULL",
        area: .shape,
        needs: [.statements, .statementTexts, .columns, .relations],
        looksAt: "the parse tree of statements that cost, and pg_attribute.attnotnull of the subquery's column",
        why:
            "One NULL in the subquery makes NOT IN true for no row at all: the result is then empty, silently. For the "
            + "same reason the planner cannot make an anti-join of it: it builds a hash table of the subquery when that "
            + "fits work_mem, and runs the subquery again for every row when it does not.",
        limits:
            "A column that is declared nullable may hold no NULL today. Subqueries that exclude NULLs by a condition "
            + "of their own are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime],
        references: [
            "https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
            "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_NOT_IN",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            for sublink in level.sublinks {
                if let finding = judge(sublink, analysis) { return finding }
            }
        }
        return nil
    }

    private func judge(_ sublink: SublinkUse, _ analysis: StatementAnalysis) -> Finding? {
        let isNotIn = sublink.kind == .any && sublink.isNegated || sublink.isNotEqualToAll && !sublink.isNegated
        guard isNotIn, sublink.place == .conditions else { return nil }
        let inner = analysis.shape.levels[sublink.level]
        guard let column = inner.targets.first ?? nil, column.level == inner.number, let index = column.relation,
            let origin = origin(of: column, analysis), let place = origin.relation,
            let relation = analysis.relation(of: column),
            let facts = analysis.names.column(origin.name, of: relation.name)
        else { return nil }
        let source = analysis.shape.levels[origin.level]
        let mayBeNull =
            !facts.isNotNull || inner.relations[index].isNullable || source.relations[place].isNullable
        guard mayBeNull, !excludesNull(column, inner), !excludesNull(origin, source) else { return nil }
        return finding(sublink, column, origin.name, relation.name, analysis)
    }

    /// The column of the catalog: the subquery's own, or that of a WITH query that it names.
    private func origin(of column: ColumnUse, _ analysis: StatementAnalysis) -> ColumnUse? {
        if analysis.isDirect(column) { return column }
        let use = column.relation.map { analysis.shape.levels[column.level].relations[$0] }
        guard use?.source == .cte, let origin = analysis.shape.origin(of: column), origin.level == use?.inner else {
            return nil
        }
        return origin
    }

    /// A condition that no NULL passes: any comparison of the column itself, or IS NOT NULL.
    private func excludesNull(_ column: ColumnUse, _ level: QueryLevel) -> Bool {
        level.predicates.contains {
            $0.column.relation == column.relation && $0.column.name == column.name && !$0.isUnderOr
                && ($0.operation == .isNull) == $0.isNegated && $0.wrapper == nil
        }
            || level.joins.contains { join in
                [join.left, join.right].contains { $0.relation == column.relation && $0.name == column.name }
                    && !join.isUnderOr
            }
    }

    private func finding(
        _ sublink: SublinkUse, _ column: ColumnUse, _ name: String, _ relation: QualifiedName,
        _ analysis: StatementAnalysis
    ) -> Finding {
        let word = sublink.isNotEqualToAll ? "<> ALL" : "NOT IN"
        let plan = analysis.load.plan?.json ?? ""
        let runsOncePerRow = plan.contains("(NOT (SubPlan")
        let nullFraction = analysis.names.column(name, of: relation)?.statistics?.nullFraction
        var evidence = [
            Evidence("column", "column of the subquery", .text("\(relation).\(name)")),
            Evidence("isNullable", "may be NULL", .flag(true)),
        ]
        if let nullFraction { evidence.append(Evidence("nullFraction", "of it NULL", .share(nullFraction))) }
        if !plan.isEmpty {
            evidence.append(Evidence("runsOncePerRow", "plan runs the subquery for every row", .flag(runsOncePerRow)))
        }
        let holdsNulls = (nullFraction ?? 0) > 0
        let isEmpty = holdsNulls && analysis.load.counters.rows == 0 && analysis.load.counters.calls > 0
        let now =
            isEmpty
            ? "It holds NULLs, and no call returned a row: the result is most likely wrong."
            : holdsNulls
                ? "It holds NULLs: where one reaches the subquery, the result is empty."
                : "One NULL in it empties the result."
        return analysis.finding(
            Self.metadata, severity: isEmpty ? .critical : .warning,
            title: "\(word) over \(relation).\(name), which may be NULL", about: [relation],
            summary:
                "A statement with \(analysis.cost) excludes rows with "
                + "\(word) (SELECT \(name) FROM \(relation)). "
                + now + (runsOncePerRow ? " The plan runs the subquery again for every row." : ""),
            evidence: evidence,
            notIf: "the column never holds NULL and the hash table fits work_mem: then only a NOT NULL is missing",
            actions: actions(sublink, column, name, relation, analysis))
    }

    private func actions(
        _ sublink: SublinkUse, _ column: ColumnUse, _ origin: String, _ relation: QualifiedName,
        _ analysis: StatementAnalysis
    ) -> [Action] {
        let name = SQL.identifier(origin)
        let rewritten = sublink.location.flatMap {
            analysis.parsed.notExists(
                at: $0, tested: tested(sublink, analysis),
                inner: innerAlias(column, analysis) + "." + SQL.identifier(column.name))
        }
        let rewrite =
            rewritten.map { ["The same with NOT EXISTS:", $0] }
            ?? [
                "Replace `x \(sublink.isNotEqualToAll ? "<> ALL" : "NOT IN") (SELECT \(name) FROM \(relation.quoted) …)` by "
                    + "`NOT EXISTS (SELECT 1 FROM \(relation.quoted) s WHERE … AND s.\(name) = x)`."
            ]
        return [
            Action(
                .containment, "count the NULLs: is the result wrong now?",
                sql: ["SELECT count(*) FROM \(relation.quoted) WHERE \(name) IS NULL;"],
                lock: LockNote("ACCESS SHARE", "blocks only DDL; reads the table once"),
                gain: Gain("tells whether rows are missing from the result today", .byDefinition)),
            Action.rewrite(
                "write it with NOT EXISTS",
                steps: rewrite + [
                    "A row whose own value is NULL is then kept where NOT IN drops it: add `AND x IS NOT NULL` if it "
                        + "should not be."
                ], gain: analysis.gain),
        ]
    }

    /// The tested column with its qualifier, so that it cannot be taken for one of the subquery.
    private func tested(_ sublink: SublinkUse, _ analysis: StatementAnalysis) -> String? {
        guard let column = sublink.tested, let index = column.relation else { return nil }
        let alias = analysis.shape.levels[column.level].relations[index].alias
        guard !analysis.shape.levels[sublink.level].relations.contains(where: { $0.alias == alias }) else { return nil }
        return SQL.identifier(alias) + "." + SQL.identifier(column.name)
    }

    private func innerAlias(_ column: ColumnUse, _ analysis: StatementAnalysis) -> String {
        column.relation.map { SQL.identifier(analysis.shape.levels[column.level].relations[$0].alias) } ?? "s"
    }

    static let examples: [RuleExample] = [
        .fires("orders without a refund, refunds.order_id nullable", on: "f1") {
            $0.addColumns("orders", "id!", "status")
            $0.addColumns("refunds", "id!", "order_id")
            $0.addCostly("SELECT o.* FROM orders o WHERE o.id NOT IN (SELECT order_id FROM refunds WHERE id > $1)")
        },
        .fires("the same as NOT (x IN …) in a DELETE", on: "f1") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly("DELETE FROM orders WHERE NOT (id IN (SELECT order_id FROM refunds))")
        },
        .fires("the same as <> ALL", on: "f1") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly("SELECT * FROM orders WHERE id <> ALL (SELECT order_id FROM refunds)")
        },
        .fires("through a WITH query", on: "f1") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly(
                "WITH r AS (SELECT order_id AS o FROM refunds) SELECT * FROM orders WHERE id NOT IN (SELECT o FROM r)")
        },
        .silent("the WITH query excludes NULLs") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly(
                "WITH r AS (SELECT order_id AS o FROM refunds WHERE order_id > $1) "
                    + "SELECT * FROM orders WHERE id NOT IN (SELECT o FROM r)")
        },
        .silent("above all of them: another question") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly("SELECT * FROM orders WHERE id > ALL (SELECT order_id FROM refunds)")
        },
        .silent("the column is NOT NULL") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id!")
            $0.addCostly("SELECT * FROM orders WHERE id NOT IN (SELECT order_id FROM refunds)")
        },
        .silent("NULLs are excluded by hand") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly(
                "SELECT * FROM orders WHERE id NOT IN (SELECT order_id FROM refunds WHERE order_id IS NOT NULL)")
        },
        .silent("it costs next to nothing") {
            $0.addColumns("orders", "id!")
            $0.addColumns("refunds", "order_id")
            $0.addCostly("SELECT * FROM orders WHERE id NOT IN (SELECT order_id FROM refunds)", time: 900)
        },
        .inconclusive("a server that was just started") {
            $0.statementStatistics!.totals.executionTime = 400
        },
    ]
}
