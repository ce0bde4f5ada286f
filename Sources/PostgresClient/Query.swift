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

    /// What DESIGN §3 lets reach a server under diagnosis. The read-only transaction forbids the rest of the harm; this
    /// keeps a statement from ending that transaction.
    var isAllowed: Bool {
        switch SQLPrefix.words(of: sql, count: 2).map({ $0.lowercased() }) {
        case let words where ["select", "with", "prepare", "deallocate"].contains(words.first ?? ""): return true
        case let words where words.first == "explain": return !SQLPrefix.explainAnalyzes(sql)
        default: return false
        }
    }
}
