import Model

/// A join whose result names one side only, once for each of its rows: what EXISTS asks.
package struct SemiJoin: Sendable {
    package var level: Int
    /// Relations (by index) whose columns are returned.
    package var kept: Set<Int>
    /// Relations that are in no output: only whether they have a match matters.
    package var tested: Set<Int>
    /// What makes the rows of the result differ: the outputs, or the columns of GROUP BY.
    package var keys: [ColumnUse]
    /// Every column of these relations is among the keys.
    package var wholeRelations: Set<Int>
}

extension StatementShape {
    /// The statement's SELECT DISTINCT, or GROUP BY without aggregates, where its outputs are plain columns of some of
    /// its relations, all joined by inner joins.
    package var semiJoin: SemiJoin? {
        guard let top, top.kind == .select, top.setOperation == nil, top.removesDuplicates, top.locking == nil,
            top.relations.count > 1, top.isPlainlyJoined, top.targetsArePlain,
            top.node.all("FuncCall").allSatisfy({ !Self.volatileFunctions.contains($0.strings("funcname").last ?? "") })
        else { return nil }
        let outputs = top.targets.compactMap(\.self)
        let sorted = top.orderBy.compactMap(\.column)
        let grouped = top.groupBy.compactMap(\.column)
        let named = outputs + sorted + grouped
        guard named.allSatisfy({ $0.level == top.number && $0.relation != nil }),
            sorted.count == top.orderBy.count, grouped.count == top.groupBy.count
        else { return nil }
        let kept = Set(named.compactMap(\.relation)).union(top.starRelations)
        let tested = Set(top.relations.indices).subtracting(kept)
        guard !kept.isEmpty, !tested.isEmpty else { return nil }
        return SemiJoin(
            level: top.number, kept: kept, tested: tested, keys: grouped.isEmpty ? outputs : grouped,
            wholeRelations: grouped.isEmpty ? Set(top.starRelations) : [])
    }

    /// Those of pg_catalog that are in use: a query asks them once for each row of the join.
    static let volatileFunctions: Set<String> = [
        "random", "nextval", "setval", "clock_timestamp", "timeofday", "gen_random_uuid", "uuid_generate_v4",
        "pg_sleep", "pg_advisory_lock", "pg_try_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_xact_lock",
    ]

    /// The statement with EXISTS in place of the join and of DISTINCT or GROUP BY.
    package func existence(_ join: SemiJoin, in statement: ParsedStatement) -> String? {
        guard let top, let words = statement.words, let select = words.first("select"),
            let from = words.first("from", after: select), let conditions = conditionTexts(words, from)
        else { return nil }
        let body = from..<words.count
        let targets = select + (top.isDistinct ? 2 : 1)
        let sources = top.node.list("fromClause").flatMap(\.relationTexts)
        guard sources.count == top.relations.count else { return nil }
        func list(_ places: Set<Int>) -> String { places.sorted().map { sources[$0] }.joined(separator: ", ") }
        let inner = conditions.filter { !$0.relations.isDisjoint(with: join.tested) }.map(\.text)
        let outer = conditions.filter { $0.relations.isDisjoint(with: join.tested) }.map(\.text)
        guard !inner.isEmpty else { return nil }
        let exists = "EXISTS (SELECT 1 FROM \(list(join.tested)) WHERE \(inner.joined(separator: " AND ")))"
        var end =
            words.first("where", in: body).map { words.clauseEnd($0, in: body) } ?? words.clauseEnd(from, in: body)
        if let group = words.first("group", in: body) { end = words.clauseEnd(group, in: body) }
        let whole =
            "SELECT \(words.text(targets..<from)) FROM \(list(join.kept)) WHERE "
            + (outer + [exists]).joined(separator: " AND ")
            + (end < words.count ? " " + words.text(end..<words.count) : "")
        return statement.applying([TextEdit(words.bytes(of: select..<words.count), whole)], to: words)
    }

