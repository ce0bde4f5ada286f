import IndexAdvising
import Model
import Plans

/// Statements that read a large relation to return little of it, where an index would serve them.
struct MissingForPredicate: Rule {
    private static let share = Threshold(
        "share of time of the statements it serves", 0.03, "share",
        source: "our choice: an index costs every write, so what it saves must be felt")
    private static let saving = Threshold(
        "cost saved, by the planner's what-if", 0.5, "share", source: "dexter's default for a new index")
    private static let cost = Threshold("cost of the statement now", 100, "planner's units", source: "dexter's default")
    private static let kept = Threshold(
        "rows that the scan's filter keeps, without a what-if", 0.05, "share",
        source: "our choice: well below the tenth or so where an index scan stops to win over a sequential scan")

    static let metadata = RuleMetadata(
        id: "index.missing-for-predicate",
        title: "Index that statements lack",
        area: .index,
        needs: [.statements, .plans, .relations, .indexes, .statementTexts],
        looksAt:
            "the planner's plans of the statements that take the time; their scans' filters, join conditions and sort keys; the same "
            + "plans with the best set of hypothetical indexes, where HypoPG is installed",
        why:
            "Without an index that fits its condition, PostgreSQL reads the whole relation to find a few rows, again with every call. The "
            + "time grows with the table, and the blocks it reads push others' out of the cache.",
        limits:
            "Plans are generic: no parameter's value is known, so an index that helps for rare values only may be missed or overrated. "
            + "Relations below 10,000 rows, partitioned tables, and covering, GIN, GiST and BRIN indexes are left out: pgmedic indexes has "
            + "them, with a budget and what can be dropped. Without HypoPG only sequential scans that keep next to nothing count. "
            + "Each new index costs writes and HOT updates.",
        thresholds: [share, saving, cost, kept],
        references: [
            "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
            "https://hypopg.readthedocs.io",
        ],
        explains: [
            .costsTime, .variesTime, .spills, Edge(.readsBlocks, "waits.data-file-read"),
            Edge(.usesCPU, "waits.more-active-than-cores"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                missing(in: catalog, observation)
                    .filter { $0.share >= Self.share.value }
                    .map { finding($0, catalog, observation) }
            })
    }

    /// An index with the statements that it would serve.
    private struct Missing {
        var index: HypotheticalIndex
        var isProven: Bool
        var served: [(load: StatementLoad, before: Double, after: Double?)] = []
        /// Foreign keys of the same columns, with the deletes of their parents: these look rows up by them too.
        var foreignKeys: [ForeignKeyLookup] = []
        var share: Double {
            Set(loads.map(\.key)).reduce(0) { sum, key in sum + (loads.first { $0.key == key }?.share ?? 0) }
        }
        var loads: [StatementLoad] { served.map(\.load) + foreignKeys.flatMap(\.deletes) }
        /// Of all time, by the planner's costs.
        var gain: Double {
            served.reduce(0) { sum, one in
                guard let after = one.after, one.before > 0 else { return sum }
                return sum + one.load.share * (1 - after / one.before)
            }
        }
    }

    private func missing(in catalog: DatabaseCatalog, _ observation: Observation) -> [Missing] {
        var found: [String: Missing] = [:]
        var order: [String] = []
        func add(_ index: HypotheticalIndex, _ load: StatementLoad, _ before: Double, _ after: Double?) {
            let key = "\(index.relation.quoted) \(index.keys) \(index.included) \(index.predicate ?? "")"
            if found[key] == nil {
                found[key] = Missing(index: index, isProven: after != nil)
                order.append(key)
            }
            found[key]!.served.append((load, before, after))
        }
        let wasAsked = !observation.snapshot.notes.contains { $0.evidence == .whatIf && $0.isTotal }
        for (load, plan) in observation.plans(in: catalog) {
            if let answer = load.representative.whatIf.first(where: \.isUsed) {
                guard answer.costBefore >= Self.cost.value,
                    answer.costAfter <= answer.costBefore * (1 - Self.saving.value)
                else { continue }
                for index in answer.indexes {
                    // An index on an expression is advised beside the rewrite that makes it needless.
                    if index.isOnExpression, FunctionOnIndexedColumn.advises(indexFor: load, observation) { continue }
                    add(index, load, answer.costBefore, answer.costAfter)
                }
            } else if !wasAsked {
                for index in estimated(load, plan, catalog, observation) { add(index, load, plan.root.totalCost, nil) }
            }
        }
        guard !order.isEmpty else { return [] }
        let lookups = ForeignKeyLookup.withoutIndex(in: catalog, observation)
        return order.compactMap { key in
            guard var missing = found[key] else { return nil }
            missing.foreignKeys = lookups.filter { $0.isServed(by: missing.index) }
            return missing
        }
    }

