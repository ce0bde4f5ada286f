/// Where histories are kept: SQLite or PostgreSQL. Both take the same SQL (bigint, text and bytes, `$1`, `ON CONFLICT`), so that
/// what is kept and how it is read stands in this module once.
package protocol HistoryStore: Sendable {
    /// As it is shown: a path, or a DSN without secrets.
    var place: String { get }

    /// One consistent reading. - Throws: `HistoryError`.
    func read<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result

    /// One transaction: all of it or nothing. It may be run again when it met another's. - Throws: `HistoryError`.
    func write<Result: Sendable>(
        _ work: @escaping @Sendable (any HistoryConnection) throws -> Result
    ) async throws -> Result

    /// Makes room for rows of this time where a store keeps times apart (PostgreSQL: a partition a month).
    func prepare(forMilliseconds time: Int64) async throws

    /// Lets one sweeper work on a target: true when the lease is ours for so many seconds, false when another's is good still.
    func lease(_ target: String, holder: String, seconds: Double) async throws -> Bool
    func release(_ target: String, holder: String) async throws

    /// What is broken beneath what is kept, one sentence each; nothing: sound. SQLite reads its whole file.
    func check() async throws -> [String]
    /// Gives back the room that removed rows have left.
    func reclaim() async throws

    func close() async
}

/// A store within one transaction. Not to be kept after it.
package protocol HistoryConnection {
    /// - Parameter sql: one statement; `$1`, `$2`, … each first named in this order.
    /// - Returns: rows that were written.
    @discardableResult
    func run(_ sql: String, _ values: [HistoryValue]) throws -> Int

    /// Hands over each row as it comes. - Throws: what `take` throws ends the reading.
    func rows(_ sql: String, _ values: [HistoryValue], _ take: (any HistoryRow) throws -> Void) throws
}

package protocol HistoryRow {
    /// 0: the first column. A NULL is nil; another type than asked for is a `HistoryError`.
    func integer(_ column: Int) throws -> Int64?
    func text(_ column: Int) throws -> String?
    func bytes(_ column: Int) throws -> [UInt8]?
}

package enum HistoryValue: Sendable, Hashable {
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case null

    package init(_ text: String?) { self = text.map(HistoryValue.text) ?? .null }
    package init(_ integer: Int64?) { self = integer.map(HistoryValue.integer) ?? .null }
}

/// Why a history cannot be used; safe to show.
package struct HistoryError: Error, CustomStringConvertible, Sendable {
    package enum Kind: Sendable {
        /// Not there, no right, no history, damaged.
        case unusable
        /// Made by a newer pgmedic.
        case newer
        /// Another holds it for too long.
        case busy
        /// No room, read-only, lost on the way.
        case failed
        /// A server that cannot be reached.
        case unreachable
    }

    package let kind: Kind
    package let place: String
    /// What is wrong and how it is mended.
    package let reason: String
    package var description: String { "history \(place): \(reason)" }

    package init(_ kind: Kind, _ place: String, _ reason: String) {
        self.kind = kind
        self.place = place
        self.reason = reason
    }
}
