import Foundation
import Model

/// A partitioned table whose own statistics are of a time when it was another.
struct PartitionedRootStale: Rule {
    private static let factor = Threshold(
        "rows of the partitions against those that the root knows", 2, "times",
        source: "our choice: with twice the rows the ranges of dates and keys that came since are unknown to the root")
    private static let rows = Threshold(
        "fewest rows in its partitions", 100_000, "rows", source: "our choice: joins of less are cheap either way")

    static let metadata = RuleMetadata(
        id: "statistics.partitioned-root-stale",
        title: "Partitioned table whose own statistics are old",
        area: .statistics,
        needs: [.relations],
        looksAt:
            "reltuples of partitioned tables, which ANALYZE of the root alone sets, against the sum of their partitions'",
        why:
            "Autovacuum analyses partitions and never the root. Statistics of the root that somebody made once stay as they were "
            + "while partitions come and go: plans over several partitions take new months for empty and dropped customers for present.",
        limits:
            "Rows that were exchanged for as many others are not seen. Queries that always prune to one partition do well without.",
        thresholds: [factor, rows],
        references: ["https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS"],
        explains: [Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                let partitions = catalog.partitionsByRoot
                return catalog.relations.compactMap { root -> Finding? in
                    // 0 or -1: never analysed, which is another rule's.
                    guard root.kind == .partitioned, !root.isPartition, root.estimatedRows > 0,
                        let parts = partitions[root.name], parts.allSatisfy({ $0.estimatedRows >= 0 })
                    else { return nil }
                    let now = parts.reduce(0) { $0 + $1.estimatedRows }
                    let known = root.estimatedRows
                    guard max(now, known) >= Self.rows.value,
                        max(now / known, known / max(now, 1)) >= Self.factor.value
                    else { return nil }
                    return finding(root, parts, now, catalog.database, observation)
                }
            })
    }

    private func finding(
        _ root: Relation, _ parts: [Relation], _ now: Double, _ database: String, _ observation: Observation
    ) -> Finding {
        let age = observation.age(of: root.lastAnalyze)
        let when = age.map { " \(Quantity.seconds($0)) ago" } ?? ""
        return Finding(
            Self.metadata, severity: .notice, tier: .containment,
            title: "statistics of partitioned table \(root.name) know \(Quantity.about(root.estimatedRows)) of "
                + "\(Quantity.about(now)) rows",
            objects: [.relation(root.name, in: database)], impact: Impact(0, .none, "plans misguided"),
            confidence: .high,
            summary:
                "\(root.name) was analysed as a whole\(when) when it held \(Quantity.about(root.estimatedRows)) rows; its "
                + "\(Quantity.plural(parts.count, "partition")) hold \(Quantity.about(now)) now, and autovacuum never analyses the root.",
            evidence: [
                Evidence("rows", "rows of the partitions", .number(now)),
                Evidence("knownRows", "rows that the root knows", .number(root.estimatedRows)),
                Evidence("partitions", "partitions", .count(Int64(parts.count))),
            ] + (age.map { [Evidence("analyzed", "last analysed before", .seconds($0))] } ?? []),
            notIf: "every query prunes to a single partition",
            actions: PartitionedRootSteps.actions(root),
            explains: Set(([root] + parts).map { .statistics($0.name, database: database) }))
    }

    static let examples: [RuleExample] = [
        .fires("a year of partitions came since", on: "public.orders") {
            $0.addPartitioned(known: 200_000, rows: 900_000)
        },
        .fires("most partitions were dropped since", on: "public.orders") {
            $0.addPartitioned(known: 9_000_000, rows: 900_000)
        },
        .silent("analysed last night") { $0.addPartitioned(known: 880_000, rows: 900_000) },
        .silent("never analysed: another rule's") { $0.addPartitioned(known: -1, rows: 900_000) },
        .silent("few rows") { $0.addPartitioned(known: 100, rows: 9000) },
    ]
}

extension DatabaseCatalog {
    /// Partitions that hold rows, by the topmost table above them.
    var partitionsByRoot: [QualifiedName: [Relation]] {
        Dictionary(grouping: relations.filter { $0.partitionRoot != nil && $0.kind == .table }) { $0.partitionRoot! }
    }
}

/// ANALYZE of a partitioned table, as both rules about its statistics advise it.
enum PartitionedRootSteps {
    static func actions(_ root: Relation) -> [Action] {
        let name = root.name.quoted
        return [
            Action(
                .containment, "analyse it once", sql: ["ANALYZE \(name);"], lock: LockNote.analyze,
                gain: Gain("plans over several partitions know their rows", .estimated),
                verify:
                    "SELECT last_analyze FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(name))::regclass;",
                caution: "samples every partition"),
            Action(
                .fix, "analyse it by a nightly job",
                steps: ["ANALYZE \(name); from cron or pg_cron, as often as the partitions' contents shift."],
                gain: Gain("it stays so", .ruleOfThumb)),
        ]
    }
}

extension Snapshot {
    fileprivate mutating func addPartitioned(known: Double, rows: Double) {
        let then = known < 0 ? nil : takenAt.addingTimeInterval(-90 * 86_400)
        addTable("orders", rows: known) {
            $0.kind = .partitioned
            $0.lastAutoanalyze = nil
            $0.lastAnalyze = then
        }
        for part in 1...3 {
            addTable("orders_\(part)", rows: rows / 3) {
                $0.isPartition = true
                $0.partitionRoot = QualifiedName("public", "orders")
            }
        }
    }
}
