import Model
import Statements

extension CandidateGenerator {
    /// Deleting a row of a parent, or changing its key, looks for rows that refer to it:
    /// https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    func foreignKeyCandidates(for statement: WorkloadStatement) -> [RankedCandidate] {
        statement.shape.levels.flatMap { level -> [RankedCandidate] in
            guard [.delete, .update, .merge].contains(level.kind), let parent = level.relations.first?.target else {
                return []
            }
            let actions = level.node.list("mergeWhenClauses")
            let deletes = level.kind == .delete || actions.contains { $0.string("commandType") == "CMD_DELETE" }
            let sets = level.setColumns + actions.flatMap { $0.list("targetList").compactMap { $0.string("name") } }
            return names.catalog.constraints.filter {
                $0.kind == .foreignKey && $0.referencedRelation == parent && !$0.isInherited
                    && (deletes || !Set($0.referencedColumns).isDisjoint(with: sets))
            }.compactMap(lookUp)
        }
    }

    private func lookUp(_ constraint: Constraint) -> RankedCandidate? {
        guard let child = names.relation(constraint.relation), reason(against: child) == nil,
            !constraint.columns.isEmpty
        else { return nil }
        // The most selective first, as for every look-up.
        let rows = extent(of: child).rows
        func distinct(_ name: String) -> Double {
            names.column(name, of: child.name)?.statistics?.distinctValues(inRows: rows) ?? 0
        }
        let columns = constraint.columns.enumerated().sorted {
            (-distinct($0.element), $0.offset) < (-distinct($1.element), $1.offset)
        }
        var candidate = IndexCandidate(
            relation: child.name, keys: columns.map { .init(key: .column($0.element)) })
        candidate.isPartitioned = child.kind == .partitioned
        let isServed = (existing[child.name] ?? []).contains {
            candidate.isServed(by: $0, equalities: columns.count, Self.notNull(constraint.columns))
        }
        return isServed ? nil : RankedCandidate(rank: 10, candidate: candidate)
    }

    /// A predicate that leaves out NULL keys only does no harm: they refer to nothing.
    private static func notNull(_ columns: [String]) -> StatementFacts {
        StatementFacts(given: Set(columns.map(Node.notNullSignature)))
    }
}
