import Foundation
import IndexAdvising
import Model
import Statements

/// Two foreign keys that check the same thing.
struct ForeignKeyDuplicate: Rule {
    static let metadata = RuleMetadata(
        id: "schema.foreign-key-duplicate",
        title: "Foreign key that is there twice",
        area: .schema,
        needs: [.constraints],
        looksAt: "pg_constraint: foreign keys of one table with the same columns, referenced table and columns",
        why:
            "Each of them looks the parent up for every row that is written, and the child for every parent that is deleted: twice the checks and row locks for the same promise.",
        limits:
            "Keys whose ON DELETE or ON UPDATE differ are told too, since which one acts is chance; which of the two is meant is then asked.",
        references: [
            "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
            "https://www.postgresql.org/docs/current/sql-altertable.html",
        ])

    private struct Promise: Hashable {
        var relation: QualifiedName
        var pairs: Set<[String]>
        var parent: QualifiedName
    }

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                let keys = catalog.constraints.filter { $0.kind == .foreignKey && !$0.isInherited }
                let groups = Dictionary(grouping: keys) { key in
                    key.referencedRelation.map { parent in
                        Promise(
                            relation: key.relation,
                            pairs: Set(zip(key.columns, key.referencedColumns).map { [$0, $1] }), parent: parent)
                    }
                }
                return groups.filter { $0.key != nil && $0.value.count > 1 }.map {
                    finding($0.value.sorted { $0.name < $1.name }, catalog)
                }
                .sorted { $0.fingerprint < $1.fingerprint }
            })
    }

    /// The one that is validated, and the first by name, stays.
    private func finding(_ keys: [Constraint], _ catalog: DatabaseCatalog) -> Finding {
        let kept = keys.first(where: \.isValidated) ?? keys[0]
        let others = keys.filter { $0.name != kept.name }
        let table = kept.relation
        let parent = kept.referencedRelation ?? table
        // Of a partitioned table 14 to 17 take no NOT VALID.
        let isPartitioned = catalog.relations.contains { $0.name == table && $0.kind == .partitioned }
        let differ = Set(keys.map { $0.onDelete + $0.onUpdate }).count > 1
        return Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "\(others[0].name) on \(table) repeats \(kept.name)",
            objects: others.map {
                ObjectReference(.constraint, "\(table.schema).\(table.name).\($0.name)", in: catalog.database)
            } + [.relation(table, in: catalog.database)],
            impact: .none, confidence: .high,
            summary:
                "\(table) refers to \(parent) by \(kept.columns.joined(separator: ", ")) \(keys.count == 2 ? "twice" : "\(keys.count) times"): each key is checked for every row that is written"
                + (differ ? ", and they say different things about deletes or updates of the parent." : "."),
            evidence: [
                Evidence("constraints", "foreign keys", .list(keys.map(\.name))),
                Evidence("columns", "columns", .list(kept.columns)),
                Evidence("differ", "their actions differ", .flag(differ)),
            ],
            notIf: differ ? "nobody can say which of the actions is meant: ask first" : nil,
            actions: [
                Action(
                    .fix, "drop \(others.count == 1 ? "the other one" : "the others")",
                    sql: ["SET lock_timeout = '2s';"]
                        + others.map { "ALTER TABLE \(table.quoted) DROP CONSTRAINT \(SQL.identifier($0.name));" } + [
                            "RESET lock_timeout;"
                        ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE",
                        "on \(table) and \(parent), an instant once it has it; when lock_timeout strikes, try again"),
                    gain: Gain("one check less for each row", .ruleOfThumb),
                    verify: "\\d \(table.quoted) shows one key",
                    undo: others.map { $0.definition(notValid: !isPartitioned) }.joined(separator: " ")
                        + (isPartitioned ? "" : " -- and VALIDATE CONSTRAINT"),
                    caution: differ ? "the actions differ: keep the one that the application relies on" : nil)
            ], explains: [.relation(table, database: catalog.database)])
    }

    static let examples: [RuleExample] = [
        .fires("the same key under two names", on: "public.orders.orders_customer_fkey1") {
            $0.addForeignKey()
            $0.addForeignKey { $0.name = "orders_customer_fkey1" }
        },
        .fires("their actions differ", on: "public.orders.zz") {
            $0.addForeignKey()
            $0.addForeignKey {
                $0.name = "zz"
                $0.onDelete = "c"
            }
        },
        .silent("two parents") {
            $0.addForeignKey()
            $0.addForeignKey {
                $0.name = "second"
                $0.referencedRelation = QualifiedName("public", "people")
            }
        },
        .silent("two columns") {
            $0.addForeignKey()
            $0.addForeignKey {
                $0.name = "second"
                $0.columns = ["payer_id"]
            }
        },
        .silent("once") { $0.addForeignKey() },
    ]
}

extension Constraint {
    /// The statement that makes a foreign key again.
    func definition(notValid: Bool) -> String {
        let words = ["a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"]
        var text =
            "ALTER TABLE \(relation.quoted) ADD CONSTRAINT \(SQL.identifier(name)) FOREIGN KEY (\(columns.map(SQL.identifier).joined(separator: ", "))) REFERENCES "
            + "\((referencedRelation ?? relation).quoted) (\(referencedColumns.map(SQL.identifier).joined(separator: ", ")))"
        if match == "f" { text += " MATCH FULL" }
        if onUpdate != "a" { text += " ON UPDATE \(words[onUpdate] ?? "NO ACTION")" }
        if onDelete != "a" { text += " ON DELETE \(words[onDelete] ?? "NO ACTION")" }
        if isDeferrable { text += " DEFERRABLE" }
        return text + (notValid ? " NOT VALID;" : ";")
    }
}
