import Model

/// How a type's values lie in an index tuple (`pg_type.typlen`, `typalign`).
struct TypeLayout: Sendable {
    /// Bytes; nil for those of variable length.
    var length: Int?
    /// Bytes: 1, 2, 4 or 8. Variable values below 127 bytes have a header of one byte and no alignment.
    var alignment: Int
    /// Equal keys share a posting list. Not so for numeric, jsonb, float and containers, whose equal values may differ in their
    /// bytes: https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION
    var deduplicates: Bool

    /// - Parameter type: as `format_type` prints it.
    init(_ type: String) {
        let base = String(type.prefix { $0 != "(" }).trimmingSuffix(" ")
        if type.hasSuffix("]") {
            self = TypeLayout(length: nil, alignment: 4, deduplicates: false)
        } else if base.hasPrefix("timestamp") {
            self = TypeLayout(length: 8, alignment: 8, deduplicates: true)
        } else if base.hasPrefix("time") {
            self = TypeLayout(length: type.hasSuffix("with time zone") ? 12 : 8, alignment: 8, deduplicates: true)
        } else {
            self = Self.known[base] ?? TypeLayout(length: nil, alignment: 4, deduplicates: true)
        }
    }

    private init(length: Int?, alignment: Int, deduplicates: Bool) {
        self.length = length
        self.alignment = alignment
        self.deduplicates = deduplicates
    }

    private static func fixed(_ length: Int, _ alignment: Int, _ deduplicates: Bool = true) -> TypeLayout {
        TypeLayout(length: length, alignment: alignment, deduplicates: deduplicates)
    }
    private static let unequal = TypeLayout(length: nil, alignment: 4, deduplicates: false)

    private static let known: [String: TypeLayout] = [
        "boolean": fixed(1, 1), "\"char\"": fixed(1, 1), "smallint": fixed(2, 2), "integer": fixed(4, 4),
        "bigint": fixed(8, 8), "real": fixed(4, 4, false), "double precision": fixed(8, 8, false),
        "date": fixed(4, 4), "interval": fixed(16, 8), "uuid": fixed(16, 1), "oid": fixed(4, 4), "xid": fixed(4, 4),
        "xid8": fixed(8, 8), "money": fixed(8, 8), "macaddr": fixed(6, 4), "macaddr8": fixed(8, 4),
        "pg_lsn": fixed(8, 8), "name": fixed(64, 1), "point": fixed(16, 8, false), "box": fixed(32, 8, false),
        "circle": fixed(24, 8, false), "lseg": fixed(32, 8, false), "tid": fixed(6, 2), "numeric": unequal,
        "jsonb": unequal,
        "int4range": unequal, "int8range": unequal, "numrange": unequal, "tsrange": unequal, "tstzrange": unequal,
        "daterange": unequal,
    ]
}

extension String {
    fileprivate func trimmingSuffix(_ text: String) -> String { hasSuffix(text) ? String(dropLast(text.count)) : self }
}
