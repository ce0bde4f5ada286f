import Model
import Statements

/// `$1 = ANY (tags)`: a search within an array column, written so that no index serves it.
struct ArrayAnyColumn: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.array-any-column",
        title: "Search in an array column with = ANY",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns],
        looksAt: "conditions `value = ANY (column)` in the parse trees of statements that cost, the column's type, its "
            + "indexes, and the plan (or the blocks a call touches)",
        why: "No index serves `value = ANY (column)`: a B-tree orders whole arrays, and a GIN index, which knows their "
            + "elements, is asked with `@>` only. So every array of the table is read and searched, with each call.",
        limits:
            "Only large tables that are read whole for few rows; arrays on the other side (`column = ANY ($1)`) are "
            + "served by a B-tree, and are left alone. Of statements in files, those where no other condition has an index. "
            + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare,
            CostlyShape.returnedShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/gin-builtin-opclasses.html",
            "https://www.postgresql.org/docs/current/functions-array.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            for predicate in level.predicates where isCandidate(predicate) {
                guard let relation = analysis.relation(of: predicate.column),
                    relation.rows >= CostlyShape.largeTable.value,
                    let column = analysis.column(of: predicate.column), column.type.hasSuffix("[]"),
                    analysis.readsMuch(of: relation, share: CostlyShape.readShare.value),
                    analysis.touchesMuch(of: relation), analysis.returnsLittle(of: relation),
                    !analysis.isFoundBefore(predicate.column)
                else { continue }
                return finding(predicate, column, relation, analysis)
            }
        }
        return nil
    }

    /// A list compares whole arrays: `tags IN ($1, $2)`.
    private func isCandidate(_ predicate: Predicate) -> Bool {
        guard predicate.operation == .inList, predicate.wrapper == nil, !predicate.isNegated, !predicate.isUnderOr,
            predicate.clause != .having
        else { return false }
        if case .list = predicate.operand { return false }
        return true
    }

    private func finding(
        _ predicate: Predicate, _ column: Column, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Finding {
        let hasGIN = GINIndex.serves(column.name, analysis.names.indexes(of: relation.name))
        let index =
            hasGIN
            ? nil
            : GINIndex(column.name, of: relation, operatorClass: operatorClass(column, analysis), in: analysis.names)
        let build = index?.action(gain: analysis.gain)
        return analysis.finding(
            Self.metadata, title: "= ANY (\(column.name)) reads all of \(relation.name)", about: [relation.name],
            summary: "A statement with \(analysis.cost) searches the array \(column.name) with = ANY, which no index "
                + "serves\(hasGIN ? ", the GIN index on it neither" : ""): each call reads \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) whole.",
            evidence: [
                Evidence("column", "array searched", .text("\(relation.name).\(column.name)")),
                Evidence("type", "its type", .text(column.type)),
                Evidence("hasGINIndex", "a GIN index is on it", .flag(hasGIN)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "the value is in a large share of the arrays: then reading the table whole is right",
            actions: [build, rewrite(predicate, column, relation, needsIndex: !hasGIN && build == nil, analysis)]
                .compactMap(\.self))
    }

    /// With intarray installed `@>` of integer arrays is its own operator, which the default class does not know.
    /// https://www.postgresql.org/docs/current/intarray.html#INTARRAY-INDEX
    private func operatorClass(_ column: Column, _ analysis: StatementAnalysis) -> String? {
        guard column.type == "integer[]" else { return nil }
        return analysis.names.catalog.extensions.first { $0.name == "intarray" }
            .map { SQL.identifier($0.schema) + ".gin__int_ops" }
    }

    private func rewrite(
        _ predicate: Predicate, _ column: Column, _ relation: Relation, needsIndex: Bool, _ analysis: StatementAnalysis
    ) -> Action {
        let written = predicate.column.written
        var value = "…"
        if case .parameter(let number) = predicate.operand { value = "$\(number)" }
        var steps = [
            "Write `\(written) @> ARRAY[\(value)]::\(bareType(column.type))` in place of "
                + "`\(value) = ANY (\(written))`: both find the rows whose array holds the value."
        ]
        if needsIndex {
            steps.append("Make a GIN index on \(SQL.identifier(column.name)) of each partition of \(relation.name).")
        }
        return Action.rewrite(
            "ask with @>, which a GIN index serves", steps: steps, gain: analysis.gain)
    }

    /// Without the length, to which an explicit cast would cut the value: `character varying(20)[]`.
    private func bareType(_ type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type.firstIndex(of: ")") else { return type }
        return String(type[..<open] + type[type.index(after: close)...])
    }

    static let examples: [RuleExample] = [
        .fires("a tag among an article's tags", on: "f1") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE $1 = ANY (tags)")
        },
        .fires("a GIN index is there, but not asked", on: "f1") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addIndex("articles_tags_idx", on: "tags", table: "articles") { $0.accessMethod = "gin" }
            $0.addCostly("SELECT * FROM articles a WHERE $1 = ANY (a.tags) LIMIT $2")
        },
        .silent("the array is the value") {
            $0.addColumns("articles", "id!", "author")
            $0.addCostly("SELECT * FROM articles WHERE author = ANY ($1)")
        },
        .silent("whole arrays are compared") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE tags IN ($1, $2)")
        },
        .silent("another condition finds the rows") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE author = $1 AND $2 = ANY (tags)", blocksPerCall: 12)
        },
        .silent("a small table") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addTable("articles") { $0.estimatedRows = 800 }
            $0.addCostly("SELECT * FROM articles WHERE $1 = ANY (tags)")
        },
        .silent("most rows have it") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE $1 = ANY (tags)", rows: 600_000_000)
        },
        .silent("asked for the arrays without it") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE NOT $1 = ANY (tags)")
        },
        .silent("already asked with @>") {
            $0.addColumns("articles", "id!", "tags", type: "text[]")
            $0.addCostly("SELECT * FROM articles WHERE tags @> ARRAY[$1]")
        },
    ]
}
