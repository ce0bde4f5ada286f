extension ExplainedPlan {
    /// What the plan is made of, without numbers: `Hash Join (Seq Scan orders, Hash (Index Scan customers_pkey))`.
    package var outline: String {
        // Children stand behind their parents.
        var outlines = [String](repeating: "", count: nodes.count)
        for node in nodes.reversed() {
            let name = [node.kind, node.index ?? node.target].compactMap(\.self).joined(separator: " ")
            let below = node.children.map { outlines[$0] }.joined(separator: ", ")
            outlines[node.id] = below.isEmpty ? name : "\(name) (\(below))"
            for child in node.children { outlines[child] = "" }
        }
        return outlines.first ?? ""
    }
}

extension PlanNode {
    /// The same of the planner's own plan.
    package var outline: String {
        let name = [type, index ?? relation].compactMap(\.self).joined(separator: " ")
        let below = children.map(\.outline).joined(separator: ", ")
        return below.isEmpty ? name : "\(name) (\(below))"
    }
}

extension Plan {
    /// What the plan is made of, without numbers: `Hash Join (Seq Scan orders, Hash (Index Scan customers_pkey))`.
    package var outline: String { root.outline }
}
