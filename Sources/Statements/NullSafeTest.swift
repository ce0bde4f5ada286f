/// `a IS NOT DISTINCT FROM $1`, as a condition that AND joins with the others.
package struct NullSafeTest: Sendable {
    package enum Other: Sendable, Equatable {
        /// A literal that is not NULL.
        case literal
        case parameter(Int)
        case column(ColumnUse)
        case expression
    }

    /// Of two columns, the left one.
    package var column: ColumnUse
    package var other: Other
    package var level: Int
    var left: Int?
    var right: Int?
    /// Byte of the text at which IS stands.
    var location: Int
}

extension StatementShape {
    /// Those in the statement's own text that stand under no NOT and no OR; the planner makes IS NULL of a comparison with
    /// the word NULL.
    package var nullSafeTests: [NullSafeTest] {
        conjuncts.compactMap { conjunct in
            let (node, level) = (conjunct.node, conjunct.level)
            guard node.kind == "A_Expr", node.string("kind") == "AEXPR_NOT_DISTINCT", let location = node.location,
                let left = node.node("lexpr"), let right = node.node("rexpr")
            else { return nil }
            func comparison(_ column: ColumnUse, _ other: Node) -> NullSafeTest? {
                guard let meaning = self.other(other, at: level) else { return nil }
                return NullSafeTest(
                    column: column, other: meaning, level: level, left: left.beginning, right: right.beginning,
                    location: location)
            }
            if let column = column(left, at: level) { return comparison(column, right) }
            return column(right, at: level).flatMap { comparison($0, left) }
        }
    }

    /// nil for NULL, and for an expression over columns.
    private func other(_ node: Node, at level: Int) -> NullSafeTest.Other? {
        if let column = column(node, at: level) { return .column(column) }
        if let number = ShapeBuilder.parameter(node) { return .parameter(number) }
        switch node.kind {
        case "A_Const": return node.flag("isnull") ? nil : .literal
        case "TypeCast" where node.node("arg")?.kind == "A_Const":
            return node.node("arg").flatMap { other($0, at: level) }
        default: return node.all("ColumnRef").isEmpty ? .expression : nil
        }
    }

    /// The statement with `=` in place of IS NOT DISTINCT FROM.
    package func equality(_ comparison: NullSafeTest, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let place = words.nullSafeOperator(at: comparison.location) else {
            return nil
        }
        return statement.applying([TextEdit(words.bytes(of: place), "=")], to: words)
    }

    /// The statement with `(a = $1 OR (a IS NULL AND $1 IS NULL))`, which finds NULL too.
    package func equalityOrNull(_ comparison: NullSafeTest, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let place = words.nullSafeOperator(at: comparison.location),
            let left = words.token(at: comparison.left).flatMap(words.simpleOperand),
            let right = words.token(at: comparison.right).flatMap(words.simpleOperand),
            left.upperBound == place.lowerBound, right.lowerBound == place.upperBound
        else { return nil }
        let (one, other) = (words.text(left), words.text(right))
        let condition = "(\(one) = \(other) OR (\(one) IS NULL AND \(other) IS NULL))"
        return statement.applying(
            [TextEdit(words.bytes(of: left.lowerBound..<right.upperBound), condition)], to: words)
    }
}

extension TokenText {
    /// The four words.
    fileprivate func nullSafeOperator(at location: Int) -> Range<Int>? {
        guard let start = token(at: location),
            zip(["is", "not", "distinct", "from"], start...).allSatisfy({ isWord($0, $1) })
        else { return nil }
        return start..<start + 4
    }
}
