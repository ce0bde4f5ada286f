/// One way to get the rows of a plan's node.
struct PricedPath: Sendable {
    var startup: Double
    var total: Double
    /// Of one execution; of one worker below a Gather.
    var rows: Double
    /// Places of the candidates that it uses.
    var used: Set<Int> = []
    var order: [Order] = []

    /// A key that rows come sorted by.
    struct Order: Sendable, Hashable {
        /// Names under which its relation stands in the plan's texts.
        var aliases: Set<String>
        var key: String
        var isDescending: Bool
        var nullsFirst: Bool
    }

    func with(startup: Double, total: Double) -> PricedPath {
        var path = self
        path.startup = startup
        path.total = total
        return path
    }
}

extension [PricedPath] {
    /// The cheapest of each order, and the one that begins soonest.
    func pruned() -> [PricedPath] {
        guard count > 2 else { return self }
        var best: [[PricedPath.Order]: PricedPath] = [:]
        for path in self where best[path.order].map({ $0.total > path.total }) ?? true { best[path.order] = path }
        let cheapest = best.values.map(\.total).min() ?? 0
        var kept = best.values.filter { !$0.order.isEmpty || $0.total <= cheapest * 1.000001 }
        if let soonest = self.min(by: { ($0.startup, $0.total) < ($1.startup, $1.total) }) { kept.append(soonest) }
        return kept.sorted { ($0.total, $0.startup) < ($1.total, $1.startup) }
    }

    var cheapest: PricedPath? { self.min { $0.total < $1.total } }
}
