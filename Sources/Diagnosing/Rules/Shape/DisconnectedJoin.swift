import Model
import Statements

/// Relations in one FROM that nothing joins: every row meets every row.
struct DisconnectedJoin: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.disconnected-join",
        title: "Tables that no condition joins",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "which relations of each FROM are connected by conditions, in the parse trees of statements that cost, "
            + "and their numbers of rows",
        why: "Two tables without a join condition give the product of their rows, a thousand times a thousand: nearly "
            + "always a forgotten condition, often hidden by DISTINCT.",
        limits:
            "Fires only when each part is a table that no equality with a value restricts, and the product is large. "
            + "Functions, VALUES, LATERAL and subqueries are taken to be single rows. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, product],
        references: ["https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-FROM"],
        explains: [.costsTime])

    private static let product = Threshold(
        "rows of the product", 1_000_000, "rows", source: "our choice: smaller products are built within a second")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels where level.relations.count > 1 && level.kind != .insert {
            let parts = looseParts(level, analysis)
            let product = parts.reduce(1) { $0 * max($1.rows, 1) }
            if parts.count > 1, product >= Self.product.value { return finding(parts, product, analysis) }
        }
        return nil
    }

    /// The largest table of each part that nothing connects with the others or pins to a value.
    private func looseParts(_ level: QueryLevel, _ analysis: StatementAnalysis) -> [Relation] {
        var part = Array(level.relations.indices)
        for (left, right) in level.connections {
            let (from, to) = (part[left], part[right])
            for index in part.indices where part[index] == from { part[index] = to }
        }
        let pinned = Set(
            level.predicates
                .filter { [.equality, .inList].contains($0.operation) && !$0.isNegated && !$0.isUnderOr }
                .filter { $0.column.level == level.number }.compactMap(\.column.relation).map { part[$0] })
        return Set(part).subtracting(pinned).sorted().compactMap { number in
            let members = level.relations.indices.filter { part[$0] == number }.map { level.relations[$0] }
            guard members.allSatisfy({ $0.source == .relation && !$0.isLateral }) else { return nil }
            return members.compactMap(\.target).compactMap(analysis.names.relation).max { $0.rows < $1.rows }
        }
    }

    private func finding(_ parts: [Relation], _ product: Double, _ analysis: StatementAnalysis) -> Finding {
        let tables = parts.map(\.name.description).joined(separator: " and ")
        return analysis.finding(
            Self.metadata, title: "No condition joins \(tables)", about: parts.map(\.name),
            summary: "A statement with \(analysis.cost) names \(tables) in one FROM without a condition between them: "
                + "every row meets every row, \(Quantity.about(product)) in all.",
            evidence: [
                Evidence("product", "rows of the product", .number(product)),
                Evidence("relations", "not joined", .list(parts.map(\.name.description))),
            ],
            notIf: "the product is wanted",
            actions: [
                Action(
                    .containment, "see who runs it, and stop it if it is a mistake",
                    sql: [
                        "SELECT pid, usename, application_name, now() - query_start AS runs_for "
                            + "FROM pg_catalog.pg_stat_activity WHERE query_id IN "
                            + "(\(analysis.load.queryIDs.map(String.init).joined(separator: ", "))) AND state = 'active';"
                    ],
                    steps: ["`SELECT pg_cancel_backend(pid);` ends the statement, not the session."],
                    lock: LockNote.none, gain: Gain("frees the server at once", .ruleOfThumb)),
                Action.rewrite(
                    "add the missing join condition",
                    steps: [
                        "Join with `JOIN … ON …` instead of a comma, so that a forgotten condition is an error.",
                        "Take away a DISTINCT or GROUP BY that was added to hide the duplicates.",
                    ], gain: analysis.gain),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a comma and a forgotten condition", on: "f1") {
            $0.addColumns("orders", "id!", "customer_id", "created_at")
            $0.addColumns("customers", "id!", "email")
            $0.addCostly("SELECT DISTINCT c.email FROM orders o, customers c WHERE o.created_at > $1")
        },
        .silent("joined in WHERE") {
            $0.addColumns("orders", "id!", "customer_id", "created_at")
            $0.addColumns("customers", "id!", "email")
            $0.addCostly("SELECT c.email FROM orders o, customers c WHERE o.customer_id = c.id AND o.created_at > $1")
        },
        .silent("each is looked up by its key") {
            $0.addColumns("orders", "id!")
            $0.addColumns("customers", "id!")
            $0.addCostly("SELECT * FROM orders o, customers c WHERE o.id = $1 AND c.id = $2")
        },
        .silent("joined with USING") {
            $0.addColumns("orders", "id!", "customer_id")
            $0.addColumns("refunds", "id!", "customer_id")
            $0.addCostly("SELECT * FROM orders JOIN refunds USING (customer_id)")
        },
        .silent("one row of settings beside each row") {
            $0.addColumns("orders", "id!")
            $0.addTable("settings") { $0.estimatedRows = 1 }
            $0.addCostly(
                "SELECT * FROM orders o CROSS JOIN (SELECT max(id) AS top FROM orders) m, generate_series(1, 3)")
        },
    ]
}
