import Model

/// A constraint that holds for new rows only.
struct ConstraintNotValidated: Rule {
    static let metadata = RuleMetadata(
        id: "schema.constraint-not-validated",
        title: "Constraint that was never checked against the rows",
        area: .schema,
        needs: [.constraints],
        looksAt: "pg_constraint.convalidated of foreign keys and check constraints",
        why: "NOT VALID adds a constraint without a long lock, and the second step, VALIDATE, is easily forgotten. New "
            + "rows obey it; old ones may not, a restore of a dump can fail on them, and the planner does not rely on it.",
        limits: "Constraints that partitions inherit are reported at the parent. A migration may be half-way.",
        references: [
            "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT"
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.constraints
                    .filter { !$0.isValidated && !$0.isInherited && ($0.kind == .foreignKey || $0.kind == .check) }
                    .map { finding($0, catalog) }
            })
    }

    private func finding(_ constraint: Constraint, _ catalog: DatabaseCatalog) -> Finding {
        let table = catalog.relations.first { $0.name == constraint.relation }
        let what = constraint.kind == .foreignKey ? "foreign key" : "check constraint"
        var evidence = [
            Evidence("constraint", "constraint", .text(constraint.name)), Evidence("kind", "kind", .text(what)),
            Evidence("columns", "columns", .list(constraint.columns)),
        ]
        if let table {
            evidence.append(Evidence("rows", "rows of the table", .number(table.rows)))
            evidence.append(Evidence("tableSize", "size of the table", .bytes(table.sizeOrEstimate)))
        }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(constraint.name) on \(constraint.relation) was never validated",
            objects: [
                ObjectReference(
                    .constraint, "\(constraint.relation.schema).\(constraint.relation.name).\(constraint.name)",
                    in: catalog.database),
                .relation(constraint.relation, in: catalog.database),
            ],
            impact: Impact(0, .none, "rows unchecked"), confidence: .high,
            summary:
                "The \(what) \(constraint.name) was added NOT VALID: rows that were in \(constraint.relation) before "
                + "may violate it.",
            evidence: evidence, notIf: "a migration that will validate it is under way",
            actions: actions(constraint, table))
    }

    private func actions(_ constraint: Constraint, _ table: Relation?) -> [Action] {
        var actions: [Action] = []
        if let orphans = constraint.orphanQuery {
            actions.append(
                Action(
                    .containment, "look for rows that violate it", sql: [orphans], lock: LockNote.none,
                    gain: Gain("says whether it can be validated as it stands", .byDefinition),
                    caution: "reads the whole table: at a quiet hour when it is large"))
        }
        actions.append(
            Action(
                .fix, "validate \(constraint.name)",
                sql: [
                    "ALTER TABLE \(constraint.relation.quoted) VALIDATE CONSTRAINT \(SQL.identifier(constraint.name));"
                ],
                lock: LockNote(
                    "SHARE UPDATE EXCLUSIVE",
                    "reads and writes go on; no VACUUM or DDL of it"
                        + (constraint.kind == .foreignKey ? "; ROW SHARE on the table that it refers to" : "")),
                gain: Gain("all rows are known to obey it, and the planner may rely on it", .ruleOfThumb),
                verify: "SELECT convalidated FROM pg_catalog.pg_constraint WHERE conrelid = "
                    + "\(SQL.literal(constraint.relation.quoted))::regclass AND conname = "
                    + "\(SQL.literal(constraint.name));",
                undo: "nothing to undo: it only marks the constraint as checked",
                caution: "fails on the first row that violates it, and changes nothing then"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a foreign key added NOT VALID", on: "public.orders.orders_customer_fkey") {
            $0.addForeignKey { $0.isValidated = false }
        },
        .fires("a check constraint added NOT VALID", on: "public.orders.positive") {
            $0.addForeignKey {
                $0.name = "positive"
                $0.kind = .check
                $0.isValidated = false
            }
        },
        .silent("validated") { $0.addForeignKey() },
        .silent("inherited by a partition: the parent's is reported") {
            $0.addForeignKey {
                $0.isValidated = false
                $0.isInherited = true
            }
        },
    ]
}

extension Snapshot {
    /// Adds `orders.customer_id` → `customers.id`, both integer, to an example, with the tables.
    mutating func addForeignKey(_ configure: (inout Constraint) -> Void = { _ in }) {
        addTable("orders")
        addTable("customers")
        catalogs[0].constraints.append(
            .make {
                $0.name = "orders_customer_fkey"
                $0.kind = .foreignKey
                $0.relation = QualifiedName("public", "orders")
                $0.columns = ["customer_id"]
                $0.columnTypes = ["integer"]
                $0.referencedRelation = QualifiedName("public", "customers")
                $0.referencedColumns = ["id"]
                $0.referencedColumnTypes = ["integer"]
                configure(&$0)
            })
    }
}
