/// A span of time as pgmedic.yaml has it: `30s`, `5min`, `1h`, `30d`. A bare number is refused: 30 might mean minutes.
package enum WrittenSpan {
    package static let allowed = "a number with its unit: 500ms, 30s, 5min, 1h or 30d"

    private static let units: [String: Double] = [
        "ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "days": 86_400,
    ]

    /// s; nil where the text is none.
    package static func seconds(_ text: String) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = units[unit.lowercased()] else { return nil }
        let seconds = number * factor
        return seconds.isFinite ? seconds : nil
    }
}
