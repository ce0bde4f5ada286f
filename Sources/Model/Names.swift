/// Quoting of names and texts for SQL that a person will paste.
package enum SQL {
    /// `order_items_order_id_idx`: a name for something new, within the 63 bytes that a name has (NAMEDATALEN), and none of those
    /// that are taken.
    package static func freeName(_ parts: [String], suffix: String = "_idx", besides taken: Set<String>) -> String {
        // Three digits must fit too.
        let room = 60 - suffix.utf8.count
        var bytes = 0
        let stem = String(
            parts.joined(separator: "_").prefix {
                bytes += String($0).utf8.count
                return bytes <= room
            })
        var name = stem + suffix
        var number = 1
        while taken.contains(name) {
            name = "\(stem)\(suffix)\(number)"
            number += 1
        }
        return name
    }

    /// Words that PostgreSQL does not take as a bare table or column name (categories R and T of its keyword list,
    /// https://www.postgresql.org/docs/current/sql-keywords-appendix.html).
    static let reserved: Set<String> = Set(
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case \
        cast char character check coalesce collate collation column concurrently constraint create cross \
        current_catalog current_date current_role current_schema current_time current_timestamp current_user dec \
        decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign \
        freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect \
        interval into is isnull join json_array json_arrayagg json_exists json_object json_objectagg json_query \
        json_scalar json_serialize json_table json_value lateral leading least left like limit localtime \
        localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on \
        only or order out outer overlaps overlay placing position precision primary real references returning right \
        row select session_user setof similar smallint some substring symmetric system_user table tablesample then \
        time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when \
        where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot \
        xmlserialize xmltable
        """.split(separator: " ").map(String.init))

    /// The name as SQL takes it: bare where that is safe, in double quotes otherwise.
    package static func identifier(_ name: String) -> String {
        let first = name.utf8.first.map { isLower($0) || $0 == UInt8(ascii: "_") } ?? false
        let bare = first && name.utf8.allSatisfy { isLower($0) || $0 == UInt8(ascii: "_") || isDigit($0) }
        if bare && !reserved.contains(name) { return name }
        // What cannot be seen is escaped, so that what is pasted is what was read:
        // https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
        let isEscaped = name.unicodeScalars.contains(where: \.isInvisible)
        var quoted = isEscaped ? "U&\"" : "\""
        for scalar in name.unicodeScalars {
            if scalar.isInvisible {
                quoted +=
                    scalar.value > 0xFFFF
                    ? "\\+" + scalar.value.hexadecimal(digits: 6) : "\\" + scalar.value.hexadecimal(digits: 4)
            } else {
                if scalar == "\"" || scalar == "\\" && isEscaped { quoted.unicodeScalars.append(scalar) }
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The text as a SQL literal; an `E''` string where it holds a backslash or what cannot be seen.
    package static func literal(_ text: String) -> String {
        var quoted = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar.isInvisible { isEscaped = true }
            switch scalar {
            case "\\": quoted += "\\\\"
            case "'": quoted += "''"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.isInvisible:
                quoted +=
                    scalar.value > 0xFFFF
                    ? "\\U" + scalar.value.hexadecimal(digits: 8) : "\\u" + scalar.value.hexadecimal(digits: 4)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return (isEscaped ? "E'" : "'") + quoted + "'"
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

/// The name of a relation, index, sequence or function with its schema.
package struct QualifiedName: Codable, Sendable, Hashable, Comparable, CustomStringConvertible {
    package var schema: String
    package var name: String

    package init(_ schema: String, _ name: String) {
        self.schema = schema
        self.name = name
    }

    /// As SQL takes it, with the schema: `public."Order"`.
    package var quoted: String { SQL.identifier(schema) + "." + SQL.identifier(name) }
    /// As a person reads it: without `public`.
    package var description: String { schema == "public" ? name : "\(schema).\(name)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.schema, left.name) < (right.schema, right.name)
    }
}
