import Model
import Plans

/// What the plan of a slow call, measured while it ran, was slow by.
struct LoggedSlowCall: StatementRule {
    private static let lost = Threshold(
        "share of the call's time that is lost", 0.3, "share",
        source: "our choice: pev2 marks nodes from 40 % of the time on as grave; a cause may spread over several")

    static let metadata = RuleMetadata(
        id: "plan.logged-slow-call",
        title: "Slow call whose plan shows why",
        area: .plan,
        needs: [.statements, .statementTexts, .loggedPlans],
        looksAt: "the plan of each costly statement's slowest calls that auto_explain wrote to the server's log with "
            + "auto_explain.log_analyze, by the same rules as pgmedic plan",
        why:
            "The planner's guess says what should be slow; a plan that was measured in a real call, with its real parameters, says "
            + "what was: the node that took the time, and what it did there.",
        limits:
            "Needs auto_explain.log_analyze. The logged calls are the slow ones, not the usual. What could be saved is an estimate, as "
            + "pgmedic plan explains it. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, lost],
        references: ["https://www.postgresql.org/docs/current/auto-explain.html"],
        explains: [.costsTime, .variesTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let worst = analysis.load.loggedPlans.compactMap { call in
            call.measured.findings.first.map { (call, $0) }
        }.first { $0.1.impact.value >= Self.lost.value }
        guard let (call, found) = worst else { return nil }
        let others = call.measured.findings.dropFirst().prefix(3).map(\.title)
        return analysis.finding(
            Self.metadata, confidence: found.confidence, title: found.title, about: call.relations(in: analysis),
            summary: "A statement with \(analysis.cost) was logged with its plan (\(call.times)). \(found.summary)",
            evidence: found.evidence + [Evidence("plan", "plan", .text(call.plan.outline))]
                + (others.isEmpty ? [] : [Evidence("alsoInThePlan", "also in the plan", .list(others))]),
            notIf: found.notIf, tier: found.tier, impact: .share(analysis.load.share * found.impact.value),
            actions: found.actions, symptomOf: Set(misjudged(call, analysis)))
    }

    /// The relations of a plan in which rows were misjudged: what the planner chose by them is what was slow.
    private func misjudged(_ call: MeasuredCall, _ analysis: StatementAnalysis) -> [LinkKey] {
        guard call.measured.findings.contains(where: { $0.rule == RowMisestimate.metadata.id }) else { return [] }
        return call.relations(in: analysis).map { .statistics($0, database: analysis.load.database) }
    }

    static let examples: [RuleExample] = [
        .fires("millions of rows were read and thrown away", on: "f1") { $0.addLogged((calls: 3, mean: 4000, .slow)) },
        .fires("ten rows were planned and half a million came", on: "f1") {
            $0.addLogged((calls: 3, mean: 4000, .misjudged))
        },
        .silent("nothing is wrong with the plan") { $0.addLogged((calls: 3, mean: 4000, .measured)) },
        .silent("nodes were not measured") { $0.addLogged((calls: 3, mean: 4000, .quick)) },
        .silent("nothing was logged") { $0.addLogged() },
    ]
}
