import Model

/// Conditions and the subqueries in expressions.
extension ShapeBuilder {
    /// WHERE or one ON, condition by condition.
    mutating func addClause(_ node: Node?, to level: Int, _ clause: Predicate.Clause) {
        guard let node else { return }
        let isList = node.kind == "BoolExpr" && node.string("boolop") == "AND_EXPR"
        let list = (levels[level].conditions.last { $0.clause == clause }?.list ?? -1) + 1
        for condition in isList ? node.list("args") : [node] {
            let before = levels[level].sublinks.count
            addConditions(condition, to: level, clause)
            let columns = columnsHere(condition, at: level) + levels[level].sublinks[before...].flatMap(\.outerColumns)
            let isKnown = columns.allSatisfy { $0.relation != nil }
            let relations = Set(columns.filter { $0.level == level }.compactMap(\.relation))
            levels[level].conditions.append(
                Condition(clause: clause, list: list, relations: isKnown ? relations : nil))
        }
    }

    mutating func addConditions(
        _ node: Node?, to level: Int, _ clause: Predicate.Clause, isNegated: Bool = false, isUnderOr: Bool = false
    ) {
        guard let node else { return }
        switch node.kind {
        case "BoolExpr": addBoolean(node, to: level, clause, isNegated, isUnderOr)
        case "SubLink": addSublink(node, to: level, .conditions, isNegated: isNegated)
        case "A_Expr":
            connect(node, at: level)
            addOptionalFilter(node, to: level, clause)
            addComparison(node, to: level, clause, isNegated, isUnderOr)
            addExpression(node, to: level, .conditions)
        case "NullTest":
            addNullTest(node, to: level, clause, isNegated, isUnderOr)
            addExpression(node, to: level, .conditions)
        case "ColumnRef":
            if let column = column(node, at: level) {
                levels[level].predicates.append(
                    Predicate(
                        column: column, operation: .equality, operand: .literal, isNegated: isNegated,
                        isUnderOr: isUnderOr, clause: clause))
            }
        default:
            connect(node, at: level)
            if node.kind == "CaseExpr" { addOptionalCase(node, to: level, clause) }
            addExpression(node, to: level, .conditions)
        }
    }

    private mutating func addBoolean(
        _ node: Node, to level: Int, _ clause: Predicate.Clause, _ isNegated: Bool, _ isUnderOr: Bool
    ) {
        let arms = node.list("args")
        switch node.string("boolop") {
        case "NOT_EXPR":
            for arm in arms {
                addConditions(arm, to: level, clause, isNegated: !isNegated, isUnderOr: isUnderOr)
            }
        case "OR_EXPR":
            addOr(arms, to: level, clause)
            connect(node, at: level)
            for arm in arms { addConditions(arm, to: level, clause, isNegated: isNegated, isUnderOr: true) }
        default:
            // NOT (a AND b) is NOT a OR NOT b.
            for arm in arms {
                addConditions(arm, to: level, clause, isNegated: isNegated, isUnderOr: isUnderOr || isNegated)
            }
        }
    }

    private mutating func addOr(_ arms: [Node], to level: Int, _ clause: Predicate.Clause) {
        var columns: [ColumnUse] = []
        var relations: [Set<Int>] = []
        for arm in arms {
            let found = columnsHere(arm, at: level)
            columns += found
            relations.append(Set(found.filter { $0.level == level }.compactMap(\.relation)))
        }
        levels[level].ors.append(
            OrCondition(
                columns: columns, arms: relations, hasParameterTest: arms.contains(where: Self.asksParameter),
                clause: clause))
    }

    /// A test of parameters alone, which is the same for every row; NOT NULL of one is no switch but a guard of the other arm.
    private static func asksParameter(_ node: Node) -> Bool {
        guard !node.all("ParamRef").isEmpty, node.all("ColumnRef").isEmpty, node.all("SubLink").isEmpty else {
            return false
        }
        return node.kind != "NullTest" || node.string("nulltesttype") == "IS_NULL"
    }

