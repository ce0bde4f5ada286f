import Model

/// Triggers that were switched off and not on again.
struct DisabledTriggers: Rule {
    static let metadata = RuleMetadata(
        id: "schema.disabled-trigger",
        title: "Triggers that are switched off",
        area: .schema,
        needs: [.triggers],
        looksAt: "pg_trigger.tgenabled, of users' triggers and of the internal ones that enforce foreign keys",
        why: "DISABLE TRIGGER ALL is used to speed up a load. When it is not taken back, foreign keys are no longer "
            + "enforced, without any error, and every write may leave rows that refer to nothing.",
        limits:
            "Whether a user's trigger was disabled for good is not known: those are notices. Foreign keys are critical "
            + "where rows are being written within a window of two readings, else a warning.",
        references: ["https://www.postgresql.org/docs/current/sql-altertable.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.filter { !$0.disabledTriggers.isEmpty }.flatMap { catalog in
                let relations = Dictionary(
                    catalog.relations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
                let byRoot = Dictionary(grouping: catalog.disabledTriggers) { trigger in
                    relations[trigger.relation]?.partitionRoot ?? trigger.relation
                }
                return byRoot.sorted { $0.key < $1.key }.map { root, triggers in
                    let writes = Set(triggers.map(\.relation))
                        .compactMap { relations[$0] }
                        .reduce(Int64(0)) { $0 + observation.counters(of: $1, in: catalog).writes }
                    let isNow = observation.window.basis != .sinceReset && writes > 0
                    return finding(root, triggers, writes: writes, isNow: isNow, catalog)
                }
            })
    }

    private func finding(
        _ table: QualifiedName, _ triggers: [DisabledTrigger], writes: Int64, isNow: Bool, _ catalog: DatabaseCatalog
    ) -> Finding {
        let internals = triggers.filter(\.isInternal)
        let isKeyOff = !internals.isEmpty
        let names = triggers.map { SQL.identifier($0.name) }
        return Finding(
            Self.metadata, severity: isKeyOff ? (isNow ? .critical : .warning) : .notice, tier: .fix,
            title: isKeyOff
                ? "foreign keys of \(table) are not enforced: triggers are disabled"
                : "\(Quantity.plural(triggers.count, "trigger")) of \(table) disabled",
            objects: [.relation(table, in: catalog.database)],
            impact: isKeyOff ? Impact(1, .risk, "keys not enforced") : .none, confidence: .high,
            summary: isKeyOff
                ? "\(Quantity.plural(internals.count, "internal trigger")) of \(table) that enforce foreign keys are "
                    + "disabled: rows that are written meanwhile are not checked. "
                    + "\(Quantity.about(Double(writes))) rows were written "
                    + (isNow ? "within the window." : "since the statistics' reset.")
                : "The triggers \(names.joined(separator: ", ")) of \(table) do not run.",
            evidence: [
                Evidence("disabledTriggers", "disabled triggers", .list(triggers.map(\.name))),
                Evidence("internalTriggers", "of foreign keys", .count(Int64(internals.count))),
                Evidence(
                    "rowsWritten",
                    isNow ? "rows written within the window" : "rows written since the statistics' reset",
                    .count(writes)),
            ],
            notIf: isKeyOff ? "a bulk load is under way that will enable them" : "they were disabled for good",
            actions: actions(table, triggers, catalog))
    }

    private func actions(
        _ table: QualifiedName, _ triggers: [DisabledTrigger], _ catalog: DatabaseCatalog
    ) -> [Action] {
        let statement = { (verb: String, trigger: DisabledTrigger) in
            "ALTER TABLE \(trigger.relation.quoted) \(verb) TRIGGER \(SQL.identifier(trigger.name));"
        }
        let hasInternal = triggers.contains(where: \.isInternal)
        var actions = [
            Action(
                .fix, "enable \(triggers.count == 1 ? "it" : "them") again",
                sql: triggers.map { statement("ENABLE", $0) },
                lock: LockNote("SHARE ROW EXCLUSIVE", "reads go on; writes of the table wait an instant"),
                gain: Gain(
                    hasInternal ? "rows written from now on are checked" : "they run from now on", .byDefinition),
                verify: "SELECT tgname, tgenabled FROM pg_catalog.pg_trigger WHERE tgrelid = "
                    + "\(SQL.literal(table.quoted))::regclass;",
                undo: triggers.map { statement("DISABLE", $0) }.joined(separator: "\n"),
                caution: hasInternal ? "internal triggers need a superuser; rows that are there are not checked" : nil)
        ]
        let orphans = catalog.constraints
            .filter { $0.kind == .foreignKey && ($0.relation == table || $0.referencedRelation == table) }
            .compactMap(\.orphanQuery)
        if hasInternal && !orphans.isEmpty {
            actions.append(
                Action(
                    .cure, "find the rows that slipped in, and mend them", sql: orphans,
                    steps: ["Ask the owner of the data whether to delete such rows or to add what they refer to."],
                    lock: LockNote.none, gain: Gain("the data is whole again", .ruleOfThumb),
                    caution: "each reads a whole table: at a quiet hour when it is large"))
        }
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("DISABLE TRIGGER ALL after a load", on: "public.orders") {
            $0.addForeignKey()
            $0.catalogs[0].disabledTriggers = [trigger("RI_ConstraintTrigger_c_16405", isInternal: true)]
        },
        .fires("an audit trigger", on: "public.orders") {
            $0.catalogs[0].disabledTriggers = [trigger("audit", isInternal: false)]
        },
        .fires("of partitions, once", on: "public.events") {
            for part in ["events_1", "events_2"] {
                $0.addTable(part) { $0.partitionRoot = QualifiedName("public", "events") }
            }
            $0.catalogs[0].disabledTriggers = ["events_1", "events_2"].map { part in
                .make {
                    $0.relation = QualifiedName("public", part)
                    $0.name = "audit"
                }
            }
        },
        .silent("none disabled") { $0.addForeignKey() },
    ]

    private static func trigger(_ name: String, isInternal: Bool) -> DisabledTrigger {
        .make {
            $0.relation = QualifiedName("public", "orders")
            $0.name = name
            $0.isInternal = isInternal
        }
    }
}
