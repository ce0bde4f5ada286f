import Model

/// A foreign key whose columns no index serves, where deletes or updates of the parent pay for it.
struct MissingOnForeignKey: Rule {
    private static let rows = Threshold(
        "fewest rows of the referencing table", 10_000, "rows", source: "pghero's floor for index advice")
    private static let share = Threshold(
        "share of time of deletes of the parent", 0.01, "share", source: "our choice: below a hundredth nobody feels it"
    )
    private static let read = Threshold(
        "rows read by sequential scans, over the table's rows", 20, "times",
        source: "our choice: twenty times the whole table; pgx_scripts asks for 1,000 writes of the parent")

    static let metadata = RuleMetadata(
        id: "index.missing-on-foreign-key",
        title: "Foreign key without an index",
        area: .index,
        needs: [.relations, .indexes, .constraints],
        looksAt:
            "pg_constraint and pg_index: a whole, non-partial B-tree index whose first columns are the key's, in any order; deletes of "
            + "the parent within the window, statements that delete from it, sequential scans of the referencing table",
        why:
            "PostgreSQL indexes the referenced columns, not the referencing ones. Each DELETE of a parent's row, and each UPDATE of its key, "
            + "has to look for rows that refer to it; without an index it reads the whole referencing table each time, and holds its "
            + "row locks meanwhile.",
        limits:
            "Silent while nobody deletes from the parent: most foreign keys do well without an index. Joins from parent to child are "
            + "judged by their plans (index.missing-for-predicate).",
        thresholds: [rows, share, read],
        references: [
            "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        ], explains: [.costsTime, .variesTime, Edge(.keepsLocksLonger, "locks.foreign-key-share-locks")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                let advised = MissingForPredicate.advised(in: catalog, observation)
                return ForeignKeyLookup.withoutIndex(in: catalog, observation)
                    .filter { lookup in
                        lookup.child.rows >= Self.rows.value && !advised.contains { lookup.isServed(by: $0) }
                    }
                    .compactMap { finding($0, catalog, observation) }
            })
    }

    private func finding(
        _ lookup: ForeignKeyLookup, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding? {
        let (constraint, parent, child) = (lookup.constraint, lookup.parent, lookup.child)
        let (deletes, deleted) = (lookup.deletes, lookup.deletedRows)
        let share = deletes.reduce(0) { $0 + $1.share }
        let scanned = observation.counters(of: child, in: catalog).sequentialTuplesRead
        guard deleted > 0, share >= Self.share.value || Double(scanned) >= Self.read.value * child.rows && deleted >= 20
        else { return nil }
        let keys = constraint.columns.map(SQL.identifier).joined(separator: ", ")
        let mean = deletes.first.map { ", \(Quantity.milliseconds($0.counters.meanTime)) each" } ?? ""
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(child.name) has no index on \(keys), the foreign key to \(parent)",
            objects: [
                .relation(child.name, in: catalog.database),
                ObjectReference(.constraint, constraint.name, in: catalog.database),
            ],
            impact: share > 0 ? .share(share) : Impact(0, .none, "deletes are slow"),
            confidence: share > 0 ? .high : .medium,
            summary:
                "\(Quantity.about(Double(deleted))) rows of \(parent) were deleted\(mean); for each, \(constraint.name) reads all of "
                + "\(child.name) (\(Quantity.bytes(child.sizeOrEstimate))) to see whether rows refer to it.",
            evidence: [
                Evidence("foreignKey", "foreign key", .text("\(constraint.name) (\(keys)) to \(parent)")),
                Evidence("deletedRows", "rows of the parent deleted", .count(deleted)),
                Evidence("sequentialTuplesRead", "rows read by sequential scans", .count(scanned)),
                Evidence("rows", "rows of the table", .count(Int64(child.rows))),
                Evidence("tableSize", "table size", .bytes(child.sizeOrEstimate)),
            ]
                + (deletes.first.map {
                    [
                        Evidence("share", "share of time of the deletes", .share($0.share)),
                        Evidence("statement", "statement", .text($0.text ?? "")),
                    ]
                } ?? []),
            notIf: "the delete was done once and does not come back",
            actions: actions(constraint, child, parent, share, catalog),
            explains: Set(deletes.map(\.link)),
            // Statements that join or look up by the same key lack the same index: one finding stands for both.
            symptomOf: [.relation(child.name, database: catalog.database)], identity: constraint.columns)
    }

    private func actions(
        _ constraint: Constraint, _ child: Relation, _ parent: QualifiedName, _ share: Double,
        _ catalog: DatabaseCatalog
    ) -> [Action] {
        let taken = Set(catalog.indexes.map(\.name.name))
        let keys = constraint.columns.map(SQL.identifier)
        let name = SQL.freeName([child.name.name] + constraint.columns, besides: taken)
        let index = HypotheticalIndex.make {
            $0.relation = child.name
            $0.keys = keys
            $0.definition =
                "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(child.name.quoted) (\(keys.joined(separator: ", ")));"
        }
        let gain =
            share > 0
            ? Gain("at most −\(Quantity.percent(share)) of the time, and shorter locks", .estimated)
            : Gain("deletes of \(parent) no longer read the table", .estimated)
        return [
            IndexStep.create(index, gain: gain, notes: []),
            Action(
                .cure, "delete in bulk by partition, or not at all",
                steps: [
                    "Where rows go by age, partition \(parent) and what refers to it by time, and drop partitions."
                ],
                gain: Gain("no row is looked up for a delete", .ruleOfThumb)),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("deletes of the parent take a tenth of the time", on: "public.order_items") {
            $0.addForeignKey(deletes: 4000)
        },
        .silent("an index begins with the column") {
            $0.addForeignKey(deletes: 4000)
            $0.addIndex("order_items_order_id_idx", on: "order_id", "id", table: "order_items")
        },
        .fires("its index is partial", on: "public.order_items") {
            $0.addForeignKey(deletes: 4000)
            $0.addIndex("order_items_order_id_idx", on: "order_id", table: "order_items") {
                $0.predicate = "(quantity > 5)"
            }
        },
        .fires("its index is INVALID", on: "public.order_items") {
            $0.addForeignKey(deletes: 4000)
            $0.addIndex("order_items_order_id_idx", on: "order_id", table: "order_items") { $0.isValid = false }
        },
        .silent("leaves out NULL keys only") {
            $0.addForeignKey(deletes: 4000)
            $0.addIndex("order_items_order_id_idx", on: "order_id", table: "order_items") {
                $0.predicate = "(order_id IS NOT NULL)"
            }
        },
        .silent("advised for a statement already") {
            $0.addForeignKey(deletes: 4000)
            $0.addScannedTable(whatIf: (14_000, 16))
        },
        .silent("nobody deletes from the parent") { $0.addForeignKey(deletes: 0) },
    ]
}

extension Snapshot {
    /// order_items refers to orders, from which rows are deleted.
    fileprivate mutating func addForeignKey(deletes: Int64) {
        addTable("orders", rows: 400_000) { $0.counters.deleted = deletes }
        addTable("order_items", rows: 1_000_000) { $0.counters.sequentialTuplesRead = deletes * 1_000_000 }
        catalogs[0].constraints = [
            .make {
                $0.name = "order_items_order_id_fkey"
                $0.kind = .foreignKey
                $0.relation = QualifiedName("public", "order_items")
                $0.columns = ["order_id"]
                $0.referencedRelation = QualifiedName("public", "orders")
                $0.referencedColumns = ["id"]
            }
        ]
        guard deletes > 0 else { return }
        addStatement("f9", "DELETE FROM orders WHERE id = $1", calls: deletes, time: 120_000) {
            $0.plan = .make {
                $0.json = """
                    [{"Plan": {"Node Type": "ModifyTable", "Operation": "Delete", "Relation Name": "orders", "Total Cost": 8}}]
                    """
            }
        }
    }
}
