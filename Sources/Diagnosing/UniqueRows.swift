import Model
import Statements

/// Proofs from the catalog's keys that each combination of values belongs to one row at most.
///
/// Keys are unique indexes that are valid, not partial, not deferrable, and whose columns are NOT NULL. Tables that
/// inherit from another without being its partitions have rows that the parent's key does not cover: the catalog that
/// we read does not show them.
struct UniqueRows {
    let level: QueryLevel
    let analysis: StatementAnalysis
    /// What is given: columns of the level, and relations (by index) of which all columns are.
    let columns: [ColumnUse]
    let wholeRelations: Set<Int>

    init(_ level: QueryLevel, _ analysis: StatementAnalysis, by columns: [ColumnUse], wholeRelations: Set<Int> = []) {
        self.level = level
        self.analysis = analysis
        self.columns = columns
        self.wholeRelations = wholeRelations
    }

    /// The relations (by index) of which no two rows stand beside the same given values and the same rows of
    /// `relations`; only `members` are looked at, and conditions between them.
    func determined(beside relations: Set<Int> = [], among members: Set<Int>) -> Set<Int> {
        var found = relations
        var grows = true
        while grows {
            let more = members.subtracting(found).filter { isDetermined($0, found) }
            found.formUnion(more)
            grows = !more.isEmpty
        }
        return found
    }

    /// No two rows that `members` give, or all relations, have the same given values.
    func areUnique(among members: Set<Int>? = nil) -> Bool {
        let all = members ?? Set(level.relations.indices)
        return !all.isEmpty && determined(among: all) == all
    }

    private func isDetermined(_ place: Int, _ others: Set<Int>) -> Bool {
        let use = level.relations[place]
        guard use.source == .relation, use.kind != .view, use.kind != .foreign, let target = use.target else {
            return false
        }
        let given = Set(columns.filter { $0.level == level.number && $0.relation == place }.map(\.name))
        let known = given.union(fixedColumns(of: place)).union(joinedColumns(of: place, with: others))
        return keys(of: target).contains { wholeRelations.contains(place) || $0.allSatisfy(known.contains) }
    }

    /// Columns that equal a value.
    private func fixedColumns(of place: Int) -> [String] {
        level.predicates.filter { predicate in
            guard predicate.operation == .equality, predicate.wrapper == nil, !predicate.isNegated,
                predicate.column.level == level.number, predicate.column.relation == place,
                restricts(place, predicate.isUnderOr, predicate.clause, predicate.outerJoin)
            else { return false }
            switch predicate.operand {
            case .parameter, .literal, .unanchoredPattern: return true
            default: return false
            }
        }.map(\.column.name)
    }

    /// Columns that equal one of those relations, or of an outer query.
    private func joinedColumns(of place: Int, with others: Set<Int>) -> [String] {
        level.joins.flatMap { join -> [String] in
            guard join.operation == .equality, join.leftWrapper == nil, join.rightWrapper == nil, !join.isNegated,
                restricts(place, join.isUnderOr, join.clause, join.outerJoin)
            else { return [] }
            return [(join.left, join.right), (join.right, join.left)].compactMap { mine, other in
                guard mine.level == level.number, mine.relation == place else { return nil }
                if other.level < level.number { return mine.name }
                return other.level == level.number && other.relation.map(others.contains) ?? false ? mine.name : nil
            }
        }
    }

    private func restricts(_ place: Int, _ isUnderOr: Bool, _ clause: Predicate.Clause, _ outer: Range<Int>?) -> Bool {
        !isUnderOr && clause != .having && outer?.contains(place) ?? true
    }

    func keys(of relation: QualifiedName) -> [[String]] {
        analysis.names.indexes(of: relation).compactMap { index in
            guard index.isUnique, index.predicate == nil, !isDeferrable(index) else { return nil }
            let columns = index.keys.compactMap(\.name)
            guard !columns.isEmpty, columns.count == index.keys.count,
                columns.allSatisfy({ analysis.names.column($0, of: relation)?.isNotNull ?? false })
            else { return nil }
            return columns
        }
    }

    /// Until the transaction ends the key may be violated.
    private func isDeferrable(_ index: Index) -> Bool {
        guard let name = index.constraint else { return false }
        return analysis.names.catalog.constraints.contains {
            $0.relation == index.relation && $0.name == name && $0.isDeferrable
        }
    }
}
