import Foundation
import Model
import Trends

/// The axis of a chart's values: round steps, and numbers that need no unit of their own because it stands above them.
struct ValueAxis {
    let low: Double
    let high: Double
    let ticks: [Double]
    /// `MB/s`, `ms`, `sessions`
    let unit: String
    private let divisor: Double
    private let places: Int

    /// - Parameters:
    ///   - fromZero: a sum is read by its height; a size that hardly changes by its slope.
    ///   - most: steps.
    init(_ unit: TrendUnit, least: Double, greatest: Double, fromZero: Bool = true, most: Int = 4) {
        let top = greatest.isFinite ? min(max(greatest, 0), 1e300) : 0
        // Below a fifth of its value a change would be a flat line.
        let least = least.isFinite ? min(max(least, 0), top) : 0
        let isBroken = !fromZero && top > 0 && least > 0.8 * top
        let base = isBroken ? least : 0
        (divisor, self.unit) = unit.scale(top)
        let span = top > base ? (top - base) / divisor : max(top / divisor, 1)
        let step = Self.step(span, most: most, whole: unit.isWhole && divisor == 1)
        places = min(max(0, -Int(floor(log10(step) + 1e-9))), 6)
        low = isBroken ? floor(base / divisor / step) * step * divisor : 0
        let start = low / divisor
        let count = Int(min(max(1, ((top / divisor - start) / step - 1e-9).rounded(.up)), 20))
        high = (start + Double(count) * step) * divisor
        let scale = divisor
        ticks = (0...count).map { (start + Double($0) * step) * scale }
    }

    func text(_ tick: Double) -> String { Quantity.decimal(tick / divisor, places: places) }

    /// 1, 2 or 5 times a power of ten, so that there are at most so many in the span.
    static func step(_ span: Double, most: Int, whole: Bool = false) -> Double {
        guard span.isFinite, span > 0, most > 0 else { return 1 }
        let magnitude = pow(10, floor(log10(span / Double(most))))
        guard magnitude.isFinite, magnitude > 0 else { return 1 }
        let step = [1, 2, 5, 10].map { $0 * magnitude }.first { span / $0 <= Double(most) + 1e-9 } ?? 10 * magnitude
        return whole ? max(1, step) : step
    }
}

extension TrendUnit {
    /// Nothing lies between one and the next.
    var isWhole: Bool { self == .count || self == .transactions }

    /// By what the numbers of an axis are divided that reaches so far, and what they are then called.
    func scale(_ greatest: Double) -> (divisor: Double, name: String) {
        switch self {
        case .sessions: (1, "sessions")
        case .share: (0.01, "%")
        case .bytes: Self.pick(Self.byteUnits, greatest, "")
        case .bytesPerSecond: Self.pick(Self.byteUnits, greatest, "/s")
        case .milliseconds: Self.pick([(1, "ms"), (1000, "s"), (60_000, "min"), (3_600_000, "h")], greatest, "")
        case .seconds: Self.pick([(0.001, "ms"), (1, "s"), (60, "min"), (3600, "h"), (86_400, "days")], greatest, "")
        case .perSecond: Self.pick(Self.thousands, greatest, " a second")
        case .perMinute: Self.pick(Self.thousands, greatest, " a minute")
        case .perHour: Self.pick(Self.thousands, greatest, " an hour")
        case .count: Self.pick(Self.thousands, greatest, "")
        case .blocksPerCall: Self.pick(Self.thousands, greatest, " blocks a call")
        case .rowsPerCall: Self.pick(Self.thousands, greatest, " rows a call")
        case .transactions: Self.pick(Self.thousands, greatest, " transactions")
        }
    }

    private static let byteUnits: [(Double, String)] = ["bytes", "kB", "MB", "GB", "TB", "PB"].enumerated().map {
        (pow(1024, Double($0)), $1)
    }
    private static let thousands: [(Double, String)] = [
        (1, ""), (1e3, "thousand"), (1e6, "million"), (1e9, "billion"), (1e12, "trillion"),
    ]

    /// The greatest unit of which there are two, so that its steps have few places.
    private static func pick(_ units: [(Double, String)], _ greatest: Double, _ behind: String) -> (Double, String) {
        let unit = units.last { greatest >= 2 * $0.0 } ?? units[0]
        let name = (unit.1 + behind).trimmingCharacters(in: .whitespaces)
        return (unit.0, name)
    }

    /// A number with its unit, as sentences and tables have it: `412 ms`. What is out of all measure comes from damaged files.
    func written(_ value: Double) -> String { text(Self.sane(value)) }

    /// `9.1 → 412 ms`
    func written(_ before: Double, _ now: Double) -> String { change(Self.sane(before), Self.sane(now)) }

    private static func sane(_ value: Double) -> Double { value.isFinite ? min(max(value, -1e15), 1e15) : value }
}
