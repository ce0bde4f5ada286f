import Model
import Statements

extension StatementReading {
    /// A condition without a parameter that holds for few rows, as far as the statistics tell.
    ///
    /// - Parameter isOuterOn: it stands in the ON of an outer join and restricts the side that may be missing.
    func partialPredicates(_ node: Node, at level: Int, isOuterOn: Bool) -> [(UsePlace, PartialPredicate)] {
        guard node.all("ParamRef").isEmpty else { return [] }
        switch node.kind {
        case "NullTest":
            guard let tested = node.node("arg") else { return [] }
            let isNull = node.string("nulltesttype") == "IS_NULL"
            return keys(of: tested, at: level).filter { isOuterOn || !isNullable($0.use) }.compactMap { use, key in
                let sql = key.sqlAsOperand + (isNull ? " IS NULL" : " IS NOT NULL")
                return predicate(sql, key, use, node, isNull ? .null : .notNull, pinsColumn: isNull)
            }
        case "ColumnRef":
            return keys(of: node, at: level).filter { $0.key.type == "boolean" }.compactMap { use, key in
                predicate(key.sql, key, use, node, .values(1), pinsColumn: true)
            }
        case "BooleanTest":
            guard let tested = node.node("arg"), let words = Self.booleanTests[node.string("booltesttype") ?? ""],
                case let isPinned = !words.contains("NOT")
            else { return [] }
            return keys(of: tested, at: level).filter { isPinned || isOuterOn || !isNullable($0.use) }
                .compactMap { use, key in
                    predicate("\(key.sqlAsOperand) \(words)", key, use, node, .values(1), pinsColumn: isPinned)
                }
        case "BoolExpr":
            guard node.string("boolop") == "NOT_EXPR", let tested = node.list("args").first, tested.kind == "ColumnRef"
            else { return [] }
            return keys(of: tested, at: level).filter { $0.key.type == "boolean" }.compactMap { use, key in
                predicate("NOT \(key.sql)", key, use, node, .values(1), pinsColumn: true)
            }
        case "A_Expr": return comparisons(node, at: level)
        default: return []
        }
    }

    private static let booleanTests = [
        "IS_TRUE": "IS TRUE", "IS_FALSE": "IS FALSE", "IS_NOT_TRUE": "IS NOT TRUE", "IS_NOT_FALSE": "IS NOT FALSE",
    ]

    private func comparisons(_ node: Node, at level: Int) -> [(UsePlace, PartialPredicate)] {
        guard let left = node.node("lexpr"), let right = node.node("rexpr"), let name = node.strings("name").last else {
            return []
        }
        let reader = KeyExpressionReader(column: { _ in nil }, areLiteralsKnown: shape.isWritten(level))
        let isList = node.string("kind") == "AEXPR_IN"
        guard isList || node.string("kind") == "AEXPR_OP", name == "=" || name == "<>" && !isList else { return [] }
        let values = (isList ? right.list("items") : [right]).compactMap { reader.literal($0)?.sql }
        guard !values.isEmpty, !isList || values.count == right.list("items").count else { return [] }
        let sql = isList ? "IN (\(values.joined(separator: ", ")))" : "\(name) \(values[0])"
        return keys(of: left, at: level).compactMap { use, key in
            // A literal with a time zone is another moment for another session.
            guard key.type != "timestamp with time zone", key.type != "", isComparable(key, with: right),
                isState(key, of: use)
            else { return nil }
            return predicate(
                "\(key.sqlAsOperand) \(sql)", key, use, node, name == "=" ? .values(values.count) : .allButOne,
                pinsColumn: name == "=" && !isList)
        }
    }

    /// A column of few values, as of a status: a value of it in the text is the statement's own. One of many, or a key's, stands for
    /// whatever is asked next time.
    private func isState(_ key: KeyExpression, of use: UsePlace) -> Bool {
        guard key.isColumn, let relation = readings[use]?.relation,
            let statistics = names.column(key.columns[0], of: relation.name)?.statistics
        else { return false }
        let isKey = names.catalog.constraints.contains {
            $0.relation == relation.name && $0.columns.contains(key.columns[0])
                && [.foreignKey, .primaryKey, .unique].contains($0.kind)
        }
        return !isKey && statistics.distinctValues(inRows: relation.rows) <= Self.mostStates
    }

    /// Values of a column that a partial index may name one of (our choice).
    private static let mostStates = 20.0

    private func predicate(
        _ sql: String, _ key: KeyExpression, _ use: UsePlace, _ node: Node, _ part: Part, pinsColumn: Bool
    ) -> (UsePlace, PartialPredicate)? {
        guard let relation = readings[use]?.relation else { return nil }
        let statistics = key.isColumn ? names.column(key.columns[0], of: relation.name)?.statistics : nil
        return (
            use,
            PartialPredicate(
                sql: sql, signature: node.signature, redactedSignature: node.redactedSignature, columns: key.columns,
                leastShare: statistics.flatMap { part.leastShare($0, inRows: relation.rows) },
                pinsColumn: pinsColumn && key.isColumn)
        )
    }

    func isNullable(_ use: UsePlace) -> Bool { shape.levels[use.level].relations[use.place].isNullable }
}

/// Which rows of a relation a condition on one of its columns keeps.
enum Part {
    case null, notNull
    /// Those with one of so many values.
    case values(Int)
    case allButOne

    /// The least share of the rows that it can be, 0…1: which of the values is asked for no snapshot tells.
    func leastShare(_ statistics: ColumnStatistics, inRows rows: Double) -> Double? {
        let known = statistics.mostCommonFrequencies
        switch self {
        case .null: return statistics.nullFraction
        case .notNull: return 1 - statistics.nullFraction
        case .allButOne: return known.first.map { max(0, 1 - $0 - statistics.nullFraction) }
        case .values(let count):
            let distinct = statistics.distinctValues(inRows: rows)
            guard distinct >= 1 else { return nil }
            if distinct <= Double(known.count) { return known.suffix(count).reduce(0, +) }
            let rest = max(0, 1 - statistics.nullFraction - known.reduce(0, +))
            return rest / max(1, distinct - Double(known.count)) * Double(count)
        }
    }
}

extension KeyExpression {
    /// Before an operator.
    fileprivate var sqlAsOperand: String { isColumn ? sql : "(\(sql))" }
}
