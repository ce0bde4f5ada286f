import Foundation
import IndexAdvising
import Model
import Statements

/// An integer key, or a column that refers to one, near the end of its type, by the planner's statistics.
struct IntegerKeyFilling: Rule {
    static let metadata = RuleMetadata(
        id: "schema.integer-key-filling",
        title: "Integer key near the end of its type",
        area: .schema,
        needs: [.columns, .columnStatistics, .constraints, .indexes, .relations, .sequences],
        looksAt:
            "the greatest value in pg_stats of smallint and integer columns that are keys, foreign keys or lead a unique index, as a share of the type's limit; no table is read",
        why:
            "When the numbers pass 32,767 or 2,147,483,647 every INSERT of a new one fails with \"integer out of range\". Changing the type of a large table takes long, so it must start long before.",
        limits:
            "Columns that a sequence feeds are capacity.sequence-exhaustion. The statistics are a sample of the last ANALYZE: the true greatest value is a little higher. A sentinel (2147483647) among the keys looks "
            + "like the end. Columns without statistics are unknown, and said to be.",
        thresholds: [low, last],
        references: [
            "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT",
            "https://www.postgresql.org/docs/current/view-pg-stats.html",
        ])

    private static let low = Threshold(
        "share of the type that is used", 0.8, "share",
        source: "as for sequences: dasha and db_verifier (s1010) warn below 20 % left")
    private static let last = Threshold(
        "share used that makes it critical", 0.95, "share",
        source: "as for sequences: check_postgres is critical at 95 %")

    func evaluate(_ observation: Observation) -> Outcome {
        var unknown: [String] = []
        let findings = observation.indexSurveys.flatMap { survey -> [Finding] in
            let fed = Set(survey.catalog.sequences.compactMap(\.column))
            let keys = self.keys(survey.catalog)
            return survey.catalog.columns.compactMap { column -> Finding? in
                let reference = ColumnReference(column.relation, column.name)
                guard ["smallint", "integer"].contains(column.type), keys.contains(reference), !fed.contains(reference),
                    !column.isGenerated,
                    let relation = survey.names.relation(column.relation), !relation.isSystem, !relation.isPartition,
                    relation.rows > 0
                else { return nil }
                guard let statistics = column.statistics else {
                    unknown.append("\(column.relation).\(column.name)")
                    return nil
                }
                guard let used = statistics.rangeUsed, used >= Self.low.value else { return nil }
                return finding(column, relation, used, survey.catalog, observation)
            }
        }
        guard unknown.isEmpty else {
            return .partial(
                findings,
                "no statistics of \(unknown.prefix(3).joined(separator: ", "))\(unknown.count > 3 ? " and \(unknown.count - 3) more" : ""): how far they are is unknown"
            )
        }
        return .findings(findings)
    }

    private func keys(_ catalog: DatabaseCatalog) -> Set<ColumnReference> {
        let unique = catalog.indexes.filter { $0.isUnique && $0.predicate == nil }.compactMap { index in
            index.columns.first?.name.map { ColumnReference(index.relation, $0) }
        }
        let foreign = catalog.constraints.filter { $0.kind == .foreignKey }.flatMap { key in
            key.columns.map { ColumnReference(key.relation, $0) }
        }
        return Set(unique + foreign)
    }

