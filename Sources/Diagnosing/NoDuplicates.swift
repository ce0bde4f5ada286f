import Model
import Statements

/// Why UNION would find no duplicates among its branches.
enum NoDuplicates {
    case certain
    /// Where the parameters that tell the branches apart are different.
    case parametersDiffer
}

extension StatementAnalysis {
    /// Proof that no row of a branch equals one of another, and none comes twice in a branch; nil where there is none.
    func proofWithoutDuplicates(of branches: [QueryLevel]) -> NoDuplicates? {
        branches.allSatisfy(isUnique) ? disjoint(branches) : nil
    }

    private func disjoint(_ branches: [QueryLevel]) -> NoDuplicates? {
        var proof = NoDuplicates.certain
        for (number, left) in branches.enumerated() {
            for right in branches[(number + 1)...] {
                guard let found = disjoint(left, right) else { return nil }
                if found == .parametersDiffer { proof = found }
            }
        }
        return proof
    }

    private func disjoint(_ left: QueryLevel, _ right: QueryLevel) -> NoDuplicates? {
        if excludes(left, right) || excludes(right, left) { return .certain }
        // A star moves the places of what comes after it.
        guard !left.selectsStar, !right.selectsStar else { return nil }
        var proof: NoDuplicates?
        for case (let one?, let other?) in zip(left.targetConstants, right.targetConstants) where one != other {
            switch (one, other) {
            case (.literal, .literal): return .certain
            case (.parameter, .parameter): proof = .parametersDiffer
            default: break
            }
        }
        return proof
    }

    /// A column that both return at the same place is NULL in every row of the one, and in none of the other.
    private func excludes(_ left: QueryLevel, _ right: QueryLevel) -> Bool {
        guard !left.selectsStar, !right.selectsStar else { return false }
        return zip(left.targets, right.targets).contains { one, other in
            guard let one, let other else { return false }
            return demands(left, .isNull, of: one) && demands(right, .isNotNull, of: other)
        }
    }

    private func demands(_ level: QueryLevel, _ operation: Predicate.Operation, of column: ColumnUse) -> Bool {
        level.predicates.contains {
            $0.clause == .where && $0.column.level == column.level && $0.column.relation == column.relation
                && $0.column.name == column.name && $0.column.relation != nil && $0.wrapper == nil && !$0.isUnderOr
                && !$0.isNegated && $0.operation == operation
        }
    }

    /// No row comes twice in it.
    func isUnique(_ level: QueryLevel) -> Bool {
        guard level.kind == .select, !level.targetsMultiplyRows else { return false }
        let outputs = level.targets.compactMap(\.self)
        if !level.groupBy.isEmpty {
            let grouped = level.groupBy.compactMap(\.column)
            return grouped.count == level.groupBy.count
                && grouped.allSatisfy { column in
                    outputs.contains { $0.relation == column.relation && $0.name == column.name }
                }
        }
        if level.hasAggregates || level.relations.isEmpty { return true }
        return UniqueRows(level, self, by: outputs, wholeRelations: Set(level.starRelations)).areUnique()
    }
}
