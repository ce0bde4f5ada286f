import Statements

/// One of the conditions, joined by AND, that a plan's text puts on a relation, whatever an index can do with it.
struct Qual: Sendable, Hashable {
    enum Operation: Sendable, Hashable {
        case equality
        /// With how many values; nil where that is not known.
        case inList(Int?)
        /// `<`, `<=`, `>`, `>=`
        case range(String)
        case isNull, isNotNull
        case inequality
        /// `LIKE 'abc%'` with what stands before the first wildcard.
        case prefix(String)
        /// LIKE, ILIKE or a regular expression: `~~`, `~~*`, `~`.
        case pattern(String)
        /// `@>`, `&&`, `@@`, `?`: what GIN and GiST serve.
        case containment(String)
        case other
    }

    /// As `ExpressionText` spells it; of a bare column its name.
    var key: String
    var isColumn: Bool
    var operation: Operation
    /// Literals that it is compared with: one of an equality or range, several of IN, none where they are not known.
    var values: [String] = []
    /// The columns of other relations in what it is compared with; a plan has them in joins and in parameterised scans.
    var outer: [OuterColumn] = []
    /// Every column of the relation that it names.
    var columns: Set<String>
    /// The whole condition as `ExpressionText` spells it.
    var text: String

    struct OuterColumn: Sendable, Hashable {
        var alias: String
        var column: String
    }

    /// The conditions of a text that EXPLAIN printed.
    ///
    /// Those that do not name the relation are left out: a join has some about others.
    ///
    /// - Parameter aliases: names under which the relation stands in the text; a bare column belongs to it too.
    static func read(_ text: String, aliases: Set<String>) -> [Qual] {
        PlanText.expression(text).map { QualReader(aliases: aliases).read($0) } ?? []
    }

    /// It fixes the key to one value (or a few), so that an index goes on with its next key.
    var isEquality: Bool {
        switch operation {
        case .equality, .inList, .isNull: true
        default: false
        }
    }
    var isRange: Bool { if case .range = operation { true } else { false } }
}

private struct QualReader {
    var aliases: Set<String>

    func read(_ node: Node) -> [Qual] {
        if node.kind == "BoolExpr", node.string("boolop") == "AND_EXPR" { return node.list("args").flatMap(read) }
        let columns = columns(of: node)
        guard !columns.isEmpty else { return [] }
        if var found = known(node) {
            found.columns = columns
            found.text = ExpressionText.of(node)
            return [found]
        }
        let text = ExpressionText.of(node)
        return [Qual(key: text, isColumn: false, operation: .other, columns: columns, text: text)]
    }

    private func known(_ node: Node) -> Qual? {
        switch node.kind {
        case "ColumnRef": return qual(node, .equality, values: ["t"])
        case "BoolExpr":
            guard node.string("boolop") == "NOT_EXPR", let inner = node.list("args").first, inner.kind == "ColumnRef"
            else { return nil }
            return qual(inner, .equality, values: ["f"])
        case "NullTest":
            guard let argument = node.node("arg") else { return nil }
            return qual(argument, node.string("nulltesttype") == "IS_NULL" ? .isNull : .isNotNull)
        case "A_Expr": return comparison(node)
        default: return nil
        }
    }

    private func comparison(_ node: Node) -> Qual? {
        guard let left = node.node("lexpr"), let right = node.node("rexpr"), let name = node.strings("name").last
        else { return nil }
        let isOurs = !columns(of: left).isEmpty
        // Both sides name the relation: no index helps.
        guard isOurs != !columns(of: right).isEmpty else { return nil }
        let (ours, theirs) = isOurs ? (left, right) : (right, left)
        // What it is compared with changes with the row.
        guard !(theirs.all("FuncCall") + [theirs]).contains(where: { $0.strings("funcname") == [PlanText.subplan] })
        else { return nil }
        if node.string("kind") == "AEXPR_OP_ANY" {
            guard isOurs, name == "=" else { return nil }
            let values = list(theirs)
            return qual(ours, .inList(values?.count), values: values ?? [], with: theirs)
        }
        guard node.string("kind") == "AEXPR_OP" else { return nil }
        let value = literal(theirs)
        let values = value.map { [$0] } ?? []
        switch name {
        case "=": return qual(ours, .equality, values: values, with: theirs)
        case "<", "<=", ">", ">=":
            return qual(ours, .range(isOurs ? name : Self.mirrored[name] ?? name), values: values, with: theirs)
        case "<>": return qual(ours, .inequality, values: values, with: theirs)
        case "~~":
            let prefix = value.map { String($0.prefix { $0 != "%" && $0 != "_" && $0 != "\\" }) } ?? ""
            return qual(ours, prefix.isEmpty ? .pattern(name) : .prefix(prefix), values: values, with: theirs)
        case "~~*", "~", "~*": return qual(ours, .pattern(name), values: values, with: theirs)
        case "@>", "<@", "&&", "@@", "?", "?|", "?&", "@?", "%", "%>", "<%":
            return qual(ours, .containment(name), values: values, with: theirs)
        default: return nil
        }
    }

    private static let mirrored = ["<": ">", "<=": ">=", ">": "<", ">=": "<="]

    private func qual(_ key: Node, _ operation: Qual.Operation, values: [String] = [], with other: Node? = nil) -> Qual
    {
        let bare = ExpressionText.withoutCasts(key)
        let outer = (other?.all("ColumnRef") ?? []).compactMap { reference -> Qual.OuterColumn? in
            let names = reference.strings("fields")
            return names.count == 2 ? .init(alias: names[0], column: names[1]) : nil
        }
        return Qual(
            key: ExpressionText.of(bare), isColumn: bare.kind == "ColumnRef", operation: operation, values: values,
            outer: outer, columns: [], text: "")
    }

    private func literal(_ node: Node) -> String? {
        let bare = ExpressionText.withoutCasts(node)
        return bare.kind == "A_Const" ? ExpressionText.constant(bare) : nil
    }

    /// `'{a,b}'::text[]`, as the planner folds IN; commas within quotes are counted as they stand.
    private func list(_ node: Node) -> [String]? {
        let bare = ExpressionText.withoutCasts(node)
        if bare.kind == "A_ArrayExpr" { return bare.list("elements").map { literal($0) ?? "" } }
        guard let text = literal(node), text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        return text.dropFirst().dropLast().split(separator: ",").map {
            $0.trimmingPrefix("\"").hasSuffix("\"") ? String($0.dropFirst().dropLast()) : String($0)
        }
    }

    private func columns(of node: Node) -> Set<String> {
        var found: Set<String> = []
        for reference in node.kind == "ColumnRef" ? [node] : node.all("ColumnRef") {
            let names = reference.strings("fields")
            if names.count == 1 { found.insert(names[0]) }
            if names.count == 2, aliases.contains(names[0]) { found.insert(names[1]) }
        }
        return found
    }
}