    /// `a = coalesce($1, a)`, which holds for every row where the parameter is NULL and the column is not.
    private mutating func addOptionalFilter(_ node: Node, to level: Int, _ clause: Predicate.Clause) {
        guard node.string("kind") == "AEXPR_OP", node.strings("name").last == "=", let left = node.node("lexpr"),
            let right = node.node("rexpr"),
            let column = optional(left, by: right, at: level) ?? optional(right, by: left, at: level)
        else { return }
        levels[level].ors.append(OrCondition(columns: [column], arms: [], hasParameterTest: true, clause: clause))
    }

    private func optional(_ reference: Node, by value: Node, at level: Int) -> ColumnUse? {
        let arguments = value.list("args")
        guard value.kind == "CoalesceExpr", arguments.count == 2, Self.parameter(arguments[0]) != nil,
            arguments[1].kind == "ColumnRef", reference.kind == "ColumnRef",
            let column = column(reference, at: level), let other = self.column(arguments[1], at: level),
            column.level == other.level, column.relation == other.relation, column.name == other.name
        else { return nil }
        return column
    }

    /// `CASE WHEN $1 = 0 THEN true ELSE a = $1 END`
    private mutating func addOptionalCase(_ node: Node, to level: Int, _ clause: Predicate.Clause) {
        let arms = node.list("args")
        let results = arms.compactMap { $0.node("result") } + [node.node("defresult")].compactMap(\.self)
        guard node["arg"] == nil || node.node("arg").map({ $0.all("ColumnRef").isEmpty }) ?? false,
            arms.allSatisfy({ $0.node("expr").map(Self.isSameForAllRows) ?? false }),
            !node.all("ParamRef").isEmpty, results.contains(where: { $0.node("boolval")?.flag("boolval") ?? false })
        else { return }
        let columns = results.flatMap { columnsHere($0, at: level) }
        levels[level].ors.append(OrCondition(columns: columns, arms: [], hasParameterTest: true, clause: clause))
    }

    private static func isSameForAllRows(_ node: Node) -> Bool {
        node.all("ColumnRef").isEmpty && node.all("SubLink").isEmpty
    }

    private mutating func addNullTest(
        _ node: Node, to level: Int, _ clause: Predicate.Clause, _ isNegated: Bool, _ isUnderOr: Bool
    ) {
        guard let tested = node.node("arg"), let side = side(tested, at: level) else { return }
        levels[level].predicates.append(
            Predicate(
                column: side.column, operation: node.string("nulltesttype") == "IS_NULL" ? .isNull : .isNotNull,
                operand: .none, wrapper: side.wrapper, isNegated: isNegated, isUnderOr: isUnderOr, clause: clause))
    }

    private mutating func addComparison(
        _ node: Node, to level: Int, _ clause: Predicate.Clause, _ isNegated: Bool, _ isUnderOr: Bool
    ) {
        guard let leftNode = node.node("lexpr"), let rightNode = node.node("rexpr") else { return }
        let (operation, flips) = Self.operation(node)
        let left = side(leftNode, at: level)
        let right = side(rightNode, at: level)
        switch (left, right) {
        case (let left?, let right?):
            guard left.column.relation != right.column.relation || left.column.level != right.column.level else {
                return
            }
            levels[level].joins.append(
                JoinPredicate(
                    left: left.column, right: right.column, leftWrapper: left.wrapper, rightWrapper: right.wrapper,
                    operation: operation, isNegated: isNegated != flips, isUnderOr: isUnderOr, clause: clause))
        case (let side?, nil):
            addPredicate(
                side, operation, rightNode, ParameterUse.all(in: node, isColumnLeft: true), to: level, clause,
                isNegated != flips, isUnderOr)
        case (nil, let side?):
            addPredicate(
                side, operation, leftNode, ParameterUse.all(in: node, isColumnLeft: false), to: level, clause,
                isNegated != flips, isUnderOr)
        case (nil, nil): break
        }
    }

