import Diagnosing
import Model

extension JSONReport {
    func statement(_ load: StatementLoad) -> JSONValue {
        let counters = load.counters
        let representative = load.representative
        return [
            "database": .string(load.database), "fingerprint": .optional(representative.fingerprint),
            "queryids": .strings(load.queryIDs.map(String.init)), "roles": .strings(load.roles),
            "text": .optional(load.text), "share": .rounded(load.share, places: 6), "calls": .integer(counters.calls),
            "totalTimeMs": .rounded(counters.executionTime), "meanTimeMs": .rounded(counters.meanTime),
            "planTimeMs": .rounded(counters.planTime), "jitTimeMs": .rounded(counters.jitTime),
            "rows": .integer(counters.rows), "sharedBlocksHit": .integer(counters.sharedBlocksHit),
            "sharedBlocksRead": .integer(counters.sharedBlocksRead),
            "temporaryBlocksWritten": .integer(counters.temporaryBlocksWritten),
            "walBytes": .integer(counters.walBytes), "planBasis": .optional(load.plan.map(planBasis)),
            "planNote": .optional(load.plan == nil ? representative.planNote : nil),
        ]
    }

    private func planBasis(_ plan: StatementPlan) -> String {
        plan.basis == .equivalentSelect ? "equivalent-select" : plan.basis.rawValue
    }
}
