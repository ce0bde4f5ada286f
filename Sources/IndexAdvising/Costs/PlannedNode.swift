import Model
import Plans
import Statements

/// A node of the plan as it is now, with its texts read: made once a statement, priced many times.
struct PlannedNode: Sendable {
    let node: PlanNode
    /// Those that give it rows, in their order; subplans apart.
    let children: [PlannedNode]
    let subplans: [Subplan]
    let scan: PlannedScan?
    let sortKeys: [PlannedSortKey]
    let groupKeys: [PlannedSortKey]
    /// Each worker reads a part of the rows.
    let isPartial: Bool
    /// Conditions that join its two sides, as texts.
    let joinTexts: [String]
    /// Of a join.
    private(set) var planned: [PlannedLookup] = []

    struct Subplan: Sendable {
        let node: PlannedNode
        /// Executions of it that the costs imply.
        var runs: Double
        /// In the filter: it runs for each row that is looked at, not for each that is given back.
        var isInFilter: Bool
    }

    init(_ node: PlanNode, _ reader: PlanTextReader) {
        var bare = node
        bare.children = []
        self.node = bare
        let isAside = { (child: PlanNode) in ["SubPlan", "InitPlan"].contains(child.relationship ?? "") }
        let main = node.children.filter { !isAside($0) }.map { PlannedNode($0, reader) }
        children = main
        isPartial =
            node.isParallelAware
            || node.type != "Gather" && node.type != "Gather Merge" && main.first?.isPartial == true
        let scan = reader.scan(node)
        self.scan = scan
        sortKeys = node.sortKeys.map(PlannedSortKey.init)
        groupKeys = node.groupKeys.map(PlannedSortKey.init)
        joinTexts = [node.hashCondition, node.mergeCondition, node.joinFilter].compactMap(\.self)
        let own = max(0, node.totalCost - main.reduce(0) { $0 + $1.node.totalCost })
        let base = scan.map { reader.sequentialCost($0, isPartial: node.isParallelAware) } ?? 0
        let texts = [node.filter, node.joinFilter, node.indexCondition].compactMap(\.self)
        subplans = node.children.filter(isAside).map { child in
            let name = child.subplan ?? ""
            let isHashed = texts.contains { $0.contains("hashed " + name) }
            let isOnce = isHashed || child.relationship == "InitPlan" || child.totalCost <= 0
            let implied = max(0, own - (node.type == "Seq Scan" ? base : 0)) / max(child.totalCost, 0.01)
            return Subplan(
                node: PlannedNode(child, reader), runs: isOnce ? 1 : implied,
                isInFilter: !isOnce && texts.contains { $0.contains(name) })
        }
        if main.count == 2 { planned = lookups() }
    }

    /// Below nodes that only pass rows on: what a lookup could take the place of.
    var scanBelow: PlannedScan? {
        if let scan { return scan }
        let passing = ["Hash", "Sort", "Materialize", "Memoize", "Gather", "Gather Merge"]
        return passing.contains(node.type) && children.count == 1 ? children[0].scanBelow : nil
    }

    var total: Double { node.totalCost }
    var startup: Double { node.startupCost }
}

/// `o.created_at DESC NULLS LAST`, as EXPLAIN prints it.
struct PlannedSortKey: Sendable {
    /// The alias before its column; nil where the plan has one relation only.
    var qualifier: String?
    var key: String
    var isDescending = false
    var nullsFirst = false

    init(_ text: String) {
        guard let parsed = try? ParsedStatement(parsing: "SELECT FROM t ORDER BY " + PlanText.readable(text)),
            let sort = parsed.root.list("sortClause").first, let node = sort.node("node")
        else {
            key = text
            return
        }
        key = ExpressionText.of(node)
        let references = node.kind == "ColumnRef" ? [node] : node.all("ColumnRef")
        qualifier = references.lazy.map { $0.strings("fields") }.first { $0.count == 2 }?.first
        isDescending = sort.string("sortby_dir") == "SORTBY_DESC"
        switch sort.string("sortby_nulls") {
        case "SORTBY_NULLS_FIRST": nullsFirst = true
        case "SORTBY_NULLS_LAST": nullsFirst = false
        default: nullsFirst = isDescending
        }
    }

    func isSame(_ order: PricedPath.Order) -> Bool {
        key == order.key && (qualifier.map(order.aliases.contains) ?? true)
    }
}

/// A scan of a relation of the catalog.
struct PlannedScan: Sendable {
    var relation: QualifiedName
    var partitionRoot: QualifiedName?
    var aliases: Set<String>
    var table: TableSize
    var quals: [Qual]
    /// Rows of one execution, of one worker where the scan is shared.
    var rows: Double
    /// Columns that the statement reads; nil: all, or the row itself.
    var needed: Set<String>?

    /// Conditions that compare with other relations' columns: it is looked up by them.
    var isParameterised: Bool { quals.contains { !$0.outer.isEmpty } }
}
