import Model
import Statements

/// `SELECT *` that fetches long texts or documents with every row of a list.
struct WideColumnsByStar: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.wide-columns-by-star",
        title: "Wide columns that come with SELECT *",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .columns, .columnStatistics],
        looksAt:
            "`*` in the outermost select list of statements that cost, storage and average width of the table's columns "
            + "(pg_stats), the size of its TOAST table, and the rows and blocks of a call",
        why:
            "Long values are stored outside the row, in the TOAST table. A list that asks for `*` fetches each of them by an "
            + "index of its own, decompresses it and sends it, though the list seldom shows it.",
        limits:
            "Only lists (rows a call), only where the wide columns make up most of the row. An application that names all "
            + "columns does the same, and is not seen. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, width, long, ratio, bytes, blocks],
        references: [
            "https://www.postgresql.org/docs/current/storage-toast.html",
            "https://www.postgresql.org/docs/current/view-pg-stats.html",
        ],
        explains: [.costsTime, Edge(.returnsMuch, "workload.unbounded-result")])

    private static let rows = Threshold(
        "rows a call from which it is a list", 10, "rows", source: "our choice: a single row is mostly wanted whole")
    private static let width = Threshold(
        "bytes of wide columns a row", 1000, "bytes",
        source: "our choice: half of TOAST_TUPLE_TARGET (2 kB), from which values are compressed and moved out")
    fileprivate static let long = Threshold(
        "bytes on average from which a column is long, where ANALYZE saw its values", 200, "bytes",
        source: "our choice: a cell of a list shows less")
    private static let ratio = Threshold(
        "bytes of wide columns for each byte of the others", 4, "bytes",
        source: "our choice: without them the answer has a fifth of its size")
    private static let bytes = Threshold(
        "bytes of wide columns a call", 102_400, "bytes",
        source: "our choice: some 70 packets of a network; less is hardly felt")
    private static let blocks = Threshold(
        "blocks touched for each row, where the values lie in TOAST", 2, "blocks",
        source: "each value takes a descent of the TOAST index and a block of the table at least")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .select, let top = analysis.shape.top, top.selectsStar,
            analysis.load.counters.rowsPerCall >= Self.rows.value
        else { return nil }
        for use in top.relationsByStar where use.source == .relation {
            guard let relation = use.target.flatMap(analysis.names.relation), relation.rows > 0 else { continue }
            let table = WideTable(relation, analysis.names.catalog)
            if isCostly(table, analysis) { return finding(table, analysis) }
        }
        return nil
    }

    private func isCostly(_ table: WideTable, _ analysis: StatementAnalysis) -> Bool {
        let counters = analysis.load.counters
        guard !table.wide.isEmpty, !table.narrow.isEmpty, table.wideWidth >= Self.width.value,
            table.wideWidth >= Self.ratio.value * table.narrowWidth,
            table.wideWidth * counters.rowsPerCall >= Self.bytes.value
        else { return false }
        return table.inlineWidth >= table.outOfLineWidth
            || counters.blocksPerCall >= Self.blocks.value * counters.rowsPerCall
    }

    private func finding(_ table: WideTable, _ analysis: StatementAnalysis) -> Finding {
        let relation = table.relation
        let wide = table.wide.map(\.name).joined(separator: ", ")
        let call = Int64(table.wideWidth * analysis.load.counters.rowsPerCall)
        return analysis.finding(
            Self.metadata, confidence: .medium,
            title: "SELECT * fetches \(wide) of \(relation.name) with every row", about: [relation.name],
            summary: "A statement with \(analysis.cost) returns all columns of \(relation.name) for "
                + "\(Quantity.about(analysis.load.counters.rowsPerCall)) rows a call. \(wide) "
                + "\(table.wide.count == 1 ? "makes" : "make") up about "
                + "\(Quantity.bytes(Int64(table.wideWidth))) of a row, the other columns together "
                + "\(Quantity.bytes(Int64(table.narrowWidth))).",
            evidence: [
                Evidence("wideColumns", "wide columns", .list(table.wide.map(\.name))),
                Evidence("wideBytesPerRow", "bytes of them a row, as stored", .bytes(Int64(table.wideWidth))),
                Evidence("otherBytesPerRow", "bytes of the other columns a row", .bytes(Int64(table.narrowWidth))),
                Evidence("wideBytesPerCall", "bytes of them a call, as stored", .bytes(call)),
                Evidence("toastSize", "TOAST of \(relation.name)", .bytes(relation.toastSize ?? 0)),
            ],
            notIf: "the application shows \(wide) in the list itself",
            actions: [
                Action.rewrite(
                    "name the columns that the list shows",
                    steps: [
                        "Write the columns in place of `*`, say `SELECT \(table.selectList) FROM …`, and fetch \(wide) "
                            + "for the one row that is opened.",
                        "In an ORM: only() or defer(), a projection, or lazy loading of the column.",
                    ], gain: analysis.gain)
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a list of articles with their bodies in TOAST", on: "f1") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly("SELECT * FROM articles WHERE author = $1", rows: 50_000, blocksPerCall: 250)
        },
        .fires("bodies within the row, of a joined table", on: "f1") {
            $0.addArticles(width: 1600, toast: 0)
            $0.addColumns("authors", "id!")
            $0.addCostly(
                "SELECT a.*, u.id FROM articles a JOIN authors u ON u.id = a.author", rows: 100_000, blocksPerCall: 90)
        },
        .silent("which of two short columns is long for a few rows is not known") {
            $0.addArticles(width: 30, toast: 4_000_000_000)
            for place in $0.catalogs[0].columns.indices {
                $0.catalogs[0].columns[place].statistics?.correlation = 0.1
            }
            $0.addCostly("SELECT * FROM articles WHERE author = $1", rows: 50_000, blocksPerCall: 250)
        },
        .silent("one article") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly("SELECT * FROM articles WHERE id = $1", rows: 1000, blocksPerCall: 8)
        },
        .silent("short texts") {
            $0.addArticles(width: 40, toast: 0)
            $0.addCostly("SELECT * FROM articles WHERE author = $1", rows: 50_000, blocksPerCall: 250)
        },
        .silent("a few articles have long bodies, not those of the list") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly("SELECT * FROM articles WHERE author = $1", rows: 50_000, blocksPerCall: 20)
        },
        .silent("columns are named") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly("SELECT id, author FROM articles", rows: 50_000, blocksPerCall: 250)
        },
        .silent("rows are counted, and looked for") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly(
                "SELECT u.id, count(*) FROM authors u WHERE EXISTS (SELECT * FROM articles a WHERE a.author = u.id) "
                    + "GROUP BY u.id", rows: 50_000, blocksPerCall: 250)
        },
        .silent("all columns of a subquery that names them") {
            $0.addArticles(width: 18, toast: 4_000_000_000)
            $0.addCostly(
                "SELECT * FROM (SELECT id, author FROM articles) a", rows: 50_000, blocksPerCall: 250)
        },
    ]
}

