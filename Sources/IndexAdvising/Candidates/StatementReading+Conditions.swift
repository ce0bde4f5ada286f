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

    /// An OR whose every arm asks something of a relation is read by a BitmapOr of several indexes; what is in every
    /// arm
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
}
