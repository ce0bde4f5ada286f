/// A rule's threshold as somebody set it, in place of the documented one.
package struct AdjustedThreshold: Codable, Sendable, Equatable {
    /// `locks.rollback-rate`
    package var rule: String
    /// As the rule has it: `rollbacks a day`.
    package var name: String
    /// Of both values: `share`, `s`, `bytes`, …
    package var unit: String
    /// What the rule has by itself.
    package var documented: Double
    package var value: Double
    /// Where it is written: `pgmedic.yaml:12`, `--threshold`.
    package var place: String

    package init(rule: String, name: String, unit: String, documented: Double, value: Double, place: String) {
        self.rule = rule
        self.name = name
        self.unit = unit
        self.documented = documented
        self.value = value
        self.place = place
    }

    /// Somebody wrote what the rule has anyway.
    package var isAsDocumented: Bool { value == documented }

    /// `locks.rollback-rate: rollbacks a day 20,000 instead of 4,000 (pgmedic.yaml:12)`
    package var text: String {
        "\(rule): \(name) \(WrittenQuantity.text(value, unit)) instead of \(WrittenQuantity.text(documented, unit)) (\(place))"
    }
}

/// A threshold's number with its unit, not rounded: who set 0.034 in place of 0.03 shall see both.
package enum WrittenQuantity {
    /// 3.4 %, 100 MB, 900 s, 20,000 rows
    package static func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "share": return number(value * 100) + " %"
        case "bytes" where value >= 1024:
            let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
            var (scaled, place) = (value, 0)
            while scaled >= 1024 && place < units.count - 1 && hasFewPlaces(scaled / 1024) {
                scaled /= 1024
                place += 1
            }
            return "\(number(scaled)) \(units[place])"
        default: return "\(number(value)) \(unit)"
        }
    }

    private static func hasFewPlaces(_ value: Double) -> Bool { value * 100 == (value * 100).rounded() }

    private static func number(_ value: Double) -> String {
        let text = Quantity.decimal(value, places: 6)
        guard text.contains(".") else { return text }
        let trimmed = text.trimming(suffix: "0")
        return trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : trimmed
    }
}

extension String {
    fileprivate func trimming(suffix: Character) -> String {
        var rest = self[...]
        while rest.last == suffix { rest.removeLast() }
        return String(rest)
    }
}
