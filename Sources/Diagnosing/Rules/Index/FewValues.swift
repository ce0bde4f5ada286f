import Foundation
import IndexAdvising
import Model
import Statements

/// A B-tree on a column with a handful of values, that is read for large parts of the table.
struct FewValues: Rule {
    static let metadata = RuleMetadata(
        id: "index.few-values",
        title: "Index on a column with a handful of values",
        area: .index,
        needs: [.indexes, .relations, .columns, .columnStatistics, .constraints],
        looksAt:
            "pg_stats.n_distinct and most_common_freqs of the only key of a plain B-tree; entries read for each scan against the table's rows",
        why:
            "Where each value stands for a tenth of the table or more, an index leads to most pages anyway, by a longer way. Such indexes help with the rare value only, and "
            + "a partial index on that is small.",
        limits:
            "Judged by what its scans read: where they fetch few rows (a rare value), it is silent. Bitmaps that join two indexes read much of each and are useful: hence a notice. "
            + "Unread ones are index.unused. Indexes of foreign keys and constraints are left out.",
        thresholds: [values, read, size],
        references: [
            "https://www.postgresql.org/docs/current/indexes-partial.html",
            "https://www.postgresql.org/docs/current/view-pg-stats.html",
        ])

    private static let values = Threshold(
        "distinct values", 10, "values", source: "our choice: each is a tenth of the table on average")
    private static let read = Threshold(
        "share of the table's rows that a scan reads", 0.1, "share",
        source:
            "our choice: from some 5 to 10 % on a sequential scan is as fast (Use The Index, Luke; the planner's own costs at random_page_cost 4)"
    )
    private static let size = Threshold(
        "size", 52_428_800, "bytes", source: "our choice: several times the 10 MB from which peers judge index waste")

    func evaluate(_ observation: Observation) -> Outcome {
        var hidden = 0
        let findings = observation.indexSurveys.flatMap { survey in
            survey.tree.roots { index in
                survey.tree.scans(index) > 0 && Double(survey.tree.size(index)) >= Self.size.value
            }
            .compactMap { index -> Finding? in
                guard let key = survey.onlyKey(of: index) else { return nil }
                guard let statistics = key.column.statistics else {
                    hidden += 1
                    return nil
                }
                return judge(index, key, statistics, survey)
            }
        }
        guard hidden > 0 else { return .findings(findings) }
        return .partial(findings, "the columns of \(Quantity.plural(hidden, "index", "indexes")) have no statistics")
    }

    private func judge(
        _ index: Index, _ key: (column: Column, relation: Relation, rows: Double), _ statistics: ColumnStatistics,
        _ survey: IndexSurvey
    ) -> Finding? {
        guard statistics.distinct > 0, statistics.distinct <= Self.values.value, key.rows > 0 else { return nil }
        let leaves = survey.tree.leaves(index)
        let tuples = leaves.reduce(Int64(0)) { $0 + $1.counters.tuplesRead }
        let scans = survey.tree.scans(index)
        // Of a partitioned table each scan reads one part.
        let rowsEach = key.rows / Double(leaves.count)
        let share = Double(tuples) / Double(scans) / rowsEach
        guard share >= Self.read.value else { return nil }
        let database = survey.catalog.database
        let size = survey.tree.size(index)
        let rarest = statistics.mostCommonFrequencies.min()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "\(index.name) tells \(Quantity.plural(Int(statistics.distinct), "value")) apart; a scan reads \(Quantity.percent(share)) of the rows",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: .bytes(size, "of little use"),
            confidence: .medium,
            summary:
                "\(index.relation).\(key.column.name) has \(Quantity.plural(Int(statistics.distinct), "distinct value")), and a scan of \(index.name) has read \(Quantity.percent(share)) of the rows on average: "
                + "little less than the whole table, in a worse order.",
            evidence: [
                Evidence("distinctValues", "distinct values", .count(Int64(statistics.distinct))),
                Evidence("shareRead", "rows that a scan reads", .share(share)),
                Evidence("scans", "scans", .count(scans)),
                Evidence("tuplesRead", "entries read by scans", .count(tuples)),
                Evidence("indexSize", "size", .bytes(size)),
            ] + (rarest.map { [Evidence("rarestShare", "rows of the rarest value that is known", .share($0))] } ?? []),
            notIf: "a statement reads only the index (count by value), or joins it with another in a bitmap",
            actions: [
                Action(
                    .containment, "see what the statements would do without it",
                    sql: [
                        "SELECT indexrelid::regclass, idx_scan, idx_tup_read FROM pg_catalog.pg_stat_user_indexes WHERE indexrelid = \(SQL.literal(index.name.quoted))::regclass;"
                    ],
                    steps: [
                        "With EXPLAIN of the statements that filter by \(key.column.name): a Bitmap Index Scan on it beside a Seq Scan of the same cost says that it is not needed."
                    ],
                    lock: LockNote.none, gain: Gain("says which value is looked for", .byDefinition)),
                DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)), and one index less to write", .estimated))
                    .action(
                        title:
                            "drop \(index.name); where one rare value is looked for, first make a partial index WHERE \(SQL.identifier(key.column.name)) = that value, on a column that tells rows apart",
                        verify: "statements on \(index.relation) keep their mean time"),
            ], explains: [.index(index.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("a boolean, read by halves", on: "public.orders_paid") { $0.addFlag(distinct: 2, read: 400_000) },
        .silent("the rare value is looked for") { $0.addFlag(distinct: 2, read: 500) },
        .silent("many values") { $0.addFlag(distinct: 5000, read: 400_000) },
        .silent("serves a foreign key") {
            $0.addFlag(distinct: 2, read: 400_000)
            $0.addForeignKey("orders", "paid", to: "states")
        },
        .silent("never read: index.unused says so") {
            $0.addFlag(distinct: 2, read: 0)
            $0.catalogs[0].indexes[0].counters.scans = 0
        },
        .inconclusive("no statistics") {
            $0.addFlag(distinct: 2, read: 400_000)
            $0.catalogs[0].columns[0].statistics = nil
        },
    ]
}

extension Snapshot {
    /// `read`: entries a scan.
    fileprivate mutating func addFlag(distinct: Double, read: Int64) {
        addColumns("orders", "paid", type: "boolean")
        catalogs[0].columns[0].statistics = .make { $0.distinct = distinct }
        addIndex("orders_paid", on: "paid", scans: 100) { $0.counters.tuplesRead = 100 * read }
    }
}
