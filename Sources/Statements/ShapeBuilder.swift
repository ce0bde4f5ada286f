import Model

/// Walks a tree and gathers its levels.
struct ShapeBuilder {
    let names: CatalogNames
    let searchPath: [String]
    var levels: [QueryLevel] = []
    /// The CTEs in sight of each level: name → the CTE's own level; nil while that is being read (recursion).
    private var visibleCTEs: [[String: Int?]] = []
    /// Views that are being expanded: PostgreSQL allows no circle, a snapshot from elsewhere may hold one.
    private var openViews: Set<QualifiedName> = []

    init(names: CatalogNames, searchPath: [String]) {
        self.names = names
        self.searchPath = searchPath
    }

    @discardableResult
    mutating func addStatement(_ node: Node, parent: Int?, role: QueryLevel.Role) -> Int {
        let level = levels.count
        levels.append(QueryLevel(number: level, parent: parent, role: role, node: node))
        visibleCTEs.append(parent.map { visibleCTEs[$0] } ?? [:])
        addCTEs(node.node("withClause"), to: level)
        switch node.kind {
        case "SelectStmt": addSelect(node, to: level)
        case "InsertStmt": addInsert(node, to: level)
        case "UpdateStmt": addUpdate(node, to: level)
        case "DeleteStmt": addDelete(node, to: level)
        case "MergeStmt": addMerge(node, to: level)
        default: break
        }
        return level
    }

    private mutating func addCTEs(_ clause: Node?, to level: Int) {
        guard let clause else { return }
        let isRecursive = clause.flag("recursive")
        for cte in clause.list("ctes") {
            let name = cte.string("ctename") ?? ""
            levels[level].ctes.append(
                .init(
                    name: name, isMaterialized: cte.string("ctematerialized") == "CTEMaterializeAlways",
                    isRecursive: isRecursive, location: cte.location))
            let place = levels[level].ctes.count - 1
            if isRecursive { visibleCTEs[level][name] = .some(nil) }
            let inner = cte.node("ctequery").map { addStatement($0, parent: level, role: .cte(name)) }
            levels[level].ctes[place].level = inner
            visibleCTEs[level][name] = .some(inner)
        }
    }

    // MARK: Statements

    private mutating func addSelect(_ node: Node, to level: Int) {
        if let operation = node.string("op"), operation != "SETOP_NONE" {
            levels[level].setOperation = String(operation.dropFirst("SETOP_".count))
            levels[level].isUnionAll = node.flag("all")
            if let left = node.node("larg") { addStatement(left, parent: level, role: .setOperand) }
            if let right = node.node("rarg") { addStatement(right, parent: level, role: .setOperand) }
        }
        levels[level].valueRows = node.list("valuesLists").count
        if levels[level].valueRows > 0 { levels[level].kind = .values }
        for source in node.list("fromClause") { addSource(source, to: level) }
        addClause(node.node("whereClause"), to: level, .where)
        for target in node.list("targetList") { addTarget(target, to: level) }
        addConditions(node.node("havingClause"), to: level, .having)
        levels[level].isDistinct = node["distinctClause"] != nil
        levels[level].groupBy = node.list("groupClause").map { sortKey($0, at: level) }
        levels[level].orderBy = node.list("sortClause").map { sort in
            var key = sort.node("node").map { orderKey($0, of: node, at: level) } ?? SortKey()
            key.isDescending = sort.string("sortby_dir") == "SORTBY_DESC"
            switch sort.string("sortby_nulls") {
            case "SORTBY_NULLS_FIRST": key.nullsFirst = true
            case "SORTBY_NULLS_LAST": key.nullsFirst = false
            default: break
            }
            return key
        }
        for expression in (node.list("groupClause") + node.list("sortClause")) {
            addExpression(expression, to: level, .other)
        }
        levels[level].hasLimit = node.node("limitCount") != nil
        levels[level].hasOffset = node.node("limitOffset") != nil
        levels[level].aggregates = aggregates(node, at: level)
        levels[level].hasWindow = node["windowClause"] != nil || node.list("targetList").contains(where: Self.isWindow)
        addLocking(node.list("lockingClause"), to: level)
    }

    private static func isWindow(_ target: Node) -> Bool { target.all("FuncCall").contains { $0["over"] != nil } }

    private mutating func addLocking(_ clauses: [Node], to level: Int) {
        guard !clauses.isEmpty else { return }
        levels[level].locking = QueryLevel.Locking(
            isForUpdate: clauses.contains { ["LCS_FORUPDATE", "LCS_FORNOKEYUPDATE"].contains($0.string("strength")) },
            skipsLocked: clauses.contains { $0.string("waitPolicy") == "LockWaitSkip" },
            isNoWait: clauses.contains { $0.string("waitPolicy") == "LockWaitError" },
            named: clauses.contains { $0["lockedRels"] == nil }
                ? [] : clauses.flatMap { $0.list("lockedRels").compactMap { $0.string("relname") } })
    }

