/// `count(*) OVER ()` beside LIMIT: every row is read, so that each row of a page can carry the number of all.
package struct PagedTotal: Sendable {
    /// Its place in the select list.
    var target: Int
}

extension StatementShape {
    /// That of the statement itself.
    package var pagedTotal: PagedTotal? {
        guard let top, top.kind == .select, top.setOperation == nil, top.hasLimit else { return nil }
        let place = top.node.list("targetList").firstIndex { $0.node("val").map(Self.isTotal) ?? false }
        return place.map { PagedTotal(target: $0) }
    }

    /// The total of a page stands one query further in: in the subquery that the page is cut from, or as `(SELECT count(*) FROM
    /// hits)` over the WITH query that it is. The level that is counted.
    package var innerPagedTotal: Int? {
        guard let top, top.kind == .select, top.setOperation == nil, top.hasLimit else { return nil }
        for use in top.relations {
            guard let inner = use.inner.map({ levels[$0] }), inner.setOperation == nil, !inner.hasLimit else {
                continue
            }
            let isCounted = inner.node.list("targetList").contains { $0.node("val").map(Self.isTotalOfRows) ?? false }
            if use.source == .subquery && isCounted { return inner.number }
            let isAsked = top.sublinks.contains { sublink in
                let counting = levels[sublink.level]
                return sublink.kind == .scalar && sublink.place == .targets && counting.isCountOfAll
                    && counting.relations.first?.inner == inner.number
            }
            if use.source == .cte && isAsked { return inner.number }
        }
        return nil
    }

    /// Of a column too: NULLs are few.
    private static func isTotalOfRows(_ value: Node) -> Bool {
        if isTotal(value) { return true }
        guard value.builtInFunction == "count", value["agg_filter"] == nil, !value.flag("agg_distinct"),
            let window = value.node("over")
        else { return false }
        return ["name", "refname", "partitionClause", "orderClause"].allSatisfy { window[$0] == nil }
    }

    private static func isTotal(_ value: Node) -> Bool {
        if value.kind == "TypeCast" { return value.node("arg").map(isTotal) ?? false }
        guard value.kind == "FuncCall", value.builtInFunction == "count", value["agg_filter"] == nil,
            value.flag("agg_star") || value.list("args").allSatisfy({ $0.kind == "A_Const" }),
            let window = value.node("over")
        else { return false }
        return ["name", "refname", "partitionClause", "orderClause"].allSatisfy { window[$0] == nil }
    }

    /// The statement without the total; nil where a text cannot be made.
    package func page(without total: PagedTotal, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let list = targets(words), list.starts.count > 1, let top,
            top.node.list("sortClause").allSatisfy({ $0.node("node")?.kind != "A_Const" }), sortsByOthers(total)
        else { return nil }
        let place = total.target
        let bytes =
            place + 1 < list.starts.count
            ? words.tokens[list.starts[place]].start..<words.tokens[list.starts[place + 1]].start
            : words.tokens[list.starts[place] - 1].start..<words.tokens[list.from - 1].end
        return statement.applying([TextEdit(bytes, "")], to: words)
    }

    /// The statement that counts what the pages are of, its parameters numbered anew; nil where a text cannot be made.
    package func count(of total: PagedTotal, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let list = targets(words), let top, !top.isDistinct, top.groupBy.isEmpty,
            top.aggregates.isEmpty, top.locking == nil, top.node["havingClause"] == nil
        else { return nil }
        let body = list.from..<words.count
        let end = words.clauseEnd(words.first("where", in: body) ?? list.from, in: body)
        let text =
            words.text(0..<list.starts[0] - 1) + (list.starts[0] > 1 ? " " : "") + "SELECT count(*) "
            + words.text(list.from..<end)
        guard let numbered = TokenText(text)?.renumbered, (try? ParsedStatement(parsing: numbered)) != nil else {
            return nil
        }
        return numbered + ";"
    }

    /// ORDER BY does not name the total.
    private func sortsByOthers(_ total: PagedTotal) -> Bool {
        guard let top else { return false }
        let name = top.node.list("targetList")[total.target].string("name") ?? "count"
        return top.node.list("sortClause").flatMap { $0.all("ColumnRef") }.allSatisfy { $0.strings("fields") != [name] }
    }

    /// The tokens at which the entries of the statement's select list begin, and its FROM.
    private func targets(_ words: TokenText) -> (starts: [Int], from: Int)? {
        let entries = top?.node.list("targetList") ?? []
        let starts = entries.compactMap { words.token(at: $0.location) }
        guard starts.count == entries.count, let first = starts.first, first > 0, words.depths[first] == 0,
            words.isWord("select", first - 1),
            starts.dropFirst().allSatisfy({ words.string($0 - 1) == "," }),
            let from = words.first("from", in: starts[starts.count - 1]..<words.count)
        else { return nil }
        return (starts, from)
    }
}

extension QueryLevel {
    /// `SELECT count(*) FROM a`
    fileprivate var isCountOfAll: Bool {
        relations.count == 1 && setOperation == nil && node["whereClause"] == nil && groupBy.isEmpty && !hasLimit
            && aggregates.count == 1 && aggregates[0].name == "count" && !aggregates[0].isDistinct
    }
}
