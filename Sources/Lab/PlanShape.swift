import Plans

/// What a plan is made of: nodes, relations, indexes, kinds of join, and their order; no numbers, no conditions, no aliases.
package struct PlanShape: Sendable, Equatable {
    /// `Parallel Seq Scan orders`, `Hash Left Join`
    private var label: String
    private var children: [PlanShape]

    /// - Throws: `PlanError`.
    package init(json: String) throws(PlanError) { self.init(try Plan(json: json).root) }

    package init(_ node: PlanNode) {
        label = [
            ["InitPlan", "SubPlan"].contains(node.relationship) ? node.relationship : nil,
            node.isParallelAware ? "Parallel" : nil, node.strategy == "Plain" ? nil : node.strategy,
            node.joinType == "Inner" ? nil : node.joinType, node.operation, node.type, node.relation, node.index,
        ].compactMap(\.self).joined(separator: " ")
        children = node.children.map { PlanShape($0) }
    }

    /// Where the other differs first, from the top; nil: it does not.
    package func difference(from other: PlanShape) -> String? { difference(from: other, below: nil) }

    private func difference(from other: PlanShape, below: String?) -> String? {
        let place = below.map { ", below \($0)" } ?? ""
        if label != other.label { return "\(other.label) instead of \(label)\(place)" }
        for (mine, theirs) in zip(children, other.children) {
            if let difference = mine.difference(from: theirs, below: label) { return difference }
        }
        guard children.count == other.children.count else {
            return "\(other.children.count) instead of \(children.count) nodes below \(label)\(place)"
        }
        return nil
    }
}
