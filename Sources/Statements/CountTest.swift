/// `(SELECT count(*) …) > 0`: a count of which only is asked whether it is 0.
package struct CountTest: Sendable {
    package enum Meaning: Sendable, Equatable {
        case exists, isEmpty
        /// `> $n`: whether there is any, where the parameter is 0.
        case existsWhereZero(parameter: Int)
    }

    package var meaning: Meaning
    /// The level that counts: a subquery, or the statement itself (`SELECT count(*) > 0 FROM …`).
    package var level: Int
    /// Byte at which the subquery's parenthesis, or `count`, stands.
    var location: Int
    /// Byte at which the comparison's operator stands.
    var operatorLocation: Int
    /// `count(a)`: the same as a count of rows where the column is never NULL.
    package var column: ColumnUse?
}

extension StatementShape {
    /// Those in the statement's own text; a subquery's count may stand on either side of the comparison.
    package var countTests: [CountTest] {
        levels.filter { isWritten($0.number) }.flatMap { level in
            level.sublinks.compactMap { countTest($0, in: level) } + [countTest(of: level)].compactMap(\.self)
        }
    }

    private func countTest(_ sublink: SublinkUse, in level: QueryLevel) -> CountTest? {
        let inner = levels[sublink.level]
        guard sublink.kind == .scalar, let location = sublink.location, inner.isPlainCount else { return nil }
        func isIt(_ side: Node?) -> Bool { side?.kind == "SubLink" && side?.location == location }
        let comparison = level.node.all("A_Expr").first { isIt($0.node("lexpr")) || isIt($0.node("rexpr")) }
        guard let comparison, let place = comparison.location, let meaning = Self.meaning(comparison) else {
            return nil
        }
        let argument = inner.node.list("targetList")[0].node("val")?.list("args").first
        let counted = argument?.kind == "ColumnRef" ? argument : nil
        let column = column(counted, at: inner.number)
        guard (counted == nil) == (column == nil), column?.level ?? inner.number == inner.number else { return nil }
        return CountTest(
            meaning: meaning, level: sublink.level, location: location, operatorLocation: place, column: column)
    }

    private func countTest(of level: QueryLevel) -> CountTest? {
        guard level.role == .top, level.isCountTest, let value = level.node.list("targetList").first?.node("val"),
            let location = value.node("lexpr")?.location, let place = value.location,
            let meaning = Self.meaning(value)
        else { return nil }
        return CountTest(meaning: meaning, level: level.number, location: location, operatorLocation: place)
    }

    private static func meaning(_ comparison: Node) -> CountTest.Meaning? {
        guard comparison.string("kind") == "AEXPR_OP", let left = comparison.node("lexpr"),
            var right = comparison.node("rexpr"), var operation = comparison.strings("name").last
        else { return nil }
        if right.kind == "SubLink" {
            let commuted = ["=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="]
            guard let other = commuted[operation], left.kind == "A_Const" || left.kind == "ParamRef" else { return nil }
            (right, operation) = (left, other)
        }
        if operation == ">", let number = ShapeBuilder.parameter(right) { return .existsWhereZero(parameter: number) }
        guard right.kind == "A_Const", let value = right.node("ival")?.integer("ival") else { return nil }
        switch (operation, value) {
        case (">", 0), ("<>", 0), (">=", 1): return .exists
        case ("=", 0), ("<", 1), ("<=", 0): return .isEmpty
        default: return nil
        }
    }

    /// The statement with `[NOT] EXISTS (SELECT 1 …)` in place of the count and its comparison.
    package func existence(_ test: CountTest, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let start = words.token(at: test.location),
            let sign = words.token(at: test.operatorLocation), sign + 1 < words.count
        else { return nil }
        let word = test.meaning == .isEmpty ? "NOT EXISTS" : "EXISTS"
        let isSubquery = words.string(start) == "("
        return isSubquery
            ? existence(word, subquery: start, sign, words, statement)
            : existence(word, target: start, sign, words, statement)
    }

    private func existence(
        _ word: String, subquery open: Int, _ sign: Int, _ words: TokenText, _ statement: ParsedStatement
    ) -> String? {
        guard let close = words.closing(open), words.isWord("select", open + 1),
            let from = words.first("from", in: open + 1..<close), close + 1 == sign || sign + 1 == open && sign > 0
        else { return nil }
        let query = "\(word) (SELECT 1 \(words.text(from..<close)))"
        let whole = close + 1 == sign ? open..<sign + 2 : sign - 1..<close + 1
        return statement.applying([TextEdit(words.bytes(of: whole), query)], to: words)
    }

    private func existence(
        _ word: String, target start: Int, _ sign: Int, _ words: TokenText, _ statement: ParsedStatement
    ) -> String? {
        guard start > 0, words.isWord("select", start - 1), words.depths[start] == 0,
            let from = words.first("from", after: sign)
        else { return nil }
        // An alias may stand between the comparison and FROM.
        let alias = words.text(sign + 2..<from)
        let whole = "\(word) (SELECT 1 \(words.text(from..<words.count)))" + (alias.isEmpty ? "" : " " + alias)
        return statement.applying([TextEdit(words.bytes(of: start..<words.count), whole)], to: words)
    }
}

extension QueryLevel {
    /// `SELECT count(*) FROM …` with nothing that changes how many rows are counted.
    fileprivate var isPlainCount: Bool {
        isPlainAggregate && node.list("targetList").count == 1
            && Self.isCount(node.list("targetList")[0].node("val"))
    }

    /// `SELECT count(*) > … FROM …`
    fileprivate var isCountTest: Bool {
        guard isPlainAggregate, orderBy.isEmpty, locking == nil, node.list("targetList").count == 1,
            let value = node.list("targetList")[0].node("val"), value.kind == "A_Expr"
        else { return false }
        return Self.isCountOfRows(value.node("lexpr"))
    }

    private var isPlainAggregate: Bool {
        kind == .select && setOperation == nil && !isDistinct && groupBy.isEmpty && !hasLimit && !hasOffset
            && ctes.isEmpty && !hasWindow && node["havingClause"] == nil && !relations.isEmpty
    }

    /// `count(*)`; `count(a)` leaves out NULLs.
    private static func isCountOfRows(_ node: Node?) -> Bool { isCount(node) && node?.flag("agg_star") ?? false }

    /// `count(*)`, `count(1)`, or `count(a)`.
    private static func isCount(_ node: Node?) -> Bool {
        guard let node, node.kind == "FuncCall", node.strings("funcname").last == "count", node["over"] == nil,
            node["agg_filter"] == nil, !node.flag("agg_distinct")
        else { return false }
        guard !node.flag("agg_star"), let argument = node.list("args").first, node.list("args").count == 1 else {
            return node.flag("agg_star")
        }
        return argument.kind == "ColumnRef" || argument.kind == "A_Const" && !argument.flag("isnull")
    }
}
