import Foundation
import Model

extension LockLog {
    /// Of what is kept in a snapshot.
    private static let keptDeadlocks = 20
    private static let keptWaits = 60
    private static let keptFailures = 30
    private static let keptNames = 3

    /// Puts what was read into the snapshot, in place of the note that nothing was. The snapshot's catalogs name the relations.
    package mutating func attach(to snapshot: inout Snapshot) {
        finish()
        snapshot.lockHistory = history(LockNames(snapshot))
        // Known by their English text alone: none seen in another language means nothing.
        if cancelledVacuums.isEmpty, Self.foreignLanguage(snapshot) != nil {
            snapshot.lockHistory?.cancelledVacuums = nil
        }
        snapshot.notes.removeAll { $0.evidence == .lockHistory }
        snapshot.notes += notes(snapshot)
    }

    private func history(_ names: LockNames) -> LockHistory {
        var history = LockHistory()
        history.first = span.first
        history.last = span.last
        history.leftOut = leftOut
        history.deadlocks = merged(deadlocks.map { deadlock($0, $1, names) }) { one, other in
            one.events.add(other.events)
            for place in one.sessions.indices {
                one.sessions[place].victims += other.sessions[place].victims
                one.sessions[place].applications = Self.together(
                    one.sessions[place].applications, other.sessions[place].applications)
            }
        }
        .sorted { ($0.events.count, $1.order) > ($1.events.count, $0.order) }
        history.waits = merged(waits.map { wait($0, $1, names) }) { one, other in
            one.events.add(other.events)
            one.unfinished += other.unfinished
            one.longestQueue = max(one.longestQueue, other.longestQueue)
            one.applications = Self.together(one.applications, other.applications)
            for counted in other.holders { one.add(counted) }
        }
        .map { wait in
            var wait = wait
            wait.holders = Array(
                wait.holders.sorted { ($0.count, $1.holder.order) > ($1.count, $0.holder.order) }.prefix(
                    Self.keptNames))
            return wait
        }
        .sorted { ($0.events.totalWait, $1.order) > ($1.events.totalWait, $0.order) }
        history.failures = merged(failures.map { failure($0, $1, names) }) { one, other in
            one.events.add(other.events)
            one.applications = Self.together(one.applications, other.applications)
        }
        .sorted { ($0.events.count, $1.order) > ($1.events.count, $0.order) }
        history.cancelledVacuums = cancelledVacuums.compactMap { text, events in
            names.vacuumed(text).map { table in
                .make {
                    ($0.database, $0.relation, $0.events) = (table.database, table.name, events)
                    $0.events.trim()
                }
            }
        }
        .sorted { ($0.events.count, "\($1.relation)") > ($1.events.count, "\($0.relation)") }
        history.cut(deadlocks: Self.keptDeadlocks, waits: Self.keptWaits, failures: Self.keptFailures)
        return history
    }

    /// What the catalog's names make the same.
    private func merged<Entry: Identified>(
        _ entries: [Entry], _ add: (inout Entry, Entry) -> Void
    ) -> [Entry] {
        var places: [[AnyHashable]: Int] = [:]
        var merged: [Entry] = []
        for entry in entries.sorted(by: { $0.order < $1.order }) {
            if let place = places[entry.identity] {
                add(&merged[place], entry)
            } else {
                places[entry.identity] = merged.count
                merged.append(entry)
            }
        }
        return merged
    }

    private func lock(_ raw: RawLock, in database: String?, _ names: LockNames) -> LoggedLock {
        .make {
            $0.kind = raw.kind
            $0.mode = raw.mode
            ($0.relation, $0.relationText) = names.resolve(raw.relation, in: database)
            $0.isForeignKeyCheck = raw.isForeignKeyCheck
        }
    }

    private func deadlock(_ key: DeadlockKey, _ group: DeadlockGroup, _ names: LockNames) -> LoggedDeadlock {
        let sessions = key.sessions.indices.map { place in
            LoggedDeadlock.Session.make {
                $0.statement = key.sessions[place].statement
                $0.wanted = lock(key.sessions[place].lock, in: key.database, names)
                $0.victims = group.victims[place]
                $0.applications = Self.greatest(group.applications[place])
            }
        }
        let turn = Self.turn(of: sessions.map { "\($0.statement?.text ?? "") \($0.wanted)" })
        return .make {
            $0.database = key.database
            $0.sessions = Array(sessions[turn...] + sessions[..<turn])
            $0.events = group.events
            $0.events.trim()
        }
    }

