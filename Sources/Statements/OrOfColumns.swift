/// An OR that AND joins with the other conditions, and what its arms ask of one relation.
package struct OrOfColumns: Sendable {
    package struct Arm: Sendable {
        /// Conditions of which an index on their column could serve any: AND joins them.
        package var conditions: [(column: ColumnUse, operation: Predicate.Operation)]
        /// The arm also holds something that no index serves, alone or beside the conditions.
        package var text: String
    }

    package var arms: [Arm]
    package var level: Int
    /// Index into the level's relations.
    package var relation: Int
}

extension StatementShape {
    /// Those in the statement's own text whose arms all name columns of one relation of this level and no other.
    package var orsOfColumns: [OrOfColumns] {
        conjuncts.compactMap { conjunct in
            guard conjunct.clause == .where, conjunct.node.kind == "BoolExpr",
                conjunct.node.string("boolop") == "OR_EXPR"
            else { return nil }
            let columns = conjunct.node.all("ColumnRef").map { column($0, at: conjunct.level) }
            guard conjunct.node.all("SubLink").isEmpty, let relation = columns.first??.relation,
                columns.allSatisfy({ $0?.relation == relation && $0?.level == conjunct.level })
            else { return nil }
            let arms = conjunct.node.list("args").flatMap(Self.arms).map { arm in
                let parts = Self.parts(arm)
                return OrOfColumns.Arm(
                    conditions: parts.compactMap { indexable($0, at: conjunct.level) },
                    text: arm.all("ColumnRef").compactMap { column($0, at: conjunct.level)?.written }
                        .joined(separator: ", "))
            }
            return OrOfColumns(arms: arms, level: conjunct.level, relation: relation)
        }
    }

    /// An OR within an OR has arms of its own.
    private static func arms(_ node: Node) -> [Node] {
        node.kind == "BoolExpr" && node.string("boolop") == "OR_EXPR" ? node.list("args").flatMap(arms) : [node]
    }

    /// A bare column compared as an index can: nil for everything else.
    private func indexable(_ node: Node, at level: Int) -> (column: ColumnUse, operation: Predicate.Operation)? {
        if let comparison = valueComparison(node, at: level) {
            switch comparison.operation {
            case "=": return (comparison.column, .equality)
            case "<>": return nil
            default: return (comparison.column, .range)
            }
        }
        if node.kind == "NullTest", node.string("nulltesttype") == "IS_NULL" {
            return column(node.node("arg"), at: level).map { ($0, .isNull) }
        }
        guard let column = column(node.node("lexpr"), at: level), node.node("rexpr")?.all("ColumnRef").isEmpty ?? true,
            let operation = ShapeBuilder.indexableOperation(node)
        else { return nil }
        return (column, operation)
    }
}

extension ShapeBuilder {
    /// nil for what is negated, and for operators that no index serves or that we do not know.
    static func indexableOperation(_ node: Node) -> Predicate.Operation? {
        let (operation, isNegated) = operation(node)
        switch operation {
        case .range, .inList, .containment, .like, .ilike, .regex: return isNegated ? nil : operation
        default: return nil
        }
    }
}
