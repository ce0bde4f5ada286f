import IndexAdvising
import Model

/// An index that a failed concurrent build left behind.
struct InvalidIndex: Rule {
    static let metadata = RuleMetadata(
        id: "index.invalid",
        title: "Index that no statement can use",
        area: .index,
        needs: [.indexes, .progress],
        looksAt:
            "pg_index.indisvalid, indisready and indislive; pg_stat_progress_create_index for builds that are still "
            + "under way",
        why: "CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that fails, or is cancelled, leaves an index that the "
            + "planner ignores and that writes may still maintain. People believe that the index is there; the "
            + "statement that it was made for is as slow as before.",
        limits: "Silent while any index of the table is being built. Indexes of partitioned tables that wait for their "
            + "parts (ON ONLY) are invalid on purpose and left out.",
        references: [
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
            "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let builds = observation.snapshot.progress.filter { $0.command == "create_index" }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                let (catalog, tree) = (survey.catalog, survey.tree)
                return catalog.indexes
                    .filter { index in
                        isBroken(index) && !isBeingBuilt(index, builds, tree)
                            && !(tree.relation(of: index)?.isSystem ?? false) && index.relation.schema != "pg_toast"
                    }
                    .map { finding($0, in: catalog, tree) }
            })
    }

    private func isBroken(_ index: Index) -> Bool {
        !index.isPartitioned && (!index.isValid || !index.isReady || !index.isLive)
    }

    private func isBeingBuilt(_ index: Index, _ builds: [Progress], _ tree: IndexTree) -> Bool {
        let relation = tree.relation(of: index)?.oid
        return builds.contains { build in
            build.indexOID == index.oid || build.relation == index.relation
                || relation != nil && build.relationOID == relation
        }
    }

    private func finding(_ index: Index, in catalog: DatabaseCatalog, _ tree: IndexTree) -> Finding {
        let size = tree.size(index)
        let leftover = Leftover(index, in: catalog)
        let entries = index.isReady ? tree.entriesWritten(index) : 0
        let table = index.relation
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(index.name) on \(table) is INVALID: no statement can use it",
            objects: [.index(index.name, in: catalog.database), .relation(table, in: catalog.database)],
            impact: size > 0 ? .bytes(size, "of no use") : Impact(0, .none, "no index there"), confidence: .high,
            summary: "\(index.name) \(index.keyList) was left behind by a build that did not end. No statement reads it"
                + (index.isReady ? ", but every write of \(table) still maintains it. " : ". ") + leftover.meaning,
            evidence: [
                Evidence("isValid", "valid", .flag(index.isValid)),
                Evidence("isReady", "maintained by writes", .flag(index.isReady)),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("entriesWritten", "entries that may have been written into it", .count(entries)),
                Evidence("keys", "keys", .text(index.keyList)),
            ],
            actions: actions(index, leftover, size),
            explains: [
                .index(index.name, database: catalog.database), .relation(table, database: catalog.database),
            ])
    }

    private func actions(_ index: Index, _ leftover: Leftover, _ size: Int64) -> [Action] {
        let drop = DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)) and one index less to write", .measured))
            .action(title: "drop \(index.name)", verify: Self.verify(index))
        switch leftover {
        case .ofReindex, .copy: return [drop]
        case .failedBuild: return duplicates(index) + [rebuild(index)]
        }
    }

    private func rebuild(_ index: Index) -> Action {
        var steps = ["Where nobody remembers what it was for: DROP INDEX CONCURRENTLY \(index.name.quoted); instead."]
        if index.isUnique { steps.insert("It is unique: it fails again while there are duplicates.", at: 0) }
        return Action(
            .fix, "build it again", sql: ["REINDEX INDEX CONCURRENTLY \(index.name.quoted);"], steps: steps,
            lock: LockNote.concurrentIndex,
            gain: Gain("the statement that it was made for can use it", .ruleOfThumb), verify: Self.verify(index),
            undo: "DROP INDEX CONCURRENTLY \(index.name.quoted);",
            caution:
                "not inside a transaction block; when it fails again it leaves one more INVALID index, with _ccnew "
                + "at the end of its name, which is to be dropped")
    }

    /// What kept a unique index from being built.
    private func duplicates(_ index: Index) -> [Action] {
        let keys = index.keys.compactMap { $0.name.map(SQL.identifier) }
        guard index.isUnique, index.predicate == nil, keys.count == index.keyCount else { return [] }
        let list = keys.joined(separator: ", ")
        // NULLs are distinct from each other unless the index says NULLS NOT DISTINCT (15 and up).
        let notNull = keys.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
        let condition = index.nullsNotDistinct ? "" : " WHERE \(notNull)"
        return [
            Action(
                .containment, "look for duplicates, which would make the build fail again",
                sql: [
                    "SELECT \(list), count(*) FROM \(index.relation.quoted)\(condition) GROUP BY \(list) "
                        + "HAVING count(*) > 1 LIMIT 10;"
                ],
                lock: LockNote("ACCESS SHARE", "blocks only DDL; reads the table once"),
                gain: Gain("shows the rows to be put right before the index can be there", .byDefinition))
        ]
    }

    private static func verify(_ index: Index) -> String {
        "SELECT indexrelid::regclass, indisvalid FROM pg_catalog.pg_index WHERE indrelid = "
            + "\(SQL.literal(index.relation.quoted))::regclass;"
    }

    static let examples: [RuleExample] = [
        .fires("CREATE INDEX CONCURRENTLY was cancelled", on: "public.orders_email") {
            $0.addIndex("orders_email", on: "email") { $0.isValid = false }
        },
        .fires("a unique one, over duplicates", on: "public.orders_number_key") {
            $0.addIndex("orders_number_key", on: "number") {
                $0.isValid = false
                $0.isUnique = true
            }
        },
        .fires("REINDEX CONCURRENTLY left its new index", on: "public.orders_email_ccnew") {
            $0.addIndex("orders_email", on: "email")
            $0.addIndex("orders_email_ccnew", on: "email") { $0.isValid = false }
        },
        .fires("made again under another name: the old one is to go", on: "public.orders_email") {
            $0.addIndex("orders_email", on: "email") {
                $0.isValid = false
                $0.isReady = false
            }
            $0.addIndex("orders_email_2", on: "email")
        },
        .silent("the build is under way") {
            $0.addIndex("orders_email", on: "email") { $0.isValid = false }
            $0.progress = [
                .make {
                    $0.command = "create_index"
                    $0.indexOID = 20_000
                }
            ]
        },
        .silent("another index of the table is being rebuilt") {
            $0.addIndex("orders_email_ccnew", on: "email") { $0.isValid = false }
            $0.progress = [
                .make {
                    $0.command = "create_index"
                    $0.relation = QualifiedName("public", "orders")
                }
            ]
        },
        .silent("a partitioned index that waits for its parts") {
            $0.addIndex("events_at", on: "at") {
                $0.isValid = false
                $0.isPartitioned = true
            }
        },
    ]
}
