import Foundation
import IndexAdvising
import Model
import Statements

/// An index whose keys are so wide that it weighs like a table.
struct WideKey: Rule {
    static let metadata = RuleMetadata(
        id: "index.wide-key",
        title: "Index on wide keys",
        area: .index,
        needs: [.indexes, .relations, .columns, .columnStatistics, .constraints, .statementTexts],
        looksAt:
            "pg_stats.avg_width of the keys of a plain B-tree, its size against the table's, and what the statements ask of its widest column",
        why:
            "A B-tree keeps each key whole. With keys of a hundred bytes and more a page holds a few dozen of them in place of hundreds: the index "
            + "is larger, takes more of the cache, and each write of it more WAL. Where the column is only compared by equality, or not at all, "
            + "a few bytes do the same.",
        limits:
            "Unique indexes, constraints, foreign keys, expressions, partial indexes and partitioned tables are left out, and columns that a known "
            + "statement sorts by or compares in another way than by equality. INCLUDEd columns are there for index-only scans and "
            + "are not counted; so is a last key column where scans of the index seldom go to the table. The gain is reckoned from average widths.",
        thresholds: [width, share, gain],
        references: [
            "https://www.postgresql.org/docs/current/btree.html",
            "https://www.postgresql.org/docs/current/hash-index.html",
            "https://www.postgresql.org/docs/current/view-pg-stats.html",
        ])

    private static let width = Threshold(
        "average bytes of a key", 100, "bytes",
        source:
            "our choice: 70 keys in a page of 8 kB in place of some 400 of a bigint, so that trees are a level higher")
    private static let share = Threshold(
        "size against the table's", 0.2, "share",
        source: "our choice: a fifth of the table, for one way to find its rows")
    private static let gain = Threshold(
        "bytes to gain", 104_857_600, "bytes", source: "PgHero: index bloat counts from 100 MB")

    /// Bytes beside the key: the tuple's header and its place in the page.
    private static let overhead = 12.0
    /// How full B-trees are made, and hash indexes.
    private static let (fill, hashFill) = (0.9, 0.75)
    /// Bytes of an entry of a hash index: overhead and an aligned hash.
    private static let hashEntry = 20.0

    func evaluate(_ observation: Observation) -> Outcome {
        var (findings, hidden): ([Finding], Int) = ([], 0)
        var isAsked = false
        for survey in observation.indexSurveys {
            let roots = survey.tree.roots { Double(survey.tree.size($0)) >= Self.gain.value && isPlain($0, survey) }
            let judged = roots.compactMap { index in
                Keys(index, survey) { hidden += 1 }
            }.filter { $0.width >= Self.width.value && isHeavy($0, survey) }
            guard !judged.isEmpty else { continue }
            isAsked = true
            guard observation.knowsStatements else { continue }
            let asked = AskedColumns(observation, in: survey.catalog.database)
            findings += judged.compactMap { judge($0, asked, survey, observation) }
        }
        if isAsked && !observation.knowsStatements {
            return .inconclusive("no statement's text is known: the whole key may be asked for")
        }
        guard hidden > 0 else { return .findings(findings) }
        return .partial(findings, "the columns of \(Quantity.plural(hidden, "index", "indexes")) have no statistics")
    }

    /// Nothing but reads needs it, and those are seen.
    private func isPlain(_ index: Index, _ survey: IndexSurvey) -> Bool {
        index.accessMethod == "btree" && index.isUsable && index.purpose == nil && index.predicate == nil
            && !index.hasLiterals && !index.isPartitioned && index.keys.allSatisfy { $0.name != nil }
            && index.counters.scans > 0 && !survey.needless.involved.contains(index.name)
            && !survey.catalog.constraints.contains {
                $0.kind == .foreignKey && $0.relation == index.relation && index.serves($0)
            }
    }

    /// The keys of an index with their average widths.
    private struct Keys {
        var index: Index
        var relation: Relation
        /// Bytes of all keys of an entry, on average.
        var width: Double
        var widest: Column
        var widestPlace: Int
        var widestWidth: Double

        /// - Parameter unknown: called where a column has no statistics, and may be the wide one.
        init?(_ index: Index, _ survey: IndexSurvey, unknown: () -> Void) {
            guard let relation = survey.names.relation(index.relation), relation.rows > 0 else { return nil }
            var widths: [(column: Column, width: Double)] = []
            for key in index.keys {
                guard let column = survey.names.column(key.name ?? "", of: index.relation) else { return nil }
                guard let statistics = column.statistics else {
                    unknown()
                    return nil
                }
                widths.append((column, Double(statistics.averageWidth) * (1 - statistics.nullFraction)))
            }
            guard let place = widths.indices.max(by: { widths[$0].width < widths[$1].width }) else { return nil }
            (self.index, self.relation) = (index, relation)
            width = widths.reduce(0) { $0 + $1.width }
            (widest, widestPlace, widestWidth) = (widths[place].column, place, widths[place].width)
        }

