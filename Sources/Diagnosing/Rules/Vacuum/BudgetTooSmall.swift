import Model

/// Dead rows are made faster than the cost limits let autovacuum remove them.
struct BudgetTooSmall: Rule {
    private static let share = Threshold(
        "share of the budget that is needed", 0.8, "share",
        source: "our choice: work itself takes time too, so that the whole budget is never had")
    private static let window = Threshold(
        "seconds of the window at least", 60, "s", source: "our choice: a rate of less is a moment's")
    private static let headroom = Threshold(
        "headroom of what is advised", 2, "times", source: "our choice: peaks, and the time that the work itself takes")

    static let metadata = RuleMetadata(
        id: "vacuum.budget-too-small",
        title: "Cost limits too small for the dead rows that are made",
        area: .vacuum,
        needs: [.relations, .indexes, .settings],
        looksAt:
            "rows updated and deleted of each table within the window, its threshold, pages and indexes; autovacuum_vacuum_cost_limit, "
            + "…_cost_delay, vacuum_cost_page_miss and …_page_dirty, reloptions",
        why:
            "All workers together may spend autovacuum_vacuum_cost_limit credits and then sleep for the delay. When the tables become due more often than "
            + "that pays for, autovacuum works all day and falls behind all the same; more workers share the same budget and change nothing.",
        limits:
            "Counted as if each VACUUM read all pages that are not all-visible and dirtied one for each dead row, and as if the work itself took no "
            + "time. HOT updates are often cleaned up without VACUUM and are left out. Tables with limits of their own are judged by vacuum.throttled-table.",
        thresholds: [share, window, headroom],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-VACUUM-COST",
            "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-VACUUM-COST-LIMIT",
        ],
        explains: [.keepsVacuumAway, Edge(.keepsVacuumAway, "vacuum.backlog")])

    private struct Demand {
        var relation: Relation
        var database: String
        /// Credits a second.
        var credits: Double
        /// Dead rows a second.
        var rate: Double
    }

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.runsAutovacuum, let budget = VacuumBudget(observation) else { return .findings([]) }
        let demands = observation.snapshot.catalogs.flatMap { catalog -> [Demand] in
            guard let seconds = seconds(catalog, observation), seconds >= Self.window.value else { return [] }
            let indexPages = Dictionary(grouping: catalog.indexes, by: \.relation)
                .mapValues { $0.reduce(0) { $0 + $1.pages } }
            return catalog.relations.compactMap { relation in
                demand(
                    relation, Double(indexPages[relation.name] ?? 0), seconds, budget, catalog, observation)
            }
        }
        .sorted { ($0.credits, $1.relation.oid) > ($1.credits, $0.relation.oid) }
        guard !demands.isEmpty else {
            let hasWrites = observation.snapshot.catalogs.contains { catalog in
                seconds(catalog, observation) ?? 0 < Self.window.value
                    && catalog.relations.contains(where: leavesDeadRows)
            }
            guard hasWrites else { return .findings([]) }
            return .inconclusive(
                "it is not known since when rows are counted: diagnose --sample 5m tells the rate of dead rows")
        }
        let needed = demands.reduce(0) { $0 + $1.credits }
        guard needed >= Self.share.value * budget.perSecond else { return .findings([]) }
        return .findings([finding(demands, needed, budget, observation)])
    }

    /// Since when the counters of the database's tables run.
    private func seconds(_ catalog: DatabaseCatalog, _ observation: Observation) -> Double? {
        guard observation.earlier?.catalogs.contains(where: { $0.database == catalog.database }) ?? false else {
            // The server's start would do as the least age only, and a rate needs the most: counters outlive a restart.
            return observation.age(
                of: observation.snapshot.databases.first { $0.name == catalog.database }?.statisticsReset)
        }
        return observation.window.seconds
    }

    private func leavesDeadRows(_ relation: Relation) -> Bool {
        relation.isVacuumed && !relation.isSystem
            && relation.counters.updated - relation.counters.hotUpdated + relation.counters.deleted > 0
    }

    private func demand(
        _ relation: Relation, _ indexPages: Double, _ seconds: Double, _ budget: VacuumBudget,
        _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Demand? {
        let threshold = AutovacuumThreshold(relation, observation)
        guard relation.isVacuumed, !threshold.isDisabled, relation.sizeOrEstimate > 0,
            relation.options["autovacuum_vacuum_cost_limit"] == nil,
            relation.options["autovacuum_vacuum_cost_delay"] == nil
        else { return nil }
        let counted = observation.counters(of: relation, in: catalog)
        let rate = Double(counted.updated - counted.hotUpdated + counted.deleted) / seconds
        guard rate > 0 else { return nil }
        let due = max(1, threshold.deadRows)
        let credits = budget.credits(ofVacuuming: relation, deadRows: due, indexPages: indexPages)
        // The launcher comes to a database once in autovacuum_naptime at most.
        let naptime = max(1, observation.setting("autovacuum_naptime")?.seconds ?? 60)
        return Demand(
            relation: relation, database: catalog.database, credits: credits * min(rate / due, 1 / naptime),
            rate: rate)
    }

    private func finding(
        _ demands: [Demand], _ needed: Double, _ budget: VacuumBudget, _ observation: Observation
    ) -> Finding {
        let share = needed / budget.perSecond
        let worst = demands.prefix(3).map(\.relation.name.description).joined(separator: ", ")
        let advised = Action.largerVacuumBudget(to: needed * Self.headroom.value, observation)
        return Finding(
            Self.metadata, severity: share >= 1 ? .warning : .notice, tier: .fix,
            title:
                "autovacuum may spend less than the dead rows cost: \(Quantity.percent(share)) of its budget is needed",
            objects: [.setting("autovacuum_vacuum_cost_limit")],
            impact: Impact(
                share, .risk, "\(Quantity.percent(share)) of it needed"), confidence: .medium,
            summary:
                "To visit each table when it is due, autovacuum would need \(Quantity.about(needed)) credits a second; "
                + "\(Quantity.decimal(budget.limit, places: 0)) every \(Quantity.decimal(budget.delay, places: 1)) ms are "
                + "\(Quantity.about(budget.perSecond)). Most is needed for \(worst).",
            evidence: [
                Evidence("creditsNeeded", "credits needed a second", .number(needed)),
                Evidence("creditsAllowed", "credits allowed a second", .number(budget.perSecond)),
                Evidence(
                    "deadRowsPerSecond", "dead rows made a second, without HOT",
                    .number(demands.reduce(0) { $0 + $1.rate })),
                Evidence(
                    "dirtiedPerSecond", "pages that may be dirtied a second",
                    .bytes(Int64(budget.bytesDirtied))),
                Evidence("tables", "tables, dearest first", .list(demands.prefix(10).map(\.relation.name.description))),
                Evidence("window", "window", .text(observation.window.text)),
            ], notIf: "the writes of this window were a load that does not come again",
            actions: [advised].compactMap(\.self) + [Self.fewer],
            explains: Set(demands.prefix(50).map { .deadTuples($0.relation.name, database: $0.database) }))
    }

    private static let fewer = Action(
        .cure, "make fewer dead rows, or cheaper ones",
        steps: [
            "Indexes that nobody scans are read by every VACUUM: drop them (index.unused).",
            "Updates that could be HOT leave nothing to VACUUM (shape.update-defeats-hot, vacuum.updates-leave-page).",
            "Rows that leave by age: drop partitions in place of DELETE.",
        ], gain: Gain("the budget is enough again", .ruleOfThumb),
        verify: "the share of the budget in the next diagnosis")

    static let examples: [RuleExample] = [
        .fires("the limits of an old server, and a busy table", on: "autovacuum_vacuum_cost_limit") {
            $0.addTable("events", rows: 10_000_000)
            $0.set("autovacuum_vacuum_cost_delay", "20", unit: "ms")
        } after: {
            $0.catalogs[0].relations[0].counters.deleted += 600_000
        },
        .silent("the same with the limits of today") {
            $0.addTable("events", rows: 10_000_000)
        } after: {
            $0.catalogs[0].relations[0].counters.deleted += 600_000
        },
        .silent("HOT updates, which need no VACUUM") {
            $0.addTable("events", rows: 10_000_000)
            $0.set("autovacuum_vacuum_cost_delay", "20", unit: "ms")
        } after: {
            $0.catalogs[0].relations[0].counters.updated += 600_000
            $0.catalogs[0].relations[0].counters.hotUpdated += 599_000
        },
        .silent("no limits at all") {
            $0.addTable("events", rows: 10_000_000)
            $0.set("autovacuum_vacuum_cost_delay", "0", unit: "ms")
        } after: {
            $0.catalogs[0].relations[0].counters.deleted += 600_000
        },
        .inconclusive("since when rows are counted is not known") {
            $0.addTable("events", rows: 10_000_000) { $0.counters.deleted = 5_000_000 }
        },
    ]
}
