import Model

/// A table with rows that ANALYZE has never seen.
struct NeverAnalyzed: Rule {
    private static let rows = Threshold("fewest rows", 1000, "rows", source: "our choice: below it any plan is fast")

    static let metadata = RuleMetadata(
        id: "statistics.never-analyzed",
        title: "Table without any statistics",
        area: .statistics,
        needs: [.relations],
        looksAt: "pg_class.reltuples (-1: neither vacuumed nor analysed), last_analyze and last_autoanalyze, live rows",
        why:
            "Without statistics the planner takes standard guesses: ten pages, and half a per cent of the rows for an equality.",
        limits:
            "reltuples is -1 only until the first VACUUM or ANALYZE. That pg_stats shows no rows is no sign: a role without SELECT "
            + "on the table sees none. A restored database looks like this until it was analysed. Partitioned roots have a rule of their own.",
        thresholds: [rows],
        references: [
            "https://www.postgresql.org/docs/current/catalog-pg-class.html",
            "https://www.postgresql.org/docs/current/row-estimation-examples.html",
        ],
        explains: [Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations.filter { relation in
                    relation.kind == .table && !relation.isSystem && relation.estimatedRows < 0
                        && Double(relation.liveTuples) >= Self.rows.value && relation.lastAnalyze == nil
                        && relation.lastAutoanalyze == nil
                }
                .map { relation in
                    Finding(
                        Self.metadata, severity: .warning, tier: .containment,
                        title: "\(relation.name) has no statistics",
                        objects: [.relation(relation.name, in: catalog.database)],
                        impact: Impact(0, .none, "plans misguided"), confidence: .high,
                        summary:
                            "\(relation.name) holds \(Quantity.count(relation.liveTuples)) rows and was never analysed: the planner guesses.",
                        evidence: [
                            Evidence("liveTuples", "live rows", .count(relation.liveTuples)),
                            Evidence("hasStatistics", "analysed", .flag(false)),
                        ], notIf: "it was loaded a moment ago: autovacuum comes within a minute",
                        actions: [AnalyzeStep.action(relation)],
                        explains: [.statistics(relation.name, database: catalog.database)],
                        symptomOf: [.relation(relation.name, database: catalog.database)])
                }
            })
    }

    static let examples: [RuleExample] = [
        .fires("restored, and not analysed", on: "public.orders") {
            $0.addTable("orders", rows: -1) {
                $0.liveTuples = 50_000
                $0.lastAutoanalyze = nil
            }
        },
        .silent("analysed") { $0.addTable("orders", rows: 50_000) },
        .silent("empty") {
            $0.addTable("orders", rows: -1) {
                $0.liveTuples = 0
                $0.lastAutoanalyze = nil
            }
        },
    ]
}
