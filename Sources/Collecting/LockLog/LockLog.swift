import Foundation
import Model
import ServerLog

/// Deadlocks, waits for locks and statements that gave up, out of a server's log.
///
/// Like ones are counted together as they come, so that a log of any length takes little memory. OIDs become names when the
/// catalog is known (`attach`).
package struct LockLog {
    /// Words of the first lines of the messages that it wants.
    package static let wanted = LockMessage.wanted

    /// Different deadlocks, waits and failures of each kind that are told apart while a log is read.
    static let groupsLimit = 2_000
    /// Processes that are remembered.
    private static let processesLimit = 5_000

    struct RawLock: Hashable {
        var kind = LoggedLock.Kind.other
        var mode: String?
        var relation: LoggedRelation?
        var isForeignKeyCheck = false
    }

    /// A process, as its own messages show it.
    private struct Process {
        var application: String?
        var role: String?
        var statement: LoggedStatement?
    }

    private struct OpenWait {
        var text: LoggedLockText
        var lock: RawLock
        var statement: LoggedStatements.Read?
        var database: String?
        var application: String?
        var at: Date?
        /// ms
        var waited: Double
        var holders: [Int]
        var queue: Int
    }

    struct WaitKey: Hashable {
        var database: String?
        var lock: RawLock
        var statement: LoggedStatement?
    }

    struct WaitGroup {
        var events = LoggedEvents()
        var unfinished: Int64 = 0
        var longestQueue = 0
        var holders: [LoggedLockWait.Holder: Int64] = [:]
        var applications: [String: Int64] = [:]
    }

    struct DeadlockKey: Hashable {
        var database: String?
        var sessions: [Session]

        struct Session: Hashable {
            var statement: LoggedStatement?
            var lock: RawLock
        }
    }

    struct DeadlockGroup {
        var events = LoggedEvents()
        var victims: [Int64]
        var applications: [[String: Int64]]
    }

    struct FailureKey: Hashable {
        var reason: LoggedLockFailure.Reason
        var database: String?
        var lock: RawLock
        var statement: LoggedStatement?
    }

    struct FailureGroup {
        var events = LoggedEvents()
        var applications: [String: Int64] = [:]
    }

    var waits: [WaitKey: WaitGroup] = [:]
    var deadlocks: [DeadlockKey: DeadlockGroup] = [:]
    var failures: [FailureKey: FailureGroup] = [:]
    /// By the name that the log has.
    var cancelledVacuums: [String: LoggedEvents] = [:]
    var leftOut: Int64 = 0
    var span = LogSpan()
    /// Deadlocks whose DETAIL could not be read, in another language or left out (log_error_verbosity = terse).
    var unreadable = 0
    /// Some messages told their SQLSTATE: of these deadlocks are known in any language.
    var tellsSQLState = false
    private var open: [Int: OpenWait] = [:]
    private var processes: [Int: Process] = [:]
    private var statements: LoggedStatements

    package init(redaction: Redaction) { statements = LoggedStatements(TextRedaction(mode: redaction)) }

    /// A message of a log; other messages than those about locks are passed over.
    package mutating func take(_ entry: LogEntry) {
        if entry.sqlState != nil { tellsSQLState = true }
        guard let message = LockMessage(entry) else { return }
        span.note(first: entry.at, last: entry.at)
        let read = statements.read(entry.statement)
        if let pid = entry.pid { remember(pid, entry, read) }
        switch message {
        case .wait(let wait): take(wait, entry, read)
        case .deadlock(let members): take(members, entry, read)
        case .lockTimeout, .noWait: take(message, entry, read)
        case .canceled: if let pid = entry.pid { endWait(of: pid, at: entry.at) }
        case .autovacuumCanceled(let name):
            guard cancelledVacuums[name] != nil || cancelledVacuums.count < Self.groupsLimit else {
                return leftOut += 1
            }
            cancelledVacuums[name, default: LoggedEvents()].add(at: entry.at)
        }
    }

    private mutating func remember(_ pid: Int, _ entry: LogEntry, _ read: LoggedStatements.Read?) {
        if processes.count >= Self.processesLimit { processes = [:] }
        var process = processes[pid] ?? Process()
        process.application = entry.application ?? process.application
        process.role = entry.role ?? process.role
        process.statement = read?.statement ?? process.statement
        processes[pid] = process
    }

    // MARK: Waits

    private mutating func take(_ wait: LockMessage.Wait, _ entry: LogEntry, _ read: LoggedStatements.Read?) {
        let known = open[wait.pid].flatMap { $0.text == wait.lock ? $0 : nil }
        // The process waits for something else now: the log does not tell how the former wait ended.
        if open[wait.pid] != nil && known == nil { endWait(of: wait.pid, at: nil) }
        var current =
            known
            ?? OpenWait(
                text: wait.lock, lock: lock(of: wait, entry, read), statement: read, database: entry.database,
                application: entry.application, waited: 0, holders: [], queue: 0)
        current.at = entry.at
        current.waited = max(current.waited, wait.waited)
        if !wait.holders.isEmpty { current.holders = wait.holders }
        current.queue = max(current.queue, wait.queue)
        open[wait.pid] = current
        switch wait.stage {
        case .goesOn: if open.count > Self.processesLimit { endWaits() }
        case .acquired: endWait(of: wait.pid, at: nil, isAcquired: true)
        case .failed: endWait(of: wait.pid, at: nil)
        }
    }

    private func lock(of wait: LockMessage.Wait, _ entry: LogEntry, _ read: LoggedStatements.Read?) -> RawLock {
        let place = LockPlace(context: entry.context)
        var lock = RawLock(kind: wait.lock.kind)
        lock.isForeignKeyCheck = place?.checked != nil
        if lock.kind == .transaction, place != nil { lock.kind = .row }
        if let relation = wait.lock.relation { lock.relation = .oid(relation, database: wait.lock.database) }
        if lock.kind == .row || lock.kind == .transaction {
            // Its name says more than its OID; of a transaction's end without a place, what the statement is about.
            lock.relation = place?.relation ?? lock.relation ?? read?.relation
        } else if lock.kind != .advisory && lock.kind != .virtualTransaction {
            lock.mode = wait.mode
        }
        return lock
    }

    /// - Parameter moment: when the statement ended, which tells how long it waited; nil: as long as was logged.
    private mutating func endWait(of pid: Int, at moment: Date?, isAcquired: Bool = false) {
        guard let wait = open.removeValue(forKey: pid) else { return }
        var waited = wait.waited
        if let moment, let logged = wait.at { waited += max(0, moment.timeIntervalSince(logged)) * 1000 }
        let key = WaitKey(database: wait.database, lock: wait.lock, statement: wait.statement?.statement)
        guard waits[key] != nil || waits.count < Self.groupsLimit else { return leftOut += 1 }
        waits[key, default: WaitGroup()].events.add(at: moment ?? wait.at, waited: waited)
        if !isAcquired && moment == nil { waits[key]!.unfinished += 1 }
        waits[key]!.longestQueue = max(waits[key]!.longestQueue, wait.queue)
        if let application = wait.application { waits[key]!.applications.count(application) }
        if let holder = holder(behind: wait) { waits[key]!.holders[holder, default: 0] += 1 }
    }

    private mutating func endWaits() {
        for pid in open.keys.sorted() { endWait(of: pid, at: nil) }
    }

    /// Who held the lock in the end: who holds it may wait for another one in turn.
    private func holder(behind wait: OpenWait) -> LoggedLockWait.Holder? {
        guard var pid = wait.holders.first else { return nil }
        var seen: Set<Int> = []
        while seen.insert(pid).inserted, let next = open[pid]?.holders.first { pid = next }
        guard let process = processes[pid] else { return nil }
        return .make {
            $0.application = process.application
            $0.role = process.role
            $0.statement = process.statement
        }
    }

    // MARK: Deadlocks

    private mutating func take(
        _ members: [LockMessage.Member], _ entry: LogEntry, _ read: LoggedStatements.Read?
    ) {
        let victim = entry.pid ?? members.first?.pid
        guard members.count > 1 else {
            unreadable += 1
            if let victim { endWait(of: victim, at: entry.at) }
            return
        }
        var sessions: [DeadlockKey.Session] = []
        for member in members { sessions.append(session(member, isVictim: member.pid == victim, entry, read)) }
        let turn = Self.turn(of: sessions.map { "\($0.statement?.text ?? "") \($0.lock)" })
        let order = sessions.indices.map { (turn + $0) % sessions.count }
        let key = DeadlockKey(database: entry.database, sessions: order.map { sessions[$0] })
        if let victim { endWait(of: victim, at: entry.at) }
        guard deadlocks[key] != nil || deadlocks.count < Self.groupsLimit else { return leftOut += 1 }
        var group =
            deadlocks[key]
            ?? DeadlockGroup(
                victims: sessions.map { _ in 0 }, applications: sessions.map { _ in [:] })
        group.events.add(at: entry.at)
        for (place, origin) in order.enumerated() {
            if members[origin].pid == victim { group.victims[place] += 1 }
            if let application = processes[members[origin].pid]?.application {
                group.applications[place].count(application)
            }
        }
        deadlocks[key] = group
    }

    private mutating func session(
        _ member: LockMessage.Member, isVictim: Bool, _ entry: LogEntry, _ read: LoggedStatements.Read?
    ) -> DeadlockKey.Session {
        let wait = open[member.pid]
        // Of the victim the log has the whole text, of the others what track_activity_query_size leaves.
        let statement =
            isVictim && read != nil ? read : wait?.statement ?? statements.read(member.statement)
        if let wait, member.lock == nil || wait.text == member.lock {
            return DeadlockKey.Session(statement: statement?.statement, lock: wait.lock)
        }
        let place = isVictim ? LockPlace(context: entry.context) : nil
        var lock = RawLock(kind: member.lock?.kind ?? .transaction)
        lock.isForeignKeyCheck = place?.checked != nil
        switch lock.kind {
        case .row, .transaction:
            lock.relation = place?.relation ?? statement?.relation
            if lock.relation == nil, let relation = member.lock?.relation {
                lock.relation = .oid(relation, database: member.lock?.database)
            }
            if lock.relation != nil { lock.kind = .row }
        case .advisory, .virtualTransaction: break
        default:
            lock.mode = member.mode
            lock.relation = member.lock?.relation.map { .oid($0, database: member.lock?.database) }
        }
        return DeadlockKey.Session(statement: statement?.statement, lock: lock)
    }

    /// Which session of a circle stands first, whichever the log began with: the one from which the texts are least.
    static func turn(of texts: [String]) -> Int {
        texts.indices.min { left, right in
            for step in texts.indices {
                let (one, other) = (texts[(left + step) % texts.count], texts[(right + step) % texts.count])
                if one != other { return one < other }
            }
            return false
        } ?? 0
    }

    // MARK: Failures

    private mutating func take(_ message: LockMessage, _ entry: LogEntry, _ read: LoggedStatements.Read?) {
        let wait = entry.pid.flatMap { open[$0] }
        let place = LockPlace(context: entry.context)
        var lock = wait?.lock ?? RawLock()
        if wait == nil {
            lock.relation = place?.relation ?? read?.relation
            lock.isForeignKeyCheck = place?.checked != nil
            if place != nil || entry.message.contains("on row in relation") { lock.kind = .row }
        }
        var key = FailureKey(
            reason: .lockTimeout, database: entry.database, lock: lock, statement: read?.statement)
        if case .noWait = message { key.reason = .noWait }
        var waited = 0.0
        if let wait, let at = entry.at, let logged = wait.at {
            waited = wait.waited + max(0, at.timeIntervalSince(logged)) * 1000
        }
        if let pid = entry.pid { endWait(of: pid, at: entry.at) }
        guard failures[key] != nil || failures.count < Self.groupsLimit else { return leftOut += 1 }
        failures[key, default: FailureGroup()].events.add(at: entry.at, waited: waited)
        if let application = entry.application { failures[key]!.applications.count(application) }
    }

    /// The waits that go on where the log ends.
    mutating func finish() { endWaits() }
}

extension [String: Int64] {
    /// At most a hundred names: an application may put anything into its own.
    fileprivate mutating func count(_ name: String) {
        guard self[name] != nil || count < 100 else { return }
        self[name, default: 0] += 1
    }
}
