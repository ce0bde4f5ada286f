import Model
import Statements

/// What one condition asks.
extension StatementReading {
    /// What a condition asks of the relations it names; nothing where an index cannot serve it.
    func terms(of node: Node, at level: Int, isOuterOn: Bool = false) -> [(use: UsePlace, term: Term)] {
        guard !node.callsVolatile else { return [] }
        switch node.kind {
        case "ColumnRef", "BooleanTest": return booleanTerms(node, at: level)
        case "BoolExpr":
            guard node.string("boolop") == "NOT_EXPR", let inner = node.list("args").first, inner.kind == "ColumnRef"
            else { return [] }
            return booleanTerms(inner, at: level)
        case "NullTest":
            guard node.string("nulltesttype") == "IS_NULL", let tested = node.node("arg") else { return [] }
            return keys(of: tested, at: level).compactMap { found in
                // On the missing side of an outer join NULL comes from the join.
                guard isOuterOn || !isNullable(found.use) else { return nil }
                return (found.use, Term(key: found.key, kind: .isNull, signature: node.signature))
            }
        case "SubLink": return subqueryTerms(node, at: level)
        case "FuncCall":
            let arguments = node.list("args")
            guard node.builtInFunction == "starts_with", arguments.count == 2 else { return [] }
            return terms(arguments[0], .prefix, arguments[1], node, at: level)
        case "A_Expr": return comparisonTerms(node, at: level)
        default: return []
        }
    }

    private func booleanTerms(_ node: Node, at level: Int) -> [(use: UsePlace, term: Term)] {
        let test = node.string("booltesttype")
        guard node.kind == "ColumnRef" || test == "IS_TRUE" || test == "IS_FALSE",
            let tested = node.kind == "ColumnRef" ? node : node.node("arg"), tested.kind == "ColumnRef"
        else { return [] }
        return keys(of: tested, at: level).filter { $0.key.type == "boolean" }.map {
            ($0.use, Term(key: $0.key, kind: .equality, signature: node.signature))
        }
    }

    /// `x IN (SELECT y …)`: a semi-join, with either as its inner side.
    private func subqueryTerms(_ node: Node, at level: Int) -> [(use: UsePlace, term: Term)] {
        let name = node.strings("operName").last
        guard node.string("subLinkType") == "ANY_SUBLINK", name == nil || name == "=",
            let tested = node.node("testexpr"), let query = node.node("subselect"),
            let inner = levels[ObjectIdentifier(query)]
        else { return [] }
        let pairs = zip(tested.kind == "RowExpr" ? tested.list("args") : [tested], shape.levels[inner].targets)
        return pairs.flatMap { tested, output in semiJoin(tested, output, inner, node.signature, at: level) }
    }

    private func semiJoin(
        _ tested: Node, _ output: ColumnUse?, _ inner: Int, _ signature: String, at level: Int
    ) -> [(use: UsePlace, term: Term)] {
        let outer = keys(of: tested, at: level)
        let origins = shape.levels[inner].isTransparent ? output.map(shape.origins) ?? [] : []
        // What is computed stands for itself.
        let innerUses = origins.map { UsePlace(level: $0.level, place: $0.relation ?? -1) }
        let innerSide = innerUses.isEmpty ? [UsePlace(level: inner, place: -1)] : Set(innerUses)
        let outerSide = outer.isEmpty ? [UsePlace(level: level, place: -1)] : Set(outer.map(\.use))
        let tested = outer.map { use, key in
            (use: use, term: Term(key: key, kind: .equality, partners: innerSide, signature: signature))
        }
        return tested
            + zip(innerUses, origins).compactMap { use, origin in
                columnKey(origin).map {
                    (use: use, term: Term(key: $0, kind: .equality, partners: outerSide, signature: signature))
                }
            }
    }

    private func comparisonTerms(_ node: Node, at level: Int) -> [(use: UsePlace, term: Term)] {
        guard let left = node.node("lexpr"), let right = node.node("rexpr"), let name = node.strings("name").last else {
            return []
        }
        switch node.string("kind") {
        case "AEXPR_OP": return operatorTerms(left, name, right, node, at: level)
        case "AEXPR_OP_ANY" where name == "=": return terms(left, .list, right, node, at: level)
        case "AEXPR_IN" where name == "=":
            return terms(left, right.list("items").count == 1 ? .equality : .list, right, node, at: level)
        case "AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM": return terms(left, .range, right, node, at: level)
        case "AEXPR_LIKE" where name == "~~": return patternTerms(left, right, node, at: level)
        case "AEXPR_ILIKE" where name == "~~*", "AEXPR_SIMILAR" where name == "~":
            return trigramTerms(left, right, node, at: level)
        default: return []
        }
    }

