/// A numeric value of a setting in its base unit, so that `64MB` and `65536` kB are one.
/// https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
struct SettingQuantity: Equatable {
    /// Bytes, µs, or a plain number.
    var number: Double

    private static let factors: [String: Double] = [
        "B": 1, "kB": 1024, "MB": 1_048_576, "GB": 1_073_741_824, "TB": 1_099_511_627_776,
        "us": 1, "ms": 1000, "s": 1e6, "min": 6e7, "h": 3.6e9, "d": 8.64e10,
    ]

    /// - Parameter unit: of a bare number: `kB`, `8kB`, `ms`; nil: it counts nothing.
    /// nil: it is no number.
    init?(_ text: String, unit: String?) {
        let text = text.split(separator: " ").joined()
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
        guard let value = Double(digits) else { return nil }
        let own = text.dropFirst(digits.count)
        guard own.isEmpty else {
            guard let factor = Self.factors[String(own)] else { return nil }
            number = value * factor
            return
        }
        // -1 and 0 mean off or without limit, whatever the unit.
        number = value * (value > 0 ? unit.map(Self.factor) ?? 1 : 1)
    }

    /// `8kB` is 8 × 1024.
    private static func factor(_ unit: String) -> Double {
        let digits = unit.prefix(while: \.isNumber)
        return (Double(digits) ?? 1) * (factors[String(unit.dropFirst(digits.count))] ?? 1)
    }

    static func isSame(_ value: FixDetection.Value, as other: String, unit: String?) -> Bool {
        if let number = Self(value.text, unit: unit), let other = Self(other, unit: unit) { return number == other }
        return word(value.text) == word(other)
    }

    /// On the way from the old value it went further than was wanted: who advises 64 MB is heard by 128 MB. 0 and less have
    /// meanings of their own.
    static func isBeyond(_ value: String, _ wanted: String, from old: String, unit: String?) -> Bool {
        guard let value = Self(value, unit: unit)?.number, let wanted = Self(wanted, unit: unit)?.number,
            let old = Self(old, unit: unit)?.number, min(value, wanted, old) > 0
        else { return false }
        return old < wanted ? value >= wanted : value <= wanted
    }

    /// Booleans have many spellings (https://www.postgresql.org/docs/current/config-setting.html).
    private static func word(_ text: String) -> String {
        switch text.lowercased() {
        case "on", "true", "yes", "1", "t": "on"
        case "off", "false", "no", "0", "f": "off"
        case let other: other
        }
    }
}
