import Model
import Statements

/// A condition that AND joins, with the relations (by index) that it restricts where its ON is that of an outer join.
private struct Clause {
    var node: Node
    var restricted: Range<Int>?
}

extension StatementReading {
    mutating func addConditions(of level: QueryLevel) {
        var clauses: [Clause] = []
        var place = ["UpdateStmt", "DeleteStmt", "MergeStmt"].contains(level.node.kind) ? 1 : 0
        let sources =
            level.node.list("fromClause") + level.node.list("usingClause")
            + [level.node.node("sourceRelation")].compactMap(\.self)
        for source in sources { Self.addSource(source, &place, &clauses) }
        for node in [level.node.node("joinCondition"), level.node.node("whereClause")] {
            clauses += Self.conjuncts(node).map { Clause(node: $0) }
        }
        // The planner moves conditions on grouping columns to WHERE; those on aggregates are no keys.
        let having = Self.conjuncts(level.node.node("havingClause"))
        for node in having where node.all("FuncCall").isEmpty && Self.isOfGroups(node, level, shape) {
            clauses.append(Clause(node: node))
        }
        for clause in clauses { addClause(clause, at: level) }
        addNamedJoins(of: level)
    }

    private static func isOfGroups(_ node: Node, _ level: QueryLevel, _ shape: StatementShape) -> Bool {
        node.references.allSatisfy { reference in
            guard let column = shape.column(reference, at: level.number) else { return false }
            return level.groupBy.contains { $0.column.map { isSame($0, column) } ?? false }
        }
    }

    /// In the order in which `StatementShape` numbers the relations of a level.
    private static func addSource(_ node: Node, _ place: inout Int, _ clauses: inout [Clause]) {
        guard node.kind == "JoinExpr" else {
            place += 1
            return
        }
        let first = place
        if let left = node.node("larg") { addSource(left, &place, &clauses) }
        let middle = place
        if let right = node.node("rarg") { addSource(right, &place, &clauses) }
        let restricted: Range<Int>? =
            switch node.string("jointype") {
            case "JOIN_LEFT": middle..<place
            case "JOIN_RIGHT": first..<middle
            case "JOIN_FULL": first..<first
            default: nil
            }
        clauses += conjuncts(node.node("quals")).map { Clause(node: $0, restricted: restricted) }
    }

    static func conjuncts(_ node: Node?) -> [Node] {
        guard let node else { return [] }
        guard node.kind == "BoolExpr", node.string("boolop") == "AND_EXPR" else { return [node] }
        return node.list("args").flatMap { conjuncts($0) }
    }

    private mutating func addClause(_ clause: Clause, at level: QueryLevel) {
        func isRestricted(_ use: UsePlace) -> Bool {
            guard let restricted = clause.restricted, use.level == level.number else { return true }
            return restricted.contains(use.place)
        }
        let node = clause.node
        let isOuterOn = clause.restricted != nil
        add(terms(of: node, at: level.number, isOuterOn: isOuterOn).filter { isRestricted($0.use) })
        let predicates = partialPredicates(node, at: level.number, isOuterOn: isOuterOn)
        for (use, predicate) in predicates where isRestricted(use) {
            change(use) { if !$0.predicates.contains(predicate) { $0.predicates.append(predicate) } }
        }
        for (use, keys) in rowOrders(node, at: level.number) {
            change(use) { $0.orders.append(SortOrder(keys: keys.map { .init(key: $0) }, reason: .order)) }
        }
        if node.kind == "BoolExpr", node.string("boolop") == "OR_EXPR" {
            addAlternatives(node.list("args"), at: level.number, isRestricted)
        }
    }

    /// An OR whose every arm asks something of a relation is read by a BitmapOr of several indexes; what is in every arm
    /// is a condition by itself (`find_duplicate_ors` in PostgreSQL's prepqual.c).
    private mutating func addAlternatives(_ arms: [Node], at level: Int, _ isRestricted: (UsePlace) -> Bool) {
        let found = arms.map { arm in Self.conjuncts(arm).flatMap { terms(of: $0, at: level) } }
        let common = (found.first ?? []).filter { first in
            !first.term.signature.isEmpty
                && found.allSatisfy { $0.contains { $0.use == first.use && $0.term == first.term } }
        }
        add(common.filter { isRestricted($0.use) })
        for use in Set(found.flatMap { $0.map(\.use) }) where isRestricted(use) {
            let own = found.map { arm in
                arm.filter { $0.use == use && $0.term.partners.isEmpty && !common.map(\.term).contains($0.term) }
                    .map(\.term)
            }
            if own.allSatisfy({ !$0.isEmpty }) { change(use) { $0.alternatives.append(own) } }
        }
    }

