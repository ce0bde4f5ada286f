/// Functions, operators and casts of pg_catalog that are IMMUTABLE: `pg_proc.provolatile` on 15, 17 and 18, which a
/// test reads
/// again. Those that depend on TimeZone, DateStyle or the text search configuration are STABLE and missing here.
package enum ImmutableCalls {
    package struct Function: Sendable {
        package var name: String
        package var arguments: [String]
        package var result: String

        /// For `to_regprocedure`.
        package var signature: String { "pg_catalog.\(name)(\(arguments.joined(separator: ", ")))" }
    }

    /// From the narrowest to the widest, as an operator of two of them brings them to one.
    package static let numbers = ["smallint", "integer", "bigint", "numeric", "real", "double precision"]

    package static let functions: [Function] = table.split(separator: "\n").map { line in
        let parts = line.split(separator: "→").map { $0.trimmingWhitespace }
        let open = parts[0].firstIndex(of: "(")!
        let list = parts[0][parts[0].index(after: open)...].dropLast()
        return Function(
            name: String(parts[0][..<open]), arguments: list.split(separator: ",").map { $0.trimmingWhitespace },
            result: parts[1])
    }

    private static let byName = Dictionary(grouping: functions, by: \.name)

    /// The type that a function gives for arguments of these types; nil where it is not known to be immutable.
    static func result(of name: String, _ types: [String]) -> String? {
        byName[name]?.first { function in
            function.arguments.count == types.count
                && zip(function.arguments, types).allSatisfy { formal, actual in
                    actual == formal || actual == "unknown"
                        || formal == "text" && ["character varying", "character"].contains(actual)
                }
        }?.result
    }

    static func result(of left: String, _ name: String, _ right: String) -> String? {
        switch name {
        case "+", "-", "*", "/":
            if let a = numbers.firstIndex(of: left), let b = numbers.firstIndex(of: right) {
                // numeric and real meet in double precision.
                let pair = Set([left, right])
                return pair.contains("real") && pair.count == 2 ? "double precision" : numbers[max(a, b)]
            }
            return dates[[left, name, right]]
        case "||":
            let texts: Set<String> = ["text", "character varying", "unknown"]
            return texts.contains(left) && texts.contains(right) && left != right
                || left == right && left != "unknown"
                    && texts.contains(left)
                ? "text" : nil
        case "->", "->>", "#>", "#>>":
            guard ["json", "jsonb"].contains(left), right == "unknown" || right == "integer" && name.hasPrefix("-")
            else { return nil }
            return name.hasSuffix(">>") ? "text" : left
        default: return nil
        }
    }

    /// Of dates and timestamps without time zone; with one, `+` depends on the setting TimeZone.
    package static let dates: [[String]: String] = [
        ["date", "+", "integer"]: "date", ["date", "-", "integer"]: "date", ["date", "-", "date"]: "integer",
        ["timestamp without time zone", "-", "timestamp without time zone"]: "interval",
        ["timestamp with time zone", "-", "timestamp with time zone"]: "interval",
        ["timestamp without time zone", "+", "interval"]: "timestamp without time zone",
        ["timestamp without time zone", "-", "interval"]: "timestamp without time zone",
    ]

    /// Casts from a type to others.
    package static let casts: [String: Set<String>] = [
        "smallint": ["integer", "bigint", "numeric", "real", "double precision", "text"],
        "integer": ["smallint", "bigint", "numeric", "real", "double precision", "text"],
        "bigint": ["smallint", "integer", "numeric", "real", "double precision", "text"],
        "numeric": ["smallint", "integer", "bigint", "real", "double precision", "text"],
        "real": ["smallint", "integer", "bigint", "numeric", "double precision"],
        "double precision": ["smallint", "integer", "bigint", "numeric", "real"],
        "text": ["smallint", "integer", "bigint", "numeric", "double precision", "uuid", "boolean"],
        "character varying": ["smallint", "integer", "bigint", "numeric", "double precision", "uuid", "boolean"],
        "character": ["text"],
        "boolean": ["integer", "text"],
        "uuid": ["text"],
        "jsonb": ["boolean", "integer", "bigint", "numeric", "text"],
        "timestamp without time zone": ["date", "time without time zone"],
        "date": ["timestamp without time zone"],
    ]

    private static let table = """
        abs(smallint) → smallint
        abs(integer) → integer
        abs(bigint) → bigint
        abs(numeric) → numeric
        abs(real) → real
        abs(double precision) → double precision
        ceil(numeric) → numeric
        ceil(double precision) → double precision
        ceiling(numeric) → numeric
        ceiling(double precision) → double precision
        floor(numeric) → numeric
        floor(double precision) → double precision
        round(numeric) → numeric
        round(numeric, integer) → numeric
        round(double precision) → double precision
        trunc(numeric) → numeric
        trunc(double precision) → double precision
        sign(numeric) → numeric
        mod(smallint, smallint) → smallint
        mod(integer, integer) → integer
        mod(bigint, bigint) → bigint
        mod(numeric, numeric) → numeric
        lower(text) → text
        upper(text) → text
        initcap(text) → text
        btrim(text) → text
        btrim(text, text) → text
        ltrim(text) → text
        ltrim(text, text) → text
        rtrim(text) → text
        rtrim(text, text) → text
        length(text) → integer
        char_length(text) → integer
        octet_length(text) → integer
        reverse(text) → text
        md5(text) → text
        left(text, integer) → text
        right(text, integer) → text
        substr(text, integer) → text
        substr(text, integer, integer) → text
        substring(text, integer) → text
        substring(text, integer, integer) → text
        replace(text, text, text) → text
        split_part(text, text, integer) → text
        strpos(text, text) → integer
        translate(text, text, text) → text
        lpad(text, integer, text) → text
        rpad(text, integer, text) → text
        regexp_replace(text, text, text) → text
        date_trunc(text, timestamp without time zone) → timestamp without time zone
        date_part(text, timestamp without time zone) → double precision
        date_part(text, date) → double precision
        extract(text, timestamp without time zone) → numeric
        extract(text, date) → numeric
        date(timestamp without time zone) → date
        timezone(text, timestamp with time zone) → timestamp without time zone
        timezone(text, timestamp without time zone) → timestamp with time zone
        age(timestamp without time zone, timestamp without time zone) → interval
        to_timestamp(double precision) → timestamp with time zone
        to_tsvector(regconfig, text) → tsvector
        to_tsvector(regconfig, jsonb) → tsvector
        jsonb_array_length(jsonb) → integer
        jsonb_typeof(jsonb) → text
        """
}

extension Substring {
    fileprivate var trimmingWhitespace: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
