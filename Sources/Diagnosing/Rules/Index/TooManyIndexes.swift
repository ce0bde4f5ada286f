import Foundation
import IndexAdvising
import Model
import Statements

/// A table that is written much, under a load of indexes.
struct TooManyIndexes: Rule {
    static let metadata = RuleMetadata(
        id: "index.too-many-on-written-table",
        title: "Many indexes on a table that is written much",
        area: .index,
        needs: [.indexes, .relations, .databases],
        looksAt:
            "number and bytes of a table's indexes, their scans, and the rows inserted and updated (not HOT) since the statistics' reset",
        why:
            "Each row that is inserted, and each update that is not HOT, writes an entry into every index: with a dozen of them the indexes are most of the work, of the WAL and of the cache. "
            + "Planning looks at all of them, too.",
        limits:
            "Tables that are mostly read may have many. All of them may be needed: the finding names those that are read least, and weighs nothing but counts. HOT is vacuum's matter.",
        thresholds: [count, writes, ratio, days],
        references: [
            "https://www.postgresql.org/docs/current/indexes-intro.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
        ],
        explains: [.costsTime])

    private static let count = Threshold("indexes", 10, "indexes", source: "dasha many_indexes: 10 or more")
    private static let writes = Threshold(
        "rows written a day", 100_000, "rows", source: "our choice: one a second; below, no index's upkeep is felt")
    private static let ratio = Threshold(
        "bytes of the indexes against the table's", 1, "ratio",
        source: "pg_gather names tables from 2; with ten indexes, as much as the table is enough")
    private static let days = Threshold(
        "days of statistics", 1, "days", source: "our choice: a day has the table's common load")

    func evaluate(_ observation: Observation) -> Outcome {
        var young: [String] = []
        let findings = observation.indexSurveys.flatMap { survey -> [Finding] in
            let tables = Dictionary(grouping: survey.tree.roots(where: \.isUsable), by: \.relation).filter {
                Double($0.value.count) >= Self.count.value
            }
            guard !tables.isEmpty else { return [] }
            guard let age = observation.statisticsAge(of: survey.catalog.database), age >= Self.days.value else {
                young.append(survey.catalog.database)
                return []
            }
            return tables.sorted { $0.key < $1.key }.compactMap { judge($0.value, survey, age, observation) }
        }
        guard young.isEmpty else {
            return .partial(findings, "the statistics of \(young.joined(separator: ", ")) are younger than a day")
        }
        return .findings(findings)
    }

    private func judge(_ indexes: [Index], _ survey: IndexSurvey, _ age: Double, _ observation: Observation) -> Finding?
    {
        let tree = survey.tree
        let table = indexes[0].relation
        let perDay = Double(tree.entriesWritten(indexes[0])) / age
        let bytes = indexes.reduce(0) { $0 + tree.size($1) }
        let tables = tree.leaves(indexes[0]).compactMap { tree.relation(of: $0) }
        let size = tables.reduce(0) { $0 + $1.sizeOrEstimate }
        guard perDay >= Self.writes.value, Double(bytes) >= Double(size) * Self.ratio.value else { return nil }
        let dispensable = indexes.filter { $0.purpose == nil }.sorted {
            (tree.scans($0), $0.name) < (tree.scans($1), $1.name)
        }
        let database = survey.catalog.database
        let writers = observation.analyses.all.filter { analysis in
            analysis.load.database == database && ["insert", "update"].contains(analysis.parsed.kind.rawValue)
                && analysis.shape.levels.first?.relations.first?.target == table
        }
        let share = writers.reduce(0) { $0 + $1.load.share }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(table) is written under \(Quantity.count(indexes.count)) indexes",
            objects: [.relation(table, in: database)],
            impact: share >= CostlyShape.share.value ? .share(share) : .bytes(bytes, "of indexes"), confidence: .medium,
            summary:
                "\(Quantity.about(perDay)) rows a day are written into \(table), and each writes an entry into \(Quantity.count(indexes.count)) indexes, which take \(Quantity.bytes(bytes)) beside \(Quantity.bytes(size)) of rows.",
            evidence: [
                Evidence("indexes", "indexes", .count(Int64(indexes.count))),
                Evidence("rowsPerDay", "rows written a day", .number(perDay)),
                Evidence("entriesPerDay", "entries written a day", .number(perDay * Double(indexes.count))),
                Evidence("indexBytes", "bytes of its indexes", .bytes(bytes)),
                Evidence("tableSize", "size of the table", .bytes(size)),
                Evidence(
                    "seldomRead", "read least",
                    .list(dispensable.prefix(5).map { "\($0.name): \(Quantity.plural(Int(tree.scans($0)), "scan"))" })),
                Evidence(
                    "calls", "calls of statements that write it",
                    .count(writers.reduce(0) { $0 + $1.load.counters.calls })),
            ],
            notIf: "each of them serves a statement that must be fast",
            actions: [
                Action(
                    .cure, "have fewer: merge and drop, one at a time",
                    steps: [
                        "`pgmedic indexes` weighs all of them against the workload, and says which to merge and which to drop.",
                        "Begin with those that are read least (see the evidence), after a month end and with a look at every standby.",
                        "For each: DROP INDEX CONCURRENTLY, keep its definition (pg_get_indexdef), and watch the statements on the table for a day.",
                    ], lock: .concurrentIndex,
                    gain: Gain(
                        "each index less saves some \(Quantity.percent(1 / Double(indexes.count + 1))) of a row's writes",
                        .estimated),
                    verify: "mean time of the statements that write \(table) falls, that of those that read it stays",
                    undo: "CREATE INDEX CONCURRENTLY with the definition that was kept")
            ],
            explains: Set(writers.map(\.load.link)).union([.relation(table, database: database)]))
    }

    static let examples: [RuleExample] = [
        .fires("twelve on a busy table", on: "public.orders") { $0.addIndexes(12, inserted: 40_000_000) },
        .silent("eight") { $0.addIndexes(8, inserted: 40_000_000) },
        .silent("written seldom") { $0.addIndexes(12, inserted: 10_000) },
        .silent("updates are HOT") {
            $0.addIndexes(12, inserted: 10_000)
            $0.addTable("orders") {
                $0.counters.updated = 90_000_000
                $0.counters.hotUpdated = 90_000_000
            }
        },
        .inconclusive("statistics of an hour") {
            $0.addIndexes(12, inserted: 40_000_000)
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-3600)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addIndexes(_ count: Int, inserted: Int64) {
        for number in 1...count { addIndex("orders_\(number)", on: "column_\(number)") }
        addTable("orders") { $0.counters.inserted = inserted }
        addCostly("INSERT INTO orders (column_1) VALUES ($1)")
    }
}