        /// Bytes of an entry with so many bytes of keys.
        func entry(_ keys: Double) -> Double { (overhead + (keys / 8).rounded(.up) * 8) / fill }

        func size(_ keys: Double) -> Double { relation.rows * entry(keys) }
    }

    private func isHeavy(_ keys: Keys, _ survey: IndexSurvey) -> Bool {
        let size = Double(survey.tree.size(keys.index))
        let isText = ["text", "character", "bytea"].contains { keys.widest.type.hasPrefix($0) }
        return isText && keys.widestWidth * 2 >= keys.width
            && size >= Double(keys.relation.sizeOrEstimate) * Self.share.value
    }

    private enum Use { case byEquality, notAtAll }

    private func judge(_ keys: Keys, _ asked: AskedColumns, _ survey: IndexSurvey, _ observation: Observation)
        -> Finding?
    {
        let column = ColumnReference(keys.index.relation, keys.widest.name)
        let conditions = asked.conditions(on: column)
        guard !asked.isSorted(by: column),
            conditions.allSatisfy({ $0.operation == .equality && $0.wrapper == nil && !$0.isNegated })
        else { return nil }
        let isOnly = keys.index.columns.count == 1
        let rest = keys.width - keys.widestWidth
        let use: Use
        let after: Double
        if !conditions.isEmpty {
            use = .byEquality
            after = isOnly ? keys.relation.rows * Self.hashEntry / Self.hashFill : keys.size(rest + 16)
        } else {
            // It may be there so that the table need not be read.
            let counters = keys.index.counters
            guard keys.widestPlace > 0, counters.tuplesFetched * 2 >= counters.tuplesRead else { return nil }
            use = .notAtAll
            after = keys.size(rest)
        }
        // Bloat and equal keys that share their place are not the width's doing.
        let bytes = min(Double(survey.tree.size(keys.index)), keys.size(keys.width)) - after
        guard bytes >= Self.gain.value else { return nil }
        return finding(keys, use, Int64(bytes), survey, observation)
    }

