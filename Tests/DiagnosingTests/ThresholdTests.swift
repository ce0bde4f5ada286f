import Model
import Testing

@testable import Diagnosing

/// Thresholds that somebody adjusted.
@Suite struct ThresholdTests {
    /// What a rule says, without its words.
    private struct Verdict: Equatable {
        var findings: [String]
        var isWhole: Bool

        init(_ outcome: Outcome) {
            findings = outcome.findings.map { "\($0.fingerprint) \($0.severity)" }
            isWhole = if case .findings = outcome { true } else { false }
        }
    }

    private static func adjustments(
        _ rule: any Rule.Type, _ name: String, _ value: Double
    ) throws -> ThresholdAdjustments {
        let threshold = try rule.metadata.threshold(named: name)
        return ThresholdAdjustments([try threshold.adjusted(to: value, in: rule.metadata.id, at: "here")])
    }

    private static func fires(_ example: RuleExample) -> Bool {
        if case .fires = example.expectation { true } else { false }
    }

    /// Whether one of the rule's examples is judged otherwise when a threshold of it goes to the ends of what is allowed.
    private static func isNoticed(_ rule: any Rule.Type, by examples: [RuleExample]) throws -> Bool {
        let metadata = rule.metadata
        let observations = examples.map { $0.observation() }
        let usual = observations.map { Verdict(rule.init().evaluate($0)) }
        var isNoticed = false
        for threshold in metadata.thresholds {
            for value in [threshold.range.lowerBound, threshold.range.upperBound] {
                let adjusted = try adjustments(rule, threshold.name, value)
                let moved = observations.map { observation in
                    Verdict(adjusted.judging(metadata.id) { rule.init().evaluate(observation) })
                }
                isNoticed = isNoticed || moved != usual
            }
        }
        return isNoticed
    }

    /// What `--threshold` splits at stands in no name; a share is one; each can be moved both ways.
    @Test func namesCanBeWrittenAndUnitsAreTrue() {
        for metadata in allRules.map({ $0.metadata }) {
            for threshold in metadata.thresholds {
                #expect(!threshold.name.contains("="), "\(metadata.id): \(threshold.name)")
                #expect(threshold.name == String(threshold.name.trimmingPrefix(" ")), "\(metadata.id)")
                #expect(threshold.documented > 0, "\(metadata.id): \(threshold.name)")
                if threshold.unit == "share" { #expect(threshold.documented <= 1, "\(metadata.id): \(threshold.name)") }
            }
        }
    }

    /// None may fall over it either.
    @Test(arguments: RuleConventionsTests.cases.filter { !$0.rule.metadata.thresholds.isEmpty })
    func aRuleFollowsItsThresholds(_ tested: RuleConventionsTests.Case) throws {
        let (rule, examples) = (tested.rule, tested.rule.examples)
        let isNoticed =
            try Self.isNoticed(rule, by: examples.filter(Self.fires))
            || Self.isNoticed(rule, by: examples.filter { !Self.fires($0) })
        // Its one threshold is asked for where there are dead rows, which no example has.
        #expect(isNoticed || rule.metadata.id == "configuration.autovacuum-off", "\(rule.metadata.id)")
    }

    /// Rules of all areas whose every firing example is silent with this one threshold out of reach.
    static let silenced: [(rule: String, threshold: String)] = [
        ("capacity.sequence-exhaustion", "share of numbers left"),
        ("configuration.checkpoints-requested", "requested checkpoints"),
        ("exposure.client-burst", "new addresses"), ("index.unused", "size from which it is worth a word"),
        ("locks.long-transaction", "age of the transaction"), ("locks.rollback-rate", "rollbacks a day"),
        ("plan.repeated-sequential-scan", "share of time at which a shape matters"),
        ("schema.no-primary-key", "rows updated or deleted"), ("schema.unlogged-table", "size"),
        ("shape.leading-wildcard-search", "share of time at which a shape matters"),
        ("statistics.stale", "fewest rows"), ("vacuum.table-bloat", "share wasted at least"),
        ("waits.lock-manager", "sessions in it on average, at least"),
        ("workload.heavy-statement", "share of time at which any statement is heavy"),
    ]

    @Test(arguments: silenced)
    func whatFiresGoesSilentAndTheJudgementSaysSo(id: String, name: String) throws {
        let rule = try #require(allRules.first { $0.metadata.id == id })
        let threshold = try rule.metadata.threshold(named: name)
        var isSilenced = false
        for example in rule.examples where Self.fires(example) {
            let observation = example.observation()
            let told = Engine([rule]).judge(observation)
            #expect(told.adjusted.isEmpty && told.silenced.isEmpty)
            for value in [threshold.range.lowerBound, threshold.range.upperBound] {
                let adjusted = try Self.adjustments(rule, name, value)
                let judgement = Engine([rule]).judge(
                    Observation(
                        observation.snapshot, since: observation.earlier, basis: observation.window.basis,
                        thresholds: adjusted))
                #expect(judgement.adjusted == adjusted.all)
                guard judgement.findings.isEmpty else { continue }
                isSilenced = true
                #expect(Set(judgement.silenced.map(\.fingerprint)) == Set(told.findings.map(\.fingerprint)))
            }
        }
        #expect(isSilenced, "\(id) does not follow \(name)")
    }

    /// Seventy rules share this one.
    @Test func anAdjustmentIsOneRulesAndEndsWithItsJudgement() throws {
        let (one, other) = (LeadingWildcardSearch.self, OffsetPaging.self)
        let adjusted = try Self.adjustments(one, "share of time at which a shape matters", 1)
        let value = { CostlyShape.share.value }
        #expect(adjusted.judging(one.metadata.id, value) == 1 && adjusted.judging(other.metadata.id, value) == 0.03)
        #expect(value() == 0.03)
        // Of another rule's threshold that happens to have the same name.
        let twin = Threshold("share of time at which a shape matters", 0.5, "share", source: "a test")
        #expect(adjusted.judging(one.metadata.id) { twin.value } == 0.5)
    }

    @Test func theStrongerStandsAndTheDocumentedOneIsNoAdjustment() throws {
        let rule = LeadingWildcardSearch.self
        let name = "share of time at which a shape matters"
        let (weak, strong) = try (Self.adjustments(rule, name, 0.5), Self.adjustments(rule, name, 0.03))
        #expect(strong.filled(from: weak) == strong && weak.filled(from: strong) == weak)
        #expect(strong.effective.isEmpty && strong.all.count == 1)
        #expect(strong.effective(of: rule.metadata.id).isEmpty && weak.effective(of: rule.metadata.id).count == 1)
    }
}
