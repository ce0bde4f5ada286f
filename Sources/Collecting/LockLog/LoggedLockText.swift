import Model

/// A lock as the server's messages describe it: `tuple (0,5) of relation 16384 of database 5`.
///
/// The texts are those of `DescribeLockTag` in PostgreSQL's `lmgr.c`.
struct LoggedLockText: Hashable {
    var kind: LoggedLock.Kind
    /// OIDs.
    var relation: Int64?
    var database: Int64?
    /// Tells two locks of one kind apart: the transaction, the tuple, the key.
    var identity: String

    init?(_ text: some StringProtocol) {
        let words = text.split(separator: " ")
        guard let first = words.first else { return nil }
        kind =
            switch (first, words.count > 1 ? words[1] : "") {
            case ("relation", _): .relation
            case ("extension", "of"): .extend
            case ("page", _): .page
            case ("tuple", _): .row
            case ("transaction", _), ("speculative", "token"), ("remote", "transaction"): .transaction
            case ("virtual", "transaction"): .virtualTransaction
            case ("object", _): .object
            case ("advisory", "lock"), ("user", "lock"): .advisory
            default: .other
            }
        relation = Self.number(after: "relation", in: words)
        database = Self.number(after: "database", in: words)
        identity = words.joined(separator: " ")
    }

    private static func number(after word: String, in words: [some StringProtocol]) -> Int64? {
        guard let place = words.firstIndex(where: { $0 == word }), place + 1 < words.count else { return nil }
        return Int64(words[place + 1])
    }
}

/// Reads a text from its beginning.
struct TextCursor {
    private(set) var rest: Substring

    init(_ text: some StringProtocol) { rest = Substring(text) }

    mutating func skip(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    mutating func number() -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        rest = rest[digits.endIndex...]
        return number
    }

    /// Up to the mark, which is passed over; nil where there is none.
    mutating func text(upTo mark: String) -> Substring? {
        guard let found = rest.firstRange(of: mark) else { return nil }
        defer { rest = rest[found.upperBound...] }
        return rest[..<found.lowerBound]
    }

    /// The next number, whatever stands before it.
    mutating func nextNumber() -> Int? {
        guard let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest[start...]
        return number()
    }
}
