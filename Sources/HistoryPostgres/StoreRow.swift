import CLibpq
import History

/// A row as libpq holds it, in the binary format.
struct StoreRow: HistoryRow {
    let result: OpaquePointer
    let place: String

    func integer(_ column: Int) throws -> Int64? {
        guard let (type, bytes) = try value(column) else { return nil }
        switch (type, bytes.count) {
        case (StoreParameters.OID.int8, 8), (StoreParameters.OID.int4, 4), (StoreParameters.OID.int2, 2),
            (StoreParameters.OID.bool, 1):
            // Sign-extended from its first byte.
            let sign: Int64 = bytes[0] >= 0x80 && type != StoreParameters.OID.bool ? -1 : 0
            return bytes.reduce(sign) { $0 << 8 | Int64($1) }
        case (StoreParameters.OID.numeric, _):
            guard let whole = Self.whole(bytes) else { throw wrong(column, "a whole number of 64 bits") }
            return whole
        default: throw wrong(column, "a number")
        }
    }

    func text(_ column: Int) throws -> String? {
        guard let (type, bytes) = try value(column) else { return nil }
        guard [StoreParameters.OID.text, StoreParameters.OID.varchar, StoreParameters.OID.name].contains(type) else {
            throw wrong(column, "a text")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func bytes(_ column: Int) throws -> [UInt8]? {
        guard let (type, bytes) = try value(column) else { return nil }
        guard type == StoreParameters.OID.bytea else { throw wrong(column, "bytes") }
        return [UInt8](bytes)
    }

    /// nil: NULL.
    private func value(_ column: Int) throws -> (Oid, UnsafeRawBufferPointer)? {
        guard (0..<Int(PQnfields(result))).contains(column) else {
            throw HistoryError(.failed, place, "a row has no column \(column)")
        }
        let column = Int32(column)
        if PQgetisnull(result, 0, column) == 1 { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, 0, column), count: Int(PQgetlength(result, 0, column)))
        return (PQftype(result, column), bytes)
    }

    private func wrong(_ column: Int, _ name: String) -> HistoryError {
        HistoryError(.failed, place, "column \(column) holds no \(name) where it should")
    }

    /// What `sum(bigint)` gives: digits to base 10,000 with the weight of the first (`numeric_send` in PostgreSQL's numeric.c).
    /// nil: not whole, or too large.
    private static func whole(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        func word(_ place: Int) -> Int { Int(bytes[place * 2]) << 8 | Int(bytes[place * 2 + 1]) }
        guard bytes.count >= 8, bytes.count == 8 + word(0) * 2 else { return nil }
        let (count, sign) = (word(0), word(2))
        let weight = Int(Int16(truncatingIfNeeded: word(1)))
        guard sign == 0 || sign == 0x4000 else { return nil }
        guard count > 0 else { return 0 }
        // 64 bits have at most five such digits.
        guard weight >= 0, weight <= 4, count <= weight + 1 else { return nil }
        var value: Int64 = 0
        for place in 0...weight {
            let digit = Int64(place < count ? word(4 + place) : 0)
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, isBeyond) = product.subtractingReportingOverflow(digit)
            guard !isTooLarge, !isBeyond else { return nil }
            // Downwards, where there is one more.
            value = sum
        }
        guard sign == 0 else { return value }
        return value == .min ? nil : -value
    }
}
