import CLibpq
import Foundation
import Synchronization

/// The rows of one result, decoded from libpq's own buffers; freed with the last reference.
package final class Rows: Sendable {
    // Read-only after its making: PQgetvalue and PQgetisnull do not change a PGresult (libpq's manual, "Behavior in
    // Threaded Programs").
    private nonisolated(unsafe) let result: OpaquePointer
    private let columns: [String: Int32]
    package let columnNames: [String]
    /// The column after the one that was read last. Decoders mostly read in the query's order, and of thousands of rows finding
    /// each column by its hash costs more than its value.
    private let next = Atomic<Int32>(0)
    package let query: String
    package let count: Int

    init(_ result: OpaquePointer, query: String) {
        self.result = result
        self.query = query
        count = Int(PQntuples(result))
        columnNames = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        columns = Dictionary(zip(columnNames, 0...), uniquingKeysWith: { first, _ in first })
    }

    deinit { PQclear(result) }

    package func map<Value>(_ decode: (Row) throws -> Value) throws -> [Value] {
        try (0..<count).map { try decode(Row(rows: self, index: Int32($0))) }
    }

    package var first: Row? { count > 0 ? Row(rows: self, index: 0) : nil }

    fileprivate func bytes(_ row: Int32, _ column: String) throws -> UnsafeBufferPointer<UInt8>? {
        let index = try place(of: column)
        if PQgetisnull(result, row, index) == 1 { return nil }
        let start = UnsafeRawPointer(PQgetvalue(result, row, index)!).assumingMemoryBound(to: UInt8.self)
        return UnsafeBufferPointer(start: start, count: Int(PQgetlength(result, row, index)))
    }

    private func place(of column: String) throws -> Int32 {
        let likely = next.load(ordering: .relaxed)
        let index: Int32
        if likely < columnNames.count, columnNames[Int(likely)] == column {
            index = likely
        } else if let found = columns[column] {
            index = found
        } else {
            throw QueryError.decoding(query, column, value: nil, "no such column")
        }
        next.store(index + 1, ordering: .relaxed)
        return index
    }
}

/// One row; values are decoded by column name.
package struct Row: Sendable {
    fileprivate let rows: Rows
    fileprivate let index: Int32

    package func string(_ column: String) throws -> String { try required(column, stringIfPresent(column)) }
    package func int64(_ column: String) throws -> Int64 { try required(column, int64IfPresent(column)) }
    package func int(_ column: String) throws -> Int { Int(try int64(column)) }
    package func double(_ column: String) throws -> Double { try required(column, doubleIfPresent(column)) }
    package func bool(_ column: String) throws -> Bool { try required(column, boolIfPresent(column)) }
    /// From `extract(epoch FROM …)`: s since 1970.
    package func date(_ column: String) throws -> Date { try required(column, dateIfPresent(column)) }
    /// Of a text[] without nested arrays; NULL elements are left out.
    package func stringArray(_ column: String) throws -> [String] { try required(column, stringArrayIfPresent(column)) }

    package func stringIfPresent(_ column: String) throws -> String? {
        try rows.bytes(index, column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func int64IfPresent(_ column: String) throws -> Int64? {
        guard let bytes = try rows.bytes(index, column) else { return nil }
        var value: Int64 = 0
        var digits = bytes[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { throw mismatch(column, bytes, "an integer") }
        for byte in digits {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            guard byte >= 48, byte <= 57, !overflow else { throw mismatch(column, bytes, "an integer of 64 bits") }
            let digit = Int64(byte - 48)
            let (sum, overflows) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            guard !overflows else { throw mismatch(column, bytes, "an integer of 64 bits") }
            value = sum
        }
        return value
    }

    package func intIfPresent(_ column: String) throws -> Int? { try int64IfPresent(column).map(Int.init) }

    package func doubleIfPresent(_ column: String) throws -> Double? {
        guard let bytes = try rows.bytes(index, column) else { return nil }
        // Most counters of most servers.
        if bytes.count == 1, bytes[0] == UInt8(ascii: "0") { return 0 }
        // libpq ends each value with a zero byte; strtod knows NaN and Infinity as PostgreSQL writes them.
        var end: UnsafeMutablePointer<CChar>?
        let start = UnsafeRawPointer(bytes.baseAddress!).assumingMemoryBound(to: CChar.self)
        let value = strtod(start, &end)
        guard let end, !bytes.isEmpty, UnsafePointer(end) == start + bytes.count else {
            throw mismatch(column, bytes, "a number")
        }
        return value
    }

    package func boolIfPresent(_ column: String) throws -> Bool? {
        guard let bytes = try rows.bytes(index, column) else { return nil }
        guard bytes.count == 1, bytes[0] == UInt8(ascii: "t") || bytes[0] == UInt8(ascii: "f") else {
            throw mismatch(column, bytes, "a boolean")
        }
        return bytes[0] == UInt8(ascii: "t")
    }

    package func dateIfPresent(_ column: String) throws -> Date? {
        try doubleIfPresent(column).map(Date.init(timeIntervalSince1970:))
    }

    package func stringArrayIfPresent(_ column: String) throws -> [String]? {
        guard let bytes = try rows.bytes(index, column) else { return nil }
        guard let elements = TextArray.elements(of: bytes) else { throw mismatch(column, bytes, "a text[]") }
        return elements.compactMap(\.self)
    }

    private func required<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw QueryError.decoding(rows.query, column, value: nil, "is NULL") }
        return value
    }

    private func mismatch(_ column: String, _ bytes: UnsafeBufferPointer<UInt8>, _ wanted: String) -> QueryError {
        .decoding(rows.query, column, value: String(decoding: bytes.prefix(80), as: UTF8.self), "is not \(wanted)")
    }
}
