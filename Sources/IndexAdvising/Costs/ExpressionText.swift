import Statements

/// One spelling for an expression of a plan and the same expression of an index, which EXPLAIN, CREATE INDEX and a person
/// write differently: `lower((email)::text)` and `lower(email)`.
///
/// Qualifiers of columns go, and the casts that change neither order nor equality: of constants, and to text or varchar.
enum ExpressionText {
    static func of(_ text: String) -> String? {
        PlanText.expression(text).map { of($0) }
    }

    static func of(_ node: Node) -> String {
        let node = withoutCasts(node)
        switch node.kind {
        case "ColumnRef": return node.strings("fields").last ?? "*"
        case "A_Const": return constant(node).map { "'" + $0 + "'" } ?? "NULL"
        case "ParamRef": return "$\(node.integer("number"))"
        case "FuncCall":
            let arguments = node.list("args").map(of).joined(separator: ", ")
            return (node.strings("funcname").last ?? "") + "(" + arguments + ")"
        case "A_Expr":
            let sides = [node.node("lexpr"), node.node("rexpr")].map { $0.map(of) ?? "" }
            return "(\(sides[0]) \(node.strings("name").last ?? "") \(sides[1]))"
        case "TypeCast":
            let type = node.node("typeName")?.strings("names").last ?? ""
            return "(" + (node.node("arg").map(of) ?? "") + ")::" + type
        default:
            return node.kind + (node.string("boolop") ?? "") + (node.string("nulltesttype") ?? "") + "("
                + node.children.map(of).joined(separator: ", ") + ")"
        }
    }

    private static let harmless: Set<String> = ["text", "varchar"]

    static func withoutCasts(_ node: Node) -> Node {
        guard node.kind == "TypeCast", let inner = node.node("arg") else { return node }
        let bare = withoutCasts(inner)
        let type = node.node("typeName")?.strings("names").last ?? ""
        let isConstant = bare.kind == "A_Const" || bare.kind == "ParamRef" || bare.kind == "A_ArrayExpr"
        let isColumn = bare.kind == "ColumnRef" || bare.kind == "FuncCall" || bare.kind == "A_Expr"
        return isConstant || isColumn && harmless.contains(type) ? bare : node
    }

    /// The literal without its quotes; nil for NULL.
    static func constant(_ node: Node) -> String? {
        if let text = node.node("sval")?.string("sval") { return text }
        if let text = node.node("fval")?.string("fval") { return text }
        if let flag = node.node("boolval") { return flag.flag("boolval") ? "t" : "f" }
        if let number = node.node("ival") { return String(number.integer("ival")) }
        return nil
    }
}
