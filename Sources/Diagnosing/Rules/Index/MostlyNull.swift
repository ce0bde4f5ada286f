import Foundation
import IndexAdvising
import Model
import Statements

/// An index most of whose entries are NULLs that nobody looks for.
struct MostlyNull: Rule {
    static let metadata = RuleMetadata(
        id: "index.mostly-null",
        title: "Index on a column that is mostly NULL",
        area: .index,
        needs: [.indexes, .relations, .columns, .columnStatistics, .constraints, .statementTexts],
        looksAt:
            "pg_stats.null_frac of the only key of a plain B-tree, the table's rows, and conditions IS NULL in the statements",
        why:
            "Every row gets an entry, also those without a value. A partial index WHERE the column IS NOT NULL finds the same rows, is a fraction of the size, and costs nothing "
            + "for rows that have no value.",
        limits:
            "Unique indexes, those of foreign keys and constraints, and indexes of partitioned tables are left out, and those on columns that a statement compares with IS NULL "
            + "or sorts by. NULLs share their place in a B-tree (deduplication), so the gain is told by 6 bytes a NULL.",
        thresholds: [nulls, gain],
        references: [
            "https://www.postgresql.org/docs/current/indexes-partial.html",
            "https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION",
        ])

    private static let nulls = Threshold("share of NULLs", 0.5, "share", source: "ruby-pg-extras null_indexes: half")
    private static let gain = Threshold(
        "bytes of entries for NULLs", 52_428_800, "bytes",
        source: "our choice: far above ruby-pg-extras' 1 MB, since half an index of a few MB is not worth an hour")
    /// Of a tuple's place in a posting list, at 90 % full pages.
    private static let bytesEach = 6 / 0.9

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.knowsStatements else {
            return .inconclusive("no statement's text is known: NULLs may be looked for")
        }
        return .findings(
            observation.indexSurveys.flatMap { survey -> [Finding] in
                let candidates = survey.tree.roots {
                    !$0.isPartitioned && Double(survey.tree.size($0)) >= Self.gain.value
                }
                .compactMap { candidate($0, survey) }
                guard !candidates.isEmpty else { return [] }
                let asked = AskedColumns(observation, in: survey.catalog.database)
                return candidates.compactMap { judge($0, asked, survey) }
            })
    }

    private struct Candidate {
        var index: Index
        var column: Column
        var share: Double
        var bytes: Double
    }

    private func candidate(_ index: Index, _ survey: IndexSurvey) -> Candidate? {
        guard let key = survey.onlyKey(of: index), let share = key.column.statistics?.nullFraction,
            share >= Self.nulls.value
        else {
            return nil
        }
        let bytes = key.rows * share * Self.bytesEach
        guard bytes >= Self.gain.value, Double(survey.tree.size(index)) >= bytes else { return nil }
        return Candidate(index: index, column: key.column, share: share, bytes: bytes)
    }

    private func judge(_ candidate: Candidate, _ asked: AskedColumns, _ survey: IndexSurvey) -> Finding? {
        let column = ColumnReference(candidate.index.relation, candidate.column.name)
        guard
            !asked.conditions(on: column).contains(where: { $0.operation == .isNull || $0.isNegated || $0.isUnderOr }),
            !asked.isSorted(by: column)
        else { return nil }
        return finding(candidate.index, candidate.column, candidate.share, bytes: Int64(candidate.bytes), survey)
    }

    private func finding(_ index: Index, _ column: Column, _ share: Double, bytes: Int64, _ survey: IndexSurvey)
        -> Finding?
    {
        let keys = "USING btree " + index.keyList
        let condition = "\(SQL.identifier(column.name)) IS NOT NULL"
        guard
            let action = Action.replace(
                index, by: keys, where: condition, in: survey.names, title: "make it partial",
                gain: Gain("\(Quantity.bytes(bytes)), and no entry for rows without a value", .estimated),
                caution:
                    "a statement that sorts all rows by \(column.name), or looks for IS NULL, no longer has an index for it"
            )
        else { return nil }
        let database = survey.catalog.database
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(Quantity.percent(share)) of \(index.name) are NULLs that nobody looks for",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: .bytes(bytes, "of NULLs"), confidence: .medium,
            summary:
                "\(Quantity.percent(share)) of the rows of \(index.relation) have no \(column.name); each has an entry in \(index.name) all the same, and no statement that is known looks for them.",
            evidence: [
                Evidence("nullShare", "share of NULLs", .share(share)),
                Evidence("indexSize", "size", .bytes(survey.tree.size(index))),
                Evidence("scans", "scans", .count(survey.tree.scans(index))),
            ],
            notIf: "a statement that was not seen looks for rows without \(column.name)", actions: [action],
            explains: [.index(index.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("nine of ten rows have no value", on: "public.orders_cancelled") { $0.addNulls(0.9) },
        .silent("most rows have one") { $0.addNulls(0.2) },
        .silent("a statement looks for NULLs") {
            $0.addNulls(0.9, asked: "SELECT id FROM orders WHERE cancelled IS NULL")
        },
        .silent("small") {
            $0.addNulls(0.9)
            $0.addTable("orders") { $0.estimatedRows = 100_000 }
        },
        .silent("unique: it enforces something") {
            $0.addNulls(0.9)
            $0.catalogs[0].indexes[0].isUnique = true
        },
        .silent("partial already") {
            $0.addNulls(0.9)
            $0.catalogs[0].indexes[0].predicate = "(cancelled IS NOT NULL)"
        },
        .inconclusive("no statements are known") {
            $0.addNulls(0.9)
            $0.statementStatistics!.statements = []
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addNulls(
        _ share: Double, asked text: String = "SELECT id FROM orders WHERE cancelled = $1"
    ) {
        addTable("orders") { $0.estimatedRows = 50_000_000 }
        addColumns("orders", "id", "cancelled")
        catalogs[0].columns[1].statistics = .make { $0.nullFraction = share }
        addIndex("orders_cancelled", on: "cancelled", megabytes: 800)
        addCostly(text)
    }
}
