import Foundation
import Model
import Statements

/// What rules about sessions ask for again and again.
extension Observation {
    /// Sessions of applications and people: ours, walsenders, autovacuum and parallel workers are not among them.
    var clients: [Backend] { snapshot.backends.filter { $0.isClient && !$0.isOurs } }

    /// Roots that somebody has waited for longer than an instant: locks.blocking-session tells of them, no other rule
    /// needs to.
    var blockers: [BlockedSessions] {
        forest.roots.map { BlockedSessions($0, self) }.filter { $0.longestWait >= BlockedSessions.patience.value }
    }

    /// Processes that build, vacuum, copy or rewrite something now: they are long by nature and say how far they are.
    var maintenance: Set<Int> { Set(snapshot.progress.map(\.pid)) }

    /// Links to the statement that a session runs or ran last: that of its load, where that is known, since the text of a
    /// session may be cut off.
    func statementLink(of backend: Backend?) -> LinkKey? {
        guard let backend, let database = backend.database else { return nil }
        if let id = backend.queryID, let load = workload.load(ofQueryID: id, in: database) { return load.link }
        guard let name = backend.fingerprint ?? backend.queryID.map({ String($0) }) else { return nil }
        return .statement(name, database: database)
    }
}

extension Backend {
    /// `billing-worker`, or `role app` of a session without a name.
    var label: String { application.isEmpty ? "role \(role ?? "unknown")" : application }

    /// A person at a prompt: one statement at a time, with pauses for thought.
    var isConsole: Bool { ["psql", "pgcli"].contains(application) || application.hasPrefix("pgAdmin") }

    /// Programs that keep one transaction open for as long as they copy: ended, they begin anew.
    var isCopyOfAll: Bool {
        let programs = ["pg_dump", "pg_restore", "pg_repack", "pg_basebackup", "pg_receivewal", "pgbackrest", "barman"]
        return programs.contains { application.lowercased().hasPrefix($0) }
    }

    var waitsForLock: Bool { state == "active" && waitEventType == "Lock" }

    /// The statement that it runs, or ran last; nil where the text is hidden, cut off or newer than our grammar.
    var parsed: ParsedStatement? { query.flatMap { try? ParsedStatement(parsing: $0) } }
}

extension Action {
    /// Ends sessions that run nothing: cancelling does nothing to them.
    static func end(_ sessions: [Backend], gain: Gain, verify: String, steps: [String] = [], caution: String) -> Action
    {
        let sorted = sessions.sorted { $0.pid < $1.pid }
        let left = sorted.count - 5
        return Action(
            .containment, "end \(sorted.count == 1 ? "session \(sorted[0].pid)" : "these sessions")",
            sql: sorted.prefix(5).map { $0.signal("pg_terminate_backend") },
            steps: ["Ask their owner first."] + steps
                + (left > 0 ? ["\(Quantity.count(left)) more are alike: diagnose again after these five."] : []),
            lock: LockNote("none", "an open transaction is rolled back at once"), gain: gain, verify: verify,
            caution: caution)
    }

    /// `ALTER ROLE … SET …`, with what it was before as the way back.
    static func limit(
        _ role: String, _ name: String, to value: String, title: String, gain: Gain, steps: [String] = [],
        caution: String? = nil, _ observation: Observation
    ) -> Action {
        Action(
            .fix, title, sql: ["ALTER ROLE \(SQL.identifier(role)) SET \(name) = \(SQL.literal(value));"],
            steps: ["New sessions of the role have it; those that are open keep what they have."] + steps,
            lock: LockNote.none, gain: gain,
            verify: "SHOW \(name); -- in a new session of \(SQL.identifier(role).sqlComment)",
            undo: observation.undoOfRoleSetting(name, role: role), caution: caution)
    }
}

extension String {
    /// Safe after `--`: a line break would end the comment.
    fileprivate var sqlComment: String { String(map { $0.isNewline ? " " : $0 }) }
}
