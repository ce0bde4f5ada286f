import Foundation
import Model

/// A table that changed much since ANALYZE last looked at it.
struct StaleStatistics: Rule {
    private static let factor = Threshold(
        "rows changed over the table's own threshold", 2, "times",
        source: "our choice: at once the threshold autovacuum is merely due; below it a table is not stale (dasha)")
    private static let rows = Threshold("fewest rows", 10_000, "rows", source: "pghero's floor for tables worth a look")
    private static let age = Threshold(
        "ANALYZE is at least so old", 600, "s", source: "our choice: ten times autovacuum_naptime's default")

    static let metadata = RuleMetadata(
        id: "statistics.stale",
        title: "Stale statistics of a table",
        area: .statistics,
        needs: [.relations, .settings],
        looksAt:
            "pg_stat_all_tables.n_mod_since_analyze against the table's effective analyze threshold, last_analyze, last_autoanalyze",
        why:
            "The planner guesses row counts from what ANALYZE saw. After a load or a mass update it plans for a table that is no longer "
            + "there, and picks nested loops or indexes that are far too dear.",
        limits:
            "Counts of changed rows start at 0 after a crash. A table that changed evenly may have statistics that are still right: compare "
            + "the plan's estimated rows with the actual ones.",
        thresholds: [factor, rows, age],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",
            "https://www.postgresql.org/docs/current/sql-analyze.html",
        ],
        explains: [Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.compactMap { relation -> Finding? in
                    guard relation.kind == .table || relation.kind == .materializedView, !relation.isSystem,
                        max(relation.rows, Double(relation.liveTuples)) >= Self.rows.value,
                        Double(relation.modifiedSinceAnalyze)
                            >= Self.factor.value * AutovacuumThreshold(relation, observation).modifiedRows,
                        let last = [relation.lastAnalyze, relation.lastAutoanalyze].compactMap(\.self).max(),
                        let age = observation.age(of: last), age >= Self.age.value
                    else { return nil }
                    return finding(relation, age, catalog.database, observation)
                }
            })
    }

    private func finding(_ relation: Relation, _ age: Double, _ database: String, _ observation: Observation) -> Finding
    {
        let changed = Double(relation.modifiedSinceAnalyze)
        let share = changed / max(1, relation.rows)
        return Finding(
            Self.metadata, severity: .warning, tier: .containment,
            title: "statistics of \(relation.name) are stale: \(Quantity.about(changed)) rows changed since",
            objects: [.relation(relation.name, in: database)], impact: Impact(0, .none, "plans misguided"),
            confidence: .medium,
            summary:
                "\(relation.name) was last analysed \(Quantity.seconds(age)) ago; since then \(Quantity.about(changed)) rows were "
                + "written, \(Quantity.percent(share)) of what it holds.",
            evidence: [
                Evidence("modified", "rows changed since ANALYZE", .count(relation.modifiedSinceAnalyze)),
                Evidence(
                    "threshold", "autovacuum's threshold",
                    .count(Int64(AutovacuumThreshold(relation, observation).modifiedRows))),
                Evidence("analyzed", "last analysed before", .seconds(age)),
                Evidence("rows", "rows", .count(Int64(relation.rows))),
            ], actions: [AnalyzeStep.action(relation)], explains: [.statistics(relation.name, database: database)],
            symptomOf: [.relation(relation.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("half of the rows changed since", on: "public.orders") {
            $0.addTable("orders", rows: 100_000) { $0.modifiedSinceAnalyze = 50_000 }
        },
        .silent("autovacuum is merely due") {
            $0.addTable("orders", rows: 100_000) { $0.modifiedSinceAnalyze = 11_000 }
        },
        .silent("a load that ended a minute ago") {
            let now = $0.takenAt
            $0.addTable("orders", rows: 100_000) {
                $0.modifiedSinceAnalyze = 90_000
                $0.lastAutoanalyze = now.addingTimeInterval(-60)
            }
        },
        .silent("a small table") { $0.addTable("settings", rows: 100) { $0.modifiedSinceAnalyze = 5000 } },
    ]
}

/// ANALYZE, as several rules advise it.
enum AnalyzeStep {
    static func action(_ relation: Relation) -> Action {
        let name = relation.name.quoted
        return Action(
            .containment, "analyse \(relation.name)", sql: ["ANALYZE \(name);"], lock: LockNote.analyze,
            gain: Gain("the planner knows the table again", .estimated),
            verify:
                "SELECT last_analyze, n_mod_since_analyze FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(name))::regclass;",
            caution: "plans may change at once, also for the worse")
    }
}
