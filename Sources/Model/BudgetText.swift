import Foundation

/// What new indexes may take, as it is written on a command line: `500MB`, `1.5 GiB`, `25%`, `0`.
package enum StorageBudget: Sendable, Equatable {
    case bytes(Int64)
    /// Of the heaps of the database's tables; 1 is all of them.
    case share(Double)

    /// What the user is told when the text is none.
    package static let allowed =
        "a size (500MB; kB, MB, GB, TB or KiB, MiB, GiB, TiB, all of 1,024), a share of the tables' size (25%), or 0"

    /// PostgreSQL's units: https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
    private static let units: [String: Double] = [
        "": 1, "b": 1, "bytes": 1, "k": 0x400, "kb": 0x400, "kib": 0x400, "m": 0x10_0000, "mb": 0x10_0000,
        "mib": 0x10_0000, "g": 0x4000_0000, "gb": 0x4000_0000, "gib": 0x4000_0000, "t": 0x100_0000_0000,
        "tb": 0x100_0000_0000, "tib": 0x100_0000_0000,
    ]

    /// nil where the text is none of `allowed`.
    package init?(_ text: String) {
        guard let (number, unit) = WrittenNumber.split(text) else { return nil }
        if unit == "%" {
            guard number <= 10_000 else { return nil }
            self = .share(number / 100)
            return
        }
        guard let factor = Self.units[unit.lowercased()], number * factor < 0x1p62 else { return nil }
        self = .bytes(Int64(number * factor))
    }
}

/// A share as it is written on a command line: `10%`, or `0.1`.
package enum WrittenShare {
    package static let allowed = "a share: 10%, or 0.1"

    /// 0…1; nil where the text is none.
    package static func share(_ text: String) -> Double? {
        guard let (number, unit) = WrittenNumber.split(text) else { return nil }
        switch unit {
        case "%" where number <= 100: return number / 100
        // 5 might mean 5 %: nobody wants 500 %.
        case "" where number <= 1: return number
        default: return nil
        }
    }
}

private enum WrittenNumber {
    /// A plain decimal number that is not negative, and what stands behind it.
    static func split(_ text: String) -> (number: Double, unit: String)? {
        let text = text.trimmingCharacters(in: .whitespaces)
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard digits.contains(where: \.isNumber), let number = Double(digits), number.isFinite else { return nil }
        return (number, text.dropFirst(digits.count).trimmingCharacters(in: .whitespaces))
    }
}
