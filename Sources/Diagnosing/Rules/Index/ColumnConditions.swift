import IndexAdvising
import Model
import Statements

/// What the workload's statements ask of the columns of one database, through views and subqueries too. They are gone through
/// once, for however many indexes.
struct AskedColumns {
    private var conditions: [ColumnReference: [Predicate]] = [:]
    private var sorted: Set<ColumnReference> = []

    init(_ observation: Observation, in database: String) {
        for analysis in observation.analyses.all where analysis.load.database == database {
            for level in analysis.shape.levels {
                for predicate in level.predicates {
                    for column in Self.columns(predicate.column, analysis) {
                        conditions[column, default: []].append(predicate)
                    }
                }
                for use in level.orderBy.compactMap(\.column) { sorted.formUnion(Self.columns(use, analysis)) }
            }
        }
    }

    func conditions(on column: ColumnReference) -> [Predicate] { conditions[column] ?? [] }

    func isSorted(by column: ColumnReference) -> Bool { sorted.contains(column) }

    /// Of a partition also its root's: an index of the one is a part of the other's.
    private static func columns(_ use: ColumnUse, _ analysis: StatementAnalysis) -> [ColumnReference] {
        guard let relation = analysis.relation(of: use) else { return [] }
        let name = analysis.name(of: use)
        let own = ColumnReference(relation.name, name)
        return relation.partitionRoot.map { [own, ColumnReference($0, name)] } ?? [own]
    }
}

extension Observation {
    /// Texts of statements are there, so that what they do not ask is known not to be asked by the greatest of them.
    var knowsStatements: Bool { !analyses.all.isEmpty }
}

extension IndexSurvey {
    /// The one key of a plain B-tree that nothing but reads needs; nil of any other index.
    func onlyKey(of index: Index) -> (column: Column, relation: Relation, rows: Double)? {
        guard index.accessMethod == "btree", index.keyCount == 1, index.columns.count == 1, index.predicate == nil,
            index.isUsable, index.purpose == nil, index.textClass == nil, let name = index.columns[0].name,
            let relation = names.relation(index.relation), let column = names.column(name, of: index.relation),
            !catalog.constraints.contains(where: {
                $0.kind == .foreignKey && $0.relation == index.relation && index.serves($0)
            })
        else { return nil }
        let parts = tree.leaves(index).compactMap { names.relation($0.relation) }
        return (column, relation, parts.reduce(0) { $0 + $1.rows })
    }
}

extension Action {
    /// A smaller index in the place of another: made first, and only then is the other one dropped.
    static func replace(
        _ index: Index, by keys: String, where condition: String, in names: CatalogNames, title: String, gain: Gain,
        steps: [String] = [], caution: String
    ) -> Action? {
        guard !index.isPartitioned, !index.hasLiterals,
            let former = index.definition.flatMap(PrintedDefinition.init)
        else { return nil }
        let name = SQL.freeName([index.name.name], suffix: "_part_idx", besides: names.takenNames)
        let new = QualifiedName(index.name.schema, name)
        return Action(
            .fix, title,
            sql: [
                "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(index.relation.quoted) \(keys) WHERE \(condition);",
                "DROP INDEX CONCURRENTLY \(index.name.quoted);",
            ],
            steps: [
                "Between the two statements see that the new index is valid, and that EXPLAIN of the statements that used the old one names the new one."
            ] + steps,
            lock: .concurrentIndex, gain: gain,
            verify:
                "SELECT indexrelid::regclass, indisvalid FROM pg_catalog.pg_index WHERE indrelid = \(SQL.literal(index.relation.quoted))::regclass;",
            undo: "\(former.remade) DROP INDEX CONCURRENTLY \(new.quoted);",
            caution: caution)
    }
}
