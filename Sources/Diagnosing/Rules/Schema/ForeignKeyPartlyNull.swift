import Foundation
import IndexAdvising
import Model
import Statements

/// A foreign key of several columns that NULL in one of them switches off.
struct ForeignKeyPartlyNull: Rule {
    static let metadata = RuleMetadata(
        id: "schema.foreign-key-partly-null",
        title: "Foreign key that rows escape by a NULL in one column",
        area: .schema,
        needs: [.constraints, .relations, .columns, .columnStatistics],
        looksAt:
            "pg_constraint.confmatchtype of foreign keys of several columns, NOT NULL of the columns, pg_stats.null_frac",
        why:
            "With MATCH SIMPLE, the default, a row with NULL in any column of the key is not checked at all, whatever the others hold: rows that refer to nothing get in.",
        limits:
            "Told only where statistics show rows with NULL in one of the columns but not in all. That may be meant.",
        thresholds: [difference, rows],
        references: ["https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES"])

    private static let difference = Threshold(
        "share of rows with NULL in some but not all of the columns", 0.01, "share",
        source: "our choice: three times the error of ANALYZE's sample of 30,000 rows")
    private static let rows = Threshold("rows", 1000, "rows", source: "our choice: below, it is looked through by hand")

    func evaluate(_ observation: Observation) -> Outcome {
        var hidden: [String] = []
        let findings = observation.indexSurveys.flatMap { survey in
            survey.catalog.constraints.filter {
                $0.kind == .foreignKey && !$0.isInherited && $0.match == "s" && $0.columns.count > 1
            }
            .compactMap { key -> Finding? in
                let columns = key.columns.map { survey.names.column($0, of: key.relation) }
                guard !columns.allSatisfy({ $0?.isNotNull ?? false }) else { return nil }
                // What is NOT NULL has no NULLs; of the others the statistics tell.
                let shares = columns.map { column in column.flatMap { $0.isNotNull ? 0 : $0.statistics?.nullFraction } }
                guard !shares.contains(nil) else {
                    hidden.append(key.name)
                    return nil
                }
                return judge(key, shares.compactMap(\.self), survey)
            }
        }
        guard hidden.isEmpty else {
            return .partial(findings, "the columns of \(hidden.joined(separator: ", ")) have no statistics")
        }
        return .findings(findings)
    }

    private func judge(_ key: Constraint, _ shares: [Double], _ survey: IndexSurvey) -> Finding? {
        let (least, most) = (shares.min() ?? 0, shares.max() ?? 0)
        let rows = survey.names.relation(key.relation)?.rows ?? 0
        guard most - least >= Self.difference.value, rows >= Self.rows.value else { return nil }
        let database = survey.catalog.database
        let table = key.relation
        let columns = key.columns.map(SQL.identifier)
        let name = SQL.identifier(key.name)
        let all = columns.map { "\($0) IS NULL" }.joined(separator: " AND ")
        let some = columns.map { "\($0) IS NULL" }.joined(separator: " OR ")
        let taken = Set(survey.catalog.constraints.filter { $0.relation == table }.map(\.name))
        let check = SQL.identifier(SQL.freeName([key.name], suffix: "_full", besides: taken))
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "some \(Quantity.percent(most - least)) of the rows of \(table) escape \(key.name)",
            objects: [
                ObjectReference(.constraint, "\(table.schema).\(table.name).\(key.name)", in: database),
                .relation(table, in: database),
            ],
            impact: Impact(0.05, .risk, "rows unchecked"), confidence: .medium,
            summary:
                "\(key.name) is over (\(key.columns.joined(separator: ", "))) with MATCH SIMPLE: rows with NULL in one of them, some \(Quantity.percent(most - least)) here, are not checked.",
            evidence: [
                Evidence("columns", "columns", .list(key.columns)),
                Evidence(
                    "nullShares", "NULLs in each",
                    .list(zip(key.columns, shares).map { "\($0): \(Quantity.percent($1))" })),
                Evidence("rows", "rows", .number(rows)),
            ],
            notIf: "a NULL there means that the row refers to nothing, and the other column is kept for its own sake",
            actions: [
                Action(
                    .containment, "count such rows",
                    sql: ["SELECT count(*) FROM \(table.quoted) WHERE (\(some)) AND NOT (\(all));"],
                    lock: LockNote("ACCESS SHARE", "blocks only DDL; reads the table once"),
                    gain: Gain("says how many are unchecked", .byDefinition)),
                Action(
                    .cure, "let all of the columns be NULL or none",
                    sql: [
                        "ALTER TABLE \(table.quoted) ADD CONSTRAINT \(check) CHECK ((\(all)) OR NOT (\(some))) NOT VALID;"
                    ],
                    steps: [
                        "Mend the rows that the count shows, then ALTER TABLE \(table.quoted) VALIDATE CONSTRAINT \(check);",
                        "Or make the columns NOT NULL, where each row must refer to something. \(name) stays as it is.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE", "an instant for NOT VALID; VALIDATE lets reads and writes go on"),
                    gain: Gain("no row escapes the key", .ruleOfThumb),
                    verify: "the count is 0",
                    undo: "ALTER TABLE \(table.quoted) DROP CONSTRAINT \(check);",
                    caution: "writes of such rows fail from then on: ask the application's people first"),
            ], explains: [.relation(table, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("a tenth has no tenant", on: "public.orders.orders_customer_fkey") { $0.addPairKey(nulls: 0.1, 0) },
        .silent("both or none") { $0.addPairKey(nulls: 0.1, 0.1) },
        .silent("MATCH FULL") {
            $0.addPairKey(nulls: 0.1, 0)
            $0.catalogs[0].constraints[0].match = "f"
        },
        .silent("one column") { $0.addForeignKey() },
        .inconclusive("no statistics") {
            $0.addPairKey(nulls: 0.1, 0)
            for place in $0.catalogs[0].columns.indices { $0.catalogs[0].columns[place].statistics = nil }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPairKey(nulls first: Double, _ second: Double) {
        addForeignKey {
            $0.columns = ["tenant_id", "customer_id"]
            $0.referencedColumns = ["tenant_id", "id"]
        }
        addColumns("orders", "tenant_id", "customer_id")
        catalogs[0].columns[0].statistics = .make { $0.nullFraction = first }
        catalogs[0].columns[1].statistics = .make { $0.nullFraction = second }
    }
}
