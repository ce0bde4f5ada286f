import Model
import Plans
import Statements

/// Existing indexes that a pricing takes for dropped.
///
/// HypoPG 1.3.1 hides none, so that the planner cannot be asked: both sides of the comparison are priced by our formulas, with the
/// old indexes and with what is to do their work.
struct ReplacedIndexes: Sendable {
    /// Parts of partitioned ones by their own names.
    var names: Set<QualifiedName>
    /// Those of them whose every search and order the new index serves.
    var covered: Set<QualifiedName>
    /// They are still there: the side to compare with.
    var areThere: Bool
    /// Something in the plan may rely on the order that a scan brings.
    var isOrderFelt: Bool

    /// What a scan reads of them.
    struct Reading {
        var names: Set<QualifiedName> = []
        /// A bitmap of several indexes.
        var isCombined = false
    }

    func reading(of node: PlannedNode, _ scan: PlannedScan) -> Reading {
        var reading = Reading()
        for part in node.indexNodes {
            if part.type == "BitmapAnd" || part.type == "BitmapOr" { reading.isCombined = true }
            guard let index = part.index else { continue }
            // An index stands in the schema of its table.
            let name = QualifiedName(scan.relation.schema, index)
            if names.contains(name) { reading.names.insert(name) }
        }
        return reading
    }

    private static let orderedNodes: Set<String> = [
        "Limit", "Merge Join", "Merge Append", "Gather Merge", "Unique", "WindowAgg", "Group", "Incremental Sort",
        "SetOp",
    ]

    /// Careful: what might rely on an order counts as if it did.
    static func isOrderFelt(in plan: Plan, of statement: WorkloadStatement) -> Bool {
        let nodes = plan.root.all(where: { _ in true })
        if nodes.contains(where: { orderedNodes.contains($0.type) || $0.type == "Aggregate" && !$0.groupKeys.isEmpty })
        {
            return true
        }
        let isOrdered = statement.shape.levels.contains { !$0.orderBy.isEmpty }
        return isOrdered && !nodes.contains { $0.type == "Sort" }
    }
}

extension PlannedNode {
    /// Itself, or the parts of its bitmap.
    fileprivate var indexNodes: [PlanNode] {
        guard node.type == "Bitmap Heap Scan" else { return [node] }
        func below(_ part: PlannedNode) -> [PlanNode] { [part.node] + part.children.flatMap(below) }
        return children.flatMap(below)
    }
}

extension Selectivity {
    /// What each condition leaves by itself, an equality as much as of the most common value: a parameter may be that one.
    func careful(_ scan: PlannedScan) -> FittedShares {
        var shares = fitted(scan.quals, of: scan.relation, rows: scan.table.rows, joint: nil)
        for (place, group) in shares.groups.enumerated() {
            guard group.places.contains(where: { scan.quals[$0].isEquality }),
                let most = statistics(group.key, of: scan.relation)?.mostCommonFrequencies.first
            else { continue }
            shares.groups[place].share.value = max(group.share.value, most)
        }
        return shares
    }
}

extension PricedPath {
    /// Dearer than whatever a plan costs, and still a number to reckon with.
    static let outOfReach = 1e15
}

extension CostModel {
    /// What a plan that reads existing indexes costs with a new one in their place, as a multiple of what it costs now; more than
    /// 1e6 where it could not do without them. nil: the statement has no plan, or its plan reads none of them.
    package func change(
        of statement: WorkloadStatement, replacing old: [Index], covered: Set<QualifiedName>,
        by candidate: IndexCandidate
    ) -> Double? {
        guard let plan = prepared(statement), let present = statement.plan else { return nil }
        let tree = IndexTree(names)
        let leaves = old.flatMap { index in tree.leaves(index).map { (root: index.name, leaf: $0) } }
        var replaced = ReplacedIndexes(
            names: Set(leaves.map(\.leaf.name)),
            covered: Set(leaves.filter { covered.contains($0.root) }.map(\.leaf.name)), areThere: true,
            isOrderFelt: ReplacedIndexes.isOrderFelt(in: present, of: statement))
        guard plan.root.reads(replaced) else { return nil }
        let now = best(plan, statement, replaced: replaced) { scan in
            leaves.compactMap { leaf in
                leaf.leaf.relation == scan.relation ? AccessIndex(leaf.leaf, scan.table).map { ($0, -1) } : nil
            }
        }
        replaced.areThere = false
        let then = best(plan, statement, replaced: replaced) { scan in
            guard scan.relation == candidate.relation || scan.partitionRoot == candidate.relation else { return [] }
            return index(candidate, on: scan).map { [($0, 0)] } ?? []
        }
        guard let now, let then, now.total < PricedPath.outOfReach else { return nil }
        return then.total / max(0.01, now.total)
    }
}

extension PlannedNode {
    fileprivate func reads(_ replaced: ReplacedIndexes) -> Bool {
        if let scan, !replaced.reading(of: self, scan).names.isEmpty { return true }
        return (children + subplans.map(\.node)).contains { $0.reads(replaced) }
    }
}
