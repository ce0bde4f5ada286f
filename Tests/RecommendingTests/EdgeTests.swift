import Diagnosing
import Model
import Testing

@testable import Recommending

/// Every arrow that a rule declares is drawn in some example, with what bears it out.
@Suite struct EdgeTests {
    struct Drawn: Hashable {
        var cause: String
        var effect: String
    }

    /// By the rules at their ends, the arrows of all examples that fire.
    static let drawn: [Drawn: CausalLink] = {
        var found: [Drawn: CausalLink] = [:]
        let examples = allRules.flatMap { $0.examples }
        for example in examples {
            guard case .fires = example.expectation else { continue }
            let diagnosis = Diagnosis(judging: example.observation())
            let rules = Dictionary(
                diagnosis.findings.map { ($0.fingerprint, $0.rule) }, uniquingKeysWith: { first, _ in first })
            for link in diagnosis.links { found[Drawn(cause: rules[link.cause]!, effect: rules[link.effect]!)] = link }
        }
        return found
    }()

    @Test func show() {
        for rule in allRules.map({ $0.metadata }) {
            for edge in rule.explains where Self.drawn[Drawn(cause: rule.id, effect: edge.effect)] == nil {
                print("MISSING \(rule.id) -> \(edge.effect)")
            }
        }
        for (d, l) in Self.drawn { print("DRAWN \(d.cause) -> \(d.effect): \(l.mechanism.name); \(l.meeting); \(l.evidence.map(\.label)); \(l.confidence)") }
    }
}
