import Statements

/// A column's type as `format_type` spells it, without its length, and its category in pg_type.
struct ScriptType {
    let name: String
    let category: String
    /// A pseudo-type that makes a sequence, and the column NOT NULL.
    let isSerial: Bool

    init(_ node: Node?) {
        let written = node?.strings("names").last ?? ""
        isSerial = written.contains("serial")
        let bare = Self.spelled[written] ?? written
        let isArray = !(node?.list("arrayBounds").isEmpty ?? true)
        name = isArray ? bare + "[]" : bare
        category = isArray ? "A" : Self.categories[bare] ?? "U"
    }

    /// The grammar's names, and the pseudo-types that make a sequence.
    private static let spelled = [
        "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
        "bool": "boolean", "varchar": "character varying", "bpchar": "character",
        "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
        "time": "time without time zone", "timetz": "time with time zone", "smallserial": "smallint",
        "serial2": "smallint", "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
    ]
    private static let categories: [String: String] = [
        "smallint": "N", "integer": "N", "bigint": "N", "numeric": "N", "real": "N", "double precision": "N",
        "money": "N", "text": "S", "character varying": "S", "character": "S", "name": "S", "boolean": "B",
        "date": "D", "timestamp without time zone": "D", "timestamp with time zone": "D",
        "time without time zone": "D", "time with time zone": "D", "interval": "T",
    ]
}

extension Node {
    /// The names, operators and constants of an expression in their order: enough to see what an index is on.
    var sketch: String {
        switch kind {
        case "ColumnRef": return strings("fields").last ?? ""
        case "FuncCall":
            return (strings("funcname").last ?? "") + "(" + list("args").map(\.sketch).joined(separator: ", ") + ")"
        case "CoalesceExpr": return "coalesce(" + list("args").map(\.sketch).joined(separator: ", ") + ")"
        case "TypeCast": return "(\(node("arg")?.sketch ?? ""))::\(node("typeName")?.strings("names").last ?? "")"
        case "A_Expr":
            let parts = [node("lexpr")?.sketch, strings("name").last, node("rexpr")?.sketch]
            return "(" + parts.compactMap(\.self).joined(separator: " ") + ")"
        case "A_Const": return "\'\(node("sval")?.string("sval") ?? "…")\'"
        default: return children.map(\.sketch).filter { !$0.isEmpty }.joined(separator: " ")
        }
    }
}
