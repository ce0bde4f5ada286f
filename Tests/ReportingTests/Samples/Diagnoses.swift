@testable import Diagnosing
import Foundation
import Model
@testable import Recommending

extension Sample {
    /// REPORT.md's case: a lock pile, a missing index, NOT IN, a held horizon.
    static let sick = Sample(name: "sick") {
        var judgement = Judgement()
        judgement.findings =
            [Findings.blocker, Findings.queued, Findings.pool, Findings.missingIndex, Findings.slowDelete]
            + [Findings.notIn, Findings.horizon] + Findings.notices
        judgement.evaluated = rules(118)
        judgement.inconclusive = [
            .init(rule: "index.unused", title: "Unused index", reason: "statistics cover 3 days, 30 are needed")
        ]
        return Diagnosis.sample(
            Observation(SampleSnapshot.sick), judgement,
            groups: [
                (Findings.blocker, [Findings.queued, Findings.pool]), (Findings.missingIndex, [Findings.slowDelete]),
                (Findings.notIn, []), (Findings.horizon, []),
            ] + Findings.notices.map { ($0, []) },
            headline: Findings.blocker.summary)
    }

    /// Nothing to say, and nothing hidden.
    static let healthy = Sample(name: "healthy") {
        var snapshot = Snapshot.healthyExample
        snapshot.cost = .make { ($0.serverTime, $0.roundTrips, $0.statements) = (9.1, 5, 38) }
        var judgement = Judgement()
        judgement.evaluated = rules(118)
        return Diagnosis.sample(
            Observation(snapshot), judgement, groups: [],
            headline: "Nothing that hurts now. Looked at 118 rules; all could be judged.")
    }

    /// A role that may see little.
    static let degraded = Sample(name: "degraded") {
        var snapshot = Snapshot.healthyExample
        snapshot.statementStatistics = nil
        snapshot.server.isInRecovery = true
        snapshot.server.host = "/var/run/postgresql"
        snapshot.cost = .make { ($0.roundTrips, $0.statements) = (4, 30) }
        snapshot.notes = [
            .make {
                ($0.evidence, $0.reason, $0.isTotal) = (.statements, .privilege, true)
                $0.text = "role monitor may not see the statements of other roles"
                $0.remedy = "GRANT pg_monitor TO monitor;"
            }
        ]
        var judgement = Judgement()
        judgement.evaluated = rules(61)
        judgement.skipped = (1...7).map {
            .init(
                rule: "workload.rule-\($0)", title: "Rule \($0)",
                reason: "role monitor may not see the statements of other roles",
                remedy: "GRANT pg_monitor TO monitor;")
        }
        judgement.skipped.append(
            .init(
                rule: "index.what-if", title: "Index proven by what-if",
                reason: "HypoPG is not installed in database shop", remedy: "CREATE EXTENSION hypopg;"))
        judgement.inconclusive = [
            .init(rule: "index.unused", title: "Unused index", reason: "statistics cover 3 days, 30 are needed")
        ]
        judgement.findings = [Findings.notices[2]]
        return Diagnosis.sample(
            Observation(snapshot), judgement, groups: [(Findings.notices[2], [])],
            headline: "Nothing that hurts was seen, but statements were not looked at: 9 of 70 rules could not judge.")
    }

    private static func rules(_ count: Int) -> [String] { (1...count).map { "area.rule-\($0)" } }
}

extension Diagnosis {
    static func sample(
        _ observation: Observation, _ judgement: Judgement, groups: [(Finding, [Finding])], headline: String
    ) -> Diagnosis {
        Diagnosis(
            observation: observation,
            ranked: groups.map { RankedFinding(finding: $0.0, symptoms: $0.1, score: 1) },
            judgement: judgement, headline: headline)
    }
}
