import Model

/// Table-level lock modes and which of them conflict.
/// https://www.postgresql.org/docs/current/explicit-locking.html, table 13.2.
package enum LockMode {
    private static let names = [
        "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
        "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
    ]

    private static let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

    /// Bit n: conflicts with mode n of `names`.
    private static let conflicts: [UInt8] = [
        0b1000_0000, 0b1100_0000, 0b1111_0000, 0b1111_1000, 0b1110_1100, 0b1111_1100, 0b1111_1110, 0b1111_1111,
    ]

    /// The mode's place from weak to strong, 0…7; nil for a mode that is not known.
    package static func number(_ name: String) -> Int? { numbers[name] }

    package static func conflicts(_ left: Int?, _ right: Int?) -> Bool {
        guard let left, let right else { return false }
        return conflicts[left] & (1 << UInt8(right)) != 0
    }

    package static func conflicts(_ left: String, _ right: String) -> Bool { conflicts(number(left), number(right)) }

    /// `AccessExclusiveLock` → `ACCESS EXCLUSIVE`, as the manual writes it.
    package static func sql(_ name: String) -> String {
        name.spelledOut(without: "Lock")
    }
}

extension String {
    /// `AccessExclusiveLock` → `ACCESS EXCLUSIVE`, `TruncateStmt` → `TRUNCATE`.
    func spelledOut(without suffix: String) -> String {
        var words = ""
        for letter in hasSuffix(suffix) ? dropLast(suffix.count) : self[...] {
            if letter.isUppercase && !words.isEmpty { words += " " }
            words += letter.uppercased()
        }
        return words
    }
}
