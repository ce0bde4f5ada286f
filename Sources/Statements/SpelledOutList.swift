/// Alternatives that the text spells out one by one, and that PostgreSQL compares one by one.
package struct SpelledOutList: Sendable {
    package enum Form: Sendable, Equatable {
        /// `(a, b) IN ((1, 2), …)`
        case rows(isNegated: Bool)
        /// `a = 1 OR a = 2 OR …`
        case equalities
        /// `a = 1 AND b = 2 OR a = 3 AND b = 4 OR …`
        case equalitiesOfSeveral
    }

    package var form: Form
    package var columns: [ColumnUse]
    package var count: Int
    package var level: Int
    /// Byte of the text at which IN or NOT stands; nil for ORs.
    var location: Int?
}

extension StatementShape {
    /// Those in the statement's own text that stand under no NOT and no other OR, of so many alternatives at least.
    package func spelledOutLists(atLeast length: Int) -> [SpelledOutList] {
        conjuncts.compactMap { rows($0, length) ?? alternatives($0, length) }
    }

    private func rows(_ conjunct: Conjunct, _ length: Int) -> SpelledOutList? {
        let isNot = conjunct.node.kind == "BoolExpr" && conjunct.node.string("boolop") == "NOT_EXPR"
        let node = isNot ? conjunct.node.list("args").first ?? conjunct.node : conjunct.node
        guard node.string("kind") == "AEXPR_IN", let row = node.node("lexpr"), row.kind == "RowExpr",
            let list = node.node("rexpr")?.list("items"), list.count >= length,
            list.allSatisfy({ $0.kind == "RowExpr" && $0.all("ColumnRef").isEmpty && $0.all("SubLink").isEmpty })
        else { return nil }
        let columns = row.list("args").compactMap { column($0, at: conjunct.level) }
        guard columns.count == row.list("args").count, Self.areOfOneRelation(columns) else { return nil }
        return SpelledOutList(
            form: .rows(isNegated: isNot != (node.strings("name").last == "<>")), columns: columns, count: list.count,
            level: conjunct.level, location: node.location)
    }

    /// All arms of an OR compare the same columns with values.
    private func alternatives(_ conjunct: Conjunct, _ length: Int) -> SpelledOutList? {
        guard conjunct.node.kind == "BoolExpr", conjunct.node.string("boolop") == "OR_EXPR",
            conjunct.node.list("args").count >= length
        else { return nil }
        var columns: [ColumnUse] = []
        for arm in conjunct.node.list("args") {
            let equalities = Self.parts(arm).map { valueComparison($0, at: conjunct.level) }
            let found = equalities.compactMap { $0?.operation == "=" ? $0?.column : nil }
            guard found.count == equalities.count, columns.isEmpty || Set(found) == Set(columns) else { return nil }
            columns = found
        }
        guard Self.areOfOneRelation(columns) else { return nil }
        return SpelledOutList(
            form: columns.count == 1 ? .equalities : .equalitiesOfSeveral, columns: columns,
            count: conjunct.node.list("args").count, level: conjunct.level)
    }

    private static func areOfOneRelation(_ columns: [ColumnUse]) -> Bool {
        guard let first = columns.first, first.relation != nil else { return false }
        return columns.allSatisfy { $0.relation == first.relation && $0.level == first.level }
    }

    /// The statement with `IN (VALUES …)`, which can be hashed. The values of the first row are cast to `types` (as SQL):
    /// a parameter of VALUES would otherwise be a text.
    package func values(_ list: SpelledOutList, types: [String], in statement: ParsedStatement) -> String? {
        guard case .rows = list.form, types.count == list.columns.count, let words = statement.words,
            let place = words.token(at: list.location)
        else { return nil }
        let open = words.isWord("not", place) ? place + 2 : place + 1
        guard open + 1 < words.count, words.string(open) == "(", let row = words.rowElements(at: open + 1),
            row.count == types.count
        else { return nil }
        let begin = words.tokens[open + 1].start
        // What is no plain value is put in parentheses: a cast binds closest.
        let casts = zip(row, types).map { element, type in
            let text = words.text(element)
            let value = element.count == 1 ? text : "(\(text))"
            return TextEdit(words.bytes(of: element), "\(value)::\(type)")
        }
        return statement.applying([TextEdit(begin..<begin, "VALUES ")] + casts, to: words)
    }
}

extension TokenText {
    /// What commas part in the parentheses that open at a token (after ROW, perhaps: which VALUES does not take).
    fileprivate func rowElements(at open: Int) -> [Range<Int>]? {
        guard string(open) == "(", let close = closing(open) else { return nil }
        var elements: [Range<Int>] = []
        var start = open + 1
        for index in open + 1...close
        where index == close || string(index) == "," && depths[index] == depths[open] + 1 {
            elements.append(start..<index)
            start = index + 1
        }
        return elements.contains(where: \.isEmpty) ? nil : elements
    }
}