    private func finding(
        _ keys: Keys, _ use: Use, _ bytes: Int64, _ survey: IndexSurvey, _ observation: Observation
    ) -> Finding {
        let (index, database) = (keys.index, survey.catalog.database)
        let size = survey.tree.size(index)
        let column = "\(index.relation).\(keys.widest.name)"
        let buffers = observation.setting("shared_buffers")?.bytes.map { Double(size) / Double(max($0, 1)) }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title:
                "\(index.name) keeps keys of \(Quantity.count(Int(keys.width))) bytes; some \(Quantity.bytes(bytes)) could go",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: .bytes(bytes, "of wide keys"), confidence: .medium,
            summary:
                "\(index.name) \(index.keyList) takes \(Quantity.bytes(size)) beside a table of \(Quantity.bytes(keys.relation.sizeOrEstimate)), and \(Quantity.count(Int(keys.widestWidth))) of the "
                + "\(Quantity.count(Int(keys.width))) bytes of a key are \(column)"
                + (use == .byEquality
                    ? ", which the statements that are known compare by equality alone: a digest of it would do."
                    : ", which no statement that is known filters or sorts by."),
            evidence: [
                Evidence("keyWidth", "bytes of a key on average", .bytes(Int64(keys.width))),
                Evidence("columnWidth", "of which \(keys.widest.name)", .bytes(Int64(keys.widestWidth))),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("tableSize", "size of the table", .bytes(keys.relation.sizeOrEstimate)),
                Evidence("gain", "could go, about", .bytes(bytes)),
                Evidence("scans", "scans", .count(survey.tree.scans(index))),
                Evidence("entriesWritten", "entries written into it", .count(survey.tree.entriesWritten(index))),
            ] + (buffers.map { [Evidence("shareOfBuffers", "size against shared_buffers", .share($0))] } ?? []),
            notIf:
                "a statement that was not seen sorts by \(keys.widest.name), looks for a part of it, or reads it from the index alone",
            actions: [action(keys, use, bytes, survey)], explains: [.index(index.name, database: database)])
    }

    private func action(_ keys: Keys, _ use: Use, _ bytes: Int64, _ survey: IndexSurvey) -> Action {
        let index = keys.index
        let column = SQL.identifier(keys.widest.name)
        let name = SQL.freeName([index.name.name], suffix: "_slim_idx", besides: survey.names.takenNames)
        let create = "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(index.relation.quoted)"
        let drop = "DROP INDEX CONCURRENTLY \(index.name.quoted);"
        let undo =
            (index.definition.flatMap(PrintedDefinition.init)?.remade
                ?? "CREATE INDEX CONCURRENTLY with what pg_get_indexdef printed before,")
            + " DROP INDEX CONCURRENTLY \(QualifiedName(index.name.schema, name).quoted);"
        var sql: [String]
        var steps: [String]
        let title: String
        switch use {
        case .byEquality where index.columns.count == 1:
            title = "index a hash of \(keys.widest.name) in place of the whole"
            sql = ["\(create) USING hash (\(column));", drop]
            steps = [
                "The statements stay as they are: = finds a hash index. It serves neither ranges nor sorting nor index-only scans."
            ]
        case .byEquality:
            title = "index a digest of \(keys.widest.name) in place of the whole"
            var slim = index
            slim.columns[keys.widestPlace] = .make { $0.expression = "(md5(\(column))::uuid)" }
            sql = ["\(create) USING btree \(slim.keyList);", drop]
            steps = [
                "Change the statements first: beside \(column) = $1 they give md5(\(column))::uuid = md5($1)::uuid, or the planner does not find the index.",
                "ANALYZE \(index.relation.quoted); after the first statement: the expression has statistics of its own.",
            ]
        case .notAtAll:
            title = "leave \(keys.widest.name) out of the keys"
            var slim = index
            slim.columns.remove(at: keys.widestPlace)
            slim.keyCount -= 1
            sql = ["\(create) USING btree \(slim.keyList);", drop]
            steps = ["See first that no other index begins with these keys: then the old one can go without a new one."]
        }
        steps.append(
            "Before the last statement see that the new index is valid, and that EXPLAIN of the statements that used \(index.name) names it at no higher cost."
        )
        return Action(
            .cure, title, sql: sql, steps: steps, lock: .concurrentIndex,
            gain: Gain("\(Quantity.bytes(bytes)), and less WAL for each write", .estimated),
            verify:
                "SELECT indexrelid::regclass, pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(indexrelid)), indisvalid FROM pg_catalog.pg_index "
                + "WHERE indrelid = \(SQL.literal(index.relation.quoted))::regclass;",
            undo: undo, caution: "both indexes stand side by side for a while: there must be room for it")
    }

    static let examples: [RuleExample] = [
        .fires("addresses of pages, looked up one by one", on: "public.pages_url") { $0.addPages() },
        .fires("a wide column beside the one that is asked for", on: "public.pages_site_url") {
            $0.addPages(["site", "url"], asked: "SELECT id FROM pages WHERE site = $1")
        },
        .fires("both are asked for", on: "public.pages_site_url") {
            $0.addPages(["site", "url"], asked: "SELECT id FROM pages WHERE site = $1 AND url = $2")
        },
        .silent("sorted by") { $0.addPages(asked: "SELECT id FROM pages ORDER BY url LIMIT $1") },
        .silent("looked for by its beginning") { $0.addPages(asked: "SELECT id FROM pages WHERE url LIKE $1") },
        .silent("narrow") { $0.addPages(width: 30) },
        .silent("few rows") {
            $0.addPages()
            $0.addTable("pages") { $0.estimatedRows = 200_000 }
        },
        .silent("unique: it keeps duplicates out") {
            $0.addPages()
            $0.catalogs[0].indexes[0].isUnique = true
        },
        .silent("read from the index alone") {
            $0.addPages(["site", "url"], asked: "SELECT url FROM pages WHERE site = $1")
            $0.catalogs[0].indexes[0].counters.tuplesFetched = 10
        },
        .silent("never read: index.unused says so") {
            $0.addPages()
            $0.catalogs[0].indexes[0].counters.scans = 0
        },
        .silent("an INCLUDEd column") {
            $0.addPages(["site", "url"], asked: "SELECT url FROM pages WHERE site = $1")
            $0.catalogs[0].indexes[0].keyCount = 1
        },
        .inconclusive("no statements are known") {
            $0.addPages()
            $0.statementStatistics!.statements = []
        },
        .inconclusive("no statistics of the column") {
            $0.addPages()
            for place in $0.catalogs[0].columns.indices { $0.catalogs[0].columns[place].statistics = nil }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPages(
        _ keys: [String] = ["url"], width: Int = 140, asked text: String = "SELECT id FROM pages WHERE url = $1"
    ) {
        addTable("pages") {
            ($0.estimatedRows, $0.pages) = (10_000_000, 500_000)
        }
        addColumns("pages", "id", "site")
        addColumns("pages", "url", type: "text")
        for place in catalogs[0].columns.indices {
            catalogs[0].columns[place].statistics = .make { [isURL = catalogs[0].columns[place].name == "url"] in
                $0.averageWidth = isURL ? width : 4
            }
        }
        addIndex("pages_" + keys.joined(separator: "_"), on: keys[0], table: "pages", megabytes: 1700, scans: 90_000) {
            if keys.count > 1 { $0.columns.append(.make { ($0.name, $0.operatorClass) = (keys[1], 1978) }) }
            $0.keyCount = keys.count
            ($0.counters.tuplesRead, $0.counters.tuplesFetched) = (90_000, 90_000)
        }
        addCostly(text)
    }
}
