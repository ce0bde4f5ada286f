import Foundation
import Model
import Testing

@testable import Diagnosing
@testable import Recommending

/// Every arrow that a rule declares can be drawn: in one of the rule's own examples that fire, with the effect added where
/// the example does not have it, both rules fire, they meet, and figures bear it out.
@Suite("Each arrow of the causal graph") struct EdgeTests {
    struct Declared: Sendable, CustomTestStringConvertible {
        var cause: any Rule.Type
        var edge: Edge
        var testDescription: String { "\(cause.metadata.id) \(edge.mechanism.rawValue) \(edge.effect)" }
    }

    static let declared = allRules.flatMap { rule in rule.metadata.explains.map { Declared(cause: rule, edge: $0) } }

    @Test(arguments: declared) func isDrawn(_ declared: Declared) throws {
        let effect = try #require(allRules.first { $0.metadata.id == declared.edge.effect })
        let examples = declared.cause.examples.filter { if case .fires = $0.expectation { true } else { false } }
        let links = examples.lazy.flatMap { example in
            let observation = example.observation()
            return Effects.changes(for: declared.edge.effect).lazy.flatMap { change -> [CausalLink] in
                var snapshot = observation.snapshot
                change(&snapshot)
                let seen = Observation(
                    snapshot, since: observation.earlier, basis: observation.window.basis, peer: observation.peer)
                let diagnosis = Diagnosis(judging: seen, engine: Engine([declared.cause, effect]))
                return diagnosis.links.filter { $0.mechanism == declared.edge.mechanism }
            }
        }
        let link = try #require(links.first, "in none of \(examples.count) examples")
        #expect(!link.shared.isEmpty && !link.meeting.isEmpty)
        #expect(!link.evidence.isEmpty, "no figure bears it out")
        #expect(!link.mechanism.test.isEmpty)
    }

    @Test func mechanismsAreToldApart() {
        #expect(Set(Mechanism.allCases.map(\.name)).count == Mechanism.allCases.count)
        let used = Set(Self.declared.map(\.edge.mechanism))
        #expect(Mechanism.allCases.filter { !used.contains($0) }.map(\.rawValue) == [], "a word that nobody uses")
    }
}
