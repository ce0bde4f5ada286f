/// Types whose values are compared with each other: each class has one map of values to surrogates, so that what is equal stays
/// equal, and what is less stays less, in all columns and literals.
package enum ValueClass: String, Sendable, Hashable, CaseIterable, Codable {
    /// int2, int4, int8, oid
    case integer
    /// numeric, float4, float8
    case decimal
    /// text, varchar, bpchar, name, citext
    case text
    case date
    /// timestamp and timestamptz
    case timestamp
    case time
    case interval
    case uuid
    /// bytea
    case bytes
    /// inet and cidr
    case address
}

/// What is done with the values of a type.
package enum ValueHandling: Sendable, Hashable {
    case surrogate(ValueClass)
    case array(ValueClass)
    /// No data: booleans, labels of enums, and what names an object (`regclass`).
    case kept
    /// No surrogates keep their order, or none are known: they are taken out.
    case removed
}

extension ValueClass {
    /// Of a type of PostgreSQL's own, by any of its names, without its schema and modifier.
    init?(typeName: String) {
        switch typeName {
        case "int2", "int4", "int8", "smallint", "integer", "int", "bigint", "oid": self = .integer
        case "numeric", "decimal", "float4", "float8", "real", "double precision": self = .decimal
        case "text", "varchar", "bpchar", "character varying", "character", "name", "citext": self = .text
        case "date": self = .date
        case "timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone": self = .timestamp
        case "time", "time without time zone": self = .time
        case "interval": self = .interval
        case "uuid": self = .uuid
        case "bytea": self = .bytes
        case "inet", "cidr": self = .address
        default: return nil
        }
    }
}

/// A type's name, taken apart.
struct TypeName: Hashable {
    /// Without its schema, quotes and modifier.
    var name: String
    /// nil: none was told.
    var schema: String?
    var isArray = false

    /// `pg_catalog.int4`, `public."Email"`, `character varying(40)`, `text[]`, `pg_catalog._text`.
    init(_ text: String) {
        var rest = text[...]
        while rest.hasSuffix("[]") {
            isArray = true
            rest = rest.dropLast(2)
        }
        if rest.hasSuffix(")"), let open = rest.lastIndex(of: "(") { rest = rest[..<open] }
        // `timestamp(3) with time zone`
        if let open = rest.firstIndex(of: "("), let close = rest.lastIndex(of: ")") {
            rest = rest[..<open] + rest[rest.index(after: close)...]
        }
        let parts = Self.parts(rest)
        schema = parts.count > 1 ? parts[parts.count - 2] : nil
        name = parts.last ?? ""
        if schema == nil || schema == "pg_catalog", name.hasPrefix("_"),
            ValueClass(typeName: String(name.dropFirst())) != nil
        {
            isArray = true
            name.removeFirst()
        }
    }

    /// At dots outside of quotes.
    private static func parts(_ text: Substring) -> [String] {
        var parts = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ".", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    var isPostgreSQLs: Bool { schema == nil || schema == "pg_catalog" }
}