    private mutating func addPredicate(
        _ side: (column: ColumnUse, wrapper: Wrapper?), _ operation: Predicate.Operation, _ operand: Node,
        _ parameters: [ParameterUse], to level: Int, _ clause: Predicate.Clause, _ isNegated: Bool, _ isUnderOr: Bool
    ) {
        // Compared with several columns at once: no predicate of one column.
        guard columnsHere(operand, at: level).isEmpty else { return }
        levels[level].predicates.append(
            Predicate(
                column: side.column, operation: operation, operand: Self.operand(operand), wrapper: side.wrapper,
                isNegated: isNegated, isUnderOr: isUnderOr, clause: clause, parameters: parameters))
    }

    // MARK: Operators and operands

    /// The class of an operator, and whether its name negates it (`NOT IN`, `NOT LIKE`).
    static func operation(_ node: Node) -> (Predicate.Operation, Bool) {
        let name = node.strings("name").last ?? ""
        switch node.string("kind") {
        case "AEXPR_IN": return (.inList, name == "<>")
        case "AEXPR_OP_ANY" where name == "=": return (.inList, false)
        case "AEXPR_LIKE": return (.like, name.hasPrefix("!"))
        case "AEXPR_ILIKE": return (.ilike, name.hasPrefix("!"))
        case "AEXPR_SIMILAR": return (.regex, name.hasPrefix("!"))
        case "AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM": return (.range, false)
        case "AEXPR_NOT_BETWEEN", "AEXPR_NOT_BETWEEN_SYM": return (.range, true)
        case "AEXPR_OP": break
        default: return (.other(name), false)
        }
        switch name {
        case "=": return (.equality, false)
        case "<>": return (.inequality, false)
        case "<", "<=", ">", ">=": return (.range, false)
        case "~~": return (.like, false)
        case "!~~": return (.like, true)
        case "~~*": return (.ilike, false)
        case "!~~*": return (.ilike, true)
        case "~", "~*": return (.regex, false)
        case "@>", "<@", "&&", "?", "?|", "?&", "@@", "@?": return (.containment, false)
        default: return (.other(name), false)
        }
    }

    private static func operand(_ node: Node) -> Predicate.Operand {
        if let number = parameter(node) { return .parameter(number) }
        switch node.kind {
        case "A_Const":
            let text = node.node("sval")?.string("sval")
            return text?.first == "%" || text?.first == "_" ? .unanchoredPattern : .literal
        // '%' || $1, concat('%', $1)
        case "A_Expr" where node.strings("name").last == "||":
            return node.node("lexpr").map(operand) == .unanchoredPattern ? .unanchoredPattern : .expression
        case "FuncCall" where node.builtInFunction == "concat":
            return node.list("args").first.map(operand) == .unanchoredPattern ? .unanchoredPattern : .expression
        case "TypeCast": return node.node("arg").map(operand) ?? .expression
        case "List": return .list(node.list("items").count)
        default: return .expression
        }
    }

    /// The number of a parameter, also under casts.
    static func parameter(_ node: Node) -> Int? {
        switch node.kind {
        case "ParamRef": node.integer("number")
        case "TypeCast": node.node("arg").flatMap(parameter)
        default: nil
        }
    }

