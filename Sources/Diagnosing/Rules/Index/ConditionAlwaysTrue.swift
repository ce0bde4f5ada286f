import Foundation
import IndexAdvising
import Model
import Statements

/// A partial index whose condition every row meets.
struct ConditionAlwaysTrue: Rule {
    static let metadata = RuleMetadata(
        id: "index.condition-always-true",
        title: "Partial index that leaves no row out",
        area: .index,
        needs: [.indexes, .relations, .columns],
        looksAt: "predicates `column IS NOT NULL` of indexes on columns that are NOT NULL",
        why:
            "The condition leaves out nothing, but the planner uses a partial index only for statements from which its condition follows: others, and foreign keys and upserts, pass the index by.",
        limits:
            "Where the column is the index's first key and is compared by =, the condition follows and nothing is lost: only indexes are told whose condition is on another column than their first key. "
            + "Small indexes are left out.",
        thresholds: [size],
        references: ["https://www.postgresql.org/docs/current/indexes-partial.html"])

    private static let size = Threshold(
        "size", 10_485_760, "bytes", source: "check_pgactivity and pgx_scripts judge index waste from 10 MB")

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        guard
            catalogs.isEmpty
                || catalogs.contains(where: { !$0.columns.isEmpty || $0.indexes.allSatisfy { $0.predicate == nil } })
        else {
            return .inconclusive("the columns of partial indexes were not read")
        }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                survey.tree.roots {
                    $0.predicate != nil && $0.isUsable && Double(survey.tree.size($0)) >= Self.size.value
                }
                .compactMap { judge($0, survey) }
            })
    }

    private func judge(_ index: Index, _ survey: IndexSurvey) -> Finding? {
        // A definition without its literals is no statement.
        guard !index.hasLiterals, index.predicate?.contains(" IS NOT NULL") ?? false,
            let column = survey.catalog.columns.first(where: {
                $0.relation == index.relation && $0.isNotNull
                    && ["(\(SQL.identifier($0.name)) IS NOT NULL)", "\(SQL.identifier($0.name)) IS NOT NULL"].contains(
                        index.predicate)
            }), index.columns.first?.name != column.name, let definition = index.definition,
            let place = definition.range(of: " WHERE (", options: .backwards)
        else { return nil }
        let database = survey.catalog.database
        let size = survey.tree.size(index)
        let name = SQL.freeName([index.name.name], suffix: "_whole_idx", besides: survey.names.takenNames)
        let whole = String(definition[..<place.lowerBound])
        guard !index.isPartitioned, let start = whole.range(of: " ON ") else { return nil }
        let unique = index.isUnique ? "UNIQUE " : ""
        return Finding(
            Self.metadata, severity: .notice, tier: .fix, title: "\(index.name) is partial, but leaves no row out",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)], impact: .none,
            confidence: .high,
            summary:
                "Every row of \(index.relation) has a \(column.name) (it is NOT NULL), so the condition of \(index.name) leaves none out; but statements that do not ask for it do not use the index.",
            evidence: [
                Evidence("predicate", "condition", .text(index.predicate ?? "")),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("scans", "scans", .count(survey.tree.scans(index))),
            ],
            notIf: "the column is about to lose its NOT NULL",
            actions: [
                Action(
                    .fix, "make the same index without the condition",
                    sql: [
                        "CREATE \(unique)INDEX CONCURRENTLY \(SQL.identifier(name))\(whole[start.lowerBound...]);",
                        "DROP INDEX CONCURRENTLY \(index.name.quoted);",
                    ], steps: ["Between the two see that the new index is valid."], lock: .concurrentIndex,
                    gain: Gain("all statements on its keys can use it", .ruleOfThumb),
                    verify:
                        "SELECT indexrelid::regclass, indisvalid FROM pg_catalog.pg_index WHERE indrelid = \(SQL.literal(index.relation.quoted))::regclass;",
                    undo:
                        "CREATE \(unique)INDEX CONCURRENTLY \(SQL.identifier(index.name.name))\(definition[start.lowerBound...]); "
                        + "DROP INDEX CONCURRENTLY \(QualifiedName(index.name.schema, name).quoted);")
            ], explains: [.index(index.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("the column is NOT NULL", on: "public.orders_number") { $0.addPartial(notNull: true) },
        .silent("the column may be NULL") { $0.addPartial(notNull: false) },
        .silent("its own first key: = implies it") {
            $0.addPartial(notNull: true)
            $0.catalogs[0].indexes[0].columns[0].name = "shop"
        },
        .silent("another condition") {
            $0.addPartial(notNull: true)
            $0.catalogs[0].indexes[0].predicate = "(shop > 3)"
        },
        .inconclusive("columns were not read") {
            $0.addPartial(notNull: true)
            $0.catalogs[0].columns = []
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPartial(notNull: Bool) {
        addColumns("orders", notNull ? "shop!" : "shop")
        addIndex("orders_number", on: "number") {
            $0.predicate = "(shop IS NOT NULL)"
            $0.definition = "CREATE INDEX orders_number ON public.orders USING btree (number) WHERE (shop IS NOT NULL)"
        }
    }
}