    /// The conditions of WHERE and of every ON with the relations that they name; nil where the text and the tree do not
    /// agree on them.
    private func conditionTexts(_ words: TokenText, _ from: Int) -> [(text: String, relations: Set<Int>)]? {
        guard let top else { return nil }
        let body = from..<words.count
        let condition = words.first("where", in: body)
        let end = condition ?? words.clauseEnd(from, in: body)
        var clauses = (from..<end).filter { words.depths[$0] == words.depths[from] && words.isWord("on", $0) }.map {
            (words: $0 + 1..<words.sourceEnd($0, before: end), clause: Predicate.Clause.joinOn)
        }
        let lists = Set(top.conditions.filter { $0.clause == .joinOn }.map(\.list)).count
        guard clauses.count == lists else { return nil }
        if let condition { clauses.append((condition + 1..<words.clauseEnd(condition, in: body), .where)) }
        var found: [(text: String, relations: Set<Int>)] = []
        for (number, clause) in clauses.enumerated() {
            let list = clause.clause == .where ? 0 : number
            let conditions = top.conditions.filter { $0.clause == clause.clause && $0.list == list }
            guard let parts = words.conjuncts(clause.words, count: conditions.count) else { return nil }
            for (part, condition) in zip(parts, conditions) {
                guard let relations = condition.relations else { return nil }
                let hasOr = part.contains {
                    words.depths[$0] == words.depths[part.lowerBound] && words.isWord("or", $0)
                }
                found.append((hasOr ? "(\(words.text(part)))" : words.text(part), relations))
            }
        }
        return found
    }
}

extension QueryLevel {
    /// SELECT DISTINCT (not ON), or GROUP BY with neither aggregates nor HAVING.
    fileprivate var removesDuplicates: Bool {
        guard !hasAggregates, !hasWindow, node["havingClause"] == nil else { return false }
        if !isDistinct { return !groupBy.isEmpty }
        // DISTINCT ON lists its expressions.
        return groupBy.isEmpty && node.list("distinctClause").allSatisfy { $0.kind.isEmpty }
    }

    /// Plain names joined by commas, CROSS JOIN and JOIN … ON, from left to right.
    fileprivate var isPlainlyJoined: Bool { node.list("fromClause").allSatisfy(Self.isPlain) }

    private static func isPlain(_ source: Node) -> Bool {
        switch source.kind {
        case "RangeVar":
            return source.flag("inh") && source["catalogname"] == nil && source.node("alias")?["colnames"] == nil
        case "JoinExpr":
            guard source.string("jointype") == "JOIN_INNER", source["usingClause"] == nil, !source.flag("isNatural"),
                source["alias"] == nil, source["join_using_alias"] == nil, let left = source.node("larg"),
                let right = source.node("rarg")
            else { return false }
            return right.kind == "RangeVar" && isPlain(right) && isPlain(left)
        default: return false
        }
    }

    /// Columns and stars, with no others.
    fileprivate var targetsArePlain: Bool {
        node.list("targetList").allSatisfy { $0.node("val")?.kind == "ColumnRef" }
            && targets.count(where: { $0 == nil }) == node.list("targetList").count(where: Self.isStar)
    }

    private static func isStar(_ target: Node) -> Bool {
        target.node("val")?.list("fields").last?.kind == "A_Star"
    }
}

extension Node {
    /// The relations of FROM as SQL, in order.
    fileprivate var relationTexts: [String] {
        guard kind == "RangeVar" else {
            return (node("larg")?.relationTexts ?? []) + (node("rarg")?.relationTexts ?? [])
        }
        let name = [string("schemaname"), string("relname")].compactMap(\.self).map(SQL.identifier)
        let alias = node("alias")?.string("aliasname").map { " " + SQL.identifier($0) } ?? ""
        return [name.joined(separator: ".") + alias]
    }
}

extension TokenText {
    /// Where the condition of an ON ends.
    fileprivate func sourceEnd(_ start: Int, before end: Int) -> Int {
        let words = ["join", "inner", "cross", "left", "right", "full", "natural"]
        return (start + 1..<end).first { index in
            guard depths[index] == depths[start] else { return false }
            // left(…) and right(…) are functions.
            let isCall = index + 1 < count && string(index + 1) == "("
            return string(index) == "," || words.contains { isWord($0, index) } && !isCall
        } ?? end
    }
}
