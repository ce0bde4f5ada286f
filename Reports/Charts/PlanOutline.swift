import Foundation

/// The shape of a plan as `EXPLAIN (FORMAT JSON)` prints it: what a drawing needs, and no judgement.
/// https://www.postgresql.org/docs/current/using-explain.html
struct PlanOutline {
    var kind: String
    /// What it reads, by which index, under which condition; as the plan has them, redacted.
    var relation: String?
    var index: String?
    var condition: String?
    var rows: Double
    var totalCost: Double
    var children: [PlanOutline]

    /// nil: not a plan.
    init?(json: String) {
        guard let whole = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { return nil }
        let first = (whole as? [[String: Any]])?.first ?? whole as? [String: Any]
        guard let root = first?["Plan"] as? [String: Any] else { return nil }
        self.init(root)
    }

    private init(_ node: [String: Any]) {
        let parts = [node["Parallel Aware"] as? Bool == true ? "Parallel" : nil, node["Node Type"] as? String]
        kind = parts.compactMap(\.self).joined(separator: " ")
        if let operation = node["Operation"] as? String, kind == "ModifyTable" { kind = operation }
        if let join = node["Join Type"] as? String, join != "Inner" { kind += " (\(join.lowercased()))" }
        relation = node["Relation Name"] as? String ?? node["Function Name"] as? String ?? node["CTE Name"] as? String
        index = node["Index Name"] as? String
        let conditions = ["Index Cond", "Hash Cond", "Merge Cond", "Recheck Cond", "Join Filter", "Filter"]
        condition = conditions.lazy.compactMap { node[$0] as? String }.first
        if condition == nil, let keys = node["Sort Key"] as? [String] ?? node["Group Key"] as? [String] {
            condition = "by " + keys.joined(separator: ", ")
        }
        rows = (node["Plan Rows"] as? NSNumber)?.doubleValue ?? 0
        totalCost = (node["Total Cost"] as? NSNumber)?.doubleValue ?? 0
        children = (node["Plans"] as? [[String: Any]] ?? []).map(PlanOutline.init)
    }

    /// The cost that is its own: without what its children cost. A LIMIT above can make it less than nothing.
    var ownCost: Double { max(0, totalCost - children.reduce(0) { $0 + $1.totalCost }) }
    var nodeCount: Int { 1 + children.reduce(0) { $0 + $1.nodeCount } }
    var costliest: Double { children.reduce(ownCost) { max($0, $1.costliest) } }
}
