import IndexAdvising
import Model
import Statements

extension Observation {
    /// What the workload's statements ask of a column, through views and subqueries too.
    func conditions(on column: String, of relation: QualifiedName, in database: String) -> [Predicate] {
        analyses.all.filter { $0.load.database == database }.flatMap { analysis in
            analysis.shape.levels.flatMap(\.predicates).filter { predicate in
                guard analysis.name(of: predicate.column) == column, let found = analysis.relation(of: predicate.column)
                else { return false }
                return found.name == relation || found.partitionRoot == relation
            }
        }
    }

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
        guard !index.isPartitioned, let former = index.definition.flatMap({ $0.isEmpty ? nil : $0 }), !index.hasLiterals
        else {
            return nil
        }
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
            undo: "\(former.replacingFirst("INDEX ", "INDEX CONCURRENTLY ")); DROP INDEX CONCURRENTLY \(new.quoted);",
            caution: caution)
    }
}

extension String {
    fileprivate func replacingFirst(_ text: String, _ new: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return replacingCharacters(in: range, with: new)
    }

    private func replacingCharacters(in range: Range<String.Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
