import Model
import Plans

/// A parallel plan in which one process did what all should.
struct UnevenWorkers: PlanInsight {
    private static let times = Threshold(
        "time of the busiest process, in means of all", 2, "times",
        source: "our choice: with twice the mean the parallel plan runs at half of its speed at best")
    private static let rows = Threshold(
        "rows of the busiest process", 10_000, "rows",
        source: "our choice: fewer are handed out in too few portions to be even")

    static let metadata = RuleMetadata(
        id: "plan.uneven-workers", title: "One process does the work of all", area: .plan, needs: [],
        looksAt:
            "what each worker did in a node below Gather, and what is left for the leader; EXPLAIN (VERBOSE) tells",
        why:
            "Gather waits for the last process. Where one gets nearly all rows (a nested loop whose outer side has few, a partition for "
            + "each worker, a value that most rows have) the others are done early, and the plan is hardly quicker than a serial one.",
        limits:
            "Only with VERBOSE. Processes that start late, when the work is nearly done, look idle too: short queries are left out.",
        thresholds: [times, rows],
        references: [
            "https://www.postgresql.org/docs/current/parallel-plans.html",
            "https://www.postgresql.org/docs/current/using-explain.html",
        ])

    func judge(_ plan: MeasuredPlan) -> [Finding] {
        let uneven = plan.executed.compactMap { node in skew(of: node, in: plan).map { (node, $0) } }
        // A node above has its input's unevenness: the lowest is told.
        let ids = Set(uneven.map(\.0.id))
        return uneven.filter { node, _ in ids.isDisjoint(with: node.children) }.map { finding($0, $1, plan) }
    }

    private struct Skew {
        var busiest: String
        /// ms
        var time: Double
        var mean: Double
        var rows: Double
        var processes: Int
    }

    private func skew(of node: ExplainedNode, in plan: MeasuredPlan) -> Skew? {
        guard let actual = node.actual, let mean = actual.totalTime, !node.workers.isEmpty else { return nil }
        var processes = node.workers.map { worker in
            (
                name: "worker \(worker.number)", rows: worker.actual.rows * worker.actual.loops,
                time: (worker.actual.totalTime ?? 0) * worker.actual.loops
            )
        }
        let loops = actual.loops - node.workers.reduce(0) { $0 + $1.actual.loops }
        if loops > 0 {
            processes.append(
                (
                    name: "the leader", rows: max(0, actual.rows * actual.loops - processes.reduce(0) { $0 + $1.rows }),
                    time: max(0, mean * actual.loops - processes.reduce(0) { $0 + $1.time })
                ))
        }
        guard processes.count > 1, let busiest = processes.max(by: { $0.time < $1.time }) else { return nil }
        let meanTime = processes.reduce(0) { $0 + $1.time } / Double(processes.count)
        guard busiest.time >= Self.times.value * meanTime, busiest.rows >= Self.rows.value else { return nil }
        return Skew(
            busiest: busiest.name, time: busiest.time, mean: meanTime, rows: busiest.rows, processes: processes.count)
    }

    private func finding(_ node: ExplainedNode, _ skew: Skew, _ plan: MeasuredPlan) -> Finding {
        plan.finding(
            Self.metadata, at: node, lost: skew.time - skew.mean, confidence: .medium, tier: .cure,
            title: "\(skew.busiest) does most of \(node.name)",
            summary:
                "Of \(skew.processes) processes, \(skew.busiest) took \(Quantity.milliseconds(skew.time)) in \(node.name) for "
                + "\(Quantity.about(skew.rows)) rows; the mean is \(Quantity.milliseconds(skew.mean)). The others waited.",
            evidence: [
                Evidence("busiestTime", "time of the busiest process", .milliseconds(skew.time)),
                Evidence("meanTime", "mean time of a process", .milliseconds(skew.mean)),
                Evidence("busiestRows", "its rows", .number(skew.rows)),
            ],
            notIf: "the other processes started late: run it again",
            actions: [
                Action.rewrite(
                    "let the scan that all processes share be the large one",
                    steps: [
                        "See what the processes divide among them: the lowest node that is called Parallel. Where it reads few rows, each of "
                            + "which leads to many, the work cannot be shared out.",
                        "A join in the other order, or a Parallel Hash Join, divides the large side: statistics of the join's columns "
                            + "decide, so ANALYZE both tables first.",
                    ], gain: Gain("up to the difference to the mean", .estimated),
                    verify: "EXPLAIN (ANALYZE, VERBOSE): the workers' rows are alike")
            ])
    }
}
