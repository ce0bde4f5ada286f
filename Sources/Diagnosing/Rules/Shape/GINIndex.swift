import Model
import Statements

/// A GIN index on one column, as the rules about arrays and documents advise it.
struct GINIndex {
    let relation: Relation
    let column: String
    /// As CREATE INDEX takes it; nil for the default of the type.
    let operatorClass: String?
    let name: String

    init(_ column: String, of relation: Relation, operatorClass: String? = nil, in names: CatalogNames) {
        self.relation = relation
        self.column = column
        self.operatorClass = operatorClass
        name = SQL.freeName([relation.name.name, column], suffix: "_gin_idx", besides: names.takenNames)
    }

    static func serves(_ column: String, _ indexes: [Index]) -> Bool {
        indexes.contains { $0.accessMethod == "gin" && $0.keys.contains { $0.name == column } }
    }

    /// CREATE INDEX CONCURRENTLY does not take a partitioned table: nil there.
    func action(gain: Gain) -> Action? {
        guard [.table, .materializedView].contains(relation.kind) else { return nil }
        let key = [SQL.identifier(column), operatorClass].compactMap(\.self).joined(separator: " ")
        return Action(
            .fix, "make a GIN index on \(column), for the rewritten statement",
            sql: [
                "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) USING gin (\(key));",
                "ANALYZE \(relation.name.quoted);",
            ],
            lock: .concurrentIndex, gain: gain, verify: StatementAnalysis.verifyRewrite,
            undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
            caution:
                "makes writes of \(column) dearer; not inside a transaction block; leaves an INVALID index when it "
                + "fails: drop it and run again")
    }
}
