import Model
import Statements

/// What a plan's condition asks of one relation: the parts that an index could serve.
package struct ScanCondition: Sendable {
    package enum Kind: Sendable, Equatable {
        /// `=`, `IN`, `= ANY`, `IS NULL`
        case equality
        /// `<`, `<=`, `>`, `>=`, BETWEEN
        case range
    }

    package enum Key: Sendable, Hashable {
        case column(String)
        /// An expression over one column, as SQL: `lower(email)`.
        case expression(String, column: String)

        package var column: String {
            switch self {
            case .column(let name), .expression(_, let name): name
            }
        }

        package var isExpression: Bool {
            if case .expression = self { true } else { false }
        }

        /// As a key of CREATE INDEX.
        package var sql: String {
            switch self {
            case .column(let name): SQL.identifier(name)
            case .expression(let text, _): "(" + text + ")"
            }
        }
    }

    package var key: Key
    package var kind: Kind

    /// The conditions, joined by AND, of a text that EXPLAIN printed: `((a = $1) AND (b > $2))`. What an index cannot
    /// serve (OR, NOT, functions that are not known to be immutable) is left out.
    ///
    /// - Parameter aliases: names under which the relation stands in the text; a bare column belongs to it too.
    package static func read(_ text: String, aliases: Set<String>) -> [ScanCondition] {
        guard let parsed = try? ParsedStatement(parsing: "SELECT " + text),
            let target = parsed.root.list("targetList").first?.node("val")
        else { return [] }
        return read(target, aliases)
    }

    /// The key of a text that EXPLAIN printed as a sort key: `created_at DESC`; nil when it is not a column of the relation.
    package static func sortKey(_ text: String, aliases: Set<String>) -> (key: Key, isDescending: Bool)? {
        guard let parsed = try? ParsedStatement(parsing: "SELECT FROM t ORDER BY " + text),
            let sort = parsed.root.list("sortClause").first, let node = sort.node("node"),
            let key = key(node, aliases), sort.string("sortby_nulls") == "SORTBY_NULLS_DEFAULT"
        else { return nil }
        return (key, sort.string("sortby_dir") == "SORTBY_DESC")
    }

    /// The keys of a list that EXPLAIN printed as a group key: `city, lower(name)`; nil when one is none of the relation's.
    package static func keys(_ text: String, aliases: Set<String>) -> [Key]? {
        guard let parsed = try? ParsedStatement(parsing: "SELECT " + text) else { return nil }
        let targets = parsed.root.list("targetList")
        let keys = targets.compactMap { $0.node("val").flatMap { key($0, aliases) } }
        return keys.count == targets.count ? keys : nil
    }

    private static func read(_ node: Node, _ aliases: Set<String>) -> [ScanCondition] {
        switch node.kind {
        case "BoolExpr":
            guard node.string("boolop") == "AND_EXPR" else { return [] }
            return node.list("args").flatMap { read($0, aliases) }
        case "NullTest":
            guard node.string("nulltesttype") == "IS_NULL", let key = node.node("arg").flatMap({ key($0, aliases) })
            else { return [] }
            return [ScanCondition(key: key, kind: .equality)]
        case "A_Expr": return comparison(node, aliases).map { [$0] } ?? []
        default: return []
        }
    }

    private static func comparison(_ node: Node, _ aliases: Set<String>) -> ScanCondition? {
        guard let left = node.node("lexpr"), let right = node.node("rexpr") else { return nil }
        let kind: Kind
        switch (node.string("kind"), node.strings("name").last) {
        case ("AEXPR_OP", "="), ("AEXPR_OP_ANY", "="): kind = .equality
        case ("AEXPR_OP", "<"), ("AEXPR_OP", "<="), ("AEXPR_OP", ">"), ("AEXPR_OP", ">="): kind = .range
        default: return nil
        }
        if let found = key(left, aliases), !mentions(right, aliases) { return ScanCondition(key: found, kind: kind) }
        if node.string("kind") == "AEXPR_OP", let found = key(right, aliases), !mentions(left, aliases) {
            return ScanCondition(key: found, kind: kind)
        }
        return nil
    }

    /// Functions of one argument that are immutable for text and serve as keys as they stand.
    /// https://www.postgresql.org/docs/current/indexes-expressional.html
    private static let immutable: Set<String> = ["lower", "upper"]

    private static func key(_ node: Node, _ aliases: Set<String>) -> Key? {
        switch node.kind {
        case "ColumnRef": return column(node, aliases).map(Key.column)
        // `(status)::text`: a binary-coercible cast of varchar, which an index on the column serves.
        case "TypeCast":
            guard let inner = node.node("arg"), node.node("typeName")?.strings("names").last == "text",
                case .column(let name)? = key(inner, aliases)
            else { return nil }
            return .column(name)
        case "FuncCall":
            let arguments = node.list("args")
            guard node.strings("funcname").count == 1, let function = node.strings("funcname").first,
                immutable.contains(function), arguments.count == 1, let name = columnUnderCast(arguments[0], aliases)
            else { return nil }
            return .expression("\(function)(\(SQL.identifier(name)))", column: name)
        default: return nil
        }
    }

    private static func columnUnderCast(_ node: Node, _ aliases: Set<String>) -> String? {
        if node.kind == "TypeCast", let inner = node.node("arg") { return columnUnderCast(inner, aliases) }
        return node.kind == "ColumnRef" ? column(node, aliases) : nil
    }

    private static func column(_ node: Node, _ aliases: Set<String>) -> String? {
        let names = node.strings("fields")
        switch names.count {
        case 1: return names[0]
        case 2: return aliases.contains(names[0]) ? names[1] : nil
        default: return nil
        }
    }

    /// Compared with a column of its own relation, an index does not help.
    private static func mentions(_ node: Node, _ aliases: Set<String>) -> Bool {
        node.all("ColumnRef").contains { column($0, aliases) != nil }
    }
}
