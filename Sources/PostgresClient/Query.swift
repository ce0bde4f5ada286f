/// One statement for the extended protocol, with a name for messages.
package struct Query: Sendable {
    package var name: String
    package var sql: String
    /// As text; nil is NULL.
    package var parameters: [String?]

    package init(_ name: String, _ sql: String, parameters: [String?] = []) {
        self.name = name
        self.sql = sql
        self.parameters = parameters
    }

    /// The read-only transaction forbids most harm; this keeps a statement from ending or leaving that transaction, from
    /// executing what should only be explained, and from dropping what others prepared.
    var isAllowed: Bool {
        let words = SQLPrefix.words(of: sql, count: 2).map { $0.lowercased() }
        switch words.first {
        case "select", "with": return true
        case "prepare": return words.last != "transaction"
        case "deallocate": return words.count == 2 && !["all", "prepare"].contains(words[1])
        case "explain": return !SQLPrefix.explainMayExecute(sql)
        default: return false
        }
    }
}
