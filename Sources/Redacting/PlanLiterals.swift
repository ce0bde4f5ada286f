import Foundation
import Statements

/// Takes literals out of a plan as `EXPLAIN (FORMAT JSON)` printed it.
enum PlanLiterals {
    /// Keys whose texts are names or words of PostgreSQL's own; every other text is taken for an expression.
    private static let harmless: Set<String> = [
        "Node Type", "Parent Relationship", "Strategy", "Partial Mode", "Join Type", "Operation", "Scan Direction",
        "Relation Name", "Schema", "Alias", "Index Name", "CTE Name", "Subplan Name", "Function Name",
        "Table Function Name",
        "Tuplestore Name", "Custom Plan Provider", "Command", "Conflict Resolution", "Conflict Arbiter Indexes",
        "Cache Mode",
        "Storage", "Parent", "Trigger Name", "Relation", "Sampling Method",
    ]

    /// nil: no JSON.
    static func redacted(_ json: String) -> String? {
        let clean = JSONStrings.changing(Array(json.utf8)) { place, text in
            harmless.contains(place.keys.last ?? "") ? nil : Redactor.expression(text)?.text ?? "…"
        }
        return clean.map { String(decoding: $0, as: UTF8.self) }
    }
}