/// A table's columns, told apart by whether their values may lie outside the row.
private struct WideTable {
    let relation: Relation
    var wide: [Column] = []
    var narrow: [Column] = []
    /// Bytes a row; of values outside the row pg_stats counts the pointer alone (18 bytes, measured on 15.18).
    var inlineWidth: Double { Self.width(wide) }
    var narrowWidth: Double { Self.width(narrow) }
    var outOfLineWidth: Double { Double(relation.toastSize ?? 0) / max(relation.rows, 1) }
    var wideWidth: Double { inlineWidth + outOfLineWidth }

    /// Bytes of a pointer to TOAST: on average no value that is moved out takes less.
    private static let pointer = 17

    init(_ relation: Relation, _ catalog: DatabaseCatalog) {
        self.relation = relation
        for column in catalog.columns where column.relation == relation.name {
            if Self.isLong(column) { wide.append(column) } else { narrow.append(column) }
        }
    }

    /// ANALYZE leaves values of more than 1 kB out: a column that has no others gets the width of pointers and no
    /// correlation (measured on 15.18), while that of a short title is known.
    private static func isLong(_ column: Column) -> Bool {
        // `varchar(40)` never leaves the row.
        guard let statistics = column.statistics, ["x", "e"].contains(column.storage), !column.type.contains("(") else {
            return false
        }
        return Double(statistics.averageWidth) >= WideColumnsByStar.long.value
            || statistics.averageWidth >= pointer && statistics.correlation == nil
    }

    private static func width(_ columns: [Column]) -> Double {
        columns.reduce(0) { sum, column in
            let statistics = column.statistics ?? ColumnStatistics()
            return sum + Double(statistics.averageWidth) * (1 - statistics.nullFraction)
        }
    }

    /// Columns that a report has room for.
    private static let shown = 8

    var selectList: String {
        narrow.prefix(Self.shown).map { SQL.identifier($0.name) }.joined(separator: ", ")
            + (narrow.count > Self.shown ? ", …" : "")
    }
}

extension Snapshot {
    /// A million articles; `width`: pg_stats' of the body; `toast`: bytes.
    fileprivate mutating func addArticles(width: Int, toast: Int64) {
        addColumns("articles", "id!", "author")
        addTable("articles") { $0.toastSize = toast }
        catalogs[0].columns.append(
            .make {
                $0.relation = QualifiedName("public", "articles")
                $0.name = "body"
                $0.number = 3
                $0.type = "text"
                $0.storage = "x"
                $0.statistics = .make { $0.averageWidth = width }
            })
    }
}
