import Foundation

/// Takes literals out of a plan as `EXPLAIN (FORMAT JSON)` printed it.
package enum PlanRedaction {
    /// Keys whose texts are names or words of PostgreSQL's own; every other text is taken for an expression.
    private static let harmless: Set<String> = [
        "Node Type", "Parent Relationship", "Strategy", "Partial Mode", "Join Type", "Operation", "Scan Direction",
        "Relation Name", "Schema", "Alias", "Index Name", "CTE Name", "Subplan Name", "Function Name",
        "Table Function Name",
        "Tuplestore Name", "Custom Plan Provider", "Command", "Conflict Resolution", "Conflict Arbiter Indexes",
        "Cache Mode", "Storage", "Subplans Removed", "Parent", "Trigger Name", "Relation", "Sampling Method",
    ]

    /// The plan without literals; nil when it is not JSON or holds an expression that cannot be read.
    package static func redacted(_ json: String) -> String? {
        guard let tree = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
            let clean = redacted(tree, key: ""),
            let data = try? JSONSerialization.data(
                withJSONObject: clean, options: [.sortedKeys, .withoutEscapingSlashes])
        else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    private static func redacted(_ value: Any, key: String) -> Any? {
        switch value {
        case let text as String:
            return harmless.contains(key) ? text : Redactor.expression(text)?.text ?? "…"
        case let list as [Any]:
            return list.compactMap { redacted($0, key: key) }
        case let node as [String: Any]:
            var clean: [String: Any] = [:]
            for (key, value) in node { clean[key] = redacted(value, key: key) }
            return clean
        default: return value
        }
    }
}