    /// The keys of the indexes that this rule advises: other rules need not advise them again.
    static func advised(in catalog: DatabaseCatalog, _ observation: Observation) -> [HypotheticalIndex] {
        MissingForPredicate().missing(in: catalog, observation).filter { $0.share >= share.value }.map(\.index)
    }

    /// Without HypoPG: only for a sequential scan whose filter keeps next to nothing.
    private func estimated(
        _ load: StatementLoad, _ plan: Plan, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> [HypotheticalIndex] {
        guard let search = observation.surveys[catalog.database]?.search else { return [] }
        let path = load.representative.searchPath
        let selective = plan.root.all { node in
            guard node.isSequentialScan, node.filter != nil, let relation = search.relation(of: node, path) else {
                return false
            }
            return node.rows <= relation.rows * Self.kept.value
        }
        guard plan.root.totalCost >= Self.cost.value, !selective.isEmpty else { return [] }
        let taken = Set(catalog.indexes.map(\.name.name))
        return search.propose([(plan, path)])
            .filter { candidate in selective.contains { $0.relation == candidate.relation.name } }
            .prefix(1).map { $0.hypothetical(estimatedSize: 0, besides: taken) }
    }

    private func finding(_ missing: Missing, _ catalog: DatabaseCatalog, _ observation: Observation) -> Finding {
        let index = missing.index
        let keys = index.keys.joined(separator: ", ")
        let served = missing.served.sorted { $0.load.share > $1.load.share }
        let first = served[0]
        let relation = catalog.relations.first { $0.name == index.relation }
        let effect =
            first.after.map {
                " With an index the planner's cost falls from \(Quantity.about(first.before)) to \(Quantity.about($0))."
            } ?? ""
        var evidence = [
            Evidence("share", "share of time", .share(missing.share)),
            Evidence("calls", "calls", .count(served.reduce(0) { $0 + $1.load.counters.calls })),
            Evidence("meanTime", "mean time of a call", .milliseconds(first.load.counters.meanTime)),
            Evidence("costBefore", "cost now", .number(first.before)),
        ]
        if let after = first.after { evidence.append(Evidence("costAfter", "cost with the index", .number(after))) }
        if let relation {
            evidence.append(Evidence("rows", "rows of the table", .count(Int64(relation.rows))))
            evidence.append(Evidence("tableSize", "table size", .bytes(relation.sizeOrEstimate)))
        }
        evidence.append(
            Evidence("statements", "statements", .list(served.prefix(5).map { $0.load.text ?? $0.load.key.name })))
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "\(index.relation) has no index on \(keys)",
            objects: [.relation(index.relation, in: catalog.database)],
            impact: .share(missing.share), confidence: missing.isProven ? .high : .medium,
            summary: "\(Quantity.plural(served.count, "statement")) that \(served.count == 1 ? "takes" : "take") "
                + "\(Quantity.percent(served.reduce(0) { $0 + $1.load.share })) of the time \(served.count == 1 ? "reads" : "read") all of \(index.relation)"
                + (relation.map { " (\(Quantity.bytes($0.sizeOrEstimate)))" } ?? "")
                + " for want of an index on \(keys).\(effect)" + also(missing),
            evidence: evidence, notIf: "the table is loaded far more often than it is read",
            actions: [action(missing, relation)],
            explains: Set(missing.loads.map(\.link)),
            symptomOf: [.relation(index.relation, database: catalog.database)],
            identity: index.keys)
    }

