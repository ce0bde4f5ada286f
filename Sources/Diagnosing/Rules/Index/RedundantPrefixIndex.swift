import IndexAdvising
import Model

/// An index whose keys are the first keys of another one.
struct RedundantPrefixIndex: Rule {
    static let metadata = RuleMetadata(
        id: "index.redundant-prefix",
        title: "Index whose work a longer one does",
        area: .index,
        needs: [.indexes],
        looksAt: "pg_index: pairs of valid B-trees of one table, where the keys of one are the first keys of the other "
            + "under the same operator classes, collations, directions (or all of them reversed) and predicate, and its "
            + "INCLUDEd columns are in the other, too",
        why:
            "Whatever the shorter index finds or sorts, the longer one finds and sorts as well. The shorter one is still "
            + "written at every insert and at every update that is not HOT, and takes its share of the cache.",
        limits:
            "The longer index is larger, so that scans of it read a little more: where it is much larger, a short "
            + "one that is read earns its place and nothing is said. Unique indexes, constraints, replica identities and CLUSTERed "
            + "indexes are never named. Of a chain of prefixes the longest stays.",
        thresholds: [width, size, felt],
        references: [
            "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
            "https://www.postgresql.org/docs/current/indexes-ordering.html",
        ])

    private static let width = Threshold(
        "times that the longer index may be as large", RemovalLimits.coverRatio, "times",
        source: "our choice: a B-tree of few distinct values shrinks to a third by deduplication "
            + "(https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION), which the longer one loses")
    private static let size = Threshold(
        "size from which it is worth a word", RemovalLimits.coveredSize, "bytes",
        source: "ruby-pg-extras: unused indexes count from 1 MB")
    private static let felt = Threshold(
        "size from which it is a warning and not a notice", 104_857_600, "bytes",
        source: "PgHero: index bloat counts from 100 MB")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.indexSurveys.flatMap { survey in
                survey.needless.covered
                    .filter { isWorthIt($0, survey.tree) }
                    .map { finding($0.index, $0.cover, survey.tree, survey.catalog.database) }
            })
    }

    private func isWorthIt(_ pair: NeedlessIndexes.Covered, _ tree: IndexTree) -> Bool {
        let size = Double(tree.size(pair.index))
        let isNearlyAsSmall = Double(tree.size(pair.cover)) <= size * Self.width.value
        return size >= Self.size.value && (isNearlyAsSmall || tree.scans(pair.index) == 0)
            && pair.index.relation.schema != "pg_toast"
    }

    private func finding(_ index: Index, _ cover: Index, _ tree: IndexTree, _ database: String) -> Finding {
        let size = tree.size(index)
        let entries = tree.entriesWritten(index)
        return Finding(
            Self.metadata, severity: Double(size) >= Self.felt.value && entries > 0 ? .warning : .notice, tier: .fix,
            title: "\(index.name) on \(index.relation) is covered by \(cover.name)",
            objects: [
                .index(index.name, in: database), .index(cover.name, in: database),
                .relation(index.relation, in: database),
            ],
            impact: .bytes(size, "to gain"), confidence: .medium,
            summary: "\(index.name) \(index.keyList) does nothing that \(cover.name) \(cover.keyList) could not do. It "
                + "takes \(Quantity.bytes(size)) and is maintained at every write of \(index.relation).",
            evidence: [
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("coverSize", "size of the longer one", .bytes(tree.size(cover))),
                Evidence("scans", "scans", .count(tree.scans(index))),
                Evidence("coverScans", "scans of the longer one", .count(tree.scans(cover))),
                Evidence("entriesWritten", "entries written into it", .count(entries)),
                Evidence("keys", "keys", .text(index.keyList)),
                Evidence("coverKeys", "keys of the longer one", .text(cover.keyList)),
            ],
            notIf: "a statement that must be as fast as can be lives on index-only scans of the shorter one",
            actions: [
                DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)) and one index less to write", .measured))
                    .action(
                        title:
                            "drop \(index.name); \(cover.name) takes over its \(Quantity.count(tree.scans(index))) scans",
                        verify: "scans of \(cover.name) grow, and the statements keep their mean time: SELECT idx_scan "
                            + "FROM pg_catalog.pg_stat_user_indexes WHERE indexrelid = "
                            + "\(SQL.literal(cover.name.quoted))::regclass;")
            ], explains: [.index(index.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("first column of a longer index", on: "public.a") {
            $0.addIndex("a", on: "customer_id")
            $0.addIndex("ab", on: "customer_id", "created_at", megabytes: 150)
        },
        .fires("the same keys, but the other is unique", on: "public.a") {
            $0.addIndex("a", on: "number")
            $0.addIndex("u", on: "number") { $0.isUnique = true }
        },
        .fires("read backwards, the other is the same", on: "public.down") {
            $0.addIndex("up", on: "created_at", scans: 9000)
            $0.addIndex("down", on: "-created_at", scans: 10)
        },
        .fires("of a chain only the longest stays", on: "public.a", "public.ab") {
            $0.addIndex("a", on: "x")
            $0.addIndex("ab", on: "x", "y")
            $0.addIndex("abc", on: "x", "y", "z")
        },
        .fires("INCLUDEd columns that the other has as keys", on: "public.a") {
            $0.addIndex("a", on: "x", "y") { $0.keyCount = 1 }
            $0.addIndex("ab", on: "x", "y", "z")
        },
        .silent("INCLUDEd columns that the other lacks") {
            $0.addIndex("a", on: "x", "w") { $0.keyCount = 1 }
            $0.addIndex("ab", on: "x", "y", "z")
        },
        .silent("second column, not the first") {
            $0.addIndex("a", on: "created_at")
            $0.addIndex("ab", on: "customer_id", "created_at")
        },
        .silent("mixed directions cannot be read backwards") {
            $0.addIndex("a", on: "x", "-y")
            $0.addIndex("ab", on: "x", "y", "z")
        },
        .silent("the short one is unique") {
            $0.addIndex("a", on: "number") { $0.isUnique = true }
            $0.addIndex("ab", on: "number", "created_at")
        },
        .silent("the short one is partial, and small for it") {
            $0.addIndex("a", on: "customer_id") { $0.predicate = "paid_at IS NULL" }
            $0.addIndex("ab", on: "customer_id", "created_at")
        },
        .silent("the longer one is partial and lacks rows") {
            $0.addIndex("a", on: "customer_id")
            $0.addIndex("ab", on: "customer_id", "created_at") { $0.predicate = "paid_at IS NULL" }
        },
        .silent("the longer one is ten times as large") {
            $0.addIndex("a", on: "status", megabytes: 20)
            $0.addIndex("ab", on: "status", "note", megabytes: 200)
        },
        .fires("the longer one is ten times as large, but the short one is never read", on: "public.a") {
            $0.addIndex("a", on: "status", megabytes: 20, scans: 0)
            $0.addIndex("ab", on: "status", "note", megabytes: 200)
        },
        .silent("text_pattern_ops beside the default") {
            $0.addIndex("a", on: "email") { $0.columns[0].operatorClass = 4217 }
            $0.addIndex("ab", on: "email", "created_at")
        },
        .silent("the replica identity") {
            $0.addIndex("a", on: "x") { $0.isReplicaIdentity = true }
            $0.addIndex("ab", on: "x", "y")
        },
    ]
}
