import Model

/// The statement that makes a plain index: what `pg_get_indexdef` prints, without asking the server for each.
enum IndexDefinition {
    /// Of an index without expressions and predicate; nil where it holds something that we do not know how to write.
    static func text(of index: Index) -> String? {
        guard !index.columns.isEmpty, index.columns.allSatisfy({ $0.name != nil }) else { return nil }
        var text = index.isUnique ? "CREATE UNIQUE INDEX " : "CREATE INDEX "
        text += SQL.identifier(index.name.name) + " ON " + (index.isPartitioned ? "ONLY " : "") + index.relation.quoted
        text +=
            " USING " + index.accessMethod + " ("
            + index.keys.map { key($0, index.accessMethod) }.joined(separator: ", ")
        text += ")"
        if !index.included.isEmpty {
            text +=
                " INCLUDE (" + index.included.compactMap { $0.name.map(SQL.identifier) }.joined(separator: ", ") + ")"
        }
        if index.nullsNotDistinct { text += " NULLS NOT DISTINCT" }
        if !index.options.isEmpty {
            let options = index.options.sorted { $0.key < $1.key }.map { "\($0.key)=\(SQL.literal($0.value))" }
            text += " WITH (" + options.joined(separator: ", ") + ")"
        }
        return text
    }

    private static func key(_ column: IndexColumn, _ accessMethod: String) -> String {
        var text = column.name.map(SQL.identifier) ?? ""
        if let name = column.operatorClassName { text += " " + SQL.identifier(name) }
        guard accessMethod == "btree" else { return text }
        if column.isDescending {
            text += column.isNullsFirst ? " DESC" : " DESC NULLS LAST"
        } else if column.isNullsFirst {
            text += " NULLS FIRST"
        }
        return text
    }
}
