import Model
import Plans

/// A detector that judges one measured plan, as a rule judges a server: a pure function, with thresholds that say their source.
package protocol PlanInsight: Sendable {
    static var metadata: RuleMetadata { get }
    init()
    func judge(_ plan: MeasuredPlan) -> [Finding]
}

/// A plan with what each node spent itself.
package struct MeasuredPlan: Sendable {
    package let plan: ExplainedPlan
    package let measures: ExclusiveMeasures
    /// Nodes that ran.
    let executed: [ExplainedNode]
    /// Ranked by the time that could be saved.
    package private(set) var findings: [Finding] = []

    package static let insights: [any PlanInsight.Type] = [
        RowMisestimate.self, SpilledToDisk.self, FilterDiscardsRows.self, LossyBitmap.self, HeapFetches.self,
        WorkersNotLaunched.self, RepeatedInnerSide.self, JITShare.self, PlanningTime.self, TriggerTime.self,
        WalkUnderLimit.self, UnevenWorkers.self,
    ]

    package init(_ plan: ExplainedPlan) {
        self.plan = plan
        measures = ExclusiveMeasures(plan)
        executed = plan.nodes.filter { ($0.actual?.loops ?? 0) > 0 }
        guard plan.isTimed else { return }
        let found = Self.insights.flatMap { $0.init().judge(self) }
        findings = found.sorted { $0.impact.value > $1.impact.value }
    }

    /// ms of the whole execution, with triggers.
    package var elapsed: Double { max(plan.executionTime ?? plan.duration ?? 0, measures.total) }

    /// Those that lose the most time, at most so many as anybody reads: a scan of a thousand partitions has a thousand alike.
    func worst(_ nodes: [(node: ExplainedNode, lost: Double)]) -> [(node: ExplainedNode, lost: Double)] {
        Array(nodes.sorted { $0.lost > $1.lost }.prefix(20))
    }

    /// ms that the node spent itself.
    func own(_ id: Int) -> Double { measures.times?[id] ?? 0 }

    /// How far its rows are off, ≥ 10; nil: right enough, or not to be judged.
    package func misestimateFactor(of node: ExplainedNode) -> Double? { RowMisestimate.factor(node, in: self) }

    /// Rows that the node returned in all its loops.
    func rows(_ node: ExplainedNode) -> Double { (node.actual?.rows ?? 0) * (node.actual?.loops ?? 0) }

    private static let grave = Threshold(
        "share of the time lost that makes a warning", 0.1, "share",
        source: "pev2's lowest band for what takes a share of the time (10, 40, 90 %): https://github.com/dalibo/pev2")
    private static let felt = Threshold(
        "time lost that makes a warning", 1, "ms",
        source: "our choice: a tenth of less is nothing, even a thousand times a second")

    /// `lost`: ms that would be saved if the finding's cause were gone, at most.
    func finding(
        _ metadata: RuleMetadata, at node: ExplainedNode?, lost: Double, confidence: Confidence, tier: Tier,
        title: String, summary: String, evidence: [Evidence], notIf: String, actions: [Action]
    ) -> Finding {
        let share = elapsed > 0 ? min(1, lost / elapsed) : 0
        var facts = evidence
        if let node {
            facts.append(Evidence("node", "node", .count(Int64(node.id))))
            facts.append(Evidence("path", "path", .text(shortPath(node.id))))
            facts.append(Evidence("exclusive", "its own time", .milliseconds(own(node.id))))
        }
        facts.append(Evidence("lost", "time lost, estimated", .milliseconds(lost)))
        return Finding(
            metadata, severity: share >= Self.grave.value && lost >= Self.felt.value ? .warning : .notice, tier: tier,
            title: title,
            objects: [object(node)],
            impact: .share(share), confidence: confidence, summary: summary, evidence: facts, notIf: notIf,
            actions: actions, identity: node.map { [plan.path(of: $0.id)] } ?? [])
    }

    private func object(_ node: ExplainedNode?) -> ObjectReference {
        guard let node, let relation = node.relation else { return ObjectReference(.statement, "plan") }
        return ObjectReference(.relation, (node.schema.map { $0 + "." } ?? "") + relation)
    }

    /// The last steps of the way from the root.
    private func shortPath(_ id: Int) -> String {
        let above = plan.ancestors(of: id).prefix(3).reversed().map(\.kind)
        return (plan.ancestors(of: id).count > 3 ? ["…"] : []).appending(above + [plan.nodes[id].name])
    }

    /// The table of a node, quoted for SQL.
    func quotedRelation(_ node: ExplainedNode) -> String? {
        guard let relation = node.relation else { return nil }
        return (node.schema.map { SQL.identifier($0) + "." } ?? "") + SQL.identifier(relation)
    }

    /// The node may have been stopped before it had returned all its rows, so that too few prove nothing.
    func mayStopEarly(_ node: ExplainedNode) -> Bool {
        var below = node
        for above in plan.ancestors(of: node.id) {
            if below.place == .subPlan || below.place == .initPlan { return true }
            switch above.type {
            case "Limit", "Merge Join": return true
            case "Nested Loop", "Hash Join":
                let isInner = above.children.last(where: { plan.nodes[$0].place == .child }) == below.id
                if isInner && above.joinType != "Inner" && above.joinType != "Left" { return true }
                // A hash that finds its first input empty never asks for the second.
                if above.type == "Hash Join" && !isInner && rows(below) == 0 { return true }
            case "Sort", "Hash": return false
            case "Aggregate": if above.strategy != "Sorted" { return false }
            default: break
            }
            below = above
        }
        return false
    }
}

extension [String] {
    fileprivate func appending(_ others: [String]) -> String { (self + others).joined(separator: " > ") }
}

extension Action {
    /// More memory for the one transaction that runs the statement: it harms nobody else.
    static func raiseWorkMem(toKilobytes needed: Double, gain: Gain) -> Action {
        let megabytes = max(8, Int64((min(needed, 4e9) / 1024 / 8).rounded(.up)) * 8)
        guard megabytes <= 1024 else {
            return Action(
                .cure, "sort and hash fewer or narrower rows",
                steps: [
                    "Some \(Quantity.count(megabytes)) MB would be needed: more than a session should get. Filter earlier, select only "
                        + "the columns that are needed, or let an index bring the order."
                ],
                lock: LockNote.none, gain: gain)
        }
        return Action(
            .fix, "give this statement \(megabytes) MB of work_mem",
            sql: ["SET LOCAL work_mem = '\(megabytes)MB';"],
            steps: [
                "Within the transaction that runs it, behind BEGIN; not for the whole server: each sort and hash of each session may "
                    + "take so much."
            ],
            lock: LockNote.none, gain: gain,
            verify: "EXPLAIN (ANALYZE, BUFFERS) shows no Disk, one batch, no lossy blocks",
            undo: "it ends with the transaction")
    }
}
