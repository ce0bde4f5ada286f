import Foundation
import Model
import ServerLog

/// What a message of the log says about a lock.
///
/// Known by its SQLSTATE where the log has it, else by its English text: messages are in the server's language (lc_messages).
enum LockMessage {
    /// A line of log_lock_waits.
    struct Wait {
        enum Stage {
            /// Longer than deadlock_timeout, and goes on.
            case goesOn
            case acquired
            /// It ended without the lock.
            case failed
        }

        var stage: Stage
        var pid: Int
        var mode: String
        var lock: LoggedLockText
        /// ms
        var waited: Double
        var holders: [Int]
        /// Processes that wait for the lock, this one among them.
        var queue: Int
    }

    /// A session of a deadlock's DETAIL.
    struct Member {
        var pid: Int
        var blocker: Int
        var mode: String?
        var lock: LoggedLockText?
        /// Cut at track_activity_query_size.
        var statement: String?
    }

    case wait(Wait)
    case deadlock([Member])
    case lockTimeout
    case noWait
    /// The statement ended before it had its lock.
    case canceled
    /// Autovacuum gave way to a lock on this relation, as `database.schema.table`.
    case autovacuumCanceled(String)

    /// Words of the first lines of such messages.
    static let wanted = [
        "Lock on ", "deadlock detected", "40P01", "55P03", "canceling statement due to ", "could not obtain lock",
        "canceling autovacuum task",
    ]

    init?(_ entry: LogEntry) {
        let message = entry.message
        if let wait = Self.wait(entry) {
            self = .wait(wait)
        } else if entry.sqlState == "40P01" || message.hasPrefix("deadlock detected") {
            self = .deadlock(Self.members(entry.detail ?? ""))
        } else if message.hasPrefix("canceling statement due to lock timeout") {
            self = .lockTimeout
        } else if message.hasPrefix("could not obtain lock") {
            self = .noWait
        } else if entry.sqlState == "55P03" {
            // In another language: two messages of lock_not_available, and only that of lock_timeout speaks of a statement
            // alone; of the other one the relation stands in quotes.
            self = message.contains("\"") || message.contains("«") || message.contains("„") ? .noWait : .lockTimeout
        } else if message.hasPrefix("canceling statement due to ") {
            self = .canceled
        } else if message.hasPrefix("canceling autovacuum task"), let name = Self.vacuumed(entry.context ?? "") {
            self = .autovacuumCanceled(name)
        } else {
            return nil
        }
    }

    /// `process 8845 still waiting for ShareLock on transaction 726 after 200.201 ms`
    private static func wait(_ entry: LogEntry) -> Wait? {
        var cursor = TextCursor(entry.message)
        guard cursor.skip("process "), let pid = cursor.number() else { return nil }
        let stage: Wait.Stage
        if cursor.skip(" still waiting for ") || cursor.skip(" detected deadlock while waiting for ")
            || cursor.skip(" avoided deadlock for ")
        {
            stage = .goesOn
        } else if cursor.skip(" acquired ") {
            stage = .acquired
        } else if cursor.skip(" failed to acquire ") {
            stage = .failed
        } else {
            return nil
        }
        guard let mode = cursor.text(upTo: " on "), !mode.contains(" "),
            let described = cursor.text(upTo: " after "), let milliseconds = cursor.text(upTo: " ms"),
            let waited = Double(milliseconds), waited.isFinite, waited >= 0,
            let lock = LoggedLockText(described.prefixUpTo(" by rearranging"))
        else { return nil }
        let (holders, queue) = processes(entry.detail ?? "")
        return Wait(
            stage: stage, pid: pid, mode: String(mode), lock: lock, waited: waited, holders: holders, queue: queue)
    }

    /// `automatic vacuum of table "shop.public.orders"`, the last line of the context.
    private static func vacuumed(_ context: String) -> String? {
        for line in context.split(separator: "\n") {
            var cursor = TextCursor(line)
            guard cursor.skip("automatic vacuum of table \""), cursor.rest.last == "\"" else { continue }
            return String(cursor.rest.dropLast())
        }
        return nil
    }

    /// `Processes holding the lock: 1, 4. Wait queue: 2, 3.`
    private static func processes(_ detail: String) -> (holders: [Int], queue: Int) {
        var cursor = TextCursor(detail)
        guard cursor.skip("Process holding the lock: ") || cursor.skip("Processes holding the lock: "),
            let holders = cursor.text(upTo: ".")
        else { return ([], 0) }
        let queue = cursor.skip(" Wait queue: ") ? cursor.text(upTo: ".") ?? "" : ""
        return (numbers(holders), numbers(queue).count)
    }

    private static func numbers(_ text: Substring) -> [Int] {
        text.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    }

    /// The DETAIL of a deadlock: a line a session with whom it waits for, then a paragraph a session with its statement. Only
    /// numbers and the names of locks are read, which no translation changes.
    private static func members(_ detail: String) -> [Member] {
        let lines = detail.split(separator: "\n", omittingEmptySubsequences: false)
        var members: [Member] = []
        var place = 0
        while place < lines.count, let member = member(lines[place]) {
            members.append(member)
            place += 1
        }
        var current: Int?
        for line in lines[place...] {
            if let (pid, text) = statementStart(line), let found = members.firstIndex(where: { $0.pid == pid }),
                members[found].statement == nil
            {
                members[found].statement = String(text)
                current = found
            } else if let current {
                members[current].statement! += "\n" + line
            }
        }
        return inCircle(members)
    }

    /// `Process 123 waits for ShareLock on transaction 815; blocked by process 456.`
    private static func member(_ line: Substring) -> Member? {
        var cursor = TextCursor(line)
        guard let pid = cursor.nextNumber(), !cursor.rest.hasPrefix(":") else { return nil }
        guard let split = cursor.rest.lastIndex(of: ";") else { return nil }
        var tail = TextCursor(cursor.rest[split...])
        guard let blocker = tail.nextNumber() else { return nil }
        let middle = cursor.rest[..<split]
        var member = Member(pid: pid, blocker: blocker)
        let mode = middle.split(separator: " ").lazy.compactMap { word in
            word.firstRange(of: "Lock").map { String(word[..<$0.upperBound]) }
        }.first
        member.mode = mode
        var description = TextCursor(middle)
        if description.text(upTo: " on ") != nil { member.lock = LoggedLockText(description.rest) }
        return member
    }

    /// `Process 8846: UPDATE …`
    private static func statementStart(_ line: Substring) -> (pid: Int, text: Substring)? {
        var cursor = TextCursor(line)
        guard let pid = cursor.nextNumber(), cursor.skip(": ") else { return nil }
        return (pid, cursor.rest)
    }

    /// So that each waits for the next; sessions that are not of the circle are left out.
    private static func inCircle(_ members: [Member]) -> [Member] {
        guard let first = members.first else { return [] }
        var circle = [first]
        while let next = members.first(where: { $0.pid == circle.last?.blocker }), next.pid != first.pid,
            circle.count < members.count
        {
            circle.append(next)
        }
        return circle
    }
}

extension Substring {
    fileprivate func prefixUpTo(_ mark: String) -> Substring {
        firstRange(of: mark).map { self[..<$0.lowerBound] } ?? self
    }
}
