extension StatementShape {
    /// A result that UNION puts together, and the SELECTs that it is made of.
    package struct Union: Sendable {
        package var level: Int
        package var branches: [Int]
    }

    /// Every UNION without ALL whose parts are joined by nothing but UNION.
    package var unions: [Union] {
        levels.compactMap { level in
            guard level.setOperation == "UNION", !level.isUnionAll, !isUnionBranch(level) else { return nil }
            guard let branches = branches(of: level.number) else { return nil }
            return Union(level: level.number, branches: branches)
        }
    }

    /// The statement with UNION ALL for each UNION; nil where it has other set operations, or another UNION than this.
    package func unionAll(_ union: Union, in statement: ParsedStatement) -> String? {
        guard isWritten(union.level), let words = statement.words else { return nil }
        let places = words.tokens.indices.filter { words.isWord("union", $0) }
        guard places.count == union.branches.count - 1, places.allSatisfy({ !words.isWord("all", $0 + 1) }) else {
            return nil
        }
        let edits = places.map { place in
            // UNION DISTINCT says the same as UNION.
            let end = words.isWord("distinct", place + 1) ? place + 2 : place + 1
            return TextEdit(words.bytes(of: place..<end), "UNION ALL")
        }
        return statement.applying(edits, to: words)
    }

    private func isUnionBranch(_ level: QueryLevel) -> Bool {
        guard level.role == .setOperand, let parent = level.parent.map({ levels[$0] }) else { return false }
        return parent.setOperation == "UNION" && !parent.isUnionAll
    }

    private func branches(of level: Int) -> [Int]? {
        var found: [Int] = []
        for side in levels where side.role == .setOperand && side.parent == level {
            guard side.setOperation != nil else {
                found.append(side.number)
                continue
            }
            // What a part of its own sorts, limits or computes is no plain branch.
            guard side.setOperation == "UNION", !side.isUnionAll, !side.hasLimit, !side.hasOffset, side.ctes.isEmpty,
                let inner = branches(of: side.number)
            else { return nil }
            found += inner
        }
        return found
    }
}

extension QueryLevel {
    /// A value that stands in the select list.
    package enum Constant: Sendable, Hashable {
        case parameter(Int)
        case literal(String)
    }

    /// Of each entry of the select list, in order: the value; nil where it is something else.
    package var targetConstants: [Constant?] {
        node.list("targetList").map { $0.node("val").flatMap(Self.constant) }
    }

    /// A function in the select list may return a set, unless it is known not to: one row becomes several.
    package var targetsMultiplyRows: Bool {
        node.list("targetList").flatMap { $0.all("FuncCall") }.contains { call in
            !ShapeBuilder.isAggregate(call) && !(call.builtInFunction.map(KnownFunctions.scalars.contains) ?? false)
        }
    }

    static func constant(_ node: Node) -> Constant? {
        switch node.kind {
        case "ParamRef": return .parameter(node.integer("number"))
        case "TypeCast": return node.node("arg").flatMap(constant)
        case "A_Const":
            if let text = node.node("sval") { return .literal("'" + (text.string("sval") ?? "")) }
            if let number = node.node("ival") { return .literal(String(number.integer("ival"))) }
            if let flag = node.node("boolval") { return .literal(flag.flag("boolval") ? "true" : "false") }
            return nil
        default: return nil
        }
    }
}
