import Model

extension RoleSetting {
    /// `role report in database shop`
    var owner: String {
        let places = [role.map { "role \($0)" }, database.map { "database \($0)" }].compactMap(\.self)
        return places.isEmpty ? "all roles" : places.joined(separator: " in ")
    }

    /// Roles and databases first: their names make the fingerprint.
    var objects: [ObjectReference] {
        (role.map { [ObjectReference(.role, $0, in: database)] } ?? database.map { [ObjectReference(.database, $0)] }
            ?? [])
            + [.setting(name)]
    }

    var isOff: Bool { ["off", "false", "no", "0"].contains(value.lowercased()) }
    var isOn: Bool { ["on", "true", "yes", "1"].contains(value.lowercased()) }

    /// Whether a session's new settings come from here.
    func applies(to backend: Backend) -> Bool {
        (role == nil || role == backend.role) && (database == nil || database == backend.database)
    }

    /// Whether sessions that run the statement have it: of several roles one is enough.
    func applies(to load: StatementLoad) -> Bool {
        (database == nil || database == load.database) && (role.map { load.roles.contains($0) } ?? true)
    }

    private var scope: String {
        guard let role else { return database.map { "ALTER DATABASE \(SQL.identifier($0))" } ?? "ALTER ROLE ALL" }
        return "ALTER ROLE \(SQL.identifier(role))" + (database.map { " IN DATABASE \(SQL.identifier($0))" } ?? "")
    }

    /// Takes the setting away, with the way back.
    func reset(_ title: String, steps: [String] = [], gain: Gain, caution: String? = nil) -> Action {
        Action(
            .fix, title, sql: ["\(scope) RESET \(name);"],
            steps: ["New sessions have it; those that are open keep what they have."] + steps, lock: LockNote.none,
            gain: gain,
            verify: "SELECT setrole::pg_catalog.regrole, setconfig FROM pg_catalog.pg_db_role_setting;",
            undo: "\(scope) SET \(name) = \(SQL.literal(value));", caution: caution)
    }
}

extension Snapshot {
    /// For examples.
    mutating func addRoleSetting(_ name: String, _ value: String, role: String? = "app", database: String? = nil) {
        roleSettings.append(
            .make {
                $0.role = role
                $0.database = database
                $0.name = name
                $0.value = value
            })
    }
}
