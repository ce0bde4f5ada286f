@testable import Diagnosing
import Foundation
import Model
import Recommending

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
        return Diagnosis(observation: Observation(SampleSnapshot.sick), judgement: judgement, rules: explaining)
    }

    /// Nothing to say, and nothing hidden.
    static let healthy = Sample(name: "healthy") {
        var snapshot = Snapshot.healthyExample
        snapshot.cost = .make { ($0.serverTime, $0.roundTrips, $0.statements) = (9.1, 5, 38) }
        var judgement = Judgement()
        judgement.evaluated = rules(118)
        return Diagnosis(observation: Observation(snapshot), judgement: judgement)
    }

    /// A role that may see little.
    static let degraded = Sample(name: "degraded") {
        var snapshot = Snapshot.healthyExample
        snapshot.statementStatistics = nil
        snapshot.lockHistory = nil
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
        return Diagnosis(observation: Observation(snapshot), judgement: judgement)
    }

    /// Names of rules as real ones have them, so that what was cleared can be told.
    private static func rules(_ count: Int) -> [String] {
        ["workload.checkpoints", "vacuum.wraparound", "capacity.replication-lag", "plan.spilling-sort"]
            + (5...count).map { "configuration.rule-\($0)" }
    }
}

/// Rules that only say what they explain; the sample's findings are made by hand.
let explaining: [any Rule.Type] = [Blocking.self, Unindexed.self]

private struct Blocking: Rule {
    static let metadata = explainer(
        "locks.root-blocker", .locks,
        [Edge(.queuesStrongLock, "locks.ddl-in-queue"), Edge(.occupiesConnections, "capacity.connections")])
    static let examples: [RuleExample] = []
    func evaluate(_ observation: Observation) -> Outcome { .findings([]) }
}

private struct Unindexed: Rule {
    static let metadata = explainer("index.missing-on-foreign-key", .index, [.costsTime])
    static let examples: [RuleExample] = []
    func evaluate(_ observation: Observation) -> Outcome { .findings([]) }
}

private func explainer(_ id: String, _ area: Area, _ explains: [Edge]) -> RuleMetadata {
    var metadata = Sample.metadata(id, area)
    metadata.explains = explains
    return metadata
}

extension Judgement {
    /// As many findings as the largest of servers gave.
    static var sampleOfMany: Judgement {
        var judgement = Judgement()
        judgement.findings = (1...200).map { number in
            var finding = Findings.missingIndex
            finding.identity = ["\(number)"]
            return finding
        }
        return judgement
    }
}
