import Model
import Statements

/// `a LEFT JOIN b … WHERE b.x = $1`: what the outer join keeps, WHERE throws away.
struct OuterJoinUndoneByWhere: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.outer-join-undone-by-where",
        title: "Outer join that WHERE makes an inner join",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "LEFT JOINs in the parse trees of statements that cost, and the conditions of WHERE on their right side",
        why: "LEFT JOIN keeps rows without a match and fills their right side with NULLs. A comparison with NULL is "
            + "never true, so that WHERE removes just these rows again: either the join was meant to be an inner one, "
            + "or rows are missing from the result and nobody has noticed.",
        limits:
            "The planner makes the inner join itself, so that nothing is gained but clarity: a notice without an impact "
            + "on time. IS NULL, conditions under OR, and functions that may turn NULL into a value (coalesce) are left "
            + "out, and so are RIGHT and FULL joins and joins with subqueries. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime],
        references: [
            "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN",
            "https://www.postgresql.org/docs/current/functions-comparison.html",
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        Self.undone(analysis).map { finding($0.column, $0.use, $0.rewrite, analysis) }
    }

    /// The first LEFT JOIN that WHERE undoes, the column that does it, and the statement with JOIN.
    static func undone(_ analysis: StatementAnalysis) -> (column: ColumnUse, use: RelationUse, rewrite: String)? {
        for level in analysis.shape.levels {
            for column in strictColumns(level) {
                guard let place = column.relation, level.relations[place].isNullable,
                    let rewrite = analysis.shape.innerJoin(of: place, at: level.number, in: analysis.parsed)
                else { continue }
                return (column, level.relations[place], rewrite)
            }
        }
        return nil
    }

    /// Columns of this level that WHERE compares, so that no row passes where they are NULL.
    private static func strictColumns(_ level: QueryLevel) -> [ColumnUse] {
        let predicates = level.predicates.filter { predicate in
            guard predicate.clause == .where, !predicate.isUnderOr, isStrict(predicate.wrapper) else { return false }
            switch predicate.operation {
            case .isNull: return predicate.isNegated
            case .isNotNull: return !predicate.isNegated
            default: return isStrict(predicate.operation)
            }
        }
        let joins = level.joins.filter {
            $0.clause == .where && !$0.isUnderOr && isStrict($0.operation) && isStrict($0.leftWrapper)
                && isStrict($0.rightWrapper)
        }
        return (predicates.map(\.column) + joins.flatMap { [$0.left, $0.right] }).filter { $0.level == level.number }
    }

    private static func isStrict(_ wrapper: Wrapper?) -> Bool {
        switch wrapper {
        case nil, .cast: true
        case .function, .operation: false
        }
    }

    /// Its result is NULL where a side is; IS DISTINCT FROM and operators that we do not know may be otherwise.
    private static func isStrict(_ operation: Predicate.Operation) -> Bool {
        switch operation {
        case .equality, .inequality, .range, .like, .ilike, .regex, .inList, .containment: true
        case .isNull, .isNotNull, .other: false
        }
    }

    private func finding(
        _ column: ColumnUse, _ use: RelationUse, _ rewrite: String, _ analysis: StatementAnalysis
    ) -> Finding {
        let name = use.target?.description ?? use.name
        return analysis.finding(
            Self.metadata, severity: .notice, title: "LEFT JOIN \(name) is undone by WHERE \(column.written) …",
            about: [use.target].compactMap(\.self),
            summary:
                "A statement with \(analysis.cost) joins \(name) with LEFT JOIN and then asks for \(column.written) in "
                + "WHERE: rows without a match in \(name), which LEFT JOIN keeps, never pass. If they were wanted, they "
                + "are missing from the result.",
            evidence: [
                Evidence("column", "column of the right side in WHERE", .text(column.written)),
                Evidence("relation", "right side of the LEFT JOIN", .text(name)),
            ],
            notIf: "a program puts the statement together, and only this choice of filters makes it so",
            impact: Impact.none,
            actions: [
                Action.rewrite(
                    "write what is meant",
                    steps: [
                        "If rows without a match in \(name) are not wanted, write JOIN, which returns the same:",
                        rewrite,
                        "If they are wanted, move the condition on \(column.written) from WHERE to the ON of the "
                            + "LEFT JOIN: the result then has more rows.",
                    ], gain: StatementAnalysis.noGain,
                    verify: "the new statement returns as many rows as is expected")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("customers with their open orders", on: "f1") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status = $1")
        },
        .fires("a NOT NULL that the key always has", on: "f1") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT OUTER JOIN orders o ON o.customer_id = c.id "
                    + "WHERE o.id IS NOT NULL")
        },
        .fires("joined on in WHERE", on: "f1") {
            $0.addColumns("states", "code!")
            $0.addJoin(
                "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id, states s "
                    + "WHERE s.code = o.status")
        },
        .silent("the condition stands in ON") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = $1 "
                    + "WHERE c.name = $2")
        },
        .silent("customers without orders") {
            $0.addJoin("SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL")
        },
        .silent("NULL is let through by OR") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
                    + "WHERE o.status = $1 OR o.status IS NULL")
        },
        .silent("NOT of two conditions is an OR") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
                    + "WHERE NOT (o.status = $1 AND c.name = $2)")
        },
        .silent("NULL is made a value by coalesce") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
                    + "WHERE coalesce(o.status, $1) = $2")
        },
        .silent("IS DISTINCT FROM knows NULL") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
                    + "WHERE o.status IS DISTINCT FROM $1")
        },
        .silent("the condition is on the left side") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id = $1")
        },
        .silent("an inner join") {
            $0.addJoin("SELECT c.name, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = $1")
        },
        .silent("it costs next to nothing") {
            $0.addJoin(
                "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status = $1",
                time: 900)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addJoin(_ text: String, time: Double = 300_000) {
        addColumns("customers", "id!", "name")
        addColumns("orders", "id!", "customer_id", "status")
        addCostly(text, time: time)
    }
}
