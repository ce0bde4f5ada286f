import IndexAdvising
import Model

/// Two indexes that are letter by letter the same.
struct DuplicateIndex: Rule {
    static let metadata = RuleMetadata(
        id: "index.duplicate",
        title: "Index that is a copy of another",
        area: .index,
        needs: [.indexes],
        looksAt: "pg_index, pg_class and pg_opclass: access method, keys with operator class, collation, direction and "
            + "place of nulls, INCLUDE, expressions, predicate and uniqueness",
        why: "Both copies are written at every insert and at every update that is not HOT, both fill the cache and the "
            + "WAL, and only one is ever needed. Dropping the other costs nothing but the moment that it takes.",
        limits: "Where literals of predicates or expressions are redacted, only copies that the collector saw to be "
            + "letter by letter the same are compared. Copies that enforce constraints are reported without SQL to drop "
            + "them: foreign keys and ON CONFLICT clauses may name them.",
        thresholds: [felt],
        references: [
            "https://www.postgresql.org/docs/current/sql-dropindex.html",
            "https://wiki.postgresql.org/wiki/Index_Maintenance#Duplicate_indexes",
        ])

    private static let felt = Threshold(
        "size from which a copy is a warning and not a notice", 104_857_600, "bytes",
        source: "PgHero: index bloat counts from 100 MB; the waste of a copy is of the same kind")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.indexSurveys.flatMap { survey in
                survey.needless.copies.flatMap { copies in
                    copies.others.filter { !($0.relation.schema == "pg_toast") }
                        .map { finding($0, kept: copies.kept, survey.tree, survey.catalog.database) }
                }
            })
    }

    private func finding(_ index: Index, kept: Index, _ tree: IndexTree, _ database: String) -> Finding {
        let size = tree.size(index)
        let isConstraint = index.constraint != nil
        let entries = tree.entriesWritten(index)
        return Finding(
            Self.metadata, severity: Double(size) >= Self.felt.value && entries > 0 ? .warning : .notice, tier: .fix,
            title: "\(index.name) is a copy of \(kept.name) on \(index.relation)",
            objects: [
                .index(index.name, in: database), .index(kept.name, in: database),
                .relation(index.relation, in: database),
            ],
            impact: .bytes(size, "to gain"), confidence: .high,
            summary:
                "\(index.name) has the same keys \(index.keyList) as \(kept.name), and \(reason(kept, over: index)). "
                + "It takes \(Quantity.bytes(size)), and every write of \(index.relation) maintains both.",
            evidence: [
                Evidence("indexSize", "size of the copy", .bytes(size)),
                Evidence("keptIndexSize", "size of the one to keep", .bytes(tree.size(kept))),
                Evidence("scans", "scans of the copy", .count(tree.scans(index))),
                Evidence("keptScans", "scans of the one to keep", .count(tree.scans(kept))),
                Evidence("entriesWritten", "entries written into each", .count(entries)),
                Evidence("keys", "keys", .text(index.keyList)),
            ],
            actions: [isConstraint ? byHand(index, kept) : drop(index, kept, size)],
            explains: [.index(index.name, database: database)])
    }

    private func reason(_ kept: Index, over index: Index) -> String {
        if kept.constraint != nil && index.constraint == nil { return "\(kept.name) enforces a constraint" }
        if kept.isReplicaIdentity { return "\(kept.name) is the replica identity" }
        return "neither does what the other cannot"
    }

    private func drop(_ index: Index, _ kept: Index, _ size: Int64) -> Action {
        DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)) and one index less to write", .measured))
            .action(
                title: "drop \(index.name), keep \(kept.name)",
                verify: "scans of \(kept.name) go on growing: SELECT idx_scan FROM pg_catalog.pg_stat_user_indexes "
                    + "WHERE indexrelid = \(SQL.literal(kept.name.quoted))::regclass;")
    }

    private func byHand(_ index: Index, _ kept: Index) -> Action {
        Action(
            .cure, "decide which of the two constraints is needed",
            steps: [
                "\(index.name) enforces constraint \(index.constraint ?? ""), \(kept.name) "
                    + "\(kept.constraint.map { "constraint \($0)" } ?? "the same"): the same rule, twice.",
                "Look for foreign keys that refer to it, and for ON CONFLICT ON CONSTRAINT in the application.",
                "Drop the one that nothing names, in a migration of the application.",
            ],
            gain: Gain("one index less to write", .ruleOfThumb))
    }

    static let examples: [RuleExample] = [
        .fires("the larger of two copies goes", on: "public.orders_copy") {
            $0.addIndex("orders_customer", on: "customer_id", "created_at")
            $0.addIndex("orders_copy", on: "customer_id", "created_at", megabytes: 120)
        },
        .fires("the copy of a primary key goes, though it is smaller", on: "public.orders_id") {
            $0.addIndex("orders_pkey", on: "id") {
                $0.isUnique = true
                $0.isPrimary = true
                $0.constraint = "orders_pkey"
            }
            $0.addIndex("orders_id", on: "id", megabytes: 50) { $0.isUnique = true }
        },
        .fires("three copies: one stays", on: "public.b", "public.c") {
            $0.addIndex("a", on: "status", megabytes: 20)
            $0.addIndex("b", on: "status", megabytes: 30)
            $0.addIndex("c", on: "status", megabytes: 40)
        },
        .fires("two unique constraints on one column: no SQL to drop either", on: "public.orders_number_key1") {
            for name in ["orders_number_key", "orders_number_key1"] {
                $0.addIndex(name, on: "number") {
                    $0.isUnique = true
                    $0.constraint = name
                }
            }
        },
        .silent("other operator class") {
            $0.addIndex("a", on: "email")
            $0.addIndex("b", on: "email") { $0.columns[0].operatorClass = 4218 }
        },
        .silent("other collation") {
            $0.addIndex("a", on: "email")
            $0.addIndex("b", on: "email") { $0.columns[0].collation = 950 }
        },
        .silent("other predicate") {
            $0.addIndex("a", on: "email")
            $0.addIndex("b", on: "email") { $0.predicate = "deleted_at IS NULL" }
        },
        .silent("predicates that only look the same, as their literals are redacted") {
            for name in ["a", "b"] {
                $0.addIndex(name, on: "email") {
                    $0.predicate = "status = '?'"
                    $0.hasLiterals = true
                }
            }
        },
        .fires("predicates that the collector saw to be the same", on: "public.b") {
            for name in ["a", "b"] {
                $0.addIndex(name, on: "email") {
                    $0.predicate = "status = '?'"
                    $0.hasLiterals = true
                    $0.textClass = 1
                }
            }
        },
        .silent("one is INVALID: another rule's case") {
            $0.addIndex("a", on: "email")
            $0.addIndex("b", on: "email") { $0.isValid = false }
        },
        .silent("hash beside B-tree") {
            $0.addIndex("a", on: "email")
            $0.addIndex("b", on: "email") { $0.accessMethod = "hash" }
        },
    ]
}
