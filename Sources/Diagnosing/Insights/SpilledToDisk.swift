import Model
import Plans

/// A sort or hash that was larger than its memory.
struct SpilledToDisk: PlanInsight {
    private static let growth = Threshold(
        "times the file's size that memory takes", 3, "times",
        source: "measured on PostgreSQL 15: sorting 300,000 rows of 40 bytes took 15 MB on disk, 38 MB in memory")
    private static let hashMemory = Threshold(
        "times work_mem that a hash may take", 2, "times",
        source:
            "default of hash_mem_multiplier since 15: https://www.postgresql.org/docs/current/runtime-config-resource.html"
    )
    private static let avoidable = Threshold(
        "share of its own time that is taken for avoidable", 0.5, "share",
        source: "our choice: sorting in memory still takes time")

    static let metadata = RuleMetadata(
        id: "plan.spilled-to-disk", title: "Sort or hash that spilled", area: .plan, needs: [],
        looksAt: "Sort Method with Disk, hashes with more than one batch, HashAggregate with Disk Usage",
        why: "What does not fit into work_mem is written to temporary files and read again, sometimes more than once.",
        limits:
            "Files hold rows more densely than memory: the size that would do is an estimate, and for each process.",
        thresholds: [growth, hashMemory, avoidable],
        references: ["https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.compactMap { node in
            let files = node.sorts.filter(\.isOnDisk).map(\.space)
            if let largest = files.max() {
                return finding(
                    node, plan, "writes \(Quantity.bytes(Int64(files.reduce(0, +)) * 1024)) to disk",
                    needed: largest * Self.growth.value,
                    [Evidence("disk", "temporary files", Self.size(files.reduce(0, +)))])
            }
            let batches = node.batches ?? 1
            guard batches > 1 else { return nil }
            // A hash join keeps one batch in memory at a time.
            let whole = (node.memory ?? 0) * batches + (node.disk ?? 0) * (node.type == "Hash" ? 0 : Self.growth.value)
            return finding(
                node, plan, "needs \(Quantity.about(batches)) batches", needed: whole / Self.hashMemory.value,
                [
                    Evidence("batches", "batches", .number(batches)),
                    Evidence("memory", "memory of one batch", Self.size(node.memory ?? 0)),
                ])
        }
    }

    private static func size(_ kilobytes: Double) -> Evidence.Value { .bytes(Int64(min(kilobytes, 1e12) * 1024)) }

    private func finding(
        _ node: ExplainedNode, _ plan: MeasuredPlan, _ what: String, needed: Double, _ evidence: [Evidence]
    ) -> Finding {
        // The batches of a hash are worked through by the join above it.
        let join = node.type == "Hash" ? node.parent.map { plan.own($0) } ?? 0 : 0
        return plan.finding(
            Self.metadata, at: node, lost: (plan.own(node.id) + join) * Self.avoidable.value, confidence: .medium,
            tier: .fix,
            title: "\(node.kind) \(what)",
            summary:
                "\(node.kind) had less memory than its rows take: it wrote them to temporary files and read them again.",
            evidence: evidence, notIf: "it is a nightly report that may take its time",
            actions: [.raiseWorkMem(toKilobytes: needed, gain: Gain("no temporary files", .estimated))])
    }
}
