import Diagnosing
import Model
import Recommending

extension JSONReport {
    /// Of each kind, the greatest: all of them are in the snapshot.
    private static let listedLocks = 20

    /// What the server's log told of locks; null: no log was read.
    var lockHistory: JSONValue {
        guard let history = diagnosis.snapshot.lockHistory else { return .null }
        return [
            "first": .moment(history.first), "last": .moment(history.last), "leftOut": .integer(history.leftOut),
            "deadlocks": .array(
                history.deadlocks.prefix(Self.listedLocks).map { deadlock in
                    events(
                        deadlock.events, isWaiting: false,
                        [
                            ("database", .optional(deadlock.database)), ("order", .string(deadlock.orderInWords)),
                            ("sessions", .array(deadlock.sessions.indices.map { session($0, of: deadlock) })),
                        ])
                }),
            "waits": .array(
                history.waits.prefix(Self.listedLocks).map { wait in
                    events(
                        wait.events, isWaiting: true,
                        [
                            ("database", .optional(wait.database)), ("lock", lock(wait.lock)),
                            ("statement", statement(wait.statement)), ("unfinished", .integer(wait.unfinished)),
                            ("longestQueue", .integer(Int64(wait.longestQueue))),
                            ("applications", .strings(wait.applications)),
                            ("holders", .array(wait.holders.map(holder))),
                        ])
                }),
            "failures": .array(
                history.failures.prefix(Self.listedLocks).map { failure in
                    events(
                        failure.events, isWaiting: true,
                        [
                            ("database", .optional(failure.database)), ("reason", .string(failure.reason.rawValue)),
                            ("lock", lock(failure.lock)), ("statement", statement(failure.statement)),
                            ("applications", .strings(failure.applications)),
                        ])
                }),
        ]
    }

    private func events(_ events: LoggedEvents, isWaiting: Bool, _ members: [(String, JSONValue)]) -> JSONValue {
        var members = members
        members += [
            ("count", .integer(events.count)), ("firstAt", .moment(events.first)), ("lastAt", .moment(events.last)),
        ]
        if isWaiting {
            members += [
                ("waitedMs", .rounded(events.totalWait)), ("longestWaitMs", .rounded(events.longestWait)),
            ]
        }
        return .object(members.map { JSONMember($0.0, $0.1) })
    }

    private func session(_ place: Int, of deadlock: LoggedDeadlock) -> JSONValue {
        let session = deadlock.sessions[place]
        return [
            "statement": statement(session.statement), "wanted": lock(session.wanted),
            "held": lock(deadlock.held(by: place)),
            "victims": .integer(session.victims), "applications": .strings(session.applications),
        ]
    }

    private func holder(_ counted: LoggedLockWait.CountedHolder) -> JSONValue {
        [
            "application": .optional(counted.holder.application), "role": .optional(counted.holder.role),
            "statement": statement(counted.holder.statement), "count": .integer(counted.count),
        ]
    }

    private func statement(_ statement: LoggedStatement?) -> JSONValue {
        guard let statement else { return .null }
        return ["text": .string(statement.text), "fingerprint": .optional(statement.fingerprint)]
    }

    private func lock(_ lock: LoggedLock) -> JSONValue {
        [
            "kind": .string(lock.kind.rawValue), "mode": .optional(lock.mode),
            "relation": .optional(lock.relation.map { "\($0.schema).\($0.name)" } ?? lock.relationText),
            "foreignKeyCheck": .bool(lock.isForeignKeyCheck),
        ]
    }
}
