import Foundation
import Model

/// Steps that several rules about statements advise: they differ in the statement only.
extension StatementLoad {
    /// The sessions that run it at this moment.
    func sessionsNow() -> Action {
        Action(
            .containment, "see who runs it now, and since when",
            sql: [
                """
                SELECT pid, usename, application_name, state, wait_event_type, wait_event, now() - query_start AS runs_for
                FROM pg_catalog.pg_stat_activity
                WHERE query_id IN (\(queryIDs.map(String.init).joined(separator: ", "))) AND state = 'active'
                ORDER BY query_start;
                """
            ],
            lock: LockNote.none, gain: Gain("names the application, and what it waits for", .ruleOfThumb))
    }

    /// Plans of slow runs with their real values, written to the server's log by auto_explain.
    func captureSlowPlans(above milliseconds: Double, _ observation: Observation) -> Action {
        let least = max(1, Int(milliseconds.rounded()))
        var sql: [String] = []
        var undo: [String] = []
        for role in roles.prefix(3).sorted() {
            let scope = "ALTER ROLE \(SQL.identifier(role)) IN DATABASE \(SQL.identifier(database))"
            if let libraries = observation.librariesWithAutoExplain(role: role, database: database) {
                sql.append("\(scope) SET session_preload_libraries = \(libraries);")
                undo.append(
                    observation.libraries(role: role, database: database).map {
                        "\(scope) SET session_preload_libraries = \($0);"
                    } ?? "\(scope) RESET session_preload_libraries;")
            }
            sql.append("\(scope) SET auto_explain.log_min_duration = '\(least)ms';")
            undo.append(
                observation.undoOfRoleSetting("auto_explain.log_min_duration", role: role, database: database))
        }
        return Action(
            .containment, "log the plans of its slow runs (over \(Quantity.milliseconds(Double(least))))", sql: sql,
            steps: [
                "Have the application reconnect: the settings take effect in new sessions.",
                "Diagnose again with the log, `pgmedic diagnose … --log FILE`: it puts the plans to their statements. Then take "
                    + "the settings back.",
            ],
            lock: LockNote.none, gain: Gain("shows the plan that was slow, with its real values", .ruleOfThumb),
            verify: "a new session of the role: SHOW auto_explain.log_min_duration;",
            undo: undo.joined(separator: "\n"),
            caution: "needs a superuser; the log will hold values of parameters; log_analyze stays off, as its timing "
                + "slows every statement")
    }
}

extension Observation {
    /// What stands for the role in the database, as SQL takes it; nil where nothing does.
    fileprivate func libraries(role: String, database: String) -> String? {
        snapshot.roleSettings
            .first { $0.name == "session_preload_libraries" && $0.role == role && $0.database == database }
            .map { names($0.value).map(SQL.identifier).joined(separator: ", ") }
    }

    private func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"'")) }
            .filter { !$0.isEmpty }
    }

    /// The list of libraries to preload so that auto_explain is among them, as SQL takes it; nil where it is loaded.
    fileprivate func librariesWithAutoExplain(role: String, database: String) -> String? {
        let shared = names(setting("shared_preload_libraries")?.value)
        let session = names(effectiveSetting("session_preload_libraries", role: role, database: database)?.value)
        if (shared + session).contains("auto_explain") { return nil }
        return (session + ["auto_explain"]).map(SQL.identifier).joined(separator: ", ")
    }
}
