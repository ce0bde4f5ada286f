/// What a parameter stands for in a condition on a column.
package struct ParameterUse: Sendable, Equatable {
    package enum Form: Sendable, Equatable {
        case equality
        /// One of the list of `IN ($1, $2)`.
        case element(Int)
        /// The array of `= ANY ($1)`.
        case array
        /// The least that a range takes, or the greatest.
        case lowerBound, upperBound
    }

    package var number: Int
    package var form: Form

    /// - Parameter isColumnLeft: the column stands before the operator.
    static func all(in comparison: Node, isColumnLeft: Bool) -> [ParameterUse] {
        guard let operand = comparison.node(isColumnLeft ? "rexpr" : "lexpr") else { return [] }
        let name = comparison.strings("name").last
        switch comparison.string("kind") {
        case "AEXPR_IN" where name == "=":
            return operand.list("items").enumerated().compactMap { place, item in use(item, .element(place)) }
        case "AEXPR_OP_ANY" where name == "=": return [use(operand, .array)].compactMap(\.self)
        case "AEXPR_BETWEEN":
            return zip(operand.list("items"), [Form.lowerBound, .upperBound]).compactMap { use($0, $1) }
        case "AEXPR_OP": break
        default: return []
        }
        switch name {
        case "=": return [use(operand, .equality)].compactMap(\.self)
        case ">", ">=": return [use(operand, isColumnLeft ? .lowerBound : .upperBound)].compactMap(\.self)
        case "<", "<=": return [use(operand, isColumnLeft ? .upperBound : .lowerBound)].compactMap(\.self)
        default: return []
        }
    }

    private static func use(_ node: Node, _ form: Form) -> ParameterUse? {
        ShapeBuilder.parameter(node).map { ParameterUse(number: $0, form: form) }
    }
}
