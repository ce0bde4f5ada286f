import Model

extension Constraint {
    /// A query for rows that violate the foreign key; nil of other constraints.
    ///
    /// MATCH SIMPLE: a row with a NULL among the columns violates nothing.
    var orphanQuery: String? {
        guard kind == .foreignKey, let parent = referencedRelation, !columns.isEmpty,
            columns.count == referencedColumns.count
        else { return nil }
        let child = columns.map { "c." + SQL.identifier($0) }
        let pairs = zip(child, referencedColumns).map { "p." + SQL.identifier($1) + " = " + $0 }
        let present = child.map { $0 + " IS NOT NULL" }
        return """
            SELECT \(child.joined(separator: ", ")) FROM \(relation.quoted) AS c
            WHERE \(present.joined(separator: " AND "))
              AND NOT EXISTS (SELECT FROM \(parent.quoted) AS p WHERE \(pairs.joined(separator: " AND ")))
            LIMIT 10;
            """
    }
}
