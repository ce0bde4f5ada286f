import Model

/// A partitioned table whose root was never analysed: autovacuum does its partitions only.
struct PartitionedRootNotAnalyzed: Rule {
    private static let rows = Threshold(
        "fewest rows in its partitions", 100_000, "rows", source: "our choice: joins of less are cheap either way")

    static let metadata = RuleMetadata(
        id: "statistics.partitioned-root-not-analyzed",
        title: "Partitioned table without statistics of its own",
        area: .statistics,
        needs: [.relations],
        looksAt: "last_analyze of partitioned tables; rows of their partitions",
        why:
            "Plans over the whole of a partitioned table use the root's statistics (distinct values, common values, nulls across "
            + "partitions). Autovacuum analyses partitions and never the root; somebody has to.",
        limits: "Queries that always prune to one partition do well without.",
        thresholds: [rows],
        references: ["https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS"])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                let partitions = catalog.partitionsByRoot
                return catalog.relations.compactMap { root -> Finding? in
                    guard root.kind == .partitioned, !root.isPartition, root.lastAnalyze == nil, root.estimatedRows < 0
                    else { return nil }
                    let parts = partitions[root.name] ?? []
                    let rows = parts.reduce(0) { $0 + max(0, $1.rows) }
                    guard rows >= Self.rows.value else { return nil }
                    return finding(root, parts.count, rows, catalog.database)
                }
            })
    }

    private func finding(_ root: Relation, _ parts: Int, _ rows: Double, _ database: String) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "partitioned table \(root.name) was never analysed as a whole",
            objects: [.relation(root.name, in: database)], impact: Impact(0, .none, "plans misguided"),
            confidence: .high,
            summary:
                "\(root.name) holds \(Quantity.about(rows)) rows in \(Quantity.plural(parts, "partition")); autovacuum analyses those, "
                + "never the root, and the planner has nothing for queries over several of them.",
            evidence: [
                Evidence("partitions", "partitions", .count(Int64(parts))),
                Evidence("rows", "rows", .count(Int64(rows))),
            ], notIf: "every query prunes to a single partition",
            actions: PartitionedRootSteps.actions(root))
    }

    static let examples: [RuleExample] = [
        .fires("two partitions, root never analysed", on: "public.events") {
            $0.addTable("events", rows: -1) {
                $0.kind = .partitioned
                $0.lastAutoanalyze = nil
            }
            for part in ["events_1", "events_2"] {
                $0.addTable(part, rows: 90_000) {
                    $0.isPartition = true
                    $0.partitionRoot = QualifiedName("public", "events")
                }
            }
        },
        .silent("analysed by hand") {
            let now = $0.takenAt
            $0.addTable("events", rows: 180_000) {
                $0.kind = .partitioned
                $0.lastAnalyze = now
            }
        },
        .silent("few rows") {
            $0.addTable("events", rows: -1) {
                $0.kind = .partitioned
                $0.lastAutoanalyze = nil
            }
        },
    ]
}
