import Diagnosing
import History
import Model
import Statements

extension FixDetection.Advice {
    /// What of a finding's advice a later snapshot can show to have been done: indexes that are made or dropped, settings of the
    /// server, of roles, databases and tables.
    static func all(in finding: Finding) -> [FixDetection.Advice] {
        let database = finding.objects.lazy.compactMap(\.database).first
        var found: [FixDetection.Advice] = []
        for action in finding.actions {
            for text in action.sql {
                guard let parsed = try? ParsedStatement(parsing: text) else { continue }
                for advice in all(in: parsed.root, database) where !found.contains(advice) { found.append(advice) }
            }
        }
        return found
    }

    private static func all(in root: Node, _ database: String?) -> [FixDetection.Advice] {
        switch root.kind {
        case "IndexStmt":
            guard let relation = relation(root.node("relation")) else { return [] }
            let columns = root.list("indexParams").map { $0.string("name") }
            // An expression is printed by the server in its own way: it would not be recognised.
            guard !columns.isEmpty, !columns.contains(nil) else { return [] }
            return [.index(relation: relation, columns: columns.compactMap(\.self), database: database)]
        case "DropStmt":
            guard root.string("removeType") == "OBJECT_INDEX" else { return [] }
            return root.list("objects").compactMap { name in
                let parts = name.strings("items")
                return parts.isEmpty ? nil : .indexDropped(qualified(parts), database: database)
            }
        case "AlterSystemStmt": return setting(root.node("setstmt"), .server)
        case "AlterDatabaseSetStmt":
            return setting(root.node("setstmt"), .role(nil, database: root.string("dbname")))
        case "AlterRoleSetStmt":
            let role = root.node("role")?.string("rolename")
            return setting(root.node("setstmt"), .role(role, database: root.string("database")))
        case "AlterTableStmt":
            guard let relation = relation(root.node("relation")) else { return [] }
            return root.list("cmds").filter { $0.string("subtype") == "AT_SetRelOptions" }
                .flatMap { $0.all("DefElem") }.compactMap { option in
                    guard let name = option.string("defname") else { return nil }
                    return .setting(
                        .relation(relation, database: database), name: name.lowercased(),
                        value: option.node("arg")?.optionText ?? "true")
                }
        default: return []
        }
    }

    private static func setting(_ set: Node?, _ scope: FixDetection.Scope) -> [FixDetection.Advice] {
        guard let set, let name = set.string("name"), set.string("kind") == "VAR_SET_VALUE" else { return [] }
        let value = set.list("args").compactMap(\.constantText).joined(separator: ", ")
        return [.setting(scope, name: name.lowercased(), value: value)]
    }

    private static func relation(_ range: Node?) -> String? {
        guard let range, let name = range.string("relname") else { return nil }
        return (range.string("schemaname") ?? "public") + "." + name
    }

    private static func qualified(_ parts: [String]) -> String {
        parts.count == 1 ? "public." + parts[0] : parts.suffix(2).joined(separator: ".")
    }
}
