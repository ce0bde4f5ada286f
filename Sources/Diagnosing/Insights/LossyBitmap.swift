import Model
import Plans

/// A bitmap that had no room for rows and remembered whole blocks.
struct LossyBitmap: PlanInsight {
    private static let share = Threshold(
        "share of lossy blocks", 0.01, "share",
        source: "our choice; pganalyze names any: https://pganalyze.com/docs/explain/insights/lossy-bitmaps")
    private static let perBlock = Threshold(
        "bytes of bitmap a heap block", 64, "bytes",
        source: "PagetableEntry in src/backend/nodes/tidbitmap.c takes some 48, in a hash table that is not full")

    static let metadata = RuleMetadata(
        id: "plan.lossy-bitmap", title: "Bitmap that became lossy", area: .plan, needs: [],
        looksAt: "Heap Blocks lossy against exact, and Rows Removed by Index Recheck",
        why:
            "A bitmap larger than work_mem keeps only the numbers of blocks: every row of such a block is looked at again.",
        limits: "The size that would do is an estimate.", thresholds: [share, perBlock],
        references: ["https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.compactMap { node in
            let blocks = node.lossyBlocks + node.exactBlocks
            guard node.lossyBlocks > 0, node.lossyBlocks >= Self.share.value * blocks else { return nil }
            let removed = node.removedByRecheck * (node.actual?.loops ?? 0)
            let seen = removed + plan.rows(node)
            return plan.finding(
                Self.metadata, at: node, lost: seen > 0 ? plan.own(node.id) * removed / seen : 0, confidence: .medium,
                tier: .fix,
                title: "\(node.name) rechecks \(Quantity.percent(node.lossyBlocks / blocks)) of its blocks row by row",
                summary:
                    "\(Quantity.about(node.lossyBlocks)) of \(Quantity.about(blocks)) blocks were kept without their rows: "
                    + "\(Quantity.about(removed)) rows were looked at for nothing.",
                evidence: [
                    Evidence("lossyBlocks", "lossy blocks", .number(node.lossyBlocks)),
                    Evidence("exactBlocks", "exact blocks", .number(node.exactBlocks)),
                    Evidence("removed", "rows removed by recheck", .number(removed)),
                ],
                notIf: "nearly every row of those blocks is wanted anyway",
                actions: [
                    .raiseWorkMem(
                        toKilobytes: blocks * Self.perBlock.value / 1024, gain: Gain("no recheck", .estimated))
                ])
        }
    }
}
