import Model
import Statements

/// Sorting a whole table to take a few rows at random.
struct OrderByRandom: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.order-by-random",
        title: "ORDER BY random()",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt: "the keys of sorting in the parse trees of statements that cost",
        why: "Every row gets a random number and all are sorted, to keep a handful: the cost grows with the table, "
            + "however few rows are wanted.",
        limits: "Only statements with LIMIT on a large table of the catalog. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable],
        references: ["https://www.postgresql.org/docs/current/sql-select.html#SQL-FROM"],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels
        where level.hasLimit && level.orderBy.contains(where: { $0.function == "random" })
            && !analysis.findsFewRows(level)
        {
            let relations = level.relations.compactMap(\.target).compactMap(analysis.names.relation)
            let largest = relations.max { $0.rows < $1.rows }
            if let largest, largest.rows >= CostlyShape.largeTable.value { return finding(largest, analysis) }
        }
        return nil
    }

    private func finding(_ relation: Relation, _ analysis: StatementAnalysis) -> Finding {
        let name = relation.name.quoted
        // Ten times the rows wanted, so that an uneven page does not leave too few.
        let percent = max(0.01, min(100, 1000 / relation.rows * 100))
        return analysis.finding(
            Self.metadata, title: "Rows of \(relation.name) are drawn with ORDER BY random()", about: [relation.name],
            summary: "A statement with \(analysis.cost) sorts \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) by random() to return "
                + "\(Quantity.decimal(analysis.load.counters.rowsPerCall, places: 0)) rows a call.",
            evidence: [Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows)))],
            notIf: "conditions leave only a few rows to sort",
            actions: [
                Action.rewrite(
                    "draw a sample, then sort only that",
                    steps: [
                        "`SELECT … FROM \(name) TABLESAMPLE SYSTEM (\(Quantity.decimal(percent, places: 2))) "
                            + "ORDER BY random() LIMIT …` reads about a thousand rows; rows of one page come together.",
                        "For an even draw: an indexed column of random numbers, `WHERE r >= random() ORDER BY r LIMIT …`.",
                    ], gain: analysis.gain)
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a product of the day", on: "f1") {
            $0.addColumns("products", "id!")
            $0.addCostly("SELECT * FROM products WHERE active ORDER BY random() LIMIT $1")
        },
        .silent("a small table") {
            $0.addTable("products") { $0.estimatedRows = 500 }
            $0.addCostly("SELECT * FROM products ORDER BY random() LIMIT $1")
        },
        .silent("sorted by a column") {
            $0.addColumns("products", "id!")
            $0.addCostly("SELECT * FROM products ORDER BY id LIMIT $1")
        },
    ]
}