    private func also(_ missing: Missing) -> String {
        guard let first = missing.foreignKeys.first else { return "" }
        let share = first.deletes.reduce(0) { $0 + $1.share }
        return
            " Deletes from \(first.parent) (\(Quantity.percent(share)) of the time) look rows up by it too, through \(first.constraint.name)."
    }

    private func action(_ missing: Missing, _ relation: Relation?) -> Action {
        let index = missing.index
        let writes = relation.map { $0.counters.writes } ?? 0
        let gain =
            missing.isProven
            ? Gain("−\(Quantity.percent(missing.gain)) of the time", .whatIf)
            : Gain("at most −\(Quantity.percent(missing.share)) of the time", .estimated)
        return IndexStep.create(
            index, gain: gain,
            notes: [
                IndexStep.size(index),
                "\(Quantity.about(Double(writes))) rows were written since the statistics' reset; each such write will maintain it too.",
            ])
    }

    static let examples: [RuleExample] = [
        .fires("proven by the planner", on: "public.order_items") { $0.addScannedTable(whatIf: (14_000, 16)) },
        .fires("HypoPG is not there; the filter keeps three rows", on: "public.order_items") {
            $0.addScannedTable(whatIf: nil)
            $0.notes = [
                .make {
                    $0.evidence = .whatIf
                    $0.reason = .extensionMissing
                }
            ]
        },
        .silent("an index on an expression, which the shape's rule advises") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE lower(email) = $1")
            $0.statementStatistics!.statements[0].whatIf = [.onLowerEmail]
            $0.statementStatistics!.statements[0].plan = .make {
                $0.json = """
                    [{"Plan": {"Node Type": "Seq Scan", "Relation Name": "customers", "Total Cost": 9000,
                    "Filter": "(lower(email) = $1)"}}]
                    """
            }
        },
        .silent("the planner would not use it") { $0.addScannedTable(whatIf: nil) },
        .silent("saves a third only") { $0.addScannedTable(whatIf: (14_000, 9000)) },
        .silent("cheap as it is") { $0.addScannedTable(whatIf: (80, 4)) },
        .silent("takes no time") { $0.addScannedTable(whatIf: (14_000, 16), time: 9000) },
        .silent("HypoPG is not there; the filter keeps most rows") {
            $0.addScannedTable(whatIf: nil, kept: 900_000)
            $0.notes = [
                .make {
                    $0.evidence = .whatIf
                    $0.reason = .extensionMissing
                }
            ]
        },
    ]
}

/// CREATE INDEX CONCURRENTLY, as several rules advise it.
enum IndexStep {
    static func size(_ index: HypotheticalIndex) -> String {
        index.estimatedSize > 0
            ? "Size: about \(Quantity.bytes(index.estimatedSize)) (our estimate, mostly within a quarter of the real size)."
            : "Its size was not estimated."
    }

    static func create(_ index: HypotheticalIndex, gain: Gain, notes: [String]) -> Action {
        // The name follows CONCURRENTLY in a definition that we wrote ourselves.
        let name = index.definition.split(separator: " ON ")[0].dropFirst("CREATE INDEX CONCURRENTLY ".count)
        let qualified = SQL.identifier(index.relation.schema) + "." + name
        return Action(
            .fix, "index \(index.relation) (\(index.keys.joined(separator: ", ")))", sql: [index.definition],
            steps: notes,
            lock: LockNote.concurrentIndex, gain: gain,
            verify: "pgmedic diagnose: the finding is gone, and so are the sequential scans of the table",
            undo: "DROP INDEX CONCURRENTLY \(qualified);",
            caution: "not inside a transaction block; when it fails it leaves an INVALID index: drop it and run again")
    }
}
