import Foundation
import IndexAdvising
import Model
import Statements

/// A table in so many parts that planning them costs more than they save.
struct TooManyPartitions: Rule {
    static let metadata = RuleMetadata(
        id: "schema.too-many-partitions",
        title: "Thousands of small partitions",
        area: .schema,
        needs: [.relations], uses: [.statements, .statementTexts],
        looksAt:
            "leaf partitions of each partitioned table and their sizes; planning time of statements on it, where track_planning counts it",
        why:
            "Each session keeps what it knows of every partition that it touches, planning looks at all that are not pruned, and each is a table to vacuum, analyze and dump. "
            + "Thousands of parts of a few MB are more work than one table.",
        limits:
            "A few thousand are fine where nearly all are pruned when planning (the manual says so): told only where they are small on average, or where planning was measured to be long.",
        thresholds: [count, small, planning],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES"
        ],
        explains: [Edge(.plansLong, "workload.planning-dominates")])

    private static let count = Threshold(
        "leaf partitions", 1000, "partitions",
        source: "the manual, 5.12.6: up to a few thousand, provided that few remain after pruning")
    private static let small = Threshold(
        "mean size of a partition", 16_777_216, "bytes",
        source: "our choice: 16 MB are read in some ten milliseconds; nothing is gained by leaving them out")
    private static let planning = Threshold(
        "mean planning time of a statement on it", 5, "ms",
        source: "our choice: several times that of a common statement")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.indexSurveys.flatMap { survey in
                let leaves = survey.catalog.relations.filter { $0.partitionRoot != nil && $0.kind != .partitioned }
                return Dictionary(grouping: leaves) { $0.partitionRoot! }.filter {
                    Double($0.value.count) >= Self.count.value
                }
                .sorted { $0.key < $1.key }.compactMap { judge($0.key, $0.value, survey, observation) }
            })
    }

    private func judge(_ root: QualifiedName, _ leaves: [Relation], _ survey: IndexSurvey, _ observation: Observation)
        -> Finding?
    {
        let database = survey.catalog.database
        let size = leaves.reduce(0) { $0 + $1.sizeOrEstimate }
        let mean = Double(size) / Double(leaves.count)
        let statements = observation.analyses.all.filter {
            $0.load.database == database && $0.shape.relations.contains(root)
        }
        let slow = statements.filter {
            $0.load.counters.plans > 0
                && $0.load.counters.planTime / Double($0.load.counters.plans) >= Self.planning.value
        }
        guard !slow.isEmpty || mean < Self.small.value else { return nil }
        let time = slow.map { $0.load.counters.planTime / Double($0.load.counters.plans) }.max()
        return Finding(
            Self.metadata, severity: slow.isEmpty ? .notice : .warning, tier: .cure,
            title:
                "\(root) has \(Quantity.count(leaves.count)) partitions of \(Quantity.bytes(Int64(mean))) on average",
            objects: [.relation(root, in: database)], impact: .none, confidence: slow.isEmpty ? .medium : .high,
            summary: "\(root) is \(Quantity.bytes(size)) in \(Quantity.count(leaves.count)) partitions"
                + (time.map { "; a statement on it is planned for \(Quantity.milliseconds($0)) on average." }
                    ?? ": each is a table of its own to plan, vacuum and keep in every session's cache."),
            evidence: [
                Evidence("partitions", "leaf partitions", .count(Int64(leaves.count))),
                Evidence("meanSize", "mean size", .bytes(Int64(mean))),
                Evidence("statements", "statements on it that are known", .count(Int64(statements.count))),
            ] + (time.map { [Evidence("meanPlanTime", "mean planning time, at most", .milliseconds($0))] } ?? []),
            notIf: "each is a tenant that is dropped and moved as one",
            actions: [
                Action(
                    .cure, "have fewer and larger ones",
                    steps: [
                        "From the next span on make them longer: months in place of days.",
                        "Old spans: make one table of the longer span, INSERT … SELECT of the old parts into it, then in one transaction detach those and attach it (with CHECK constraints that were validated before, each takes an instant).",
                        "Statements that name the partition key with a constant are pruned when they are planned; prepared ones when they run.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE", "of the parts that are detached; SHARE UPDATE EXCLUSIVE of the table"),
                    gain: Gain(
                        "planning and catalogs as of \(Quantity.count(max(1, leaves.count / 30))) parts", .ruleOfThumb),
                    verify: "SELECT count(*) FROM pg_catalog.pg_partition_tree(\(SQL.literal(root.quoted)));",
                    undo: "attach the old parts again, while they are kept")
            ], explains: Set(slow.map(\.load.link)).union([.relation(root, database: database)]))
    }

    static let examples: [RuleExample] = [
        .fires("two thousand of one MB", on: "public.events") { $0.addParts(2000, pages: 128) },
        .fires("large, but planned for long", on: "public.events") {
            $0.addParts(2000, pages: 100_000)
            $0.statementStatistics!.tracksPlanning = true
            $0.addStatement("f1", "SELECT * FROM events WHERE n = $1", calls: 10_000, time: 20_000) {
                $0.counters.plans = 10_000
                $0.counters.planTime = 400_000
            }
        },
        .silent("two thousand that are large, and pruned") { $0.addParts(2000, pages: 100_000) },
        .silent("two hundred") { $0.addParts(200, pages: 128) },
    ]
}

extension Snapshot {
    fileprivate mutating func addParts(_ count: Int, pages: Int64) {
        addTable("events") { $0.kind = .partitioned }
        catalogs[0].relations += (1...count).map { number in
            .make {
                $0.oid = Int64(50_000 + number)
                $0.name = QualifiedName("public", "events_\(number)")
                $0.isPartition = true
                $0.partitionRoot = QualifiedName("public", "events")
                $0.pages = pages
            }
        }
    }
}
