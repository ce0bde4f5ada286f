import Foundation
import IndexAdvising
import Model
import Statements

/// Documents that are parsed from their text at every access.
struct JSONForJSONB: StatementRule {
    static let metadata = RuleMetadata(
        id: "schema.json-for-jsonb",
        title: "Column of type json whose fields statements take apart",
        area: .schema,
        needs: [.statements, .statementTexts, .relations, .columns],
        looksAt:
            "operators ->, ->>, #> and #>> on columns of type json in statements that cost, and the blocks that a call touches",
        why:
            "json keeps the text as it came: each operator parses it from the beginning. jsonb is parsed once, when it is written, finds a field by its key, and can be indexed.",
        limits:
            "Order of keys, white space and duplicate keys are lost in jsonb: a column that must give back the very text stays json. Told only where a statement that costs takes fields out of many rows. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, blocks],
        references: ["https://www.postgresql.org/docs/current/datatype-json.html"],
        explains: [.costsTime])

    private static let blocks = Threshold(
        "blocks a call touches", 1000, "blocks",
        source: "our choice: 8 MB of documents, whose parsing takes tens of milliseconds")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.mayTouchInAll(atLeast: Self.blocks.value) else { return nil }
        let taken = analysis.parsed.root.all("A_Expr").filter {
            JSONPath.operators.contains($0.strings("name").last ?? "")
        }
        .compactMap { $0.node("lexpr") }.filter { $0.kind == "ColumnRef" }.compactMap { $0.strings("fields").last }
        guard !taken.isEmpty else { return nil }
        for name in Set(taken).sorted() {
            for relation in analysis.shape.relations.compactMap(analysis.names.relation)
            where relation.rows >= CostlyShape.largeTable.value {
                guard let column = analysis.names.column(name, of: relation.name), column.type == "json" else {
                    continue
                }
                return finding(analysis, relation, column, accesses: taken.count { $0 == name })
            }
        }
        return nil
    }

    private func finding(_ analysis: StatementAnalysis, _ relation: Relation, _ column: Column, accesses: Int)
        -> Finding
    {
        let table = relation.name.quoted
        let name = SQL.identifier(column.name)
        return analysis.finding(
            Self.metadata, severity: .notice, confidence: .medium,
            title: "\(relation.name).\(column.name) is json, and is parsed for every field that is taken",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) takes \(Quantity.plural(accesses, "field")) out of \(relation.name).\(column.name), which is json: each time the whole text is parsed, for every row.",
            evidence: [
                Evidence("accesses", "fields taken in the statement", .count(Int64(accesses))),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
                Evidence(
                    "width", "mean bytes of a document in the row", .count(Int64(column.statistics?.averageWidth ?? 0))),
            ],
            notIf: "the text must come back as it was written, with the order of its keys",
            actions: [
                Action(
                    .cure, "make it jsonb",
                    sql: relation.sizeOrEstimate < Self.small
                        ? [
                            "SET lock_timeout = '2s';",
                            "ALTER TABLE \(table) ALTER COLUMN \(name) TYPE jsonb USING \(name)::jsonb;",
                            "RESET lock_timeout;",
                        ] : [],
                    steps: relation.sizeOrEstimate < Self.small
                        ? [
                            "Functions and views that name json must be made again; functions of the application that compare the text are to be looked through."
                        ]
                        : [
                            "ALTER TABLE \(table) ADD COLUMN a jsonb column beside it, and a trigger that fills it on writes.",
                            "Fill the old rows in batches of some 10,000, with VACUUM between.",
                            "Let the statements read the new column; drop the old one when nothing reads it.",
                        ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE",
                        "nobody reads or writes the table while it is rewritten (\(Quantity.bytes(relation.sizeOrEstimate)) and its indexes); an instant each, by way of a second column"
                    ),
                    gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
                    undo: "ALTER TABLE \(table) ALTER COLUMN \(name) TYPE json USING \(name)::json;",
                    caution:
                        "fails on \\u0000 in a document; white space, the order of keys, and all but the last of duplicate keys are gone"
                )
            ])
    }

    /// Bytes up to which the table is rewritten in one go: at 100 MB a second some ten seconds.
    private static let small: Int64 = 1_073_741_824

    static let examples: [RuleExample] = [
        .fires("two fields of each event", on: "f1") {
            $0.addDocuments("SELECT doc ->> 'a', doc ->> 'b' FROM events WHERE at > $1")
        },
        .silent("jsonb already") { $0.addDocuments("SELECT doc ->> 'a' FROM events WHERE at > $1", type: "jsonb") },
        .silent("the document is handed out whole") { $0.addDocuments("SELECT doc FROM events WHERE at > $1") },
        .silent("one row") { $0.addDocuments("SELECT doc ->> 'a' FROM events WHERE id = $1", blocks: 4) },
        .inconclusive("hardly anything ran") {
            $0.addDocuments("SELECT doc ->> 'a' FROM events WHERE at > $1", time: 20)
            $0.statementStatistics!.totals = .make { $0.executionTime = 20 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addDocuments(
        _ text: String, type: String = "json", blocks: Int64 = 90_000, time: Double = 300_000
    ) {
        addColumns("events", "doc", type: type)
        addCostly(text, time: time, blocksPerCall: blocks)
    }
}
