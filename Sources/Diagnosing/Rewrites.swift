import Model
import Statements

extension Judgement {
    /// Statements that the findings advise in place of others, worst findings first.
    package var rewrites: [StatementRewrite] {
        var seen: Set<StatementRewrite> = []
        return findings.flatMap { finding -> [StatementRewrite] in
            guard let object = finding.objects.first, object.kind == .statement, let database = object.database else {
                return []
            }
            return finding.actions.flatMap(\.steps).filter(Self.isStatement).map {
                StatementRewrite(database: database, fingerprint: object.name, text: $0)
            }
        }.filter { seen.insert($0).inserted }
    }

    /// A step in words is none.
    private static func isStatement(_ step: String) -> Bool {
        guard step.hasSuffix(";"), let parsed = try? ParsedStatement(parsing: step) else { return false }
        return parsed.kind != .utility
    }
}

extension StatementAnalysis {
    /// The action with the planner's word on what it gains, where the planner was asked.
    func proven(_ action: Action) -> Action {
        let rewrites = load.representative.rewrites
        guard let plan = rewrites.first(where: { action.steps.contains($0.text) }), plan.costBefore > 0 else {
            return action
        }
        let costs =
            "the planner's cost is \(Quantity.about(plan.costAfter)) instead of \(Quantity.about(plan.costBefore))"
        var action = action
        let saved = 1 - plan.costAfter / plan.costBefore
        action.gain = Gain(
            saved >= 0.01 ? "\(costs): −\(Quantity.percent(saved))" : "\(costs): it sees no gain", .whatIf)
        return action
    }
}
