import Model

/// What lies around a part of the tree.
struct ConstantContext {
    var place = SQLConstant.Place.plain
    var type: String?
    var isArray = false
}

/// What the tree says of the constants, by the byte at which they begin.
struct ConstantPlaces {
    private struct Found {
        var context: ConstantContext
        var string: String?
    }

    private var found: [Int: Found] = [:]
    private var heads: [String: SQLConstant.FunctionHead] = [:]
    private var root = ""

    /// The token that holds the constant which begins at a token: itself, or the number behind a minus that is part of it.
    func number(_ source: ConstantSource, _ index: Int) -> Int? {
        let tokens = source.tokens
        if tokens[index].isConstant { return index }
        guard found[tokens[index].start] != nil, tokens[index].kind == .symbol, index + 1 < tokens.count else {
            return nil
        }
        return tokens[index + 1].isConstant ? index + 1 : nil
    }

    /// What the tree has of a constant. That of `-(5)` begins with the minus.
    private func entry(_ source: ConstantSource, _ index: Int) -> Found? {
        if let entry = found[source.tokens[index].start] { return entry }
        var before = index - 1
        while before >= 0, source.text(of: before) == "(" { before -= 1 }
        return before >= 0 && source.text(of: before) == "-" ? found[source.tokens[before].start] : nil
    }

    /// nil: what the token holds cannot be told.
    func constant(_ source: ConstantSource, _ index: Int, _ number: Int) -> SQLConstant? {
        let token = source.tokens[number]
        let kind: SQLConstant.Kind =
            switch token.kind {
            case .string: .string
            case .bitString: .bitString
            case .integer: .integer
            default: .decimal
            }
        let end = source.end(ofConstant: number)
        let written = source.text(token.start..<end)
        guard let entry = entry(source, index) else {
            guard kind == .string else { return SQLConstant(kind: kind, text: written, place: .option(root)) }
            guard let value = SQLConstant.value(ofToken: written) else { return nil }
            let place = heads[value].map { SQLConstant.Place.body($0) } ?? .option(root)
            return SQLConstant(kind: kind, text: value, place: place)
        }
        let text = kind == .string ? entry.string ?? "" : (number > index ? "-" : "") + written
        return SQLConstant(
            kind: kind, text: text, type: entry.context.type, isArray: entry.context.isArray, place: entry.context.place
        )
    }

    mutating func visit(_ node: Node, _ context: ConstantContext) {
        switch node.kind {
        case "A_Const":
            guard let location = node.location, !node.flag("isnull") else { return }
            found[location] = Found(context: context, string: node.node("sval").map { $0.string("sval") ?? "" })
        case "TypeName": visitCounts(node.list("typmods"))
        case "TypeCast": visitCast(node, context)
        case "A_ArrayExpr":
            var inner = context
            inner.isArray = false
            for element in node.list("elements") { visit(element, inner) }
        case "A_Expr":
            let name = node.strings("name").last ?? ""
            for part in ["lexpr", "rexpr"] { visitValue(node[part], ConstantContext(place: .operand(name))) }
        case "FuncCall": visitCall(node)
        case "A_Indices", "RangeTableSample":
            for part in ["lidx", "uidx", "repeatable"] { visitCounts([node.node(part)].compactMap(\.self)) }
            visitCounts(node.list("args"))
            visitFields(node, ConstantContext(), besides: ["lidx", "uidx", "repeatable", "args"])
        case "SortBy":
            visitPosition(node.node("node"))
            visitFields(node, ConstantContext(), besides: ["node"])
        case "SelectStmt": visitSelect(node)
        case "VariableSetStmt":
            for value in node.list("args") { visit(value, ConstantContext(place: .setting(node.string("name") ?? ""))) }
        case "ColumnDef": visitColumn(node)
        case "CreateStmt": visitPartition(node, parent: node.list("inhRelations").first, bound: node.node("partbound"))
        case "AlterTableStmt":
            for command in node.list("cmds") {
                // OPTIONS of foreign tables, which may hold passwords.
                if let subtype = command.string("subtype"), subtype.hasSuffix("GenericOptions") { root = subtype }
                visitPartition(command, parent: node.node("relation"), bound: command.node("def")?.node("bound"))
            }
        case "CreateFunctionStmt": visitFunction(node)
        case "RawStmt":
            let kind = node.node("stmt")?.kind ?? ""
            root = root.isEmpty || root == kind ? kind : "several statements"
            visitFields(node, context)
        default: visitFields(node, ConstantContext(place: .plain))
        }
    }

