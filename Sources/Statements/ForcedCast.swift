import Model

/// `id = 5.0`, `id = $1::numeric`: the value's type, which the text shows, may force a cast on the column.
package struct ForcedCast: Sendable {
    package var column: ColumnUse
    /// As the grammar names it: `numeric`, `float8`.
    package var type: String
    package var level: Int
}

extension StatementShape {
    /// Bare columns compared with numbers of a type that is written, under no NOT and no OR, in the statement's own text.
    package var forcedCasts: [ForcedCast] {
        conjuncts.compactMap { conjunct in
            let (node, level) = (conjunct.node, conjunct.level)
            if let comparison = valueComparison(node, at: level), comparison.operation != "<>" {
                return Self.numberType(comparison.value).map {
                    ForcedCast(column: comparison.column, type: $0, level: level)
                }
            }
            guard ["AEXPR_IN", "AEXPR_OP_ANY", "AEXPR_BETWEEN"].contains(node.string("kind") ?? ""),
                node.string("kind") == "AEXPR_BETWEEN" || node.strings("name").last == "=",
                let column = column(node.node("lexpr"), at: level), let value = node.node("rexpr"),
                value.all("ColumnRef").isEmpty
            else { return nil }
            let values = value.kind == "List" ? value.list("items") : [value]
            return values.lazy.compactMap(Self.numberType).first.map {
                ForcedCast(column: column, type: $0, level: level)
            }
        }
    }

    /// The type of a literal with a fraction, or the one that a value, or an array of values, is cast to at last.
    private static func numberType(_ value: Node) -> String? {
        switch value.kind {
        case "A_Const": return value["fval"] != nil && isFraction(value) ? "numeric" : nil
        case "TypeCast":
            let type = value.node("typeName")?.strings("names").last ?? ""
            return ["numeric", "float8", "float4"].contains(type) ? type : nil
        case "A_ArrayExpr": return value.list("elements").lazy.compactMap(numberType).first
        default: return nil
        }
    }

    /// The grammar keeps integers beyond 32 bits as `fval` too; the server makes them bigint.
    private static func isFraction(_ value: Node) -> Bool {
        value.node("fval")?.string("fval")?.contains { !$0.isNumber } ?? false
    }
}
