import Foundation
import Model

extension TrendUnit {
    /// A value with its unit: `2.3 sessions`, `14 GB`, `38 %`.
    package func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        switch self {
        case .sessions: return Self.short(value) + (Self.short(value) == "1" ? " session" : " sessions")
        case .bytes: return Self.bytes(value)
        case .bytesPerSecond: return Self.bytes(value) + "/s"
        case .perSecond, .perMinute, .perHour: return Self.short(value) + rawValue
        case .share: return Quantity.percent(value)
        case .milliseconds: return Quantity.milliseconds(value)
        case .seconds: return Quantity.seconds(value)
        case .count: return Quantity.about(value)
        case .blocksPerCall: return Self.short(value) + " blocks a call"
        case .rowsPerCall: return Self.short(value) + " rows a call"
        case .transactions: return Quantity.about(value) + " transactions"
        }
    }

    /// `2.3 → 5.1 sessions`: the unit once where both have the same.
    package func change(_ before: Double, _ now: Double) -> String {
        let first = text(before)
        let second = text(now)
        // Times and sizes have units of their own: the number's end tells it.
        guard let space = first.lastIndex(of: " "), let other = second.lastIndex(of: " ") else {
            return "\(first) → \(second)"
        }
        if self == .blocksPerCall || self == .rowsPerCall || self == .sessions {
            return "\(Self.short(before)) → \(second)"
        }
        return first[space...] == second[other...] && first.prefix(upTo: space).allSatisfy { !$0.isLetter }
            ? "\(first[..<space]) → \(second)" : "\(first) → \(second)"
    }

    /// Three significant figures at most, without noughts at the end of a fraction.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        guard size < 1e6 else { return Quantity.about(value) }
        // Below a thousandth nothing is told apart any more.
        let places = size >= 9.95 || size == 0 ? 0 : size >= 0.995 ? 1 : size >= 0.095 ? 2 : 3
        var text = Quantity.decimal(value, places: places)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func bytes(_ value: Double) -> String {
        // More than a double holds exactly comes from damaged files only.
        Quantity.bytes(Int64(max(-9e18, min(9e18, value.rounded()))))
    }
}

/// Phrases that several sentences share.
enum Phrase {
    /// 2.04 → `2 times`, 1.3 → `1.3 times`; from nothing: `many times`.
    static func times(_ factor: Double) -> String {
        guard factor.isFinite, factor > 0 else { return "many times" }
        return "\(TrendUnit.short(factor)) times"
    }

    /// `a`, `a and b`, `a, b and c`
    static func list(_ items: [String]) -> String {
        guard let last = items.last else { return "" }
        return items.count == 1 ? last : items.dropLast().joined(separator: ", ") + " and " + last
    }

    /// The sentence with a capital letter where it begins with prose, and a full stop.
    static func sentence(_ text: String) -> String {
        text.isEmpty || text.hasSuffix(".") ? text : text + "."
    }
}
