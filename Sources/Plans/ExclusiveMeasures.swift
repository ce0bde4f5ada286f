/// What each node spent itself, out of what EXPLAIN counts with all below it.
///
/// Every node's time is first made one of the wall clock: below a Gather, loops count each participant (workers and, mostly,
/// the leader), so that the sum over the loops is divided by their number. What a node has more than its inputs is its own.
/// An InitPlan, a SubPlan or a CTE stands beside the inputs but is run by whichever node asks for it: its time is taken out
/// of those nodes, once.
///
/// The printed means are rounded to µs; with many loops an input may seem to take longer than the node above it. Inputs are
/// then shortened to fit, so that nothing is negative and all own times add up to the whole.
package struct ExclusiveMeasures: Sendable {
    /// ms, a node each; nil without times.
    package private(set) var times: [Double]?
    /// ms of the wall clock, with all below.
    package private(set) var wholeTimes: [Double] = []
    /// ms: the root's time, and what data-modifying CTEs ran on for after it.
    package private(set) var total = 0.0
    /// Blocks, a node each; nil without BUFFERS.
    package private(set) var buffers: [BlockCounts]?
    /// Processes that ran the node, for each; 1 outside of a Gather.
    package private(set) var participants: [Double]

    private let nodes: [ExplainedNode]
    private let claims: [Claim]

    /// A plan that is run by other nodes than its parent's input loop.
    private struct Claim {
        var id: Int
        /// Who may have run it, the likeliest first.
        var payers: [Int]
    }

    package init(_ plan: ExplainedPlan) {
        nodes = plan.nodes
        participants = Self.participants(plan.nodes)
        claims = Self.claims(plan.nodes)
        if plan.isTimed {
            let whole = nodes.map { node in
                (node.actual?.totalTime ?? 0) * (node.actual?.loops ?? 0) / participants[node.id]
            }
            let own = split(whole)
            times = own
            wholeTimes = whole
            total = own.reduce(0, +)
        }
        if plan.hasBuffers {
            var counts = [BlockCounts](repeating: BlockCounts(), count: nodes.count)
            for kind in BlockCounts.Kind.allCases where nodes.contains(where: { ($0.buffers?[kind] ?? 0) > 0 }) {
                for (id, own) in split(nodes.map { $0.buffers?[kind] ?? 0 }).enumerated() { counts[id][kind] = own }
            }
            buffers = counts
        }
    }

    /// The share of the whole, 0…1.
    package func share(of id: Int) -> Double {
        guard let times, total > 0 else { return 0 }
        return times[id] / total
    }

    // MARK: Participants

    /// A Gather's input is run once by each participant for each time that the Gather itself is run.
    private static func participants(_ nodes: [ExplainedNode]) -> [Double] {
        var participants = [Double](repeating: 1, count: nodes.count)
        for node in nodes {
            guard let id = node.parent else { continue }
            let parent = nodes[id]
            participants[node.id] = participants[id]
            if parent.isGather, node.place == .child, let above = parent.actual?.loops, above > 0,
                let loops = node.actual?.loops
            {
                participants[node.id] = max(1, loops / above)
            }
        }
        return participants
    }

    // MARK: Who pays for InitPlans, SubPlans and CTEs

    private static func claims(_ nodes: [ExplainedNode]) -> [Claim] {
        guard nodes.contains(where: { $0.place != .child }) else { return [] }
        let ends = subtreeEnds(nodes)
        let claims = nodes.filter { $0.place != .child && $0.parent != nil }.map { node in
            // What it is asked by stands in its parent's subtree, but not in its own.
            let own = node.id..<ends[node.id]
            let around = (node.parent!..<ends[node.parent!]).filter { !own.contains($0) }
            return Claim(id: node.id, payers: payers(node, around, nodes))
        }
        return ordered(claims, nodes)
    }

    private static func payers(_ node: ExplainedNode, _ around: [Int], _ nodes: [ExplainedNode]) -> [Int] {
        let name = node.subplan ?? ""
        switch node.place {
        case .cte:
            let wanted = name.dropFirst("CTE ".count)
            let scans = around.filter { nodes[$0].cte.map { $0 == wanted || "\"\($0)\"" == wanted } ?? false }
            return scans.isEmpty ? [] : scans + [node.parent!]
        case .subPlan: return [node.parent!] + mentioning(name, around, nodes).filter { $0 != node.parent! }
        case .initPlan:
            let asking = mentioning(name, around, nodes)
            return asking + (asking.contains(node.parent!) ? [] : [node.parent!])
        case .child: return []
        }
    }

    /// Nodes with a condition that holds `$0` (of `InitPlan 1 (returns $0)`, to PostgreSQL 16) or `InitPlan 1`.
    private static func mentioning(_ name: String, _ around: [Int], _ nodes: [ExplainedNode]) -> [Int] {
        var wanted = [String(name.prefix { $0 != "(" }).trimmed]
        if let returns = name.firstRange(of: "(returns ") {
            wanted += name[returns.upperBound...].dropLast().split(separator: ",").map { String($0).trimmed }
        }
        return around.filter { id in
            nodes[id].conditions.contains { condition in wanted.contains { condition.text.holds(word: $0) } }
        }
    }

    /// Readers before what they read: a CTE's scan may stand within another CTE, whose own time must be known first.
    private static func ordered(_ claims: [Claim], _ nodes: [ExplainedNode]) -> [Claim] {
        /// For each node the claim in whose subtree it stands.
        var section = [Int](repeating: -1, count: nodes.count)
        for node in nodes {
            section[node.id] = node.place == .child ? node.parent.map { section[$0] } ?? -1 : node.id
        }
        var waiting = claims
        var done: Set<Int> = [-1]
        var order: [Claim] = []
        while !waiting.isEmpty {
            var ready = waiting.filter { claim in
                claim.payers.allSatisfy { done.contains(section[$0]) }
                    && done.contains(section[nodes[claim.id].parent!])
            }
            if ready.isEmpty { ready = [waiting[0]] }
            let names = Set(ready.map(\.id))
            done.formUnion(names)
            order += ready
            waiting.removeAll { names.contains($0.id) }
        }
        return order
    }

    /// Behind the last node of each subtree: nodes stand parents first.
    private static func subtreeEnds(_ nodes: [ExplainedNode]) -> [Int] {
        var ends = nodes.map { $0.id + 1 }
        for node in nodes.reversed() {
            if let parent = node.parent { ends[parent] = max(ends[parent], ends[node.id]) }
        }
        return ends
    }

    // MARK: The split

    /// From inclusive to own values; the sum of what is returned is the root's value, and what modifying CTEs have beyond.
    private func split(_ inclusive: [Double]) -> [Double] {
        var whole = inclusive
        var own = inclusive
        for node in nodes {
            let inputs = node.children.filter { nodes[$0].place == .child }
            fit(inputs, into: whole[node.id], &whole)
            own[node.id] = max(0, whole[node.id] - inputs.reduce(0) { $0 + whole[$1] })
        }
        for claim in claims { settle(claim, whole[claim.id], &own) }
        return own
    }

    /// Shortens inputs that together have more than the node above them: first by what rounding can have added.
    private func fit(_ inputs: [Int], into room: Double, _ whole: inout [Double]) {
        let sum = inputs.reduce(0) { $0 + whole[$1] }
        guard sum > room else { return }
        let slack = inputs.map { min(whole[$0], 0.0005 * (nodes[$0].actual?.loops ?? 0) / participants[$0]) }
        let slackSum = slack.reduce(0, +)
        let byRounding = min(sum - room, slackSum)
        for (place, id) in inputs.enumerated() where slackSum > 0 { whole[id] -= byRounding * slack[place] / slackSum }
        let left = sum - byRounding
        guard left > room, left > 0 else { return }
        for id in inputs { whole[id] *= room / left }
    }

    /// Takes a claim out of those who can have run it. What nobody has room for was either never counted above (a
    /// data-modifying CTE is run to its end after the root has finished) or is rounding.
    private func settle(_ claim: Claim, _ amount: Double, _ own: inout [Double]) {
        var left = amount
        for payer in claim.payers where left > 0 {
            let paid = min(left, own[payer])
            own[payer] -= paid
            left -= paid
        }
        let runsOn = nodes[claim.id].place == .cte && nodes[claim.id].type == "ModifyTable"
        guard left > 0, amount > 0, !runsOn else { return }
        let factor = (amount - left) / amount
        for id in section(of: claim.id) { own[id] *= factor }
    }

    /// The subtree without the plans within it that are claims of their own.
    private func section(of id: Int) -> [Int] {
        var section = [id]
        var next = 0
        while next < section.count {
            section += nodes[section[next]].children.filter { nodes[$0].place == .child }
            next += 1
        }
        return section
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text.drop { $0 == " " })
    }

    /// Not `$1` within `$10`.
    fileprivate func holds(word: String) -> Bool {
        guard !word.isEmpty else { return false }
        return ranges(of: word).contains { range in
            range.upperBound == endIndex || !self[range.upperBound].isNumber
        }
    }
}
