import Foundation
import Model

/// What pg_wait_sampling counted within the window, or since its start: far more readings than ours, by event and
/// statement.
package struct CountedWaits: Sendable {
    package struct Entry: Sendable {
        /// `Lock:transactionid`; `CPU*` where it counts that too.
        package var name: String
        package var waitClass: String
        package var queryID: Int64?
        /// Of all that was counted, 0…1.
        package var share: Double
        /// Sessions on average; nil since its start, when nobody knows how long that is.
        package var sessions: Double?
    }

    /// Within two readings of this visit; false: since the profile's start.
    package let isWithinWindow: Bool
    /// Readings that it took: the window's length by the period of its samples; nil since its start.
    package let readings: Int?
    package let countsCPU: Bool
    /// By event, greatest first; background processes are among them.
    package let events: [Entry]
    /// By statement and event, greatest first.
    package let statements: [Entry]

    init?(_ snapshot: Snapshot, since earlier: Snapshot?) {
        guard let now = snapshot.waitSampling else { return nil }
        var counts = Self.counts(now)
        var seconds: Double?
        if let then = earlier?.waitSampling, let start = earlier?.takenAt {
            let before = Self.counts(then)
            // A profile that was reset in between has smaller counts: all of it is new, for a time that nobody knows.
            if before.allSatisfy({ counts[$0.key, default: 0] >= $0.value }) {
                for (key, count) in before { counts[key, default: 0] -= count }
                seconds = snapshot.takenAt.timeIntervalSince(start)
            }
        }
        counts = counts.filter { $0.value > 0 }
        isWithinWindow = seconds != nil
        countsCPU = now.countsCPU
        readings = seconds.map { Int($0 * 1000 / max(1, now.period)) }
        let total = Double(counts.values.reduce(0, +))
        let perSession = seconds.map { max(1, $0 * 1000 / max(1, now.period)) }
        func entry(_ type: String?, _ event: String?, _ id: Int64?, _ count: Int64) -> Entry {
            let waitClass = type ?? Load.cpu
            return Entry(
                name: event.map { "\(waitClass):\($0)" } ?? waitClass, waitClass: waitClass, queryID: id,
                share: total > 0 ? Double(count) / total : 0, sessions: perSession.map { Double(count) / $0 })
        }
        var byEvent: [Key: Int64] = [:]
        for (key, count) in counts { byEvent[Key(type: key.type, event: key.event), default: 0] += count }
        events = byEvent.map { entry($0.key.type, $0.key.event, nil, $0.value) }
            .sorted { ($0.share, $1.name) > ($1.share, $0.name) }
        statements = counts.compactMap { key, count in key.queryID.map { entry(key.type, key.event, $0, count) } }
            .sorted { ($0.share, $1.name, $1.queryID ?? 0) > ($1.share, $0.name, $0.queryID ?? 0) }
    }

    private struct Key: Hashable {
        var type: String?
        var event: String?
        var queryID: Int64?
    }

    private static func counts(_ sampling: WaitSampling) -> [Key: Int64] {
        var counts: [Key: Int64] = [:]
        for entry in sampling.entries {
            counts[Key(type: entry.waitEventType, event: entry.waitEvent, queryID: entry.queryID), default: 0] +=
                entry.count
        }
        return counts
    }
}

/// What pg_stat_kcache counted of a statement within the window.
package struct KernelUse: Sendable {
    /// ms of CPU, user and system.
    package var cpuTime: Double
    /// Bytes from the device, past the operating system's cache.
    package var bytesRead: Int64
    package var bytesWritten: Int64

    /// By statement of the workload; empty without the extension.
    static func all(_ snapshot: Snapshot, since earlier: Snapshot?) -> [Key: KernelUse] {
        var found: [Key: KernelUse] = [:]
        for entry in snapshot.kernelStatements ?? [] { found[Key(entry), default: .none].add(entry, 1) }
        for entry in earlier?.kernelStatements ?? [] {
            guard let now = found[Key(entry)] else { continue }
            // Smaller than before: it was reset in between, or evicted and came back.
            let isLess = now.cpuTime < entry.userTime + entry.systemTime || now.bytesRead < entry.bytesRead
            if !isLess { found[Key(entry)]!.add(entry, -1) }
        }
        return found
    }

    struct Key: Hashable {
        var database: String
        var queryID: Int64

        init(_ entry: KernelStatement) {
            database = entry.database
            queryID = entry.queryID
        }

        init(database: String, queryID: Int64) {
            self.database = database
            self.queryID = queryID
        }
    }

    private static let none = KernelUse(cpuTime: 0, bytesRead: 0, bytesWritten: 0)

    private mutating func add(_ entry: KernelStatement, _ sign: Int64) {
        cpuTime += Double(sign) * (entry.userTime + entry.systemTime)
        bytesRead += sign * entry.bytesRead
        bytesWritten += sign * entry.bytesWritten
    }
}

extension Observation {
    /// CPU time and device I/O of a statement; nil without pg_stat_kcache or its entry.
    package func kernelUse(ofQueryIDs ids: [Int64], in database: String) -> KernelUse? {
        let found = ids.compactMap { kernel[KernelUse.Key(database: database, queryID: $0)] }
        guard !found.isEmpty else { return nil }
        return KernelUse(
            cpuTime: found.reduce(0) { $0 + $1.cpuTime }, bytesRead: found.reduce(0) { $0 + $1.bytesRead },
            bytesWritten: found.reduce(0) { $0 + $1.bytesWritten })
    }
}
