import Foundation

/// What a server's log tells of locks: deadlocks, waits of log_lock_waits, and statements that gave up.
///
/// Like events are one entry with their count; texts of statements have no literals. All of it is of the log's span, whatever
/// window counters are judged in: `moments` tell how much of it lies in a window.
package struct LockHistory: Noun {
    /// Of the logs that were read, whatever was in them; nil where they tell no time.
    package var first: Date?
    package var last: Date?
    /// Most frequent first.
    package var deadlocks: [LoggedDeadlock] = []
    /// By the time that was waited, longest first.
    package var waits: [LoggedLockWait] = []
    /// Most frequent first.
    package var failures: [LoggedLockFailure] = []
    /// Autovacuum that gave way to somebody's lock, most often first; nil in files of older versions.
    package var cancelledVacuums: [CancelledVacuum]?
    /// Deadlocks, waits and failures that are counted in none of these: there were too many different ones.
    package var leftOut: Int64 = 0

    package init() {}

    /// s from the first to the last message; nil where the log tells no time.
    package var span: Double? {
        guard let first, let last else { return nil }
        return last.timeIntervalSince(first)
    }
}

/// What a session waited for.
package struct LoggedLock: Noun, Hashable {
    package enum Kind: String, Codable, Sendable {
        /// A row: until the transaction ends that wrote or locked it, or in the queue of its other waiters.
        case row
        /// A transaction's end, and no row is told.
        case transaction
        case relation, extend, page, object, advisory
        /// A snapshot or a concurrent index build.
        case virtualTransaction = "virtual-transaction"
        /// What the log says is not known.
        case other
    }

    package var kind = Kind.other
    /// Of locks on relations and objects, as pg_locks has it: `AccessExclusiveLock`.
    package var mode: String?
    /// The table; of an index that is written the index's table.
    package var relation: QualifiedName?
    /// As the log has it, where it is not in the catalog that was read.
    package var relationText: String?
    /// The wait is of a foreign key's check, which locks the row of the other table (`FOR KEY SHARE`).
    package var isForeignKeyCheck = false

    package init() {}
}

/// A statement of the log: redacted.
package struct LoggedStatement: Noun, Hashable {
    package var text = ""
    /// libpg_query's fingerprint of the text, as of the entries of pg_stat_statements; nil where it does not parse.
    package var fingerprint: String?

    package init() {}
}

/// When something was logged, and how long it was waited.
package struct LoggedMoment: Noun {
    package var at = Date(timeIntervalSince1970: 0)
    /// ms
    package var waited = 0.0

    package init() {}
}

/// Events of the log that are alike.
package struct LoggedEvents: Noun {
    package static let momentsLimit = 50

    package var count: Int64 = 0
    /// nil where the log tells no time.
    package var first: Date?
    package var last: Date?
    /// ms, of all.
    package var totalWait = 0.0
    package var longestWait = 0.0
    /// The last ones, in order.
    package var moments: [LoggedMoment] = []

    package init() {}

    /// - Parameter waited: ms.
    package mutating func add(at moment: Date?, waited: Double = 0) {
        count += 1
        totalWait += waited
        longestWait = max(longestWait, waited)
        guard let moment else { return }
        first = min(first ?? moment, moment)
        last = max(last ?? moment, moment)
        moments.append(.make { ($0.at, $0.waited) = (moment, waited) })
        // Twice as many before the oldest go: a log may have millions.
        if moments.count >= 2 * Self.momentsLimit { trim() }
    }

    package mutating func add(_ other: Self) {
        count += other.count
        totalWait += other.totalWait
        longestWait = max(longestWait, other.longestWait)
        first = [first, other.first].compactMap(\.self).min()
        last = [last, other.last].compactMap(\.self).max()
        moments += other.moments
        trim()
    }

    package mutating func trim() {
        moments = Array(moments.sorted { $0.at < $1.at }.suffix(Self.momentsLimit))
    }

    /// The events from `start` on; of more than `moments` has, those that it has.
    package func since(_ start: Date) -> Self {
        if let first, first >= start { return self }
        var part = Self()
        for moment in moments where moment.at >= start { part.add(at: moment.at, waited: moment.waited) }
        return part
    }
}

/// Deadlocks of the same statements over the same tables.
package struct LoggedDeadlock: Noun {
    /// A session of the circle: it waits for `wanted`, which the next one holds.
    package struct Session: Noun {
        package var statement: LoggedStatement?
        package var wanted = LoggedLock()
        /// The server rolled this one back, so often.
        package var victims: Int64 = 0
        /// At most three; of the others the log tells none.
        package var applications: [String] = []

        package init() {}
    }

    package var database: String?
    /// Each waits for the next, the last for the first.
    package var sessions: [Session] = []
    package var events = LoggedEvents()

    package init() {}

    /// What session number `place` holds: what the one before it waits for.
    package func held(by place: Int) -> LoggedLock { sessions[(place + sessions.count - 1) % sessions.count].wanted }
}

/// Waits of log_lock_waits: longer than deadlock_timeout.
package struct LoggedLockWait: Noun {
    /// Who held the lock, as far as the log names the process elsewhere.
    package struct Holder: Noun, Hashable {
        package var application: String?
        package var role: String?
        /// The statement that it was logged with around that time.
        package var statement: LoggedStatement?

        package init() {}
    }

    package struct CountedHolder: Noun {
        package var holder = Holder()
        package var count: Int64 = 0

        package init() {}
    }

    package var database: String?
    package var lock = LoggedLock()
    /// Of the session that waited.
    package var statement: LoggedStatement?
    package var events = LoggedEvents()
    /// Waits whose end the log does not tell: they lasted longer than is counted.
    package var unfinished: Int64 = 0
    /// Most sessions that were queued at once.
    package var longestQueue = 0
    /// Most frequent first, at most three.
    package var holders: [CountedHolder] = []
    /// Applications that waited, at most three.
    package var applications: [String] = []

    package init() {}
}

/// Statements that did not get their lock (SQLSTATE 55P03).
package struct LoggedLockFailure: Noun {
    package enum Reason: String, Codable, Sendable {
        case lockTimeout = "lock-timeout"
        case noWait = "nowait"
    }

    package var reason = Reason.lockTimeout
    package var database: String?
    package var lock = LoggedLock()
    package var statement: LoggedStatement?
    package var events = LoggedEvents()
    package var applications: [String] = []

    package init() {}
}

/// Autovacuum of a table that was cancelled, since a session wanted a lock that conflicts with it.
package struct CancelledVacuum: Noun {
    package var database = ""
    package var relation = QualifiedName("", "")
    package var events = LoggedEvents()

    package init() {}
}
