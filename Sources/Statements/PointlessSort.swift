/// An ORDER BY of a subquery whose order nothing that reads it keeps.
package struct PointlessSort: Sendable {
    /// What reads the rows, in whatever order they come.
    package enum Reader: Sendable { case aggregate, group, distinct, sort, membership, union }

    package var level: Int
    package var reader: Reader
    /// Sums and averages that are made of its rows: of floating-point numbers the last digits depend on the order.
    package var sums: [AggregateUse]
}

extension StatementShape {
    /// Those in the statement's own text.
    package var pointlessSorts: [PointlessSort] {
        levels.filter { isWritten($0.number) && $0.sortsOnly }.compactMap { level in
            reader(of: level.number).map { PointlessSort(level: level.number, reader: $0.reader, sums: $0.sums) }
        }
    }

    private typealias Reading = (reader: PointlessSort.Reader, sums: [AggregateUse])

    private func reader(of number: Int) -> Reading? {
        let level = levels[number]
        guard let parent = level.parent.map({ levels[$0] }) else { return nil }
        switch level.role {
        case .sublink(let place):
            return [.any, .all].contains(parent.sublinks[place].kind) ? (.membership, []) : nil
        case .from: return reading(by: parent)
        case .cte(let name):
            guard parent.ctes.contains(where: { $0.name == name && $0.level == number && !$0.isRecursive }) else {
                return nil
            }
            let readings = levels.filter { $0.relations.contains { $0.source == .cte && $0.inner == number } }
                .map { reading(by: $0) }
            let known = readings.compactMap(\.self)
            guard let first = known.first, known.count == readings.count else { return nil }
            return (first.reader, known.flatMap(\.sums))
        case .setOperand: return reading(bySetOperation: parent)
        case .top, .insertSource, .view: return nil
        }
    }

    private func reading(bySetOperation parent: QueryLevel) -> Reading? {
        guard !parent.hasLimit, !parent.hasOffset, parent.locking == nil else { return nil }
        if !parent.isUnionAll { return (.union, []) }
        return parent.orderBy.isEmpty ? reader(of: parent.number) : (.sort, [])
    }

    private func reading(by parent: QueryLevel) -> Reading? {
        guard parent.kind == .select, parent.setOperation == nil, !parent.isDistinctOn, parent.locking == nil,
            !parent.hasWindow, parent.callsAreKnown
        else { return nil }
        let isLimited = parent.hasLimit || parent.hasOffset
        if !parent.groupBy.isEmpty || !parent.aggregates.isEmpty {
            // Which of several groups LIMIT keeps may follow from the order in which they are met.
            guard parent.groupBy.isEmpty || !isLimited else { return nil }
            let sums = parent.aggregates.filter { ["sum", "avg"].contains($0.name) }
            return (parent.aggregates.isEmpty ? .group : .aggregate, sums)
        }
        guard !isLimited else { return nil }
        if parent.isDistinct { return (.distinct, []) }
        return parent.orderBy.isEmpty ? reader(of: parent.number) : (.sort, [])
    }

    /// The statement without that ORDER BY.
    package func removing(_ sort: PointlessSort, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let order = orderBy(of: sort.level, words) else { return nil }
        let end = words.clauseEnd(order, in: order..<words.queryEnd(order))
        let bytes = words.tokens[order - 1].end..<words.tokens[end - 1].end
        guard let rewritten = statement.applying([TextEdit(bytes, "")], to: words),
            let parsed = try? ParsedStatement(parsing: rewritten),
            // Just this one is gone.
            parsed.root.all("SortBy").count + levels[sort.level].orderBy.count == statement.root.all("SortBy").count
        else { return nil }
        return rewritten
    }

    /// The word ORDER of a query.
    private func orderBy(of level: Int, _ words: TokenText) -> Int? {
        let key = levels[level].node.list("sortClause").first?.node("node")
        guard let first = words.token(at: key?.firstByte), let order = words.last("order", before: first), order > 0,
            words.isWord("by", order + 1)
        else { return nil }
        return order
    }
}

extension QueryLevel {
    /// Its ORDER BY says in which order rows come, and not which ones, nor what is in them.
    fileprivate var sortsOnly: Bool {
        kind == .select && setOperation == nil && !orderBy.isEmpty && !hasLimit && !hasOffset && !isDistinctOn
            && locking == nil && !hasWindow && callsAreKnown
    }
}
