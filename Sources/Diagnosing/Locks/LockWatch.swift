import Foundation
import Model

/// What readings of locks came to over a time: each root that was seen, and what it cost.
package struct LockWatch: Sendable {
    package struct Root: Sendable {
        /// `session 4127 (billing-worker)`
        package var name: String
        package var owner: String
        package var reason: BlockingReason
        package var relation: QualifiedName?
        package var firstSeen: Date
        package var lastSeen: Date
        /// Session seconds that others waited behind it while it was watched.
        package var secondsBlocked = 0.0
        /// s
        package var longestWait = 0.0
        /// Sessions behind it at once.
        package var peak = 0
        package var lastStatement: String?
    }

    private struct Identity: Hashable {
        var holder: WaitForest.Holder
        var backendStart: Date?
    }

    package private(set) var readings = 0
    /// Readings that failed.
    package private(set) var failures = 0
    package private(set) var start: Date?
    package private(set) var end: Date?
    /// Sessions that waited at once.
    package private(set) var peak = 0
    package private(set) var deadlocks: Set<[Int]> = []
    private var seen: [Identity: Root] = [:]

    package init() {}

    /// Most session seconds first.
    package var roots: [Root] {
        seen.values.sorted { ($1.secondsBlocked, $1.peak, $0.name) < ($0.secondsBlocked, $0.peak, $1.name) }
    }

    package var secondsBlocked: Double { seen.values.reduce(0) { $0 + $1.secondsBlocked } }
    package var longestWait: Double { seen.values.map(\.longestWait).max() ?? 0 }
    /// s
    package var duration: Double { zip(start, end).map { max(0, $1.timeIntervalSince($0)) } ?? 0 }

    package mutating func fail() { failures += 1 }

    /// Between two readings nobody looks: a waiter counts for the time since the last one, or since its wait began.
    package mutating func take(_ reading: LockReading) {
        let now = reading.takenAt
        for tree in reading.trees {
            let identity = Identity(holder: tree.root.holder, backendStart: tree.backend?.backendStart)
            var root =
                seen[identity]
                ?? Root(
                    name: tree.name, owner: tree.backend?.owner ?? "", reason: tree.reason, relation: tree.relation,
                    firstSeen: now, lastSeen: now)
            for victim in tree.victims {
                let waited = victim.waited(until: now) ?? 0
                root.secondsBlocked += end.map { min(waited, max(0, now.timeIntervalSince($0))) } ?? 0
            }
            root.longestWait = max(root.longestWait, tree.longestWait)
            root.peak = max(root.peak, tree.victims.count)
            root.lastSeen = now
            root.reason = tree.reason
            root.relation = tree.relation ?? root.relation
            root.lastStatement = tree.backend?.query ?? root.lastStatement
            seen[identity] = root
        }
        for cycle in reading.deadlocks { deadlocks.insert(cycle.map(\.pid).sorted()) }
        peak = max(peak, reading.waiting)
        readings += 1
        start = start ?? now
        end = now
    }

    private func zip(_ left: Date?, _ right: Date?) -> (Date, Date)? {
        if let left, let right { (left, right) } else { nil }
    }
}
