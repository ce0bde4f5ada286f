import Model
import Statements

/// What the rules about row security policies share.
extension Observation {
    /// What is said where there is no policy to judge, or nothing to judge it by; nil: there is.
    var outcomeWithoutPolicies: Outcome? {
        let catalogs = snapshot.catalogs
        guard catalogs.contains(where: { $0.policies != nil }) else { return .inconclusive("policies were not read") }
        guard catalogs.contains(where: { !($0.policies ?? []).isEmpty }) else { return .findings([]) }
        guard workload.totalTime >= CostlyShape.leastTime.value else {
            return .inconclusive("hardly any statement ran in the window")
        }
        return nil
    }

    /// The statements that cost, name the table, and touch so many blocks a call; the costliest first.
    func costlyStatements(on table: QualifiedName, in database: String, blocks: Double) -> [StatementAnalysis] {
        // By falling time: all but the first few are never looked at.
        analyses.all.prefix(while: { $0.load.share >= CostlyShape.share.value }).filter { analysis in
            analysis.load.database == database && analysis.mayTouchInAll(atLeast: blocks)
                && analysis.shape.relations.contains(table)
        }
    }
}
