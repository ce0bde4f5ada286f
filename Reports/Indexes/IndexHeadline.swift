import Model

/// The answer in one sentence or two.
extension IndexReport {
    var headline: String {
        if let refusal = advice.refusal { return "No advice: \(Visible.folded(refusal))" }
        let recommendations = advice.recommendations
        let made = advice.made
        let gone = recommendations.filter { $0.freed == nil }.flatMap(\.drops).count
        var text = made.isEmpty ? nothingToMake : making(made)
        let mergers = recommendations.filter { $0.freed != nil }
        if !mergers.isEmpty {
            let old = Quantity.count(mergers.flatMap(\.drops).count)
            let freed = Quantity.bytes(mergers.reduce(0) { $0 + ($1.freed ?? 0) })
            text += "; \(old) existing ones merge into \(Quantity.count(mergers.count)) (frees \(freed))"
        }
        if gone > 0 {
            let freed = recommendations.filter { $0.kind == .drop }.reduce(0) { $0 + $1.size }
            let frees = freed > 0 ? " (frees \(Quantity.bytes(freed)))" : ""
            text += "; \(Quantity.count(gone)) existing \(gone == 1 ? "one" : "ones") can go\(frees)"
        }
        let broken = recommendations.count { $0.kind == .repair }
        if broken > 0 {
            text += "; \(Quantity.count(broken)) \(broken == 1 ? "is" : "are") INVALID and to be built again"
        }
        text += "."
        if advice.budget.storage == 0 { text += " The storage budget is 0: only what can go is advised." }
        return text
    }

    private func making(_ made: [IndexRecommendation]) -> String {
        let size = Quantity.bytes(made.reduce(0) { $0 + $1.size })
        let one = made.count == 1
        let who = "\(Quantity.count(made.count)) new \(one ? "index" : "indexes") would cut"
        let what =
            made.allSatisfy { $0.basis == .estimated }
            ? "the cost of this workload, by our own estimate," : "the planner's cost of this workload"
        return "\(who) \(what) by \(Quantity.percent(cut)) for \(size)"
    }

    private var nothingToMake: String {
        if advice.budget.storage == 0 { return "No new index" }
        if advice.statements.isEmpty { return "No statement was looked at, so that no new index is advised" }
        if !advice.isComplete { return "The search was stopped before it found a new index" }
        if advice.isUnjudged { return "No statement could be priced, so that no new index is advised" }
        return "No new index would cut this workload's cost by \(Quantity.percent(advice.budget.leastGain)) or more"
    }

    /// Share of the workload's cost that the set saves.
    var cut: Double { advice.costBefore > 0 ? max(0, 1 - advice.costAfter / advice.costBefore) : 0 }
}
