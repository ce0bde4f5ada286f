import Model
import Plans
import Statements

/// What rules about sorting and removing duplicates share.
extension CostlyShape {
    static let sortedRows = Threshold(
        "rows that are sorted or compared for duplicates", 10_000, "rows",
        source: "our choice: sorting or hashing fewer takes a few milliseconds")
    static let sortedBlocks = Threshold(
        "blocks a call touches at least", 100, "blocks",
        source:
            "our choice: 10,000 rows of 100 bytes lie in some 130; a call that touches fewer has fewer rows than its generic "
            + "plan expects")
    static let nodeShare = Threshold(
        "share of the plan's cost that the needless step has", 0.1, "share",
        source: "our choice: taking away less is not felt")
    static let keptShare = Threshold(
        "share of the rows that a call returns at most", 0.1, "share",
        source: "our choice: where most rows are returned, all must be read anyway")
}

extension PlanNode {
    var isSort: Bool { type == "Sort" || type == "Incremental Sort" }

    /// The sort keys are these columns in this order; nil stands for an expression.
    func sorts(by names: [String?]) -> Bool {
        guard isSort, sortKeys.count == names.count else { return false }
        return zip(sortKeys, names).allSatisfy { key, name in
            guard let name = name.map(SQL.identifier) else { return key.hasPrefix("(") }
            let bare = key.replacing(/( COLLATE \S+)?( USING \S+)?( DESC)?( NULLS (FIRST|LAST))?$/, with: "")
            return bare == name || bare.hasSuffix("." + name)
        }
    }

    /// Nodes that hand rows on one by one.
    private static let passing: Set<String> = [
        "Gather", "Gather Merge", "LockRows", "Result", "ProjectSet", "Subquery Scan",
    ]

    /// The first node of these types below a Limit with nothing between them that needs all rows but sorts.
    func limited(_ types: Set<String>, throughSorts: Bool = false) -> PlanNode? {
        var found: PlanNode?
        walk { node, above in
            guard found == nil, types.contains(node.type), let place = above.lastIndex(where: { $0.type == "Limit" })
            else { return }
            let between = above[(place + 1)...]
            if between.allSatisfy({ Self.passing.contains($0.type) || throughSorts && $0.isSort }) { found = node }
        }
        return found
    }

    /// The node removes duplicates by comparing whole rows.
    var removesDuplicates: Bool {
        ["Unique", "Group"].contains(type) || type == "Aggregate" && !groupKeys.isEmpty
    }
}

extension Plan {
    /// A part of the cost of the whole, 0…1.
    func share(ofCost cost: Double) -> Double { root.totalCost > 0 ? min(1, cost / root.totalCost) : 0 }
}

extension StatementAnalysis {
    /// What taking away a step of the plan saves: the step's part of the planner's cost.
    func gain(ofStep share: Double) -> Gain {
        guard isMeasured else { return gain }
        return Gain("some \(Quantity.percent(load.share * share)) of the execution time", .estimated)
    }

    /// Calls touch the blocks that so many rows lie in, whatever the generic plan expects.
    var touchesManyRows: Bool { load.counters.blocksPerCall >= CostlyShape.sortedBlocks.value }

    /// No condition of the query compares a column with a value: it may read all of its tables.
    func readsAll(_ level: QueryLevel) -> Bool {
        !level.predicates.contains { predicate in
            predicate.clause != .having && !predicate.isNegated && !predicate.isUnderOr
                && [.equality, .inList, .containment].contains(predicate.operation)
        }
    }

    /// The largest table that a query names.
    func largest(_ level: QueryLevel) -> Relation? {
        level.relations.compactMap(\.target).compactMap(names.relation).max { $0.rows < $1.rows }
    }
}
