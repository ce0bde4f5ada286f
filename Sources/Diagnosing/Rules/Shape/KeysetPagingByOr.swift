import Model
import Plans
import Statements

/// `WHERE at > $1 OR (at = $1 AND id > $2) ORDER BY at, id LIMIT …`: the next page, found by walking over all before it.
struct KeysetPagingByOr: StatementRule {
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")
    private static let perRow = Threshold(
        "blocks touched for each row returned", 10, "blocks",
        source: "our choice: a page's rows, found by an index, take one or two blocks each")

    static let metadata = RuleMetadata(
        id: "shape.keyset-paging-by-or",
        title: "Next page by OR instead of a row comparison",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt:
            "conditions `a > $1 OR (a = $1 AND b > $2)` with ORDER BY of the same columns and LIMIT in the parse trees of "
            + "statements that cost, the indexes on these columns, and the blocks that a call touches for each row",
        why:
            "An OR over two columns can be no index condition. PostgreSQL walks the index from its beginning and throws "
            + "away all rows of the pages before, or sorts the table: the later the page, the slower. A comparison of "
            + "rows, `(a, b) > ($1, $2)`, says the same and starts at the right place.",
        limits:
            "Measured on 15.18 and 18.1: 260,000 rows were walked over for a page of ten, and four blocks read with the row "
            + "comparison. Where the columns do not go in one direction, no row comparison says the same: then a bound on "
            + "the first column is advised. That pg_stat_statements' parameters for the same column are one value is "
            + "likely, not certain. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, blocks, perRow],
        references: [
            "https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON",
            "https://use-the-index-luke.com/no-offset",
        ],
        explains: [.costsTime, .variesTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.mayTouchInAll(atLeast: Self.blocks.value), analysis.mayTouch(atLeast: Self.perRow.value) else {
            return nil
        }
        for keyset in analysis.shape.keysetConditions where isPage(keyset, analysis) {
            guard let relation = analysis.relation(of: keyset.columns[0]),
                relation.rows >= CostlyShape.largeTable.value,
                let index = index(keyset, relation, analysis),
                let rewrite = analysis.shape.rowComparison(keyset, in: analysis.parsed)
            else { continue }
            return finding(keyset, relation, index, rewrite, analysis)
        }
        return nil
    }

    /// LIMIT, and an order that begins with the columns, each in the direction in which it is compared.
    private func isPage(_ keyset: KeysetCondition, _ analysis: StatementAnalysis) -> Bool {
        let level = analysis.shape.levels[keyset.level]
        guard level.hasLimit, level.orderBy.count >= keyset.columns.count else { return false }
        return zip(level.orderBy, zip(keyset.columns, keyset.operations)).allSatisfy { key, compared in
            key.column?.name == compared.0.name && key.column?.relation == compared.0.relation
                && key.isDescending == compared.1.hasPrefix("<")
        }
    }

    /// The B-tree that could start at the page: its first keys are the columns, or other columns that equal a value stand
    /// before them.
    private func index(_ keyset: KeysetCondition, _ relation: Relation, _ analysis: StatementAnalysis) -> Index? {
        let fixed = Set(
            analysis.shape.levels[keyset.level].predicates.filter {
                $0.operation == .equality && !$0.isUnderOr && !$0.isNegated && $0.wrapper == nil
            }.map(\.column.name))
        return analysis.names.indexes(of: relation.name).first { index in
            let keys = index.keys.map { $0.name ?? "" }.drop { fixed.contains($0) }
            return index.accessMethod == "btree" && index.predicate == nil && keys.first == keyset.columns[0].name
        }
    }

    private func finding(
        _ keyset: KeysetCondition, _ relation: Relation, _ index: Index, _ rewrite: String,
        _ analysis: StatementAnalysis
    ) -> Finding {
        let columns = keyset.columns.map(\.written).joined(separator: ", ")
        let counters = analysis.load.counters
        let walked =
            analysis.isMeasured
            ? "\(Quantity.about(counters.blocksPerCall)) blocks for \(Quantity.about(counters.rowsPerCall)) rows a call"
            : "the later the page, the more rows are walked over"
        return analysis.finding(
            Self.metadata, confidence: keyset.isSameValue ? .high : .medium,
            title: "Pages of \(relation.name) by \(columns) are found by OR, which no index can start at",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) asks for the rows after a given one by an OR over \(columns). Index "
                + "\(index.name.name) brings the order, but cannot start at that row: \(walked).",
            evidence: [
                Evidence("columns", "columns that the pages go by", .text(columns)),
                Evidence("index", "index that could start at the row", .text(index.name.description)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "only first pages are asked for",
            actions: [
                Action.rewrite(
                    keyset.hasOneDirection ? "compare rows" : "bound the first column",
                    steps: steps(keyset, index, rewrite), gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has an Index Cond on \(keyset.columns[0].written)")
            ])
    }

    private func steps(_ keyset: KeysetCondition, _ index: Index, _ rewrite: String) -> [String] {
        var steps: [String] = []
        if !keyset.hasOneDirection {
            steps.append("The OR implies the bound, which the index can start at; the same rows are returned:")
        } else if keyset.isSameValue {
            steps.append("The same rows in the same order, whether the columns are NOT NULL or not:")
        } else {
            steps.append(
                "The same rows (check: differs where the values that \(keyset.columns[0].written) is compared with are "
                    + "not one):")
        }
        steps.append(rewrite)
        let names = keyset.columns.map(\.name)
        if !index.keys.map({ $0.name ?? "" }).joined(separator: ",").contains(names.joined(separator: ",")) {
            steps.append(
                "Best with an index on (\(names.map(SQL.identifier).joined(separator: ", "))): \(index.name.name) has "
                    + "only the first of them.")
        }
        return steps
    }

    static let examples: [RuleExample] = [
        .fires("the next page by time and number", on: "f1") {
            $0.addPage(
                "SELECT * FROM orders WHERE (created_at > $1 OR (created_at = $1 AND id > $2)) "
                    + "ORDER BY created_at, id LIMIT $3")
        },
        .fires("constants that pg_stat_statements numbered one by one, downwards", on: "f1") {
            $0.addPage(
                "SELECT o.id FROM orders o WHERE o.created_at < $1 OR o.created_at = $2 AND o.id < $3 "
                    + "ORDER BY o.created_at DESC, o.id DESC LIMIT $4")
        },
        .fires("nested, three columns", on: "f1") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at > $1 OR (created_at = $1 AND (amount > $2 OR (amount = $2 AND id >= $3))) "
                    + "ORDER BY created_at, amount, id LIMIT 20")
        },
        .fires("directions differ: the first column can be bounded", on: "f1") {
            $0.addPage(
                "SELECT * FROM orders WHERE (created_at > $1 OR (created_at = $1 AND id < $2)) "
                    + "ORDER BY created_at, id DESC LIMIT 20")
        },
        .silent("a row comparison") {
            $0.addPage("SELECT * FROM orders WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT 20")
        },
        .silent("bounded already, so that few blocks are touched") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at >= $1 AND (created_at > $1 OR (created_at = $1 AND id > $2)) "
                    + "ORDER BY created_at, id LIMIT 20", blocksPerCall: 8)
        },
        .silent("another parameter and another column: no paging") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at > $1 OR (amount = $1 AND id > $2) ORDER BY created_at, id LIMIT 20"
            )
        },
        .silent("two literals that differ") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at > '2026-01-01' OR (created_at = '2026-02-01' AND id > 5) "
                    + "ORDER BY created_at, id LIMIT 20")
        },
        .silent("sorted the other way: no next page") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at > $1 OR (created_at = $1 AND id > $2) "
                    + "ORDER BY created_at DESC, id DESC LIMIT 20")
        },
        .silent("without LIMIT all rows after it are wanted") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at > $1 OR (created_at = $1 AND id > $2) ORDER BY created_at, id")
        },
        .silent("no index on the first column") {
            $0.addPage(
                "SELECT * FROM orders WHERE amount > $1 OR (amount = $1 AND id > $2) ORDER BY amount, id LIMIT 20")
        },
        .silent("a first arm that is not strict is another condition") {
            $0.addPage(
                "SELECT * FROM orders WHERE created_at >= $1 OR (created_at = $1 AND id > $2) "
                    + "ORDER BY created_at, id LIMIT 20")
        },
        .silent("a small table") {
            $0.addPage(
                "SELECT * FROM orders WHERE (created_at > $1 OR (created_at = $1 AND id > $2)) "
                    + "ORDER BY created_at, id LIMIT 20")
            $0.addTable("orders") { $0.estimatedRows = 900 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPage(_ text: String, blocksPerCall: Int64 = 4000) {
        addColumns("orders", "id!", "created_at!", "amount")
        addKey("orders", "id")
        addIndex("orders_created_at_id_idx", on: "created_at", "id")
        addCostly(text, rows: 20_000, blocksPerCall: blocksPerCall)
    }
}
