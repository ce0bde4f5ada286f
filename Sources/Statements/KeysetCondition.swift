/// `(a > $1 OR (a = $1 AND b > $2))`: the rows that come after a given one in the order of several columns.
package struct KeysetCondition: Sendable {
    package var columns: [ColumnUse]
    /// Of each column: `>`, `<`, and of the last also `>=`, `<=`.
    package var operations: [String]
    package var level: Int
    /// The same parameter or literal stands wherever a column is compared; false: other parameters, as
    /// pg_stat_statements numbers constants, which are most likely one value.
    package var isSameValue: Bool
    var first: Leaf
    var last: Leaf
    /// The values of the row, one for each column.
    var values: [Leaf]

    struct Leaf: Sendable {
        var location: Int
        /// The column stands on the left.
        var isOrdinary: Bool
    }

    /// One comparison of rows says the same.
    package var hasOneDirection: Bool { Set(operations.map { $0.first }).count == 1 }
}

extension StatementShape {
    /// Those in the statement's own text that stand under no NOT and no other OR.
    package var keysetConditions: [KeysetCondition] {
        conjuncts.compactMap { conjunct in
            guard conjunct.clause == .where, let steps = keysetSteps(conjunct.node, at: conjunct.level),
                steps.count > 1
            else { return nil }
            return keyset(steps, conjunct.level)
        }
    }

    /// What is compared strictly at each step, with the equalities before it.
    private struct Step {
        var equalities: [ValueComparison]
        var comparison: ValueComparison
    }

    /// Of `a > x OR (a = x AND b > y)`, flat or nested, one step for each column; nil for another condition.
    private func keysetSteps(_ node: Node, at level: Int, after equalities: [ValueComparison] = []) -> [Step]? {
        if node.kind == "BoolExpr", node.string("boolop") == "OR_EXPR" {
            var steps: [Step] = []
            for arm in node.list("args") {
                guard let found = keysetSteps(arm, at: level, after: equalities) else { return nil }
                steps += found
            }
            return steps
        }
        var equalities = equalities
        let parts = Self.parts(node)
        for part in parts.dropLast() {
            guard let equality = valueComparison(part, at: level), equality.operation == "=" else { return nil }
            equalities.append(equality)
        }
        guard let last = parts.last else { return nil }
        if last.kind == "BoolExpr" { return parts.count > 1 ? keysetSteps(last, at: level, after: equalities) : nil }
        guard let comparison = valueComparison(last, at: level), ["<", "<=", ">", ">="].contains(comparison.operation)
        else { return nil }
        return [Step(equalities: equalities, comparison: comparison)]
    }

    private func keyset(_ steps: [Step], _ level: Int) -> KeysetCondition? {
        let columns = steps.map(\.comparison.column)
        guard Set(columns.map(\.name)).count == columns.count, columns.allSatisfy({ $0.relation != nil }),
            columns.allSatisfy({ $0.level == level && $0.relation == columns[0].relation })
        else { return nil }
        var isSameValue = true
        for (place, step) in steps.enumerated() {
            // Step n: equal in the columns before, and strictly beyond in its own, but for the last.
            guard step.equalities.count == place, place == steps.count - 1 || step.comparison.operation.count == 1
            else {
                return nil
            }
            for (equality, earlier) in zip(step.equalities, steps) {
                guard equality.column.name == earlier.comparison.column.name,
                    equality.column.relation == earlier.comparison.column.relation,
                    let same = Self.isSame(equality.value, earlier.comparison.value)
                else { return nil }
                isSameValue = isSameValue && same
            }
        }
        let leaves = steps.compactMap { Self.leaf($0.comparison.value, $0.comparison) }
        guard leaves.count == steps.count, let first = Self.start(steps[0].comparison),
            let end = Self.end(steps[steps.count - 1].comparison)
        else { return nil }
        return KeysetCondition(
            columns: columns, operations: steps.map(\.comparison.operation), level: level, isSameValue: isSameValue,
            first: first, last: end, values: leaves)
    }

    /// nil: certainly, or most likely, another value.
    private static func isSame(_ one: Node, _ other: Node) -> Bool? {
        if let left = ShapeBuilder.parameter(one), let right = ShapeBuilder.parameter(other) { return left == right }
        let (left, right) = (QueryLevel.constant(one), QueryLevel.constant(other))
        guard let left, let right, left == right else { return nil }
        return true
    }

    private static func leaf(_ node: Node, _ comparison: ValueComparison) -> KeysetCondition.Leaf? {
        node.beginning.map { .init(location: $0, isOrdinary: isOrdinary(comparison)) }
    }

    private static func isOrdinary(_ comparison: ValueComparison) -> Bool {
        guard let column = comparison.reference.location, let place = comparison.location else { return true }
        return column < place
    }

    private static func start(_ comparison: ValueComparison) -> KeysetCondition.Leaf? {
        isOrdinary(comparison)
            ? comparison.reference.location.map { .init(location: $0, isOrdinary: true) }
            : leaf(comparison.value, comparison)
    }

    private static func end(_ comparison: ValueComparison) -> KeysetCondition.Leaf? {
        isOrdinary(comparison)
            ? leaf(comparison.value, comparison)
            : comparison.reference.location.map { .init(location: $0, isOrdinary: false) }
    }

    /// The statement with `(a, b) > ($1, $2)`; where the columns do not go in one direction, with the bound of the first
    /// column in front, `a >= $1 AND (…)`.
    package func rowComparison(_ keyset: KeysetCondition, in statement: ParsedStatement) -> String? {
        guard let words = statement.words, let start = words.token(at: keyset.first.location),
            let last = words.token(at: keyset.last.location).flatMap(words.simpleOperand),
            let whole = words.whole(from: start, through: last)
        else { return nil }
        let values = keyset.values.compactMap { words.token(at: $0.location).flatMap(words.simpleOperand) }.map(
            words.text)
        guard values.count == keyset.columns.count else { return nil }
        let written = keyset.columns.map(\.written)
        let sign = keyset.operations[keyset.operations.count - 1]
        let condition =
            keyset.hasOneDirection
            ? "(\(written.joined(separator: ", "))) \(sign) (\(values.joined(separator: ", ")))"
            : "\(written[0]) \(keyset.operations[0])= \(values[0]) AND (\(words.text(whole)))"
        let text = statement.applying([TextEdit(words.bytes(of: whole), condition)], to: words)
        // Of parameters that were one value, those that are left are numbered anew.
        guard let text, !keyset.isSameValue, keyset.hasOneDirection else { return text }
        return TokenText(text).map { $0.renumbered + ";" }
    }
}
