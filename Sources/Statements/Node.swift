/// A node of PostgreSQL's raw parse tree, as generic as libpg_query's JSON has it: a kind (`SelectStmt`, `ColumnRef`) and
/// fields by their names in `parsenodes.h`.
package final class Node: Sendable {
    package indirect enum Value: Sendable {
        case node(Node)
        case list([Value])
        case string(String)
        case integer(Int)
        case flag(Bool)
    }

    package let kind: String
    package let fields: [(name: String, value: Value)]

    init(kind: String, fields: [(name: String, value: Value)]) {
        self.kind = kind
        self.fields = fields
    }

    package subscript(name: String) -> Value? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    package func node(_ name: String) -> Node? {
        if case .node(let node)? = self[name] { node } else { nil }
    }

    /// The nodes of a list; none where the field is missing.
    package func list(_ name: String) -> [Node] {
        guard case .list(let values)? = self[name] else { return [] }
        return values.compactMap { if case .node(let node) = $0 { node } else { nil } }
    }

    package func string(_ name: String) -> String? {
        if case .string(let text)? = self[name] { text } else { nil }
    }

    /// 0 where the field is missing: libpg_query leaves out zeros.
    package func integer(_ name: String) -> Int {
        if case .integer(let number)? = self[name] { number } else { 0 }
    }

    package func flag(_ name: String) -> Bool {
        if case .flag(let flag)? = self[name] { flag } else { false }
    }

    /// The texts of a list of `String` nodes: a qualified name, a function's name, an operator's.
    package func strings(_ name: String) -> [String] { list(name).compactMap { $0.string("sval") } }

    /// Bytes from the start of the text; nil where the grammar keeps none (-1).
    package var location: Int? {
        guard case .integer(let number)? = self["location"] else { return fields.isEmpty ? nil : 0 }
        return number < 0 ? nil : number
    }

    package var children: [Node] {
        var found: [Node] = []
        for field in fields { Self.collect(field.value, into: &found) }
        return found
    }

    private static func collect(_ value: Value, into found: inout [Node]) {
        switch value {
        case .node(let node): found.append(node)
        case .list(let values): for value in values { collect(value, into: &found) }
        default: break
        }
    }

    /// Visits the node and all below, parents first; `visit` says whether to go below a node.
    package func walk(_ visit: (Node) -> Bool) {
        guard visit(self) else { return }
        for field in fields { Self.walk(field.value, visit) }
    }

    private static func walk(_ value: Value, _ visit: (Node) -> Bool) {
        switch value {
        case .node(let node): node.walk(visit)
        case .list(let values): for value in values { walk(value, visit) }
        default: break
        }
    }

    /// All nodes of a kind at or below this one.
    package func all(_ kind: String) -> [Node] {
        var found: [Node] = []
        walk {
            if $0.kind == kind { found.append($0) }
            return true
        }
        return found
    }
}
