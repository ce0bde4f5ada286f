import Foundation
import Model

/// What is needed of a snapshot to tell whether its counters go on from those of the one before.
package struct CounterEpoch: Noun {
    package var takenAt = Date(timeIntervalSince1970: 0)
    package var startedAt = Date(timeIntervalSince1970: 0)
    package var systemIdentifier: String?
    package var address = ""
    package var isInRecovery = false
    package var version = 0
    package var statementsReset: Date?
    package var checkpointerReset: Date?
    /// Of each database: when its statistics were reset.
    package var databaseResets: [String: Date] = [:]

    package init() {}

    package init(_ snapshot: Snapshot) {
        takenAt = snapshot.takenAt
        startedAt = snapshot.server.startedAt
        systemIdentifier = snapshot.server.systemIdentifier
        address = snapshot.server.address ?? ""
        isInRecovery = snapshot.server.isInRecovery
        version = snapshot.server.version.number
        statementsReset = snapshot.statementStatistics?.reset
        checkpointerReset = snapshot.checkpointer.reset
        for database in snapshot.databases { databaseResets[database.name] = database.statisticsReset }
    }

    /// Another cluster, another node of it, or another major version: no counter goes on.
    package func isElsewhere(than earlier: CounterEpoch) -> Bool {
        if let now = systemIdentifier, let then = earlier.systemIdentifier, now != then { return true }
        return address != earlier.address || isInRecovery != earlier.isInRecovery
            || version / 10_000 != earlier.version / 10_000
    }
}

/// Finds the groups of counters that were reset between two snapshots.
///
/// A reset is told by its time, or by a counter that fell. After a restart one that fell condemns its whole group: statistics are
/// lost as a whole in a crash (https://www.postgresql.org/docs/current/monitoring-stats.html), and those that have grown past
/// their old value meanwhile would give a false number.
enum Breaks {
    static func between(
        _ earlier: (frame: Frame, epoch: CounterEpoch), _ now: (frame: Frame, epoch: CounterEpoch)
    ) -> Set<CounterGroup> {
        let groups = Set(now.frame.values.keys.map(CounterGroup.init(of:)))
        if now.epoch.isElsewhere(than: earlier.epoch) { return groups }
        var broken: Set<CounterGroup> = []
        // nil: it was not read this time.
        if let reset = now.epoch.statementsReset, !reset.isSameMoment(as: earlier.epoch.statementsReset) {
            broken.insert(CounterGroup(.statement))
        }
        if !now.epoch.checkpointerReset.isSameMoment(as: earlier.epoch.checkpointerReset) {
            broken.insert(CounterGroup(.server))
        }
        for group in groups {
            guard let database = group.database, group.kind != .sequence else { continue }
            if !now.epoch.databaseResets[database].isSameMoment(as: earlier.epoch.databaseResets[database]) {
                broken.insert(group)
            }
        }
        guard !now.epoch.startedAt.isSameMoment(as: earlier.epoch.startedAt) else { return broken }
        for (key, values) in now.frame.values {
            guard let then = earlier.frame.values[key], fell(values, since: then, key.kind) else { continue }
            broken.insert(CounterGroup(of: key))
        }
        return broken
    }

    /// A counter that only grows is smaller, or the greatest time that was ever seen is.
    static func fell(_ now: [Int64], since then: [Int64], _ kind: SeriesKind) -> Bool {
        for (place, measure) in kind.measures.enumerated() where place < now.count && place < then.count {
            if measure.isWitness && now[place] < then[place] { return true }
        }
        guard kind == .statement, let place = kind.place(of: "maximumTime"), place < min(now.count, then.count) else {
            return false
        }
        return now[place] < then[place]
    }
}

/// The time between two snapshots, when clocks cannot be trusted.
enum Clock {
    /// Two clocks of machines that are set by NTP agree to well under this; ms.
    private static let tolerance = 60_000.0
    /// Of the interval: clocks may also run apart slowly.
    private static let share = 0.1

    /// - Parameters: milliseconds since 1970; `recorded` by our own clock.
    /// - Returns: the moment that is kept, how long the interval is, and whether the server's clock jumped.
    static func place(
        _ takenAt: Int64, recorded: Int64?, after earlier: (takenAt: Int64, raw: Int64, recorded: Int64?)
    ) -> (takenAt: Int64, length: Int64?, jumped: Bool) {
        let byServer = takenAt - earlier.raw
        let ours = recorded.flatMap { now in earlier.recorded.map { now - $0 } }.flatMap { $0 > 0 ? $0 : nil }
        let jumped =
            ours.map { abs(Double(byServer - $0)) > max(tolerance, share * Double($0)) } ?? (byServer <= 0)
        let length = jumped ? ours : byServer
        // Time never goes back in a history.
        let moment = max(takenAt, earlier.takenAt + 1)
        return (moment, length, jumped)
    }
}
