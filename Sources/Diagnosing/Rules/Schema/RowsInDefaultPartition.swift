import Foundation
import IndexAdvising
import Model
import Statements

/// Rows that found no partition of their own.
struct RowsInDefaultPartition: Rule {
    static let metadata = RuleMetadata(
        id: "schema.rows-in-default-partition",
        title: "Rows in the default partition of a table that goes by time",
        area: .schema,
        needs: [.partitionBounds, .relations],
        looksAt:
            "rows and inserts of the default partitions of tables that are partitioned by a range of one date or timestamp",
        why:
            "Rows there are read by every query whose span has no partition, are not dropped with old partitions, and keep the partition that they belong to from being made: ATTACH reads the whole "
            + "default partition under ACCESS EXCLUSIVE and fails on the first such row.",
        limits:
            "A handful of rows with impossible dates is common and left out. Which spans they belong to is not read.",
        thresholds: [rows],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE"
        ])

    private static let rows = Threshold(
        "rows", 1000, "rows", source: "our choice: fewer are strays that are moved by hand in a second")

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        guard catalogs.contains(where: { $0.partitionBounds != nil }) else {
            return .inconclusive("bounds of partitions were not read")
        }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                (survey.catalog.partitionBounds ?? []).compactMap { bounds -> Finding? in
                    guard bounds.partitions > 0, let part = bounds.defaultPartition.flatMap(survey.names.relation),
                        part.rows >= Self.rows.value
                    else { return nil }
                    return finding(bounds, part, survey.catalog, observation)
                }
            })
    }

    private func finding(
        _ bounds: PartitionBounds, _ part: Relation, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding {
        let inserted = observation.counters(of: part, in: catalog).inserted
        let isNow = observation.window.basis != .sinceReset && inserted > 0
        let column = SQL.identifier(bounds.column)
        let (table, rest) = (bounds.relation.quoted, part.name.quoted)
        return Finding(
            Self.metadata, severity: isNow ? .warning : .notice, tier: .cure,
            title: "\(Quantity.about(part.rows)) rows of \(bounds.relation) are in its default partition",
            objects: [.relation(part.name, in: catalog.database), .relation(bounds.relation, in: catalog.database)],
            impact: .bytes(part.sizeOrEstimate, "misplaced"), confidence: .high,
            summary:
                "\(part.name) holds \(Quantity.about(part.rows)) rows for which \(bounds.relation) has no partition by \(bounds.column)"
                + (isNow ? ", and \(Quantity.about(Double(inserted))) came within the window." : "."),
            evidence: [
                Evidence("rows", "rows", .number(part.rows)),
                Evidence("tableSize", "size", .bytes(part.sizeOrEstimate)),
                Evidence(
                    "inserted", isNow ? "inserted within the window" : "inserted since the statistics' reset",
                    .count(inserted)), Evidence("partitions", "other partitions", .count(Int64(bounds.partitions))),
            ],
            notIf: "the default partition is meant to hold what is older than the partitions",
            actions: [
                Action(
                    .containment, "see which spans they belong to",
                    sql: [
                        "SELECT date_trunc('month', \(column)) AS span, count(*) FROM \(rest) GROUP BY 1 ORDER BY 1;"
                    ],
                    lock: LockNote("ACCESS SHARE", "blocks only DDL; reads the partition once"),
                    gain: Gain("says which partitions are missing", .byDefinition)),
                Action(
                    .cure, "move them to partitions of their own",
                    steps: [
                        "For each span: CREATE TABLE part (LIKE \(table) INCLUDING ALL EXCLUDING IDENTITY); and a CHECK constraint on \(column) with the span's bounds.",
                        "In batches: WITH moved AS (DELETE FROM \(rest) WHERE \(column) >= … AND \(column) < … RETURNING *) INSERT INTO part SELECT * FROM moved; readers of \(table) do not see the moved rows until the next step, "
                            + "so do it in one transaction where that matters.",
                        "ALTER TABLE \(rest) ADD CONSTRAINT … CHECK (NOT (\(column) >= … AND \(column) < …)) NOT VALID; then VALIDATE it: ATTACH then does not read the default partition.",
                        "ALTER TABLE \(table) ATTACH PARTITION part FOR VALUES FROM (…) TO (…); then drop both CHECK constraints.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE",
                        "of the default partition while it is attached: an instant with the constraint, a scan without"),
                    gain: Gain("old rows go with their partition, and queries skip them", .ruleOfThumb),
                    verify: "SELECT count(*) FROM ONLY \(rest);",
                    undo: "ALTER TABLE \(table) DETACH PARTITION part; and insert its rows again"),
            ], explains: [.relation(bounds.relation, database: catalog.database)])
    }

    static let examples: [RuleExample] = [
        .fires("a million rows", on: "public.events_default") { $0.addDefault(rows: 1_000_000) },
        .silent("some strays") { $0.addDefault(rows: 12) },
        .silent("no default partition") { $0.addBounds(span: 30, left: 20) },
        .inconclusive("bounds were not read") { $0.catalogs[0].partitionBounds = nil },
    ]
}

extension Snapshot {
    fileprivate mutating func addDefault(rows: Double) {
        addBounds(span: 30, left: 20)
        addTable("events_default") {
            $0.isPartition = true
            $0.partitionRoot = QualifiedName("public", "events")
            $0.estimatedRows = rows
        }
        catalogs[0].partitionBounds![0].defaultPartition = QualifiedName("public", "events_default")
    }
}