    private func finding(
        _ column: Column, _ relation: Relation, _ used: Double, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding {
        let isLast = used >= Self.last.value
        let limit = column.type == "smallint" ? 32_767 : 2_147_483_647
        let days = daysLeft(column, used, observation, catalog.database)
        let (table, name) = (column.relation.quoted, SQL.identifier(column.name))
        let copy = SQL.identifier(column.name + "_bigint")
        return Finding(
            Self.metadata, severity: isLast ? .critical : .warning, tier: .cure,
            title: "\(column.relation).\(column.name) has used \(Quantity.percent(used)) of \(column.type)",
            objects: [
                .column(column.relation, column.name, in: catalog.database),
                .relation(column.relation, in: catalog.database),
            ],
            impact: days.map { .days($0) } ?? Impact(used, .risk, "inserts will fail"), confidence: .medium,
            summary:
                "The greatest \(column.name) that ANALYZE saw in \(column.relation) is at \(Quantity.percent(used)) of what \(column.type) holds (\(Quantity.count(limit)))"
                + (days.map { "; at the pace since the last snapshot that is \(Int($0)) days." }
                    ?? "; no sequence feeds it, so its numbers come from elsewhere."),
            evidence: [
                Evidence("rangeUsed", "range used", .share(used)), Evidence("type", "type", .text(column.type)),
                Evidence("rows", "rows", .number(relation.rows)),
                Evidence("modified", "rows changed since ANALYZE", .count(relation.modifiedSinceAnalyze)),
            ] + (days.map { [Evidence("daysLeft", "days left", .number($0))] } ?? []),
            notIf: "the greatest value is a mark that stands for something else",
            actions: [
                Action(
                    .containment, "see the true end, by an index", sql: ["SELECT max(\(name)) FROM \(table);"],
                    steps: [
                        "Only where \(name) leads an index: EXPLAIN it first, and see that it is an Index Only Scan Backward."
                    ],
                    lock: LockNote("ACCESS SHARE", "blocks only DDL"),
                    gain: Gain("says how many numbers are left", .byDefinition)),
                Action(
                    .cure, "move it to bigint without an outage",
                    steps: [
                        "ALTER TABLE \(table) ADD COLUMN \(copy) bigint; and a BEFORE INSERT OR UPDATE trigger that sets it to \(name).",
                        "Fill the old rows in batches of some 10,000, each its own transaction, with VACUUM between.",
                        "Index \(copy) CONCURRENTLY as \(name) is; CHECK (\(copy) IS NOT NULL) NOT VALID, then VALIDATE it.",
                        "In one short transaction with lock_timeout: drop the trigger, rename both columns, move the key to the new index. The columns that refer to it, or that it refers to, the same way.",
                        "See that the application's own type for it is 64 bits wide, first of all.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE",
                        "of the table, an instant for each statement (SET lock_timeout = '3s' before)"),
                    gain: Gain("9.2 quintillion numbers, no outage", .byDefinition),
                    verify: "the type in \\d \(table)",
                    undo: "ALTER TABLE \(table) DROP COLUMN \(copy); before the names are swapped",
                    caution:
                        "the table grows by the rewritten rows while it is filled: up to \(Quantity.bytes(relation.sizeOrEstimate))"
                ),
            ],
            explains: [
                .column(column.relation, column.name, database: catalog.database),
                .relation(column.relation, database: catalog.database),
            ])
    }

    /// By an earlier snapshot; a thousandth of the range is the least that is seen.
    private func daysLeft(_ column: Column, _ used: Double, _ observation: Observation, _ database: String) -> Double? {
        guard let seconds = observation.window.seconds,
            let then = observation.earlier?.catalogs.first(where: { $0.database == database })?.columns.first(where: {
                $0.relation == column.relation && $0.name == column.name
            })?.statistics?.rangeUsed,
            used - then >= 0.002, seconds > 0
        else { return nil }
        return max(0, 1 - used) / ((used - then) / seconds) / 86_400
    }

    static let examples: [RuleExample] = [
        .fires("a key of the application's own numbers", on: "public.orders.number") { $0.addKeyColumn(used: 0.85) },
        .fires("a foreign key's column at the end", on: "public.orders.customer_id") {
            $0.addForeignKey()
            $0.addColumns("orders", "customer_id")
            $0.catalogs[0].columns[0].statistics = .make { $0.rangeUsed = 0.97 }
        },
        .silent("half is left") { $0.addKeyColumn(used: 0.5) },
        .silent("bigint") {
            $0.addKeyColumn(used: nil)
            $0.catalogs[0].columns[0].type = "bigint"
        },
        .silent("a measurement, no key") {
            $0.addKeyColumn(used: 0.9)
            $0.catalogs[0].indexes[0].isUnique = false
        },
        .silent("fed by a sequence: capacity.sequence-exhaustion") {
            $0.addKeyColumn(used: 0.9)
            $0.catalogs[0].columns[0].isGenerated = true
        },
        .inconclusive("no statistics") {
            $0.addKeyColumn(used: 0.9)
            $0.catalogs[0].columns[0].statistics = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addKeyColumn(used: Double?) {
        addColumns("orders", "number!")
        catalogs[0].columns[0].statistics = .make { $0.rangeUsed = used }
        addIndex("orders_number_key", on: "number") { $0.isUnique = true }
    }
}
