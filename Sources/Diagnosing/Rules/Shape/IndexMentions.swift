import Model
import Statements

extension Index {
    /// A key, an INCLUDEd column, or a name in an expression or the predicate.
    func mentions(_ column: String) -> Bool {
        if columns.contains(where: { $0.name == column }) { return true }
        return (columns.compactMap(\.expression) + [predicate].compactMap(\.self)).contains { text in
            let parsed = try? ParsedStatement(parsing: "SELECT " + text)
            return parsed?.root.all("ColumnRef").contains { $0.strings("fields").last == column } ?? false
        }
    }
}
