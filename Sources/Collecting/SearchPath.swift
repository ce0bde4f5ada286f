import Model

/// The search_path under which a role runs its statements in a database.
///
/// Of `pg_db_role_setting`: role in database, role, database; else the server's own
/// (https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-SQL).
struct SearchPaths {
    private let settings: [RoleSetting]
    private let serverDefault: String

    /// `search_path`'s value when nothing is set.
    static let bootValue = #""$user", public"#

    init(roleSettings: [RoleSetting], setting: Setting?) {
        settings = roleSettings.filter { $0.name == "search_path" }
        // What pg_settings shows as a new session's value may be our own role's: then the server's is not known.
        let isOurs = setting.map { ["user", "database", "database user", "client"].contains($0.source) } ?? true
        let shown = setting?.resetValue ?? setting?.value
        serverDefault =
            isOurs || !settings.isEmpty && setting?.source == "session" ? Self.bootValue : shown ?? Self.bootValue
    }

    /// Schemas in order; `"$user"` is the role's name where such a schema exists.
    func schemas(role: String, database: String, existing: (String) -> Bool) -> [String] {
        func value(_ wantedRole: String?, _ wantedDatabase: String?) -> String? {
            settings.first { $0.role == wantedRole && $0.database == wantedDatabase }?.value
        }
        let text = value(role, database) ?? value(role, nil) ?? value(nil, database) ?? value(nil, nil) ?? serverDefault
        return Self.names(in: text).compactMap { name in
            guard name == "$user" else { return name }
            return existing(role) ? role : nil
        }
    }

    /// The names of `"$user", public, "My Schema"`.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        var current = ""
        var isQuoted = false
        var wasQuoted = false
        func take() {
            let trimmed = wasQuoted ? current : current.lowercased()
            if !trimmed.isEmpty { names.append(trimmed) }
            current = ""
            wasQuoted = false
        }
        var characters = text.makeIterator()
        var pending: Character?
        while let character = pending ?? characters.next() {
            pending = nil
            switch character {
            case "\"" where isQuoted:
                let next = characters.next()
                if next == "\"" {
                    current.append("\"")
                } else {
                    isQuoted = false
                    pending = next
                }
            case "\"":
                isQuoted = true
                wasQuoted = true
                current = ""
            case "," where !isQuoted: take()
            case _ where character.isWhitespace && !isQuoted: break
            default: if isQuoted || !wasQuoted { current.append(character) }
            }
        }
        take()
        return names
    }
}
