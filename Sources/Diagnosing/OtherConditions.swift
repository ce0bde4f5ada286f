import Model
import Statements

extension StatementAnalysis {
    /// Another condition may find the relation's rows through an index: an equality or a range on the first key of
    /// one, which AND joins, or a join from rows that are found so. What was measured tells better; this is for statements that never ran.
    func isFoundOtherwise(_ relation: Relation, at level: Int, besides columns: Set<String>) -> Bool {
        let first = Set(names.indexes(of: relation.name).compactMap { $0.columns.first?.name }).subtracting(columns)
        let level = shape.levels[level]
        let isFiltered = level.predicates.contains { predicate in
            !predicate.isUnderOr && !predicate.isNegated && predicate.wrapper == nil
                && [.equality, .range, .inList].contains(predicate.operation) && predicate.operand != .expression
                && self.relation(of: predicate.column)?.name == relation.name && first.contains(predicate.column.name)
        }
        return isFiltered
            || level.relations.indices.contains { place in
                level.relations[place].target == relation.name && findsByIndex(place, of: level, besides: columns)
            }
    }

    /// Each call reads the large relation whole, by its plan and by what it touched; of a statement that never ran it is
    /// taken for granted where nothing else finds the rows.
    func readsWhole(_ relation: Relation, at level: Int, for columns: Set<String>) -> Bool {
        guard relation.rows >= CostlyShape.largeTable.value else { return false }
        guard isMeasured else { return !isFoundOtherwise(relation, at: level, besides: columns) }
        return readsMuch(of: relation, share: CostlyShape.readShare.value) && touchesMuch(of: relation)
    }

    /// A whole B-tree whose first key is the column.
    func index(on column: String, of relation: Relation) -> Index? {
        names.indexes(of: relation.name).first {
            $0.accessMethod == "btree" && $0.predicate == nil && $0.columns.first?.name == column
        }
    }
}