    /// `JOIN … USING (a)`, which has no expression in the tree.
    private mutating func addNamedJoins(of level: QueryLevel) {
        for join in level.joins where join.operation == .equality && join.leftWrapper == nil && join.rightWrapper == nil
        {
            guard !join.isNegated, !join.isUnderOr, join.clause == .joinOn else { continue }
            for (column, other) in [(join.left, join.right), (join.right, join.left)] {
                if let outer = join.outerJoin, column.level == level.number, let place = column.relation,
                    !outer.contains(place)
                {
                    continue
                }
                addJoin(column, with: other)
            }
        }
    }

    /// A column that is compared with another relation's for equality.
    private mutating func addJoin(_ column: ColumnUse, with other: ColumnUse) {
        let origins = shape.origins(of: other)
        var partners = Set(origins.map { UsePlace(level: $0.level, place: $0.relation ?? -1) })
        if origins.isEmpty, let place = other.relation { partners = [UsePlace(level: other.level, place: place)] }
        let pair = [column.written, other.written].sorted().joined(separator: " = ")
        for origin in shape.origins(of: column) {
            guard let place = origin.relation, let key = columnKey(origin), !partners.isEmpty else { continue }
            let use = UsePlace(level: origin.level, place: place)
            guard !partners.contains(use) else { continue }
            let isKnown = readings[use]?.terms.contains {
                $0.kind == .equality && $0.key == key && $0.partners == partners
            }
            if isKnown == false {
                add([(use, Term(key: key, kind: .equality, partners: partners, signature: pair))])
            }
        }
    }

    /// A column of a relation as a key.
    func columnKey(_ column: ColumnUse) -> KeyExpression? {
        guard let place = column.relation, let target = shape.levels[column.level].relations[place].target else {
            return nil
        }
        let known = names.column(column.name, of: target)
        guard known != nil || !names.knowsColumns(of: target) else { return nil }
        return KeyExpression(
            sql: SQL.identifier(column.name), type: known.map { KeyExpressionReader.plainType($0.type) } ?? "",
            columns: [column.name], isColumn: true, signature: "column \(column.name)")
    }

    // MARK: One condition

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
            let tested = node.node("testexpr"),
            let query = node.node("subselect"), let inner = levels[ObjectIdentifier(query)]
        else { return [] }
        let outer = keys(of: tested, at: level)
        let output = shape.levels[inner].targets.first ?? nil
        let origins = shape.levels[inner].isTransparent ? output.map(shape.origins) ?? [] : []
        var found: [(use: UsePlace, term: Term)] = []
        let partners = Set(origins.map { UsePlace(level: $0.level, place: $0.relation ?? -1) })
        for key in outer {
            let others = partners.isEmpty ? [UsePlace(level: inner, place: 0)] : partners
            found.append((key.use, Term(key: key.key, kind: .equality, partners: others, signature: node.signature)))
        }
        for origin in origins {
            guard let place = origin.relation, let key = columnKey(origin) else { continue }
            let others = Set(outer.map(\.use))
            let use = UsePlace(level: origin.level, place: place)
            found.append(
                (
                    use,
                    Term(
                        key: key, kind: .equality,
                        partners: others.isEmpty ? [UsePlace(level: level, place: -1)] : others,
                        signature: node.signature)
                ))
        }
        return found
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
    private func rowOrders(_ node: Node, at level: Int) -> [(use: UsePlace, keys: [KeyExpression])] {
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

    /// A condition within a subquery restricts the outer rows where the subquery is a semi-join or a plain part of FROM.
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

    /// Those of the partners with which the rows are joined; columns of outer queries are values for a subquery that is run for each of
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
