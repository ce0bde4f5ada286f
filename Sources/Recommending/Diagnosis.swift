import Diagnosing
import Model

/// The product: what is wrong, ranked, causes above their symptoms, with what was looked at and what was not.
package struct Diagnosis: Sendable {
    package let observation: Observation
    /// Causes and findings that no other explains, most urgent first.
    package let ranked: [RankedFinding]
    package let judgement: Judgement
    /// One to three sentences: effect, cause, object, since when.
    package let headline: String
    /// What to do now, next and for good: at most one step a tier, in the order of the tiers.
    package let plan: [PlannedStep]
    /// Busy sessions by what they were doing; nil without samples.
    package let load: Load?
    /// The usual suspects that were looked at whole and found well, each with its number.
    package let ruledOut: [RuledOut]
    /// What could not be judged, one entry a reason.
    package let notJudged: [NotJudged]
    /// The causal graph: each root with what it brings about, in the order of `ranked`; roots that explain nothing are
    /// left out.
    package let causes: [CauseNode]
    /// Every arrow, those of alternatives too.
    package let links: [CausalLink]
    /// What was accepted and is left out of all this, and which entries need somebody.
    package let suppressions: SuppressionOutcome
    private let causesByFingerprint: [String: [Finding]]
    private let symptomsByFingerprint: [String: [Finding]]
    private let titles: [String: String]

    /// Their names: `checkpoints`, `wraparound`.
    package var cleared: [String] { ruledOut.map(\.name) }
    package var snapshot: Snapshot { observation.snapshot }
    /// All findings in the order of the report: each cause followed by its symptoms.
    package var findings: [Finding] { ranked.flatMap { [$0.finding] + $0.symptoms } }

    package init(judging observation: Observation, engine: Engine = Engine(), suppressions: [Suppression] = []) {
        self.init(
            observation: observation, judgement: engine.judge(observation), rules: engine.rules,
            suppressions: suppressions)
    }

    /// `rules`: those that judged, or more; their metadata says what can explain what.
    package init(
        observation: Observation, judgement: Judgement, rules: [any Rule.Type] = allRules,
        suppressions: [Suppression] = []
    ) {
        self.observation = observation
        self.judgement = judgement
        titles = Dictionary(rules.map { ($0.metadata.id, $0.metadata.title) }, uniquingKeysWith: { first, _ in first })
        load = observation.load
        let explains = Dictionary(rules.map { ($0.metadata.id, $0.metadata.explains) }, uniquingKeysWith: +)
        var causality = Causality(
            judgement.findings, explains: explains, scale: ImpactScale(observation, load))
        let moment = observation.snapshot.takenAt
        var matching = SuppressionMatching(suppressions, judgement.findings, judgement, at: moment)
        let accepted = matching.entries
        causality.hide { place, severity in accepted[place].map { severity <= $0.severity } ?? false }
        // A cause is as grave as the worst that it explains.
        var findings = judgement.findings
        for index in findings.indices { findings[index].severity = causality.severity[index] }
        matching.finish(hidden: causality.hidden, severity: causality.severity, findings, at: moment)
        self.suppressions = matching.outcome
        ranked = causality.roots.map { root in
            RankedFinding(
                finding: findings[root], symptoms: causality.descendants(of: root).map { findings[$0] },
                score: causality.total[root])
        }
        causes = causality.roots.filter { !causality.children[$0].isEmpty }
            .map { CauseNode($0, in: causality, findings) }
        links = causality.drawn
        func lookup(_ links: [[Int]]) -> [String: [Finding]] {
            var found: [String: [Finding]] = [:]
            for (index, others) in links.enumerated() where !others.isEmpty {
                found[findings[index].fingerprint, default: []] += others.map { findings[$0] }
            }
            return found
        }
        causesByFingerprint = lookup(causality.causes)
        symptomsByFingerprint = lookup(causality.symptoms)
        plan = PlannedStep.plan(for: ranked)
        let figures = ClearingFigures(observation, load)
        ruledOut = Coverage.cleared(judgement, rules, observation.snapshot.notes)
            .filter { !figures.contradicts($0) }
            .map { RuledOut($0, figures.figure(of: $0)) }
        notJudged = Coverage.notJudged(judgement, observation.snapshot.notes)
        headline =
            Headline(
                observation.snapshot, ranked, judgement, notJudged, ImpactScale(observation, load),
                suppressed: matching.outcome.suppressed.count
            ).text
    }

    /// The findings that directly explain this one; the one under which it is shown is among them.
    package func causes(of finding: Finding) -> [Finding] { causesByFingerprint[finding.fingerprint] ?? [] }

    /// The findings that this one directly explains, greatest first.
    package func symptoms(of finding: Finding) -> [Finding] { symptomsByFingerprint[finding.fingerprint] ?? [] }

    package func title(ofRule rule: String) -> String? { titles[rule] }

    /// Whether a finding is at least so severe (`--fail-on`).
    package func reaches(failOn severity: Severity) -> Bool { findings.contains { $0.severity >= severity } }
}

/// A finding with its place among the others.
package struct RankedFinding: Sendable {
    package var finding: Finding
    /// The findings that this one explains, directly or through others; greatest first.
    package var symptoms: [Finding]
    /// What the order was made from: severity first, then this, in sessions; see `ImpactScale`.
    package var score: Double
}
