import Model

extension Relation {
    /// SQL that takes storage parameters back to what they are now: those that are set by SET, the others by RESET.
    func restoring(_ parameters: [String]) -> String {
        let table = "ALTER TABLE \((toastOwner ?? name).quoted)"
        let prefix = kind == .toast ? "toast." : ""
        let before = parameters.compactMap { parameter in options[parameter].map { "\(prefix)\(parameter) = \($0)" } }
        let unset = parameters.filter { options[$0] == nil }.map { prefix + $0 }
        var sql: [String] = []
        if !before.isEmpty { sql.append("\(table) SET (\(before.joined(separator: ", ")));") }
        if !unset.isEmpty { sql.append("\(table) RESET (\(unset.joined(separator: ", ")));") }
        return sql.joined(separator: " ")
    }
}
