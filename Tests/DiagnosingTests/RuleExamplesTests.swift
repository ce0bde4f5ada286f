import Foundation
import Model
import Testing

@testable import Diagnosing

/// The examples in the rules' files are the rules' tests.
@Suite struct RuleExamplesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: any Rule.Type
        let example: RuleExample
        var testDescription: String { "\(rule.metadata.id): \(example.title)" }
    }

    static let cases = allRules.flatMap { rule in rule.examples.map { Case(rule: rule, example: $0) } }

    @Test(arguments: cases)
    func exampleIsJudgedAsItSays(_ tested: Case) {
        let example = tested.example
        let outcome = tested.rule.init().evaluate(example.observation())
        let place = "\(tested.rule.metadata.id) “\(example.title)” (\(example.file):\(example.line))"
        switch (example.expectation, outcome) {
        case (.fires(let objects), .findings(let findings)), (.fires(let objects), .partial(let findings, _)):
            let found = findings.map { $0.objects.first?.name ?? "nothing" }
            #expect(found.sorted() == objects.sorted(), "\(place) fires on \(found), expected \(objects)")
        case (.fires(let objects), .inconclusive(let reason)):
            Issue.record("\(place) is inconclusive (\(reason)), expected findings on \(objects)")
        case (.silent, .absent): break
        case (.fires(let objects), .absent): Issue.record("\(place) sees nothing, expected findings on \(objects)")
        case (.inconclusive, .absent): Issue.record("\(place) should be inconclusive, sees nothing of its kind")
        case (.silent, .findings(let findings)):
            #expect(findings.isEmpty, "\(place) should be silent, says \(findings.map(\.title))")
        case (.silent, .inconclusive(let reason)), (.silent, .partial(_, let reason)):
            Issue.record("\(place) should be silent, could not judge: \(reason)")
        case (.inconclusive, .findings(let findings)):
            Issue.record("\(place) should be inconclusive, judged \(findings.map(\.title))")
        case (.inconclusive, .inconclusive(let reason)), (.inconclusive, .partial(_, let reason)):
            #expect(!reason.isEmpty, "\(place) gives no reason")
        }
    }

    @Test(arguments: cases)
    func findingsAreComplete(_ tested: Case) throws {
        let (rule, example) = (tested.rule, tested.example)
        let place = "\(rule.metadata.id) “\(example.title)” (\(example.file):\(example.line))"
        let findings: [Finding]
        switch rule.init().evaluate(example.observation()) {
        case .findings(let found), .partial(let found, _): findings = found
        case .inconclusive, .absent: findings = []
        }
        for finding in findings {
            #expect(
                finding.rule == rule.metadata.id && finding.area == rule.metadata.area, "\(place): other rule's name")
            #expect(!finding.title.isEmpty && !finding.title.contains("\n"), "\(place): title is not one line")
            #expect(!finding.summary.isEmpty, "\(place): no summary")
            #expect(!finding.objects.isEmpty, "\(place): is about nothing")
            #expect(!finding.evidence.isEmpty, "\(place): no evidence")
            #expect(!finding.actions.isEmpty, "\(place): no action")
            #expect(finding.impact.value.isFinite, "\(place): impact is \(finding.impact.value)")
            for evidence in finding.evidence {
                #expect(
                    evidence.key.wholeMatch(of: /[a-z][A-Za-z0-9]*/) != nil, "\(place): key \(evidence.key)")
            }
            for action in finding.actions {
                #expect(!action.sql.isEmpty || !action.steps.isEmpty, "\(place): \(action.title) says nothing to do")
                #expect(action.sql.allSatisfy { $0.hasSuffix(";") }, "\(place): SQL without `;` in \(action.title)")
            }
        }
        #expect(
            Set(findings.map(\.fingerprint)).count == findings.count, "\(place): two findings with one fingerprint")
    }

    @Test func healthyServerMakesNoRuleFire() {
        let judgement = Engine().judge(Observation(.healthyExample))
        for finding in judgement.findings {
            Issue.record("\(finding.rule) fires on the healthy example: \(finding.title)")
        }
        #expect(judgement.skipped.isEmpty)
    }
}
