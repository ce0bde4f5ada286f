import Foundation

/// How many calls a second a server was sent, as a history knows it: the last intervals between its snapshots, and the
/// greatest of every ten minutes of the last two weeks. Some 3 kB in all, so that whoever judges reads one row.
package struct PastTraffic: Sendable, Equatable {
    /// Between two snapshots.
    package struct Interval: Sendable, Equatable {
        /// Milliseconds since 1970.
        package var end: Int64
        /// ms
        package var length: Int64
        /// Calls a second, by thousandths.
        package var rate: Double
        package var start: Int64 { end - length }

        package init(end: Int64, length: Int64, rate: Double) {
            (self.end, self.length) = (end, length)
            self.rate = (rate * 1000).rounded() / 1000
        }
    }

    /// ms of a slot.
    package static let slotLength: Int64 = 600_000
    package static let slotsPerDay: Int64 = 144
    package static let mostIntervals = 48
    /// Fourteen days before now, and the one that runs.
    package static let mostSlots = 15 * 144
    /// A longer interval, ms, tells nothing of a time of day.
    private static let longestOfSlots: Int64 = 3_600_000

    /// Oldest first.
    package private(set) var recent: [Interval] = []
    /// Number of the first slot of `levels` since 1970.
    package private(set) var firstSlot: Int64 = 0
    /// The greatest rate of each slot in eighths of an octave above 0.001 calls a second, rounded up; 0: not known.
    package private(set) var levels: [UInt8] = []

    package init() {}

    /// As it was kept. What is more than is kept is left out, the oldest first.
    package init(recent: [Interval], firstSlot: Int64, levels: [UInt8]) {
        self.recent = Array(recent.suffix(Self.mostIntervals))
        self.levels = Array(levels.suffix(Self.mostSlots))
        self.firstSlot = firstSlot + Int64(levels.count - self.levels.count)
    }

    /// The number of the slot that holds a moment, milliseconds since 1970.
    package static func slot(at moment: Int64) -> Int64 {
        let (quotient, rest) = moment.quotientAndRemainder(dividingBy: slotLength)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// One that is not after the last one's is left out.
    package mutating func add(_ interval: Interval) {
        guard interval.length > 0, interval.rate.isFinite, interval.rate >= 0, interval.end > recent.last?.end ?? .min
        else { return }
        recent.append(interval)
        if recent.count > Self.mostIntervals { recent.removeFirst(recent.count - Self.mostIntervals) }
        guard interval.length <= Self.longestOfSlots else { return }
        let level = Self.level(of: interval.rate)
        for slot in Self.slot(at: interval.start)...Self.slot(at: interval.end - 1) { raise(slot, to: level) }
    }

    private mutating func raise(_ slot: Int64, to level: UInt8) {
        if levels.isEmpty || slot - firstSlot >= Int64(levels.count + Self.mostSlots) {
            (firstSlot, levels) = (slot, [])
        }
        guard slot >= firstSlot else { return }
        let place = Int(slot - firstSlot)
        if place >= levels.count { levels += [UInt8](repeating: 0, count: place + 1 - levels.count) }
        levels[place] = max(levels[place], level)
        guard levels.count > Self.mostSlots else { return }
        let old = levels.count - Self.mostSlots
        levels.removeFirst(old)
        firstSlot += Int64(old)
    }

    /// The greatest calls a second of any interval that touched the slot, up to 9 % too high; nil: not known.
    package func rate(ofSlot slot: Int64) -> Double? {
        guard slot >= firstSlot, slot - firstSlot < Int64(levels.count) else { return nil }
        let level = levels[Int(slot - firstSlot)]
        return level == 0 ? nil : 0.001 * exp2(Double(level - 1) / 8)
    }

    private static func level(of rate: Double) -> UInt8 {
        guard rate > 0.001 else { return 1 }
        return UInt8(min(255, 1 + (log2(rate / 0.001) * 8).rounded(.up)))
    }
}
