import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

@Suite("What the rules say of their own examples can be written")
struct RuleFindingsTests {
    /// The first finding of every example that fires, of every rule.
    static let findings: [Finding] = allRules.flatMap { type in
        type.examples.flatMap { example -> [Finding] in
            guard case .fires = example.expectation else { return [] }
            switch type.init().evaluate(example.observation()) {
            case .findings(let findings), .partial(let findings, _): return Array(findings.prefix(1))
            case .inconclusive, .absent: return []
            }
        }
    }

    static var report: Report {
        var judgement = Judgement.sampleOfMany
        judgement.findings = findings
        judgement.evaluated = allRules.map { $0.metadata.id }
        let diagnosis = Diagnosis(observation: Observation(SampleSnapshot.sick), judgement: judgement)
        return Report(diagnosis, options: ReportOptions(verbose: true))
    }

    @Test func jsonKeepsTheSchema() throws {
        #expect(try Schema.complaints([Self.report.json()]) == "")
    }

    @Test func theTerminalShowsAllOfThem() {
        let text = Self.report.terminal()
        for finding in Self.findings { #expect(text.contains("finding \(finding.fingerprint)")) }
    }

    @Test func theTerminalFitsButForSQL() {
        // A line of SQL or of a command may be longer, and so may the lines of a statement that is printed whole.
        var verbatim: Set<String> = []
        for action in Self.findings.flatMap(\.actions) {
            let texts: [String] = action.sql + action.steps + [action.verify ?? "", action.undo ?? ""]
            for text in texts {
                for line in Visible.block(text).split(separator: "\n") {
                    verbatim.insert(String(line.drop { $0 == " " }))
                }
            }
        }
        for line in Self.report.terminal().split(separator: "\n") where DisplayWidth.of(line) > 80 {
            #expect(verbatim.contains { line.hasSuffix($0) }, "\(line)")
        }
    }

    @Test func thePageIsWellFormed() {
        #expect(Markup.unbalanced(Self.report.html()) == [])
    }
}