    /// The column that a side of a comparison is about, and what is wrapped around it; nil where it is about none or
    /// several.
    private func side(_ node: Node, at level: Int) -> (column: ColumnUse, wrapper: Wrapper?)? {
        switch node.kind {
        case "ColumnRef": return column(node, at: level).map { ($0, nil) }
        case "CollateClause": return node.node("arg").flatMap { side($0, at: level) }
        case "TypeCast":
            guard let inner = node.node("arg").flatMap({ side($0, at: level) }) else { return nil }
            let type = node.node("typeName")?.strings("names").last ?? ""
            return (inner.column, inner.wrapper ?? .cast(type))
        case "FuncCall":
            return only(columnsHere(node, at: level)).map {
                ($0, .function(node.strings("funcname").last ?? ""))
            }
        case "CoalesceExpr": return only(columnsHere(node, at: level)).map { ($0, .function("coalesce")) }
        case "A_Expr":
            return only(columnsHere(node, at: level)).map { ($0, .operation(node.strings("name").last ?? "")) }
        default: return nil
        }
    }

    private func only(_ columns: [ColumnUse]) -> ColumnUse? {
        guard let first = columns.first, columns.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    /// Columns in an expression, those within subqueries left out.
    func columnsHere(_ node: Node, at level: Int) -> [ColumnUse] {
        var references: [Node] = []
        Self.addReferences(of: node, to: &references)
        return references.compactMap { column($0, at: level) }
    }

    private static func addReferences(of node: Node, to found: inout [Node]) {
        node.walk { inner in
            if inner.kind == "SubLink" {
                if let tested = inner.node("testexpr") { addReferences(of: tested, to: &found) }
                return false
            }
            if inner.kind == "ColumnRef" { found.append(inner) }
            return true
        }
    }

    /// Notes that a condition connects the relations that it names.
    private mutating func connect(_ node: Node, at level: Int) {
        var seen: [Int] = []
        for column in columnsHere(node, at: level) where column.level == level {
            // A column of which we do not know whose it is may connect anything.
            guard let relation = column.relation else {
                levels[level].connections += levels[level].relations.indices.dropFirst().map { (0, $0) }
                return
            }
            seen.append(relation)
        }
        if let first = seen.first {
            for other in seen.dropFirst() where other != first { levels[level].connections.append((first, other)) }
        }
    }

    // MARK: Subqueries

    /// Finds subqueries below an expression.
    mutating func addExpression(_ node: Node, to level: Int, _ place: SublinkUse.Place) {
        if node.kind == "SubLink" {
            addSublink(node, to: level, place, isNegated: false)
            return
        }
        for child in node.children { addExpression(child, to: level, place) }
    }

    private mutating func addSublink(_ node: Node, to level: Int, _ place: SublinkUse.Place, isNegated: Bool) {
        guard let query = node.node("subselect") else { return }
        let kind: SublinkUse.Kind =
            switch node.string("subLinkType") {
            case "EXISTS_SUBLINK": .exists
            case "ANY_SUBLINK": .any
            case "ALL_SUBLINK": .all
            case "ARRAY_SUBLINK": .array
            default: .scalar
            }
        let tested = node.node("testexpr")
        let index = levels[level].sublinks.count
        levels[level].sublinks.append(
            SublinkUse(
                kind: kind, isNegated: isNegated, place: place,
                tested: tested.flatMap { $0.kind == "ColumnRef" ? column($0, at: level) : nil }, level: levels.count,
                location: node.location, isNotEqualToAll: kind == .all && node.strings("operName").last == "<>"))
        let inner = addStatement(query, parent: level, role: .sublink(index))
        if let tested { addExpression(tested, to: level, place) }
        let outer = outerColumns(query, at: inner)
        levels[level].sublinks[index].outerColumns = outer
        // A correlated subquery connects the relations that it refers to.
        let relations = Set(outer.filter { $0.level == level }.compactMap(\.relation)).sorted()
        for other in relations.dropFirst() { levels[level].connections.append((relations[0], other)) }
    }

    private func outerColumns(_ query: Node, at inner: Int) -> [ColumnUse] {
        var found: [ColumnUse] = []
        for reference in query.all("ColumnRef") {
            guard let column = column(reference, at: inner), column.level < inner, !found.contains(column) else {
                continue
            }
            found.append(column)
        }
        return found
    }
}
