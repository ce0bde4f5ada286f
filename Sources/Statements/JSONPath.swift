import Model

/// A field of a document that a condition compares: `doc -> 'address' ->> 'city'`.
package struct JSONPath: Sendable, Equatable {
    /// Operators that take something out of a document.
    package static let operators: Set<String> = ["->", "->>", "#>", "#>>"]

    package struct Step: Sendable, Equatable {
        package var name: String
        /// The key as SQL; nil where the text has a parameter.
        package var key: String?
        package var parameter: Int?
    }

    /// The column as the text has it, with its qualifier.
    package var column: String
    package var steps: [Step]
    /// The last name of the type that the field is cast to before it is compared.
    package var cast: String?
    /// The parameter that it is compared with.
    package var value: Int?

    /// The fields that `=`, IN and `= ANY` compare anywhere in the tree.
    package static func compared(in root: Node) -> [JSONPath] {
        root.all("A_Expr").compactMap { node in
            guard ["AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY"].contains(node.string("kind")),
                node.strings("name").last == "=", let left = node.node("lexpr"), let right = node.node("rexpr")
            else { return nil }
            if var path = read(left) {
                path.value = ShapeBuilder.parameter(right)
                return path
            }
            guard node.string("kind") == "AEXPR_OP", var path = read(right) else { return nil }
            path.value = ShapeBuilder.parameter(left)
            return path
        }
    }

    private static func read(_ node: Node) -> JSONPath? {
        switch node.kind {
        case "TypeCast":
            guard var path = node.node("arg").flatMap(read), path.cast == nil else { return nil }
            path.cast = node.node("typeName")?.strings("names").last
            return path
        case "A_Expr":
            guard node.string("kind") == "AEXPR_OP", let name = node.strings("name").last, operators.contains(name),
                let left = node.node("lexpr"), let right = node.node("rexpr")
            else { return nil }
            var path: JSONPath
            if left.kind == "ColumnRef" {
                let parts = left.strings("fields")
                path = JSONPath(column: parts.map(SQL.identifier).joined(separator: "."), steps: [])
            } else {
                guard let inner = read(left), inner.cast == nil else { return nil }
                path = inner
            }
            path.steps.append(Step(name: name, key: key(right), parameter: ShapeBuilder.parameter(right)))
            return path
        default: return nil
        }
    }

    private static func key(_ node: Node) -> String? {
        switch node.kind {
        case "A_Const":
            if let text = node.node("sval") { return SQL.literal(text.string("sval") ?? "") }
            return node.node("ival").map { String($0.integer("ival")) }
        case "TypeCast": return node.node("arg").flatMap(key)
        default: return nil
        }
    }

    /// The field is taken as text: `->>` or `#>>` comes last.
    package var isText: Bool { steps.last?.name.hasSuffix(">>") ?? false }
    package var areKeysKnown: Bool { steps.allSatisfy { $0.key != nil } }

    /// The expression over a column, as an index has it; `'…'` where a key is not known.
    package func expression(over column: String) -> String {
        steps.reduce(SQL.identifier(column)) { "\($0) \($1.name) \($1.key ?? Redactor.placeholder)" }
    }

    /// The value of `@>` that asks for the same field; nil where the path is one array of keys, or counts elements.
    package var contained: String? {
        guard let value, steps.dropLast().allSatisfy({ $0.name == "->" }), steps.last?.name == "->>" else { return nil }
        var inner = "$\(value)::text"
        for step in steps.reversed() {
            guard let key = step.parameter.map({ "$\($0)::text" }) ?? step.key, Int(key) == nil else { return nil }
            inner = "jsonb_build_object(\(key), \(inner))"
        }
        return inner
    }
}
