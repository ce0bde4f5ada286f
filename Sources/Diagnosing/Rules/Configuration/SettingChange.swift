import Model

extension Setting {
    /// Set for the whole server: not by our own session, role or database (`pg_settings.source`).
    var isServerWide: Bool {
        !["session", "client", "database", "user", "database user", "interactive"].contains(source)
    }

    /// As a person reads it: `128 MB`, `5 min`, `on`.
    var text: String {
        if let bytes, bytes > 0 { return Quantity.bytes(bytes) }
        if let seconds, seconds > 0 { return Quantity.seconds(seconds) }
        return value
    }

    /// As `ALTER SYSTEM SET` takes it back, with its unit: `131072kB`.
    var literal: String {
        guard let unit, let number, number > 0 else { return value }
        switch unit {
        case "8kB": return "\(Int64(number * 8))kB"
        case "16MB": return "\(Int64(number * 16))MB"
        default: return value + unit
        }
    }
}

/// A new value for a server-wide setting, and the way back.
struct SettingChange {
    var setting: Setting
    var value: String

    init(_ setting: Setting, to value: String) {
        self.setting = setting
        self.value = value
    }

    var needsRestart: Bool { setting.context == "postmaster" }

    var sql: [String] {
        let change = "ALTER SYSTEM SET \(setting.name) = \(SQL.literal(value));"
        return needsRestart ? [change] : [change, Self.reload]
    }

    var undo: String {
        let change = "ALTER SYSTEM SET \(setting.name) = \(SQL.literal(setting.literal));"
        return needsRestart ? change + " -- and restart" : change + " " + Self.reload
    }

    /// Said where the service is not known; see `ManagedService`.
    static let managedCaution = "a managed service takes it in its parameter group, not by ALTER SYSTEM"

    static let reload = "SELECT pg_catalog.pg_reload_conf();"

    func action(_ title: String, steps: [String] = [], gain: Gain, caution: String? = nil) -> Action {
        // A value of the command line (as Patroni gives some) wins over ALTER SYSTEM.
        let command = "\(setting.name) is given on the server's command line, which wins over ALTER SYSTEM"
        let isOnCommandLine = setting.source == "command line"
        return Action(
            .fix, title, sql: isOnCommandLine ? [] : sql,
            steps: (isOnCommandLine ? [command + ": change it there and restart."] : [])
                + (needsRestart && !isOnCommandLine ? ["Restart the server: the value is read at its start."] : [])
                + steps,
            lock: LockNote.none, gain: gain, verify: "SHOW \(setting.name);", undo: undo,
            caution: caution ?? Self.managedCaution)
    }
}

extension Observation {
    /// The setting when it stands so for the whole server.
    ///
    /// Of what our own session has set for itself (its timeouts) the value of a new session was read (settings.pg14.sql): the
    /// server's, where our role and database have none of their own.
    func serverSetting(_ name: String) -> Setting? {
        guard var setting = setting(name) else { return nil }
        if setting.isServerWide { return setting }
        let server = snapshot.server
        let isOurs = snapshot.roleSettings.contains {
            $0.name == name && ($0.role == nil || $0.role == server.role)
                && ($0.database == nil || $0.database == server.database)
        }
        guard setting.source == "session", !isOurs else { return nil }
        setting.source = setting.value == setting.bootValue ? "default" : "configuration file"
        return setting
    }
}

extension Snapshot {
    /// For examples: gives a setting another value.
    mutating func set(
        _ name: String, _ value: String, unit: String? = nil, source: String = "configuration file",
        context: String = "sighup", _ more: (inout Setting) -> Void = { _ in }
    ) {
        var setting =
            settings.first { $0.name == name }
            ?? .make {
                $0.name = name; $0.unit = unit
            }
        setting.value = value
        setting.source = source
        setting.context = context
        more(&setting)
        settings.removeAll { $0.name == name }
        settings.append(setting)
    }
}
