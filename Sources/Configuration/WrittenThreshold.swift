import Diagnosing
import Foundation
import Model

/// A threshold's number as people write it: plain, in the threshold's unit, or with a unit of its own where the threshold's
/// is a time, a size or a share.
package enum WrittenThreshold {
    /// The number in the threshold's unit.
    ///
    /// - Throws: `ThresholdProblem` where the text is none.
    static func number(_ text: String, _ unit: String) throws(ThresholdProblem) -> Double {
        // 5 might mean 5 %: `Threshold.adjusted` refuses it as more than all.
        if let number = Double(text) { return number }
        let (read, allowed): (Double?, String?) =
            switch unit {
            case "share": (share(text), "0.4, or 40%")
            case "ms": (WrittenSpan.seconds(text).map { $0 * 1000 }, "500, 500ms or 2s")
            case "s": (WrittenSpan.seconds(text), "90, 90s, 30min or 1h")
            case "h": (WrittenSpan.seconds(text).map { $0 / 3600 }, "2, 2h or 1d")
            case "days": (WrittenSpan.seconds(text).map { $0 / 86_400 }, "30, or 30d")
            case "bytes": (bytes(text), "1048576, 10MB or 10GB")
            default: (nil, nil)
            }
        if let read { return read }
        throw ThresholdProblem(
            "\"\(text)\" is no number of \(unit)",
            allowed.map { "write \($0)" } ?? "write a plain number: its unit is \(unit)")
    }

    private static func share(_ text: String) -> Double? {
        guard text.hasSuffix("%") else { return nil }
        return Double(text.dropLast().trimmingCharacters(in: .whitespaces)).map { $0 / 100 }
    }

    private static func bytes(_ text: String) -> Double? {
        guard case .bytes(let bytes)? = StorageBudget(text) else { return nil }
        return Double(bytes)
    }

    /// `RULE:NAME=VALUE` of a command line.
    ///
    /// - Throws: `ThresholdProblem`.
    package static func option(_ text: String) throws(ThresholdProblem) -> AdjustedThreshold {
        guard let colon = text.firstIndex(of: ":"), let equals = text.lastIndex(of: "="), colon < equals else {
            throw ThresholdProblem(
                "\"\(text)\" is not RULE:NAME=VALUE", "write 'locks.rollback-rate:rollbacks a day=20000'")
        }
        func trimmed(_ part: Substring) -> String { part.trimmingCharacters(in: .whitespaces) }
        let rule = try RuleMetadata.adjustable(trimmed(text[..<colon]))
        let threshold = try rule.threshold(named: trimmed(text[text.index(after: colon)..<equals]))
        let value = try number(trimmed(text[text.index(after: equals)...]), threshold.unit)
        return try threshold.adjusted(to: value, in: rule.id, at: "--threshold")
    }
}
