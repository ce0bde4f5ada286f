import IndexAdvising
import Model

/// What each statement weighs.
struct PricedWorkload: Sendable {
    /// In the workload's order.
    private(set) var statements: [AdvisedStatement] = []
    /// The planner's units in the window, of all statements with a cost; measured times are taken into them by the mean of
    /// the statements that have both.
    private(set) var cost = 0.0

    init(_ workload: AdvisedWorkload, _ checks: ForeignKeyChecks) {
        var measured = (time: 0.0, cost: 0.0)
        let costs = workload.costs.enumerated().map { place, cost in
            cost.map { $0 + checks.cost(of: place, with: []).cost }
        }
        for (load, cost) in zip(workload.loads, costs) {
            guard let cost, let time = load.totalTime else { continue }
            measured.time += time
            measured.cost += cost * load.calls
        }
        // ms of a unit.
        let unit = measured.time > 0 && measured.cost > 0 ? measured.time / measured.cost : 1
        let loads = zip(workload.loads, costs).map { load, cost in
            cost == nil ? 0 : load.totalTime ?? cost! * load.calls * unit
        }
        let total = loads.reduce(0, +)
        cost = total / unit
        for (place, load) in workload.loads.enumerated() {
            statements.append(
                .make {
                    $0.text = load.text
                    $0.fingerprint = load.fingerprint
                    $0.queryIDs = load.queryIDs
                    $0.calls = load.calls
                    $0.meanTime = load.calls > 0 ? load.totalTime.map { $0 / load.calls } : nil
                    $0.share = total > 0 ? loads[place] / total : 0
                    $0.costBefore = costs[place]
                    $0.note = workload.notes[place]
                })
        }
    }
}
