import Foundation
import IndexAdvising
import Model
import Statements

/// Large values that lie in the rows, past which statements read for the sake of small ones.
struct WideRowsScanned: StatementRule {
    static let metadata = RuleMetadata(
        id: "schema.wide-rows-scanned",
        title: "Scan past wide values that it does not need",
        area: .schema,
        needs: [.statements, .statementTexts, .relations, .columns, .columnStatistics],
        looksAt:
            "pg_stats.avg_width of columns that may be moved out of the row (pg_attribute.attstorage), the columns that a statement names, and how much of the table it reads",
        why:
            "A value stays in the row until the row is longer than some 2 kB (toast_tuple_target): a text of 1 kB makes a page hold six rows in place of sixty, and a statement that reads many rows for their small columns reads ten times the pages.",
        limits:
            "Told only where a statement that costs reads much of the table and does not name the column. Statements that do name it then pay a look-up in the TOAST table for each row. "
            + "Widths are averages by ANALYZE. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, width, portion, size, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/storage-toast.html",
            "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-TOAST-TUPLE-TARGET",
        ],
        explains: [.costsTime])

    private static let width = Threshold(
        "mean bytes of the value in the row", 400, "bytes",
        source: "our choice: twice the least toast_tuple_target that helps; smaller ones are cheap to read past")
    private static let portion = Threshold(
        "share of the row", 0.6, "share", source: "our choice: without it the scan reads less than half the pages")
    private static let size = Threshold(
        "size of the table", 1_073_741_824, "bytes",
        source: "our choice: what is smaller is read from memory in a second")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .select, analysis.parsed.root.all("A_Star").isEmpty else { return nil }
        let named = Set(analysis.parsed.root.all("ColumnRef").compactMap { $0.strings("fields").last })
        for relation in analysis.shape.relations.compactMap(analysis.names.relation)
        where Double(relation.sizeOrEstimate) >= Self.size.value && relation.kind == .table {
            guard analysis.readsMuch(of: relation, share: CostlyShape.readShare.value) else { continue }
            let columns = analysis.names.catalog.columns.filter { $0.relation == relation.name }
            guard !columns.isEmpty, columns.allSatisfy({ $0.statistics != nil }) else { continue }
            func bytes(_ column: Column) -> Double {
                Double(column.statistics!.averageWidth) * (1 - column.statistics!.nullFraction)
            }
            let wide = columns.filter {
                ["x", "m"].contains($0.storage) && ($0.length ?? -1) < 0 && bytes($0) >= Self.width.value
                    && !named.contains($0.name)
            }
            // 24 bytes of header and 4 of line pointer.
            let row = columns.reduce(28) { $0 + bytes($1) }
            let spare = wide.reduce(0) { $0 + bytes($1) }
            guard !wide.isEmpty, spare >= row * Self.portion.value else { continue }
            return finding(analysis, relation, wide, row: row, spare: spare)
        }
        return nil
    }

    private func finding(
        _ analysis: StatementAnalysis, _ relation: Relation, _ wide: [Column], row: Double, spare: Double
    ) -> Finding {
        let names = wide.map(\.name).joined(separator: ", ")
        let table = relation.name.quoted
        let former = relation.options["toast_tuple_target"]
        let isSet = former.flatMap(Double.init).map { $0 <= Self.target } ?? false
        let undo =
            former.map { "ALTER TABLE \(table) SET (toast_tuple_target = \($0));" }
            ?? "ALTER TABLE \(table) RESET (toast_tuple_target);"
        let earlier = Action(
            .fix, "let rows move them out earlier",
            sql: ["ALTER TABLE \(table) SET (toast_tuple_target = \(Int(Self.target)));"],
            steps: [
                "It holds for rows that are written from then on. Old ones move when they are updated; a rewrite of all (pg_repack, or the "
                    + "move to a partitioned table) is a matter for its own window.",
                "Values below 2 kB that compress well may stay in the row, compressed: SET STORAGE EXTERNAL on the column moves them out as "
                    + "they are.",
            ], lock: .tableOption, gain: analysis.gain,
            verify: "EXPLAIN (ANALYZE, BUFFERS) of the statement reads fewer pages, for rows written since", undo: undo,
            caution: "statements that read \(names) look them up in the TOAST table, row by row")
        let narrower = Action.rewrite(
            "let the statement read an index or a narrower table alone",
            steps: [
                "An index that holds the columns which it names (INCLUDE) lets it read the index alone, after VACUUM.",
                "Or keep \(names) in a table of their own beside it, by the same key.",
            ], gain: analysis.gain)
        return analysis.finding(
            Self.metadata, severity: .notice, confidence: .medium,
            title: "a scan of \(relation.name) reads past \(names), which it does not need", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) reads much of \(relation.name), whose rows are some \(Quantity.decimal(row, places: 0)) bytes long; \(Quantity.decimal(spare, places: 0)) of them are \(names), which it does not name.",
            evidence: [
                Evidence(
                    "wideColumns", "columns that it reads past",
                    .list(wide.map { "\($0.name): \($0.statistics!.averageWidth) bytes" })),
                Evidence("rowWidth", "bytes of a row, about", .number(row)),
                Evidence("spare", "bytes of a row that it does not need", .number(spare)),
                Evidence("tableSize", "size of the table", .bytes(relation.sizeOrEstimate)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "most other statements on the table do read \(names)", tier: isSet ? .cure : .fix,
            actions: isSet ? [narrower] : [earlier, narrower])
    }

    /// The least that PostgreSQL takes is 128; below some 200 the small columns move out as well.
    private static let target = 256.0

    static let examples: [RuleExample] = [
        .fires("a kilobyte of text between the numbers", on: "f1") {
            $0.addWide("SELECT customer, sum(amount) FROM orders WHERE amount > $1 GROUP BY customer")
        },
        .silent("the text is read") { $0.addWide("SELECT customer, body FROM orders WHERE amount > $1") },
        .silent("all columns are read") { $0.addWide("SELECT * FROM orders WHERE amount > $1") },
        .silent("few rows are read") { $0.addWide("SELECT amount FROM orders WHERE customer = $1", blocks: 4) },
        .silent("out of the row already") { $0.addWide("SELECT amount FROM orders WHERE amount > $1", width: 18) },
        .inconclusive("hardly anything ran") {
            $0.addWide("SELECT amount FROM orders WHERE amount > $1")
            $0.statementStatistics!.statements = []
            $0.statementStatistics!.totals = .make { $0.executionTime = 3 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addWide(_ text: String, width: Int = 1100, blocks: Int64 = 400_000) {
        addTable("orders") { $0.pages = 500_000 }
        addColumns("orders", "customer", "amount", "body")
        for place in catalogs[0].columns.indices {
            catalogs[0].columns[place].statistics = .make { $0.averageWidth = 4 }
        }
        catalogs[0].columns[2].storage = "x"
        catalogs[0].columns[2].length = -1
        catalogs[0].columns[2].type = "text"
        catalogs[0].columns[2].statistics!.averageWidth = width
        addCostly(text, blocksPerCall: blocks)
    }
}