    private mutating func addTarget(_ target: Node, to level: Int) {
        guard let value = target.node("val") else { return }
        if value.kind == "ColumnRef" {
            let isStar = value.list("fields").last?.kind == "A_Star"
            let found = isStar ? nil : column(value, at: level)
            if isStar { addStar(value, to: level) }
            if let found { levels[level].outputs[target.string("name") ?? found.name] = found }
            levels[level].targets.append(found)
        } else {
            levels[level].targets.append(nil)
            if Self.isAggregate(value) { levels[level].hasAggregates = true }
            addExpression(value, to: level, .targets)
        }
    }

    private mutating func addStar(_ reference: Node, to level: Int) {
        levels[level].selectsStar = true
        let qualifier = reference.strings("fields")
        levels[level].starRelations +=
            qualifier.isEmpty
            ? Array(levels[level].relations.indices) : qualified(qualifier[...], at: level).map { [$0] } ?? []
    }

    static func isAggregate(_ node: Node) -> Bool {
        guard node.kind == "FuncCall", node["over"] == nil else { return false }
        return node.flag("agg_star")
            || [
                "count", "sum", "avg", "min", "max", "array_agg", "string_agg", "bool_or", "bool_and", "json_agg",
                "jsonb_agg",
            ].contains(node.strings("funcname").last)
    }

    private mutating func addInsert(_ node: Node, to level: Int) {
        levels[level].kind = .insert
        if let relation = node.node("relation") { addRelation(relation, to: level) }
        guard let source = node.node("selectStmt") else { return }
        let inner = addStatement(source, parent: level, role: .insertSource)
        levels[level].valueRows = levels[inner].valueRows
    }

    private mutating func addUpdate(_ node: Node, to level: Int) {
        levels[level].kind = .update
        if let relation = node.node("relation") { addRelation(relation, to: level) }
        for source in node.list("fromClause") { addSource(source, to: level) }
        addConditions(node.node("whereClause"), to: level, .where)
        for target in node.list("targetList") {
            if let name = target.string("name") { levels[level].setColumns.append(name) }
            if let value = target.node("val") { addExpression(value, to: level, .targets) }
        }
    }

    private mutating func addDelete(_ node: Node, to level: Int) {
        levels[level].kind = .delete
        if let relation = node.node("relation") { addRelation(relation, to: level) }
        for source in node.list("usingClause") { addSource(source, to: level) }
        addConditions(node.node("whereClause"), to: level, .where)
    }

    private mutating func addMerge(_ node: Node, to level: Int) {
        levels[level].kind = .merge
        if let relation = node.node("relation") { addRelation(relation, to: level) }
        if let source = node.node("sourceRelation") { addSource(source, to: level) }
        addConditions(node.node("joinCondition"), to: level, .joinOn)
    }

    // MARK: FROM

    private mutating func addSource(_ node: Node, to level: Int, isNullable: Bool = false) {
        let alias = node.node("alias")?.string("aliasname")
        switch node.kind {
        case "RangeVar": addRelation(node, to: level, isNullable: isNullable)
        case "JoinExpr":
            let type = node.string("jointype")
            let first = levels[level].relations.count
            if let left = node.node("larg") {
                addSource(left, to: level, isNullable: isNullable || type == "JOIN_RIGHT" || type == "JOIN_FULL")
            }
            let middle = levels[level].relations.count
            if let right = node.node("rarg") {
                addSource(right, to: level, isNullable: isNullable || type == "JOIN_LEFT" || type == "JOIN_FULL")
            }
            let (joins, predicates) = (levels[level].joins.count, levels[level].predicates.count)
            // USING and NATURAL join by name: the sides are connected whatever the columns are.
            if (node["usingClause"] != nil || node.flag("isNatural")) && first < middle
                && middle < levels[level].relations.count
            {
                levels[level].connections.append((first, middle))
                addUsing(node.list("usingClause").compactMap { $0.string("sval") }, first..<middle, middle, level)
            }
            addClause(node.node("quals"), to: level, .joinOn)
            let missing: Range<Int>? =
                switch type {
                case "JOIN_LEFT": middle..<levels[level].relations.count
                case "JOIN_RIGHT": first..<middle
                // Both sides are kept.
                case "JOIN_FULL": first..<first
                default: nil
                }
            if let missing { markOuter(missing, from: joins, predicates, level) }
        case "RangeSubselect":
            let index = levels[level].relations.count
            levels[level].relations.append(
                RelationUse(
                    source: .subquery, name: alias ?? "", alias: alias ?? "", isNullable: isNullable,
                    isLateral: node.flag("lateral")))
            if let query = node.node("subquery") {
                let inner = addStatement(query, parent: level, role: .from)
                levels[level].relations[index].inner = inner
                if levels[inner].kind == .values { levels[level].relations[index].source = .values }
            }
        default:
            levels[level].relations.append(
                RelationUse(source: .function, name: alias ?? "", alias: alias ?? "", isLateral: true))
            addExpression(node, to: level, .other)
        }
    }

