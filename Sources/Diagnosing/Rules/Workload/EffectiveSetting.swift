import Model

extension Observation {
    /// The value that a session of the role in the database starts with: the role's in the database, the role's, the
    /// database's, the server's. https://www.postgresql.org/docs/current/sql-alterrole.html
    func effectiveSetting(_ name: String, role: String, database: String) -> Setting? {
        guard var setting = setting(name) else { return nil }
        let candidates = snapshot.roleSettings.filter {
            $0.name == name && ($0.role == nil || $0.role == role) && ($0.database == nil || $0.database == database)
        }
        let narrowest = candidates.max { rank($0) < rank($1) }
        if let narrowest { setting.value = narrowest.value }
        return setting
    }

    /// How `ALTER ROLE … [IN DATABASE …] SET name` is taken back: the value that stood there, or RESET.
    func undoOfRoleSetting(_ name: String, role: String, database: String? = nil) -> String {
        let scope =
            "ALTER ROLE \(SQL.identifier(role))" + (database.map { " IN DATABASE \(SQL.identifier($0))" } ?? "")
        let before = snapshot.roleSettings.first { $0.name == name && $0.role == role && $0.database == database }
        return before.map { "\(scope) SET \(name) = \(SQL.literal($0.value));" } ?? "\(scope) RESET \(name);"
    }

    private func rank(_ setting: RoleSetting) -> Int {
        (setting.role == nil ? 0 : 2) + (setting.database == nil ? 0 : 1)
    }
}

extension Setting {
    /// Bytes of a memory setting whose value may carry its own unit (`64MB`), as pg_db_role_setting keeps it.
    var memory: Int64? {
        if let bytes { return bytes }
        let digits = value.prefix { $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        switch value.dropFirst(digits.count).drop(while: { $0 == " " }) {
        case "B": return number
        case "kB": return number << 10
        case "MB": return number << 20
        case "GB": return number << 30
        case "TB": return number << 40
        default: return nil
        }
    }
}