    private func wait(_ key: WaitKey, _ group: WaitGroup, _ names: LockNames) -> LoggedLockWait {
        .make {
            $0.database = key.database
            $0.lock = lock(key.lock, in: key.database, names)
            $0.statement = key.statement
            $0.events = group.events
            $0.events.trim()
            $0.unfinished = group.unfinished
            $0.longestQueue = group.longestQueue
            $0.applications = Self.greatest(group.applications)
            $0.holders = group.holders.map { holder, count in
                .make { ($0.holder, $0.count) = (holder, count) }
            }
        }
    }

    private func failure(_ key: FailureKey, _ group: FailureGroup, _ names: LockNames) -> LoggedLockFailure {
        .make {
            $0.reason = key.reason
            $0.database = key.database
            $0.lock = lock(key.lock, in: key.database, names)
            $0.statement = key.statement
            $0.events = group.events
            $0.events.trim()
            $0.applications = Self.greatest(group.applications)
        }
    }

    private static func greatest(_ counts: [String: Int64]) -> [String] {
        counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(keptNames).map(\.key)
    }

    private static func together(_ names: [String], _ others: [String]) -> [String] {
        Array((names + others.filter { !names.contains($0) }).prefix(keptNames))
    }

    /// lc_messages, where it is known not to be English.
    static func foreignLanguage(_ snapshot: Snapshot) -> String? {
        let language = snapshot.settings.first { $0.name == "lc_messages" }?.value ?? ""
        return language.isEmpty || ["C", "POSIX", "en"].contains(where: language.hasPrefix) ? nil : language
    }

    private func notes(_ snapshot: Snapshot) -> [CollectionNote] {
        func setting(_ name: String) -> String? { snapshot.settings.first { $0.name == name }?.value }
        let isEmpty = deadlocks.isEmpty && waits.isEmpty && failures.isEmpty
        var notes: [CollectionNote] = []
        if let language = Self.foreignLanguage(snapshot) {
            let known =
                tellsSQLState ? "Only deadlocks and lock timeouts are known by their SQLSTATE" : "Nothing is known"
            notes.append(
                CollectionNote(
                    .lockHistory, .unparsable, isTotal: isEmpty && !tellsSQLState,
                    "The server's messages are not in English (lc_messages = \(language)). \(known): waits for locks are told by "
                        + "their text alone, and the stderr format has a SQLSTATE only with %e in log_line_prefix."))
        }
        if unreadable > 0 {
            notes.append(
                CollectionNote(
                    .lockHistory, .unparsable, isTotal: false,
                    "Of \(Quantity.plural(unreadable, "deadlock")) the log does not tell who waited for whom: the DETAIL is missing "
                        + "(log_error_verbosity = terse), was cut, or is in a language that is not read."))
        }
        if setting("log_lock_waits") == "off", waits.isEmpty {
            notes.append(
                CollectionNote(
                    .lockHistory, .refused, isTotal: false,
                    "log_lock_waits is off: the log tells deadlocks and lock timeouts, but no waits.",
                    remedy: Remedies.logLockWaits))
        }
        return notes
    }
}

/// What makes two entries the same, and puts them in an order.
private protocol Identified {
    var identity: [AnyHashable] { get }
}

extension Identified {
    var order: String { identity.map { "\($0)" }.joined(separator: " ") }
}

extension LoggedDeadlock: Identified {
    var identity: [AnyHashable] {
        [database] + sessions.flatMap { [$0.statement as AnyHashable, $0.wanted as AnyHashable] }
    }
}

extension LoggedLockWait: Identified {
    var identity: [AnyHashable] { [database, lock, statement] }

    mutating func add(_ counted: CountedHolder) {
        if let place = holders.firstIndex(where: { $0.holder == counted.holder }) {
            holders[place].count += counted.count
        } else {
            holders.append(counted)
        }
    }
}

extension LoggedLockFailure: Identified {
    var identity: [AnyHashable] { [reason, database, lock, statement] }
}

extension LoggedLockWait.Holder {
    fileprivate var order: String { "\(application ?? "") \(role ?? "") \(statement?.text ?? "")" }
}

extension LockHistory {
    fileprivate mutating func cut(deadlocks most: Int, waits mostWaits: Int, failures mostFailures: Int) {
        leftOut += deadlocks.dropFirst(most).reduce(0) { $0 + $1.events.count }
        leftOut += waits.dropFirst(mostWaits).reduce(0) { $0 + $1.events.count }
        leftOut += failures.dropFirst(mostFailures).reduce(0) { $0 + $1.events.count }
        deadlocks = Array(deadlocks.prefix(most))
        waits = Array(waits.prefix(mostWaits))
        failures = Array(failures.prefix(mostFailures))
    }
}
