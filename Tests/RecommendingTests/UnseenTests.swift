import Diagnosing
import Foundation
import Model
import Testing

@testable import Recommending

/// Unknown is never healthy: of every rule, each of its own examples that fire is judged again without what somebody could
/// not read. The rule must still find it, or say that it could not judge.
@Suite("What was not seen is not well") struct UnseenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: any Rule.Type
        var testDescription: String { rule.metadata.id }
        var firing: [RuleExample] {
            rule.examples.filter { if case .fires = $0.expectation { true } else { false } }
        }
    }

    static let cases = allRules.map(Case.init)

    @Test func everyKindOfEvidenceCanBeTakenAway() {
        let known = Set(Unseen.wipe.keys).union(Unseen.withoutTrace)
        #expect(EvidenceKind.allCases.filter { !known.contains($0) } == [], "say in Unseen.wipe what is left of it")
    }

    @Test(arguments: cases) func withoutOneKindOfEvidenceNothingIsCalledWell(_ tested: Case) {
        for example in tested.firing {
            let whole = example.observation()
            let seen = Engine([tested.rule]).judge(whole).findings.count
            for kind in Unseen.wipe.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                let judgement = Engine([tested.rule]).judge(Unseen.observation(whole, without: [kind]))
                let isOpen = !judgement.skipped.isEmpty || !judgement.inconclusive.isEmpty
                #expect(
                    isOpen || judgement.findings.count >= seen,
                    "\(tested.rule.metadata.id) “\(example.title)” is judged well without \(kind.rawValue)")
            }
        }
    }
}
