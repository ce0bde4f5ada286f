import Model

extension Snapshot {
    /// The schemas under which a statement of this snapshot was explained, in order.
    package func searchPath(of statement: Statement, existing: Set<String>) -> [String] {
        SearchPaths(roleSettings: roleSettings, setting: settings.first { $0.name == "search_path" })
            .schemas(role: statement.role, database: statement.database, existing: existing.contains)
    }
}
