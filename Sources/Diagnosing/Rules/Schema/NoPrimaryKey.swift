import Model

/// A table whose rows nothing identifies.
struct NoPrimaryKey: Rule {
    static let metadata = RuleMetadata(
        id: "schema.no-primary-key",
        title: "Table without a primary key",
        area: .schema,
        needs: [.relations, .constraints, .indexes],
        looksAt: "pg_constraint and pg_index of tables that are updated or deleted from; logical replication slots",
        why: "Without a key a duplicate row cannot be told from its twin, updates and deletes search the table, and "
            + "logical replication refuses UPDATE and DELETE of a published table that has no replica identity.",
        limits: "Tables that only grow (logs), small ones, partitions (their root is judged) and tables with another "
            + "replica identity are left out.",
        thresholds: [rows, changes],
        references: [
            "https://www.postgresql.org/docs/current/logical-replication-publication.html",
            "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",
        ])

    private static let rows = Threshold(
        "rows", 1000, "rows",
        source: "pgAssistant: foreign keys without an index count from 1,000 rows, by the same "
            + "reasoning: below, reading the whole table costs nothing")
    private static let changes = Threshold(
        "rows updated or deleted", 1000, "rows", source: "our choice: a table that changes is more than a log")

    func evaluate(_ observation: Observation) -> Outcome {
        let logicalSlots = observation.snapshot.replicationSlots.filter { $0.type == "logical" }
        return .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                let keyed = Set(catalog.constraints.filter { $0.kind == .primaryKey }.map(\.relation))
                    .union(catalog.indexes.filter { $0.isPrimary || $0.isReplicaIdentity }.map(\.relation))
                let parts = Dictionary(grouping: catalog.relations.filter { $0.isPartition }) { $0.partitionRoot }
                return catalog.relations
                    .filter { isTable($0) && !keyed.contains($0.name) }
                    .compactMap { table -> Finding? in
                        let leaves = parts[table.name] ?? [table]
                        let rows = leaves.reduce(0) { $0 + $1.rows }
                        let changes = leaves.reduce(Int64(0)) { $0 + $1.counters.updated + $1.counters.deleted }
                        guard rows >= Self.rows.value, Double(changes) >= Self.changes.value else { return nil }
                        let slots = logicalSlots.filter { $0.database == catalog.database }.map(\.name)
                        return finding(table, rows: rows, changes: changes, slots: slots, catalog)
                    }
            })
    }

    private func isTable(_ relation: Relation) -> Bool {
        (relation.kind == .table || relation.kind == .partitioned) && !relation.isPartition && !relation.isSystem
            && relation.persistence == "p"
    }

    private func finding(
        _ table: Relation, rows: Double, changes: Int64, slots: [String], _ catalog: DatabaseCatalog
    ) -> Finding {
        let isReplicated = !slots.isEmpty && ["d", "n"].contains(table.replicaIdentity)
        let candidate = catalog.indexes.first { index in
            index.relation == table.name && index.isUnique && index.isValid && index.predicate == nil
                && index.constraint == nil && index.accessMethod == "btree" && !index.isPartitioned
                && index.keyCount == index.columns.count
                && index.columns.allSatisfy { $0.name != nil && !$0.isDescending && !$0.isNullsFirst }
        }
        return Finding(
            Self.metadata, severity: .notice, tier: candidate == nil ? .cure : .fix,
            title: "\(table.name) has no primary key",
            objects: [.relation(table.name, in: catalog.database)],
            impact: isReplicated ? Impact(0.1, .risk, "breaks when published") : .none, confidence: .high,
            summary:
                "\(table.name) holds \(Quantity.about(rows)) rows and saw \(Quantity.about(Double(changes))) updates "
                + "and deletes, but nothing identifies a row."
                + (isReplicated
                    ? " Once it is published, logical replication (slot \(slots.joined(separator: ", "))) makes its "
                        + "UPDATE and DELETE fail." : ""),
            evidence: [
                Evidence("rows", "rows", .number(rows)),
                Evidence("rowsChanged", "rows updated or deleted", .count(changes)),
                Evidence("uniqueIndex", "unique index", .text(candidate?.name.description ?? "none")),
                Evidence("logicalSlots", "logical replication slots", .list(slots)),
            ],
            notIf: "it is a staging table that is emptied after each load",
            actions: candidate.map { [promote($0, table)] } ?? [add(table)])
    }

    private func promote(_ index: Index, _ table: Relation) -> Action {
        let name = SQL.identifier(index.name.name)
        return Action(
            .fix, "make \(index.name) the primary key",
            sql: [
                "ALTER TABLE \(table.name.quoted) ADD CONSTRAINT \(name) PRIMARY KEY USING INDEX \(name);"
            ],
            lock: LockNote(
                "ACCESS EXCLUSIVE",
                "nobody reads or writes it meanwhile: an instant where the columns are NOT NULL, a "
                    + "scan of the table otherwise"),
            gain: Gain("rows are identified; logical replication works", .ruleOfThumb),
            verify: "\\d \(table.name.quoted) shows the primary key",
            undo: "ALTER TABLE \(table.name.quoted) DROP CONSTRAINT \(name); -- drops the index, too",
            caution: "fails where a column holds NULL")
    }

    private func add(_ table: Relation) -> Action {
        Action(
            .cure, "find or add a key",
            steps: [
                "Ask the application's developers which columns identify a row. Look for duplicates in them (GROUP BY … "
                    + "HAVING count(*) > 1), make a unique index CONCURRENTLY, then ADD PRIMARY KEY USING INDEX.",
                "Where there are none: add a bigint column, fill it in batches from a sequence, and go on as above. "
                    + "Adding an identity column at once writes the table anew under ACCESS EXCLUSIVE.",
            ],
            gain: Gain("rows are identified; logical replication works", .ruleOfThumb))
    }

    static let examples: [RuleExample] = [
        .fires("updated, with no key at all", on: "public.carts") {
            $0.addTable("carts") { $0.counters.updated = 50_000 }
        },
        .fires("a unique index could be the key", on: "public.carts") {
            $0.addTable("carts") { $0.counters.updated = 50_000 }
            $0.addIndex("carts_number", on: "number", table: "carts") { $0.isUnique = true }
        },
        .fires("partitions count for their root", on: "public.events") {
            $0.addTable("events") {
                $0.kind = .partitioned
                $0.estimatedRows = -1
            }
            $0.addTable("events_1") {
                $0.isPartition = true
                $0.partitionRoot = QualifiedName("public", "events")
                $0.counters.deleted = 9000
            }
        },
        .silent("a log that only grows") { $0.addTable("log") },
        .silent("small") {
            $0.addTable("carts") {
                $0.estimatedRows = 50
                $0.counters.updated = 50_000
            }
        },
        .silent("it has one") {
            $0.addTable("carts") { $0.counters.updated = 50_000 }
            $0.catalogs[0].constraints = [
                .make {
                    $0.kind = .primaryKey
                    $0.relation = QualifiedName("public", "carts")
                }
            ]
        },
        .silent("unlogged: a scratch table") {
            $0.addTable("carts") {
                $0.persistence = "u"
                $0.counters.updated = 50_000
            }
        },
    ]
}