    private mutating func visitFields(_ node: Node, _ context: ConstantContext, besides: Set<String> = []) {
        for field in node.fields where !besides.contains(field.name) {
            visitValue(field.value, field.name == "typmods" ? ConstantContext(place: .count) : context)
        }
    }

    private mutating func visitValue(_ value: Node.Value?, _ context: ConstantContext) {
        switch value {
        case .node(let node): visit(node, context)
        case .list(let values): for value in values { visitValue(value, context) }
        default: break
        }
    }

    private mutating func visitCounts(_ nodes: [Node]) {
        for node in nodes { visit(node, ConstantContext(place: .count)) }
    }

    /// `ORDER BY 2`: a number alone is a column's place, anything else an expression.
    private mutating func visitPosition(_ node: Node?) {
        guard let node else { return }
        visit(node, ConstantContext(place: node.kind == "A_Const" && node.node("ival") != nil ? .count : .plain))
    }

    private mutating func visitCast(_ node: Node, _ context: ConstantContext) {
        guard let type = node.node("typeName") else { return }
        visit(type, ConstantContext())
        var inner = context
        inner.type = type.strings("names").joined(separator: ".")
        inner.isArray = !type.list("arrayBounds").isEmpty
        if let argument = node.node("arg") {
            let isConstant = argument.kind == "A_Const" || argument.kind == "A_ArrayExpr"
            visit(argument, isConstant ? inner : ConstantContext(place: context.place))
        }
    }

    private mutating func visitCall(_ node: Node) {
        let name = node.strings("funcname").last ?? ""
        for (place, argument) in node.list("args").enumerated() {
            visit(argument, ConstantContext(place: .argument(name, place)))
        }
        visitFields(node, ConstantContext(), besides: ["args", "funcname"])
    }

    private mutating func visitSelect(_ node: Node) {
        for part in ["limitCount", "limitOffset"] {
            if let count = node.node(part) { visit(count, ConstantContext(place: .count)) }
        }
        for part in ["groupClause", "distinctClause"] { for item in node.list(part) { visitPosition(item) } }
        visitFields(node, ConstantContext(), besides: ["limitCount", "limitOffset", "groupClause", "distinctClause"])
    }

    /// A bare constant as default has the column's type.
    private mutating func visitColumn(_ node: Node) {
        let type = node.node("typeName")
        let context = ConstantContext(
            type: type?.strings("names").joined(separator: "."), isArray: !(type?.list("arrayBounds") ?? []).isEmpty)
        for constraint in node.list("constraints") {
            if constraint.string("contype") == "CONSTR_DEFAULT", let value = constraint.node("raw_expr") {
                visit(value, value.kind == "A_Const" ? context : ConstantContext())
            } else {
                visit(constraint, ConstantContext())
            }
        }
        visitFields(node, ConstantContext(), besides: ["constraints"])
    }

    private mutating func visitPartition(_ node: Node, parent: Node?, bound: Node?) {
        let name = QualifiedName(parent?.string("schemaname") ?? "", parent?.string("relname") ?? "")
        for part in ["lowerdatums", "upperdatums"] {
            for (place, value) in (bound?.list(part) ?? []).enumerated() {
                visit(value, ConstantContext(place: .bound(place, of: name)))
            }
        }
        for value in bound?.list("listdatums") ?? [] { visit(value, ConstantContext(place: .bound(0, of: name))) }
        if node.kind == "AlterTableCmd", bound != nil { return }
        visitFields(node, ConstantContext(), besides: ["partbound"])
    }

    private mutating func visitFunction(_ node: Node) {
        var head = SQLConstant.FunctionHead()
        let returned = node.node("returnType")
        head.returnsSet = returned?.flag("setof") ?? false
        head.returnsNothing = returned.map { $0.strings("names").last == "void" } ?? true
        var texts: [String] = []
        for option in node.list("options") {
            switch option.string("defname") {
            case "language": head.language = option.node("arg")?.string("sval")?.lowercased() ?? "sql"
            case "as": texts = option.node("arg")?.list("items").compactMap { $0.string("sval") } ?? []
            default: break
            }
        }
        for text in texts { heads[text] = head }
        visitFields(node, ConstantContext())
    }
}