    private func operatorTerms(
        _ left: Node, _ name: String, _ right: Node, _ node: Node, at level: Int
    ) -> [(use: UsePlace, term: Term)] {
        if left.kind == "RowExpr", right.kind == "RowExpr" {
            return rowTerms(left.list("args"), name, right.list("args"), at: level)
        }
        switch name {
        case "=", "<", "<=", ">", ">=":
            let kind = name == "=" ? Term.Kind.equality : .range
            return terms(left, kind, right, node, at: level) + terms(right, kind, left, node, at: level)
        case "~~": return patternTerms(left, right, node, at: level)
        case "~~*", "~", "~*", "%", "<%", "%>", "<<%", "%>>":
            return trigramTerms(left, right, node, at: level)
                + (name.contains("%") ? trigramTerms(right, left, node, at: level) : [])
        case "^@": return terms(left, .prefix, right, node, at: level)
        default:
            return otherTerms(left, name, right, node, at: level)
                + otherTerms(right, OperatorSupport.commuted[name] ?? "", left, node, at: level)
        }
    }

    /// `(a, b) = ($1, $2)`; of `(a, b) > ($1, $2)` the first alone bounds the scan, and `rowOrders` has the whole.
    private func rowTerms(_ left: [Node], _ name: String, _ right: [Node], at level: Int) -> [(
        use: UsePlace, term: Term
    )] {
        let pairs = Array(zip(left, right))
        switch name {
        case "=":
            return pairs.flatMap { terms($0, .equality, $1, $0, at: level) + terms($1, .equality, $0, $1, at: level) }
        case "<", "<=", ">", ">=": return pairs.prefix(1).flatMap { terms($0, .range, $1, $0, at: level) }
        default: return []
        }
    }

    /// The columns of `(a, b) > ($1, $2)`, in their order.
    func rowOrders(_ node: Node, at level: Int) -> [(use: UsePlace, keys: [KeyExpression])] {
        guard node.string("kind") == "AEXPR_OP", ["<", "<=", ">", ">="].contains(node.strings("name").last ?? ""),
            let left = node.node("lexpr"), left.kind == "RowExpr", let right = node.node("rexpr"),
            right.references.isEmpty
        else { return [] }
        let found = left.list("args").map { keys(of: $0, at: level) }
        guard let use = found.first?.first?.use, found.allSatisfy({ $0.count == 1 && $0[0].use == use }) else {
            return []
        }
        return [(use, found.map { $0[0].key })]
    }

    /// The tested side as a key, where the other side is a value for it.
    func terms(
        _ tested: Node, _ kind: Term.Kind, _ value: Node, _ node: Node, at level: Int
    ) -> [(use: UsePlace, term: Term)] {
        let found = keys(of: tested, at: level)
        guard !found.isEmpty, let partners = partners(of: value, at: level) else { return [] }
        return found.compactMap { use, key in
            guard !partners.contains(use), isComparable(key, with: value), isJoinedAt(use, level) else { return nil }
            return (
                use,
                Term(key: key, kind: kind, partners: joined(partners, to: use, at: level), signature: node.signature)
            )
        }
    }

    /// A condition within a subquery restricts the outer rows where the subquery is a semi-join or a plain part of
    /// FROM.
    private func isJoinedAt(_ use: UsePlace, _ level: Int) -> Bool {
        var current = level
        while current != use.level, let parent = shape.levels[current].parent {
            switch shape.levels[current].role {
            case .sublink(let number):
                let link = shape.levels[parent].sublinks[number]
                guard link.kind == .exists || link.kind == .any, !link.isNegated, link.place == .conditions else {
                    return isInside(use.level, level)
                }
            case .from, .cte: guard shape.levels[current].isTransparent else { return isInside(use.level, level) }
            default: return isInside(use.level, level)
            }
            current = parent
        }
        return true
    }

    /// The use's level is the condition's, or one below it.
    private func isInside(_ inner: Int, _ level: Int) -> Bool {
        var current: Int? = inner
        while let here = current {
            if here == level { return true }
            current = shape.levels[here].parent
        }
        // A view's level has no parent.
        return shape.levels[inner].parent == nil && inner > level
    }

    /// Those of the partners with which the rows are joined; columns of outer queries are values for a subquery that
    /// is run for each of
    /// their rows.
    private func joined(_ partners: Set<UsePlace>, to use: UsePlace, at level: Int) -> Set<UsePlace> {
        let isSemiJoin: Bool
        if case .sublink(let number) = shape.levels[level].role, let parent = shape.levels[level].parent {
            let link = shape.levels[parent].sublinks[number]
            isSemiJoin = link.kind == .exists || link.kind == .any
        } else {
            isSemiJoin = shape.levels[level].role == .from && shape.levels[level].isTransparent
        }
        return isSemiJoin ? partners : partners.filter { $0.level >= min(level, use.level) }
    }

    /// `id = 5.0`, `id = $1::numeric`: an integer column is cast, and its index is of no use.
    func isComparable(_ key: KeyExpression, with value: Node) -> Bool {
        guard ["smallint", "integer", "bigint"].contains(key.type) else { return true }
        let values = value.kind == "List" ? value.list("items") : [value]
        return !values.contains { value in
            switch value.kind {
            case "A_Const":
                value.node("fval")?.string("fval")?.contains { !$0.isNumber && $0 != "-" } ?? false
            case "TypeCast":
                ["numeric", "float8", "float4"].contains(value.node("typeName")?.strings("names").last ?? "")
            default: false
            }
        }
    }
}