    /// The conditions noted since then are those of an outer join.
    private mutating func markOuter(_ missing: Range<Int>, from joins: Int, _ predicates: Int, _ level: Int) {
        for index in joins..<levels[level].joins.count { levels[level].joins[index].outerJoin = missing }
        for index in predicates..<levels[level].predicates.count { levels[level].predicates[index].outerJoin = missing }
    }

    /// `JOIN … USING (a)`: `a` of the right side equals `a` of whichever relation on the left has it.
    private mutating func addUsing(_ columns: [String], _ left: Range<Int>, _ right: Int, _ level: Int) {
        for name in columns {
            let owner = left.first { index in
                levels[level].relations[index].target.map { names.column(name, of: $0) != nil } ?? false
            }
            guard let owner = owner ?? (left.count == 1 ? left.first : nil) else { continue }
            levels[level].joins.append(
                JoinPredicate(
                    left: ColumnUse(level: level, relation: owner, name: name, written: name),
                    right: ColumnUse(level: level, relation: right, name: name, written: name),
                    operation: .equality, isUnderOr: false, clause: .joinOn))
        }
    }

    private mutating func addRelation(_ node: Node, to level: Int, isNullable: Bool = false) {
        let name = node.string("relname") ?? ""
        let schema = node.string("schemaname")
        let cte = schema == nil ? visibleCTEs[level][name] : nil
        let isCTE = cte != nil
        let found = isCTE ? nil : names.relation(name, schema: schema, searchPath: searchPath)
        levels[level].relations.append(
            RelationUse(
                source: isCTE ? .cte : .relation, schema: schema, name: name,
                alias: node.node("alias")?.string("aliasname") ?? name, target: found?.name, kind: found?.kind,
                isNullable: isNullable, inner: cte ?? nil, location: node.location))
        if let found { addView(found, as: levels[level].relations.count - 1, of: level) }
    }

    /// What a view is made of, as levels of its own. Its definition names every relation with its schema.
    private mutating func addView(_ relation: Relation, as place: Int, of level: Int) {
        guard relation.kind == .view, !openViews.contains(relation.name), openViews.count < Self.deepestView,
            let text = relation.viewDefinition, let parsed = try? ParsedStatement(parsing: text)
        else { return }
        openViews.insert(relation.name)
        levels[level].relations[place].inner = addStatement(parsed.root, parent: nil, role: .view(relation.name))
        openViews.remove(relation.name)
    }

    /// Views on views beyond that are left as they are.
    private static let deepestView = 8

    // MARK: Columns

    /// Finds what a reference means, in its level and then outwards.
    func column(_ reference: Node, at level: Int) -> ColumnUse? {
        let parts = reference.strings("fields")
        guard let name = parts.last, reference.list("fields").last?.kind == "String" else { return nil }
        let written = parts.map(SQL.identifier).joined(separator: ".")
        var current: Int? = level
        while let here = current {
            let found =
                parts.count > 1
                ? qualified(parts.dropLast(), at: here) : unqualified(name, at: here)
            if let found { return ColumnUse(level: here, relation: found, name: name, written: written) }
            current = levels[here].parent
        }
        return ColumnUse(level: level, relation: nil, name: name, written: written)
    }

    private func qualified(_ qualifier: ArraySlice<String>, at level: Int) -> Int? {
        levels[level].relations.firstIndex { relation in
            guard relation.alias == qualifier.last else { return false }
            return qualifier.count == 1 || relation.target?.schema == qualifier.dropLast().last
        }
    }

    private func unqualified(_ name: String, at level: Int) -> Int? {
        let relations = levels[level].relations
        let owners = relations.indices.filter { index in
            if let inner = relations[index].inner, levels[inner].outputs[name] != nil { return true }
            return relations[index].target.map { names.column(name, of: $0) != nil } ?? false
        }
        if owners.count == 1 { return owners[0] }
        guard owners.isEmpty else { return nil }
        // Relations whose columns we have not read may own it.
        let unknown = relations.indices.filter { index in
            relations[index].target.map { !names.knowsColumns(of: $0) } ?? true
        }
        return unknown.count == 1 ? unknown[0] : nil
    }

    private func sortKey(_ node: Node, at level: Int) -> SortKey {
        switch node.kind {
        case "ColumnRef": SortKey(column: column(node, at: level))
        case "FuncCall": SortKey(function: node.strings("funcname").last)
        case "A_Const" where node.node("ival") != nil:
            SortKey(column: position(node.node("ival")!.integer("ival"), at: level))
        default: SortKey()
        }
    }

    /// `ORDER BY 2`
    private func position(_ number: Int, at level: Int) -> ColumnUse? {
        let targets = levels[level].targets
        return number >= 1 && number <= targets.count ? targets[number - 1] : nil
    }
}
