import Model
import Statements

/// `a.x = $1 OR b.y = $1` over a join.
struct OrAcrossRelations: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.or-across-relations",
        title: "OR over columns of different tables",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "the arms of OR in the parse trees of statements that cost, and the plan (or the blocks a call touches)",
        why:
            "No index covers columns of two tables, so the planner must join all rows first and filter afterwards, even "
            + "where each arm alone would find a few rows through an index.",
        limits: "Fires where one of the tables is read whole. Whether UNION returns the same rows depends on "
            + "duplicates. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
            "https://www.cybertec-postgresql.com/en/rewrite-or-to-union-in-postgresql-queries/",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            for condition in level.ors
            where spansRelations(condition) && !analysis.findsFewRows(Set(condition.arms.joined()), of: level) {
                let relations = Set(condition.arms.joined()).compactMap { level.relations[$0].target }
                    .compactMap(analysis.names.relation)
                let isRead = relations.contains {
                    $0.rows >= CostlyShape.largeTable.value
                        && analysis.readsMuch(of: $0, share: CostlyShape.readShare.value)
                }
                if isRead { return finding(condition, relations.map(\.name).sorted(), analysis) }
            }
        }
        return nil
    }

    /// Two arms that restrict one relation each, not the same. (A join condition in an arm names two.)
    private func spansRelations(_ condition: OrCondition) -> Bool {
        guard !condition.hasParameterTest else { return false }
        let single = condition.arms.filter { $0.count == 1 }
        return Set(single).count > 1
    }

    private func finding(
        _ condition: OrCondition, _ relations: [QualifiedName], _ analysis: StatementAnalysis
    ) -> Finding {
        let columns = condition.columns.map(\.written)
        let tables = relations.map(\.description).joined(separator: " and ")
        return analysis.finding(
            Self.metadata, title: "OR over \(tables) filters only after the join", about: relations,
            summary: "A statement with \(analysis.cost) has one OR over columns of \(tables), "
                + "which no index can serve: the tables are joined whole, and filtered afterwards.",
            evidence: [Evidence("columns", "columns in the OR", .list(columns))],
            notIf: "both arms hold for many rows",
            actions: [
                Action.rewrite(
                    "write one SELECT for each arm, joined by UNION",
                    steps: [
                        "Repeat the statement once for each arm of the OR (\(columns.joined(separator: "; "))), and put "
                            + "UNION between them; sort and limit the whole.",
                        "UNION removes duplicate rows: include a key of each table, so that only rows found by both "
                            + "arms fall together.",
                        "Make an index for each arm.",
                    ], gain: analysis.gain)
            ])
    }

    static let examples: [RuleExample] = [
        .fires("an order's number or a customer's mail", on: "f1") {
            $0.addColumns("orders", "id!", "customer_id", "number")
            $0.addColumns("customers", "id!", "email")
            $0.addCostly(
                "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.number = $1 OR c.email = $2")
        },
        .silent("both columns are of one table") {
            $0.addColumns("orders", "id!", "customer_id", "number")
            $0.addCostly("SELECT * FROM orders WHERE number = $1 OR customer_id = $2")
        },
        .silent("few blocks are touched") {
            $0.addColumns("orders", "id!", "customer_id", "number")
            $0.addColumns("customers", "id!", "email")
            $0.addCostly(
                "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $3 "
                    + "AND (o.number = $1 OR c.email = $2)", blocksPerCall: 8)
        },
    ]
}
