import Model
import Statements

/// An expression over columns of one relation as an index can hold it: a column, or one that is IMMUTABLE, with its
/// type.
struct KeyExpression: Hashable {
    /// As SQL over bare columns, without brackets around it.
    var sql: String
    /// As `format_type` names it without length or precision; "unknown" of a literal.
    var type: String
    /// Each once.
    var columns: [String]
    var isColumn = false
    /// Of the parse tree: the same for what the server prints of an index.
    var signature = ""

    var key: ScanCondition.Key { isColumn ? .column(columns[0]) : .expression(sql, column: columns[0]) }
    var isText: Bool { ["text", "character varying", "character", "citext", "name"].contains(type) }
}

/// Reads expressions of a parse tree; what is not known to be IMMUTABLE is nil.
struct KeyExpressionReader {
    /// What a reference stands for; nil where it is no column of the relation.
    var column: (Node) -> (name: String, type: String)?
    /// The definitions of views are read without their literals.
    var areLiteralsKnown = true

    func read(_ node: Node) -> KeyExpression? {
        guard var found = expression(node), !found.columns.isEmpty else { return nil }
        found.signature = found.isColumn ? "column \(found.columns[0])" : node.signature
        return found
    }

    /// A literal as SQL; nil of everything else, of NULL, and of what was redacted.
    func literal(_ node: Node) -> KeyExpression? {
        guard areLiteralsKnown else { return nil }
        switch node.kind {
        case "A_Const":
            if let text = node.node("sval") {
                let text = text.string("sval") ?? ""
                guard SQL.literal(text) != Redactor.placeholder else { return nil }
                return KeyExpression(sql: SQL.literal(text), type: "unknown", columns: [])
            }
            if let number = node.node("ival") {
                return KeyExpression(sql: String(number.integer("ival")), type: "integer", columns: [])
            }
            if let number = node.node("fval")?.string("fval") {
                let isWhole = number.allSatisfy { $0.isNumber || $0 == "-" }
                return KeyExpression(sql: number, type: isWhole ? "bigint" : "numeric", columns: [])
            }
            if let value = node.node("boolval") {
                return KeyExpression(sql: value.flag("boolval") ? "true" : "false", type: "boolean", columns: [])
            }
            return nil
        case "TypeCast":
            guard let inner = node.node("arg").flatMap(literal), let type = Self.type(node.node("typeName")) else {
                return nil
            }
            if inner.type == "boolean", type == "boolean" { return inner }
            // A literal is made a value once, when the index is made:
            // https://www.postgresql.org/docs/current/datatype-datetime.html
            let text = inner.sql.lowercased()
            guard inner.type == "unknown", Self.literalTypes.contains(type),
                !["now", "today", "tomorrow", "yesterday"].contains(where: text.contains)
            else { return nil }
            return KeyExpression(sql: "\(inner.sql)::\(type)", type: type, columns: [])
        default: return nil
        }
    }

    private static let literalTypes: Set<String> = [
        "interval", "date", "timestamp without time zone", "text", "integer", "bigint", "numeric", "regconfig", "uuid",
        "character varying",
    ]

    private func expression(_ node: Node) -> KeyExpression? {
        switch node.kind {
        case "ColumnRef":
            return column(node).map {
                KeyExpression(sql: SQL.identifier($0.name), type: $0.type, columns: [$0.name], isColumn: true)
            }
        case "A_Const": return literal(node)
        case "TypeCast": return literal(node) ?? cast(node)
        case "FuncCall": return call(node)
        case "CoalesceExpr": return coalesce(node.list("args"))
        case "A_Expr": return operation(node)
        default: return nil
        }
    }

    private func cast(_ node: Node) -> KeyExpression? {
        guard var inner = node.node("arg").flatMap(expression), let type = Self.type(node.node("typeName")) else {
            return nil
        }
        // Binary-coercible: an index on the column serves (`RelabelType`, stripped by `match_index_to_operand`).
        if inner.type == type || Set([inner.type, type]) == ["text", "character varying"] {
            inner.type = type
            return inner
        }
        guard ImmutableCalls.casts[inner.type]?.contains(type) ?? false else { return nil }
        return KeyExpression(sql: "(\(inner.sql))::\(type)", type: type, columns: inner.columns)
    }

    private func call(_ node: Node) -> KeyExpression? {
        let arguments = node.list("args").map(expression)
        guard let name = node.builtInFunction, !arguments.isEmpty, !arguments.contains(nil), node["over"] == nil,
            node["agg_order"] == nil, !node.flag("agg_distinct"), node["agg_filter"] == nil, !node.flag("func_variadic")
        else { return nil }
        let known = arguments.compactMap(\.self)
        guard let result = ImmutableCalls.result(of: name, known.map(\.type)) else { return nil }
        let list = known.map(\.sql).joined(separator: ", ")
        // EXTRACT and the like are no names that SQL takes before a bracket.
        let sql = name == "extract" ? "pg_catalog.extract(\(list))" : "\(name)(\(list))"
        return KeyExpression(sql: sql, type: result, columns: Self.columns(known))
    }

    private func coalesce(_ nodes: [Node]) -> KeyExpression? {
        let arguments = nodes.map(expression)
        let known = arguments.compactMap(\.self)
        let types = Set(known.map(\.type)).subtracting(["unknown"])
        guard known.count == nodes.count, let type = types.first else { return nil }
        // Numbers of several types are brought to one by immutable casts.
        guard types.count == 1 || types.allSatisfy({ ImmutableCalls.numbers.contains($0) }) else { return nil }
        let widest = ImmutableCalls.numbers.last(where: types.contains) ?? type
        let list = known.map(\.sql).joined(separator: ", ")
        return KeyExpression(sql: "COALESCE(\(list))", type: widest, columns: Self.columns(known))
    }

    private func operation(_ node: Node) -> KeyExpression? {
        guard node.string("kind") == "AEXPR_OP", let left = node.node("lexpr").flatMap(expression),
            let right = node.node("rexpr").flatMap(expression), let name = node.strings("name").last,
            node.strings("name").count == 1,
            let result = ImmutableCalls.result(of: left.type, name, right.type)
        else { return nil }
        func operand(_ expression: KeyExpression, _ node: Node?) -> String {
            node?.kind == "A_Expr" || node?.kind == "TypeCast" ? "(\(expression.sql))" : expression.sql
        }
        return KeyExpression(
            sql: "\(operand(left, node.node("lexpr"))) \(name) \(operand(right, node.node("rexpr")))", type: result,
            columns: Self.columns([left, right]))
    }

    private static func columns(_ expressions: [KeyExpression]) -> [String] {
        var seen: Set<String> = []
        return expressions.flatMap(\.columns).filter { seen.insert($0).inserted }
    }

    /// nil for arrays and for types with a length or precision: the cast changes values then.
    private static func type(_ name: Node?) -> String? {
        guard let name, name.list("arrayBounds").isEmpty, name.list("typmods").isEmpty,
            case let names = name.strings("names"), names.count == 1 || names.first == "pg_catalog",
            let last = names.last
        else { return nil }
        return grammarTypes[last] ?? last
    }

    private static let grammarTypes = [
        "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
        "bool": "boolean", "varchar": "character varying", "bpchar": "character",
        "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
        "time": "time without time zone", "timetz": "time with time zone",
    ]

    /// `format_type` without length and precision: `numeric(10,2)` → `numeric`.
    static func plainType(_ type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type.firstIndex(of: ")") else { return type }
        return String(type[..<open] + type[type.index(after: close)...])
    }
}
