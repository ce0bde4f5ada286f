import Model
import Statements

/// What was measured of a statement's reads, where its plan alone does not tell: a generic plan does not know the value of
/// a parameter, nor the type that the application gave it.
extension CostlyShape {
    static let returnedShare = Threshold(
        "share of a table's rows that a call returns at most", 0.1, "share",
        source: "our choice: an index that finds more than a tenth of a table hardly beats reading it whole")
}

extension StatementAnalysis {
    /// A call touches so large a share of the relation's pages, whatever the plan says.
    ///
    /// Of a statement that was never measured it is assumed.
    func touchesMuch(of relation: Relation, share: Double = CostlyShape.readShare.value) -> Bool {
        guard isMeasured else { return true }
        return relation.pages > 0 && load.counters.blocksPerCall >= share * Double(relation.pages)
    }

    /// A call returns few of the relation's rows: an index could find them.
    func returnsLittle(of relation: Relation) -> Bool {
        guard isMeasured else { return true }
        return load.counters.rowsPerCall <= CostlyShape.returnedShare.value * relation.rows
    }

    /// A condition finds the relation's rows before the column's is looked at; known of statements only that never ran.
    func isFoundBefore(_ column: ColumnUse) -> Bool {
        guard !isMeasured, let place = column.relation else { return false }
        let level = shape.levels[column.level]
        return findsByIndex(place, of: level, besides: [name(of: column)])
    }

    /// The catalog's column that a condition is about; nil where it was not read.
    func column(of use: ColumnUse) -> Column? {
        relation(of: use).flatMap { names.column(name(of: use), of: $0.name) }
    }
}
