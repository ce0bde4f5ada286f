import Model
import Statements

/// A statement that asks for the distinct values of an indexed column, and the recursive query that finds each by the one
/// before it: https://wiki.postgresql.org/wiki/Loose_indexscan
struct ValueWalk {
    let relation: Relation
    let column: Column
    let index: Index
    /// What the result calls the column.
    private let output: String
    /// The ORDER BY of the result, from ` ORDER BY`.
    private let order: String

    /// nil where the statement asks for anything else.
    init?(_ analysis: StatementAnalysis) {
        guard let top = analysis.shape.top, analysis.parsed.kind == .select, let query = top.distinctColumn,
            let relation = top.relations[0].target.flatMap(analysis.names.relation),
            relation.kind == .table || relation.kind == .materializedView, !relation.isPartition,
            let column = analysis.names.column(query.column.name, of: relation.name)
        else { return nil }
        let index = analysis.names.indexes(of: relation.name).first { index in
            index.accessMethod == "btree" && index.predicate == nil && index.columns.first?.name == column.name
                && index.columns.first?.operatorClassName == nil && !index.isPartitioned
                && Self.defaultCollations.contains(index.columns.first?.collation ?? -1)
        }
        guard let index else { return nil }
        (self.relation, self.column, self.index) = (relation, column, index)
        (output, order) = (query.output, query.order)
    }

    /// `pg_index.indcollation` of types without a collation, and of the database's own: an index of another serves a column of that
    /// other one only, which the catalog that was read does not tell.
    private static let defaultCollations: Set<Int64> = [0, 100]

    /// With the names of the table, so that the CTE hides none of them.
    var statement: String {
        let (table, name) = (relation.name.quoted, SQL.identifier(column.name))
        let nulls =
            column.isNotNull ? "" : " UNION ALL (SELECT \(name) FROM \(table) WHERE \(name) IS NULL LIMIT 1)"
        return "WITH RECURSIVE walk AS ((SELECT \(name) AS value FROM \(table) ORDER BY \(name) LIMIT 1) UNION ALL "
            + "SELECT (SELECT t.\(name) FROM \(table) t WHERE t.\(name) > walk.value ORDER BY t.\(name) LIMIT 1) "
            + "FROM walk WHERE walk.value IS NOT NULL) "
            + "SELECT value AS \(SQL.identifier(output)) FROM walk WHERE value IS NOT NULL\(nulls)\(order);"
    }
}
