import Diagnosing
import Model

@testable import Recommending

/// Rules that only lend their metadata: which explains which.
enum Chain {
    struct Blocker: SampleRule {
        static let metadata = sample(
            "locks.blocker", .locks, [Edge(.holdsLock, "index.missing"), Edge(.holdsLock, "locks.waits")])
    }
    struct MissingIndex: SampleRule {
        static let metadata = sample(
            "index.missing", .index, [Edge(.costsTime, "workload.slow"), Edge(.keepsLocksLonger, "locks.blocker")])
    }
    struct Slow: SampleRule {
        static let metadata = sample("workload.slow", .workload, [Edge(.holdsLock, "locks.waits")])
    }
    struct Waits: SampleRule { static let metadata = sample("locks.waits", .locks, []) }

    static let rules: [any Rule.Type] = [Blocker.self, MissingIndex.self, Slow.self, Waits.self]

    private static func sample(_ id: String, _ area: Area, _ explains: [Edge]) -> RuleMetadata {
        RuleMetadata(
            id: id, title: id, area: area, needs: [], looksAt: "", why: "", limits: "", references: [],
            explains: explains)
    }
}

protocol SampleRule: Rule {}

extension SampleRule {
    static var examples: [RuleExample] { [] }
    func evaluate(_ observation: Observation) -> Outcome { .findings([]) }
}

func finding(
    _ rule: any Rule.Type, _ name: String, _ severity: Severity = .warning, _ impact: Impact = .sessions(1),
    _ confidence: Confidence = .high, tier: Tier = .fix, summary: String = "It hurts.", actions: [Action] = [],
    explains: Set<LinkKey> = [], symptomOf: Set<LinkKey> = []
) -> Finding {
    Finding(
        rule.metadata, severity: severity, tier: tier, title: name, objects: [ObjectReference(.relation, name)],
        impact: impact, confidence: confidence, summary: summary, evidence: [], actions: actions, explains: explains,
        symptomOf: symptomOf)
}

func diagnosis(
    _ findings: [Finding], evaluated: [String] = [], inconclusive: [Judgement.Inconclusive] = [],
    skipped: [Judgement.Skipped] = [], _ configure: (inout Snapshot) -> Void = { _ in }
) -> Diagnosis {
    var snapshot = Snapshot.healthyExample
    configure(&snapshot)
    var judgement = Judgement()
    judgement.findings = findings
    judgement.evaluated = evaluated
    judgement.inconclusive = inconclusive
    judgement.skipped = skipped
    return Diagnosis(observation: Observation(snapshot), judgement: judgement, rules: Chain.rules)
}
