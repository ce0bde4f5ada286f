import Foundation
import IndexAdvising
import Model
import Statements

/// A large table whose old rows are deleted one by one.
struct PartitioningCandidate: Rule {
    static let metadata = RuleMetadata(
        id: "schema.old-rows-deleted-in-bulk",
        title: "Large table whose old rows are deleted by statements",
        area: .schema,
        needs: [.relations, .columns, .statementTexts],
        looksAt:
            "DELETE statements with a range on a date or timestamp, the rows they delete, the table's size and, with an earlier snapshot, its growth",
        why:
            "Deleting what is old row by row writes WAL for each, leaves dead tuples in the table and in every index, and gives no space back. Where the table is partitioned by that time, the same is "
            + "DROP of one partition: instant, and nothing to vacuum.",
        limits:
            "Only tables that are large and from which such a statement removes much. A key or foreign key that does not hold the time cannot be kept as it is: the plan says so.",
        thresholds: [size, deleted],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html",
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS",
        ],
        explains: [.makesDeadTuples])

    private static let size = Threshold(
        "size of the table", 10_737_418_240, "bytes",
        source:
            "our choice: from 10 GB on a rewrite or a vacuum takes the better part of an hour; the manual asks for more than the RAM"
    )
    private static let deleted = Threshold(
        "rows deleted by the statement", 1_000_000, "rows", source: "our choice: hundreds of MB of dead tuples and WAL")

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.knowsStatements else {
            return .inconclusive("no statement's text is known: how rows are deleted was not seen")
        }
        return .findings(observation.analyses.all.compactMap { judge($0, observation) })
    }

    private func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .delete, Double(analysis.load.counters.rows) >= Self.deleted.value,
            let level = analysis.shape.top,
            let target = level.relations.first?.target, let table = analysis.names.relation(target),
            table.kind == .table, !table.isPartition,
            Double(table.sizeOrEstimate) >= Self.size.value
        else { return nil }
        for predicate in analysis.shape.levels.flatMap(\.predicates) where predicate.operation == .range {
            guard !predicate.isNegated, analysis.relation(of: predicate.column)?.name == target,
                let column = analysis.names.column(analysis.name(of: predicate.column), of: target),
                column.typeCategory == "D"
            else { continue }
            return finding(analysis, table, column, observation)
        }
        return nil
    }

    private func finding(_ analysis: StatementAnalysis, _ table: Relation, _ column: Column, _ observation: Observation)
        -> Finding
    {
        let counters = analysis.load.counters
        let database = analysis.load.database
        let keys = analysis.names.indexes(of: table.name).filter {
            $0.isUnique && !$0.columns.contains { $0.name == column.name }
        }
        let references = analysis.names.catalog.constraints.filter {
            $0.kind == .foreignKey && $0.referencedRelation == table.name
        }
        let then = observation.earlier?.catalogs.first { $0.database == database }?.relations.first {
            $0.name == table.name
        }
        let growth = then.flatMap { then in
            observation.window.seconds.map { Double(table.sizeOrEstimate - then.sizeOrEstimate) / max($0, 1) * 86_400 }
        }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(table.name) (\(Quantity.bytes(table.sizeOrEstimate))) is cleared of old rows by DELETE",
            objects: [.relation(table.name, in: database), analysis.load.object],
            impact: analysis.load.share >= CostlyShape.share.value
                ? .share(analysis.load.share) : Impact(0, .none, "dead rows by the million"), confidence: .medium,
            summary:
                "A DELETE by \(column.name) has removed \(Quantity.about(Double(counters.rows))) rows of \(table.name) in \(Quantity.plural(Int(counters.calls), "call")): each leaves a dead tuple and an entry in every index. "
                + "Partitioned by \(column.name), the same would be DROP TABLE of a partition.",
            evidence: [
                Evidence("tableSize", "size of the table", .bytes(table.sizeOrEstimate)),
                Evidence("rows", "rows deleted", .number(Double(counters.rows))),
                Evidence("rowsPerCall", "rows a call", .number(counters.rowsPerCall)),
                Evidence("calls", "calls", .count(counters.calls)),
                Evidence("keysWithout", "unique indexes without \(column.name)", .list(keys.map(\.name.description))),
                Evidence(
                    "references", "foreign keys that refer to it", .list(references.map { "\($0.relation).\($0.name)" })
                ),
            ] + (growth.map { [Evidence("growthPerDay", "growth a day", .number($0))] } ?? [])
                + (analysis.load.text.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "rows of the same age are deleted and kept side by side",
            actions: [plan(table, column, keys, references)],
            explains: [
                .relation(table.name, database: database), .deadTuples(table.name, database: database),
                analysis.load.link,
            ])
    }

    private func plan(_ table: Relation, _ column: Column, _ keys: [Index], _ references: [Constraint]) -> Action {
        let name = table.name.quoted
        let new = QualifiedName(table.name.schema, String(table.name.name.prefix(50)) + "_partitioned").quoted
        let old = SQL.identifier(String(table.name.name.prefix(56)) + "_old")
        let time = SQL.identifier(column.name)
        var steps: [String] = []
        if !keys.isEmpty {
            steps.append(
                "\(keys.map(\.name.description).joined(separator: ", ")) must hold \(time) too: a unique index of a partitioned table contains its key. Ask whether duplicates across time can be lived with."
            )
        }
        if !references.isEmpty {
            steps.append(
                "\(references.map { "\($0.relation).\($0.name)" }.joined(separator: ", ")) refer to it by a key that will hold \(time): they need that column, or go."
            )
        }
        if !column.isNotNull { steps.append("\(time) must be NOT NULL, or its NULLs go to a default partition.") }
        steps += [
            "CREATE TABLE \(new) (LIKE \(name) INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (\(time)); with indexes and keys as above, and partitions for the present span and those to come (pg_partman makes them).",
            "ALTER TABLE \(name) ADD CONSTRAINT old_rows CHECK (\(time) < 'begin of the first new partition' AND \(time) IS NOT NULL) NOT VALID; shortly before that moment, then VALIDATE CONSTRAINT: it reads the table, while reads and writes go on.",
            "At that moment, in one transaction with lock_timeout: rename \(name) to \(old), \(new) to its name, and ATTACH \(old) as the partition FROM (MINVALUE) TO ('begin of the first new partition'). With the constraint it takes an instant; give sequences and rights to the new table.",
            "When all of \(old) is past its time: DETACH PARTITION CONCURRENTLY and DROP it. From then on a job drops one partition a span, and the DELETE goes.",
        ]
        return Action(
            .cure, "partition it by \(column.name), without copying it", steps: steps,
            lock: LockNote("ACCESS EXCLUSIVE", "for the swap alone, an instant; VALIDATE takes SHARE UPDATE EXCLUSIVE"),
            gain: Gain("no DELETE, no dead tuples, and space that is given back", .ruleOfThumb),
            verify: "the DELETE is gone from pg_stat_statements, and dead tuples of the newest partitions stay low",
            undo: "before old rows are dropped: DETACH \(old), rename both back, and INSERT the new rows into it",
            caution: "statements that do not name \(column.name) read every partition: look at them first")
    }

    static let examples: [RuleExample] = [
        .fires("two million events a night", on: "public.events") { $0.addCleaning() },
        .silent("small") {
            $0.addCleaning()
            $0.addTable("events") { $0.pages = 10_000 }
        },
        .silent("deleted by key") { $0.addCleaning("DELETE FROM events WHERE id = $1") },
        .silent("partitioned already") {
            $0.addCleaning()
            $0.addTable("events") { $0.kind = .partitioned }
        },
        .silent("a few rows") { $0.addCleaning(rows: 900) },
        .inconclusive("no statements are known") {
            $0.addCleaning()
            $0.statementStatistics!.statements = []
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addCleaning(
        _ text: String = "DELETE FROM events WHERE created < $1", rows: Int64 = 60_000_000
    ) {
        addTable("events") { $0.pages = 4_000_000 }
        addColumns("events", "id", "created")
        catalogs[0].columns[1].type = "timestamp with time zone"
        catalogs[0].columns[1].typeCategory = "D"
        addStatement("f1", text, calls: 30, time: 300_000, rows: rows)
    }
}
