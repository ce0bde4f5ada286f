import Model

/// System catalogs that are mostly empty room or dead rows.
struct CatalogBloat: Rule {
    private static let row = Threshold(
        "bytes of a row at most", 512, "bytes",
        source:
            "our choice: rows of these catalogs have 49 to 194 bytes (measured on 15: pg_depend 49, pg_attribute 144, pg_class 194)"
    )
    private static let share = Threshold(
        "share wasted at least", 0.5, "share",
        source: "our choice: autovacuum leaves a fifth; half is a churn it does not keep up with")
    private static let bytes = Threshold(
        "bytes wasted at least", 52_428_800, "bytes",
        source: "pg_gather names 15 MB; our choice, since a catalog of 10,000 tables has 40 MB by right")
    private static let grave = Threshold(
        "bytes wasted: warning", 536_870_912, "bytes",
        source: "our choice: planning and new sessions read them from disk then")
    /// Their rows are short, whatever is in them; others (pg_statistic, pg_proc, pg_rewrite) hold long values.
    private static let narrow: Set<String> = [
        "pg_attribute", "pg_class", "pg_type", "pg_depend", "pg_index", "pg_shdepend", "pg_constraint",
    ]

    static let metadata = RuleMetadata(
        id: "vacuum.catalog-bloat",
        title: "Bloated system catalogs",
        area: .vacuum,
        needs: [.relations, .settings],
        looksAt:
            "relpages, reltuples and n_dead_tup of pg_attribute, pg_class, pg_type, pg_depend and other catalogs of short rows",
        why:
            "Temporary tables, partitions and migrations make rows of the catalogs and leave them dead. Every planning and every new session reads "
            + "these catalogs: when they are bloated everything is a little slow, and nothing in the statements shows why.",
        limits:
            "The least that is wasted: every row is taken for a long one. Large schemas have large catalogs by right, which this does not call bloat. "
            + "Catalogs of long rows (pg_statistic, pg_proc) are not judged.",
        thresholds: [row, share, bytes, grave],
        references: [
            "https://www.postgresql.org/docs/current/catalog-pg-attribute.html",
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.compactMap { catalog in
                let bloated = catalog.relations.compactMap { relation -> (relation: Relation, wasted: Double)? in
                    guard relation.name.schema == "pg_catalog", Self.narrow.contains(relation.name.name),
                        relation.estimatedRows >= 0
                    else { return nil }
                    let size = Double(relation.sizeOrEstimate)
                    let wasted = size - relation.estimatedRows * Self.row.value
                    return wasted >= Self.share.value * size && wasted > 0 ? (relation, wasted) : nil
                }.sorted { ($0.wasted, $1.relation.name.name) > ($1.wasted, $0.relation.name.name) }
                let wasted = bloated.reduce(0) { $0 + $1.wasted }
                guard wasted >= Self.bytes.value else { return nil }
                return finding(bloated.map(\.relation), wasted, catalog.database)
            })
    }

    private func finding(_ bloated: [Relation], _ wasted: Double, _ database: String) -> Finding {
        let names = bloated.prefix(3).map(\.name.name).joined(separator: ", ")
        let size = bloated.reduce(Int64(0)) { $0 + $1.sizeOrEstimate }
        return Finding(
            Self.metadata, severity: wasted >= Self.grave.value ? .warning : .notice, tier: .fix,
            title: "system catalogs of \(database) are mostly empty: \(names)",
            objects: [ObjectReference(.database, database)],
            impact: .bytes(Int64(wasted), "wasted"), confidence: .medium,
            summary:
                "\(names) of \(database) have \(Quantity.bytes(size)), of which at least \(Quantity.bytes(Int64(wasted))) are free or "
                + "dead. Every planning reads them.",
            evidence: [
                Evidence("catalogSize", "size", .bytes(size)),
                Evidence("wasted", "wasted, at least", .bytes(Int64(wasted))),
                Evidence("catalogs", "catalogs", .list(bloated.map(\.name.name))),
                Evidence("deadTuples", "dead rows", .count(bloated.reduce(0) { $0 + $1.deadTuples })),
            ],
            actions: actions(bloated),
            symptomOf: Set(bloated.map { .deadTuples($0.name, database: database) }))
    }

    private func actions(_ bloated: [Relation]) -> [Action] {
        [
            Action(
                .containment, "vacuum them", sql: bloated.map { "VACUUM (ANALYZE) \($0.name.quoted);" },
                steps: [
                    "As a superuser or the database's owner. Where an old snapshot holds the horizon, end that first."
                ],
                lock: LockNote.vacuum, gain: Gain("dead rows make room for new ones: they grow no more", .estimated),
                verify:
                    "SELECT relname, n_dead_tup FROM pg_catalog.pg_stat_sys_tables ORDER BY n_dead_tup DESC LIMIT 5;"),
            Action(
                .fix, "build their indexes anew, at a quiet hour",
                sql: bloated.prefix(3).map { "REINDEX TABLE \($0.name.quoted);" },
                steps: ["With lock_timeout = '2s' set in the session, so that nothing queues behind it for long."],
                lock: LockNote(
                    "SHARE, and ACCESS EXCLUSIVE on its indexes",
                    "planning of new statements waits for as long as it runs"),
                gain: Gain("look-ups in the catalogs read fewer pages", .estimated),
                verify:
                    "SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_indexes_size(\(SQL.literal(bloated[0].name.quoted))));",
                undo: "none is needed: the indexes are the same", caution: "catalogs cannot be reindexed CONCURRENTLY"),
            Action(
                .cure, "make fewer objects",
                steps: [
                    "Temporary tables that are made for each call (workload.temporary-table-churn): keep one a session with ON COMMIT DELETE ROWS, "
                        + "or use a CTE, an array or an unlogged table with a session key.",
                    "The files shrink only by VACUUM FULL of the catalog, which stops every session: at the next planned downtime, after the churn has "
                        + "ended, or by dump and restore at the next major upgrade.",
                ],
                gain: Gain("catalogs stay small", .ruleOfThumb), verify: "their size of a month later"),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("temporary tables all day", on: "shop") { $0.addCatalog("pg_attribute", rows: 30_000, pages: 130_000) },
        .silent("a large schema") { $0.addCatalog("pg_attribute", rows: 2_000_000, pages: 40_000) },
        .silent("a small one, mostly empty") { $0.addCatalog("pg_attribute", rows: 3000, pages: 600) },
        .silent("rows that are long by right") { $0.addCatalog("pg_statistic", rows: 20_000, pages: 130_000) },
    ]
}

extension Snapshot {
    fileprivate mutating func addCatalog(_ name: String, rows: Double, pages: Int64) {
        addTable(name, rows: rows) {
            $0.name = QualifiedName("pg_catalog", name)
            $0.isSystem = true
            $0.pages = pages
        }
    }
}
