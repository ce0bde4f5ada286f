import CLibpq
import History

/// Values as the server takes them in the binary format: a number is eight bytes, texts and bytes are as they are.
///
/// With their types, so that the server need not guess and tells of a wrong one.
struct StoreParameters {
    /// pg_type.dat
    enum OID {
        static let bool: Oid = 16
        static let bytea: Oid = 17
        static let name: Oid = 19
        static let int8: Oid = 20
        static let int2: Oid = 21
        static let int4: Oid = 23
        static let text: Oid = 25
        static let varchar: Oid = 1043
        static let numeric: Oid = 1700
    }

    private var types: [Oid] = []
    private var spans: [Range<Int>?] = []
    private var content: [UInt8] = []

    init(_ values: [HistoryValue], _ place: String) throws(HistoryError) {
        // PostgreSQL's protocol counts parameters in 16 bits.
        guard values.count <= 65_535 else { throw HistoryError(.failed, place, "a statement with too many values") }
        content.reserveCapacity(values.count * 8 + 1)
        for value in values {
            let start = content.count
            switch value {
            case .integer(let integer):
                types.append(OID.int8)
                withUnsafeBytes(of: integer.bigEndian) { content.append(contentsOf: $0) }
            case .text(let text):
                guard !text.utf8.contains(0) else { throw HistoryError(.failed, place, "a text holds a NUL") }
                types.append(OID.text)
                content.append(contentsOf: text.utf8)
            case .bytes(let bytes):
                types.append(OID.bytea)
                content.append(contentsOf: bytes)
            case .null: types.append(0)
            }
            spans.append(value == .null ? nil : start..<content.count)
        }
        // An empty value must point somewhere, for no pointer is NULL.
        content.append(0)
    }

    func send(_ sql: String, on connection: OpaquePointer) -> Bool {
        content.withUnsafeBufferPointer { content in
            let start = UnsafeRawPointer(content.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let values = spans.map { span in span.flatMap { start?.advanced(by: $0.lowerBound) } }
            let lengths = spans.map { Int32($0?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: spans.count)
            return PQsendQueryParams(connection, sql, Int32(spans.count), types, values, lengths, formats, 1) == 1
        }
    }
}
