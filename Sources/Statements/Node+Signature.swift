extension Node {
    /// The same for two expressions that mean the same over one relation, whether written by a person or by
    /// `pg_get_expr`: places, qualifiers, schemas of built-in names, casts of literals and between text and varchar
    /// are left out.
    package var signature: String { signature(isRedacted: false) }
    /// Without the values of literals, which a snapshot leaves out.
    package var redactedSignature: String { signature(isRedacted: true) }

    private func signature(isRedacted: Bool) -> String {
        switch kind {
        case "ColumnRef": return "column \(strings("fields").last ?? "*")"
        case "A_Const" where isRedacted: return "literal"
        case "TypeCast":
            let type = node("typeName")?.strings("names").last ?? ""
            guard let inner = node("arg") else { break }
            let isLiteral = inner.kind == "A_Const" && inner.node("sval") != nil
            // PostgreSQL prints `true` for what its grammar makes a cast.
            if isLiteral || ["text", "varchar"].contains(type) && inner.kind != "A_Const" || inner["boolval"] != nil {
                return inner.signature(isRedacted: isRedacted)
            }
        default: break
        }
        let parts = fields.sorted { $0.name < $1.name }.compactMap { field in
            Self.ignored.contains(field.name)
                ? nil : field.name + ":" + Self.signature(field.value, isRedacted: isRedacted)
        }
        return kind + "(" + parts.joined(separator: ",") + ")"
    }

    /// That of `name IS NOT NULL`.
    package static func notNullSignature(ofColumn name: String) -> String {
        "NullTest(arg:column \(name),nulltesttype:IS_NOT_NULL)"
    }

    private static let ignored: Set<String> = ["location", "funcformat", "typemod", "agg_star"]

    private static func signature(_ value: Value, isRedacted: Bool) -> String {
        switch value {
        case .node(let node): return node.signature(isRedacted: isRedacted)
        case .list(let values):
            let parts = values.map { signature($0, isRedacted: isRedacted) }.filter { $0 != pgCatalog }
            return "[" + parts.joined(separator: ",") + "]"
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .flag(let flag): return String(flag)
        }
    }

    private static let pgCatalog = "String(sval:pg_catalog)"

    /// It calls a function of pg_catalog that is VOLATILE: no index condition.
    package var callsVolatile: Bool {
        all("FuncCall").contains { StatementShape.volatileFunctions.contains($0.strings("funcname").last ?? "") }
    }

    /// References to columns, those within subqueries left out.
    package var references: [Node] {
        var found: [Node] = []
        walk { node in
            if node.kind == "ColumnRef" { found.append(node) }
            return node.kind != "SelectStmt"
        }
        return found
    }
}
