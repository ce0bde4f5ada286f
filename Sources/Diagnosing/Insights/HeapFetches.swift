import Model
import Plans

/// An index-only scan that reads the table all the same.
struct HeapFetches: PlanInsight {
    private static let share = Threshold(
        "heap fetches for each row", 0.4, "share",
        source: "pev2's middle band (0, 40, 90 %): https://github.com/dalibo/pev2")
    private static let fetches = Threshold(
        "heap fetches in all", 1000, "rows", source: "our choice: fewer are not felt")
    private static let avoidable = Threshold(
        "share of the scan's time that the visits take", 0.8, "share",
        source: "our choice: a visit costs a page, the index's own entries stand hundreds to one")

    static let metadata = RuleMetadata(
        id: "plan.heap-fetches", title: "Index-only scan that reads the table", area: .plan, needs: [],
        looksAt: "Heap Fetches against the rows that the scan returned and removed",
        why:
            "Without the table an index can only answer for blocks that VACUUM has marked all-visible. The others cost a visit to the table, "
            + "row by row.",
        limits:
            "After a load or on a busy table the marks are gone until the next VACUUM; old snapshots keep them away.",
        thresholds: [share, fetches, avoidable],
        references: ["https://www.postgresql.org/docs/current/indexes-index-only-scans.html"])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        plan.executed.compactMap { node in
            let loops = node.actual?.loops ?? 0
            let read = plan.rows(node) + node.removedByFilter * loops
            // Unlike rows, fetches are not divided by the loops.
            guard let fetches = node.heapFetches, fetches >= Self.fetches.value, fetches >= Self.share.value * read
            else {
                return nil
            }
            let relation = plan.quotedRelation(node)
            return plan.finding(
                Self.metadata, at: node,
                lost: plan.own(node.id) * min(1, fetches / max(read, 1)) * Self.avoidable.value,
                confidence: .high,
                tier: .containment, title: "\(node.name) visits the table for \(Quantity.about(fetches)) rows",
                summary:
                    "\(Quantity.about(fetches)) of \(Quantity.about(read)) rows stand in blocks that are not marked all-visible.",
                evidence: [
                    Evidence("heapFetches", "heap fetches", .number(fetches)),
                    Evidence("read", "rows read", .number(read)),
                ],
                notIf: "the table was just loaded, or an old transaction holds the horizon: then VACUUM cannot mark it",
                actions: [
                    Action(
                        .containment, "vacuum the table", sql: relation.map { ["VACUUM \($0);"] } ?? [], lock: .vacuum,
                        gain: Gain("no visits to the table", .estimated), verify: "Heap Fetches near 0")
                ])
        }
    }
}
