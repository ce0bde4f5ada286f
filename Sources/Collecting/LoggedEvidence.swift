import Foundation
import Model
import ServerLog

/// All that is read of a server's log, in one reading: plans of auto_explain, what it tells of locks, and failed logins.
package struct LoggedEvidence {
    /// Whose evidence a log is read for.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let plans = Kinds(rawValue: 1)
        package static let locks = Kinds(rawValue: 2)
        package static let logins = Kinds(rawValue: 4)
        package static let all: Kinds = [.plans, .locks, .logins]

        var evidence: [EvidenceKind] {
            let known: [(Kinds, EvidenceKind)] = [
                (.plans, .loggedPlans), (.locks, .lockHistory), (.logins, .loginHistory),
            ]
            return known.filter { contains($0.0) }.map(\.1)
        }
    }

    package let kinds: Kinds
    package private(set) var plans: LoggedPlans
    private var locks: LockLog
    private var logins: LoginLog
    private let prefix: LinePrefix

    package init(of snapshot: Snapshot, _ kinds: Kinds = .all) {
        self.kinds = kinds
        plans = LoggedPlans(of: snapshot)
        locks = LockLog(redaction: snapshot.redaction)
        logins = LoginLog(redaction: snapshot.redaction)
        prefix = LinePrefix(of: snapshot)
    }

    /// Reads one log; `chunks` hands it over in pieces.
    package mutating func read(_ chunks: ((Data) -> Void) throws -> Void) rethrows {
        let wanted =
            (kinds.contains(.plans) ? LoggedPlans.wanted : []) + (kinds.contains(.locks) ? LockLog.wanted : [])
            + (kinds.contains(.logins) ? LoginLog.wanted : [])
        var reader = LogReader(wanted: wanted, prefix: prefix)
        try chunks { chunk in reader.take(chunk) { take($0) } }
        reader.finish { take($0) }
        locks.span.note(first: reader.first, last: reader.last)
        logins.span.note(first: reader.first, last: reader.last)
    }

    /// The log was followed until then.
    mutating func note(last: Date) {
        locks.span.note(first: nil, last: last)
        logins.span.note(first: nil, last: last)
    }

    private mutating func take(_ entry: LogEntry) {
        let line = entry.message.prefix { $0 != "\n" }
        if kinds.contains(.plans), LoggedPlans.wanted.contains(where: { line.contains($0) }) {
            return plans.take(entry)
        }
        if kinds.contains(.logins), logins.take(entry) { return }
        if kinds.contains(.locks) { locks.take(entry) }
    }

    package mutating func attach(_ attached: Kinds = .all, to snapshot: inout Snapshot) {
        if kinds.contains(.plans), attached.contains(.plans) { plans.attach(to: &snapshot) }
        if kinds.contains(.locks), attached.contains(.locks) { locks.attach(to: &snapshot) }
        if kinds.contains(.logins), attached.contains(.logins) { logins.attach(to: &snapshot) }
    }
}
