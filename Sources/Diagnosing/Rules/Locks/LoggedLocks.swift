import Foundation
import Model

/// The history of locks as rules judge it: within the window where that has a beginning of its own, else over the log's span.
struct LoggedLocks {
    /// Rates over less would say anything.
    static let leastSpan = Threshold(
        "log that rates are reckoned over, at least", 60, "s",
        source: "our choice: a minute, as in the shortest intervals that monitoring shows")

    let history: LockHistory
    /// s that were judged; nil where the log tells no time.
    let seconds: Double?
    /// nil: the whole log.
    private let start: Date?
    private let serverDatabase: String

    /// nil: no log was read.
    init?(_ observation: Observation) {
        guard let history = observation.snapshot.lockHistory else { return nil }
        self.history = history
        serverDatabase = observation.snapshot.server.database
        // Since a reset of pg_stat_statements the log has its own beginning.
        start = observation.earlier == nil ? nil : observation.window.start
        let first = [history.first, start].compactMap(\.self).max()
        seconds = first.flatMap { first in history.last.map { max(0, $0.timeIntervalSince(first)) } }
    }

    /// For rates; never less than a minute.
    var rateSeconds: Double? { seconds.map { max($0, Self.leastSpan.value) } }

    /// `4 h of the server's log`
    var text: String { seconds.map { "\(Quantity.seconds($0)) of the server's log" } ?? "the server's log" }

    func within(_ events: LoggedEvents) -> LoggedEvents { start.map { events.since($0) } ?? events }

    /// What the whole log has, where the window is only a part of it.
    func overall(_ judged: LoggedEvents, _ all: LoggedEvents) -> [Evidence] {
        all.count > judged.count ? [Evidence("overall", "in the whole log", .count(all.count))] : []
    }

    /// The database as the catalog has it: a prefix without %d leaves it open.
    func database(_ name: String?) -> String { name ?? serverDatabase }

    /// Deadlocks of a database with those of their events that are judged, most frequent first.
    func deadlocks(in database: String) -> [(deadlock: LoggedDeadlock, events: LoggedEvents)] {
        history.deadlocks.filter { self.database($0.database) == database }.map { ($0, within($0.events)) }
            .filter { $0.1.count > 0 }
    }
}

extension LoggedLock {
    var name: String? { relation?.description ?? relationText }

    /// `a row of orders`, `orders (ACCESS EXCLUSIVE)`
    var words: String {
        let mode = mode.map { " (\(LockMode.sql($0)))" } ?? ""
        switch kind {
        case .row where isForeignKeyCheck: return "a row of \(name ?? "a table") for a foreign key's check (KEY SHARE)"
        case .row: return "a row of \(name ?? "a table")"
        case .transaction: return name.map { "a row of \($0)" } ?? "a row that the log does not name"
        case .relation: return "\(name ?? "a table")\(mode)"
        case .extend: return "the extension of \(name ?? "a table")"
        case .page: return "a page of \(name ?? "an index")"
        case .object: return "an object of the catalog\(mode)"
        case .advisory: return "an advisory lock"
        case .virtualTransaction: return "the end of a snapshot"
        case .other: return name.map { "a lock on \($0)" } ?? "a lock"
        }
    }

    /// What two locks must share to be ordered against each other: `orders`, `advisory locks`; nil: the log does not name it.
    var subject: String? {
        switch kind {
        case .advisory: "advisory locks"
        case .virtualTransaction: "snapshots"
        default: name
        }
    }
}

extension LoggedStatement {
    /// In one line, cut to so many characters.
    func label(_ length: Int = 80) -> String {
        let folded = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return folded.count <= length ? folded : folded.prefix(length - 1) + "…"
    }

    func link(in database: String) -> LinkKey? { fingerprint.map { .statement($0, database: database) } }
}

extension LoggedDeadlock {
    /// Sessions are A, B, C.
    static func letter(_ place: Int) -> String {
        String(UnicodeScalar(UInt8(ascii: "A") + UInt8(min(place, 25))))
    }

    /// `A locks a row of orders, then stock; B the other way round`
    package var orderInWords: String {
        guard sessions.count > 1 else { return "the log does not tell the order" }
        if sessions.count == 2 {
            let (held, wanted) = (held(by: 0), sessions[0].wanted)
            return held.subject == wanted.subject
                ? "A locks \(held.words), then another that B has locked; B locks the two the other way round"
                : "A locks \(held.words), then \(wanted.words); B locks the two the other way round"
        }
        return sessions.indices.map { place in
            "\(Self.letter(place)) has locked \(held(by: place).words) and wants \(sessions[place].wanted.words)"
        }.joined(separator: "; ") + ": a circle"
    }

    /// One line a session: what it ran, what it wanted, what it had.
    var sessionLines: [String] {
        sessions.indices.map { place in
            let session = sessions[place]
            let application = session.applications.isEmpty ? "" : " (\(session.applications.joined(separator: ", ")))"
            let statement = session.statement?.label(160) ?? "a statement that the log does not show"
            return
                "\(Self.letter(place))\(application): \(statement)\n   wanted \(session.wanted.words), had \(held(by: place).words)"
        }
    }

    /// Tables in the order of their names.
    var relations: [QualifiedName] { Set(sessions.compactMap(\.wanted.relation)).sorted() }

    var hasForeignKeyCheck: Bool { sessions.contains { $0.wanted.isForeignKeyCheck } }

    func links(in database: String) -> Set<LinkKey> {
        Set(sessions.compactMap { $0.statement?.link(in: database) })
            .union(relations.map { .relation($0, database: database) })
    }
}

extension Action {
    /// What an application can always do about a deadlock.
    static var retryDeadlock: Action {
        Action(
            .containment, "try the transaction again when it fails with 40P01",
            steps: [
                "PostgreSQL has rolled one transaction back and the others have gone on: nothing is left to end or to repair.",
                "Have the application run the whole transaction again after SQLSTATE 40P01 (deadlock_detected), after a short "
                    + "random pause; most frameworks can do it.",
            ], lock: LockNote.none, gain: Gain("users see a delay in place of an error", .ruleOfThumb),
            verify: "no error 40P01 reaches users",
            caution: "what the transaction did outside of the database is done twice")
    }

    /// So that the next log tells more; nil where it does already.
    static func logLockWaits(_ observation: Observation) -> Action? {
        guard observation.setting("log_lock_waits")?.isOn == false else { return nil }
        return Action(
            .fix, "have the server log waits for locks",
            sql: ["ALTER SYSTEM SET log_lock_waits = on;", "SELECT pg_catalog.pg_reload_conf();"],
            steps: [
                "Each wait that is longer than deadlock_timeout is a line, with who holds the lock and on which table."
            ],
            lock: LockNote.none, gain: Gain("the log names the tables and the holders", .ruleOfThumb),
            verify: "SHOW log_lock_waits;",
            undo: "ALTER SYSTEM RESET log_lock_waits; SELECT pg_catalog.pg_reload_conf();",
            caution: "a pile of waiters is as many lines")
    }
}
