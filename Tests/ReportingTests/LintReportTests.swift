import Diagnosing
import Foundation
import Model
import Reporting
import Testing

@Suite("What lint says can be read by machines")
struct LintReportTests {
    /// With a name that attacks every format.
    private static var report: LintReport {
        var report = LintReport()
        report.statements = 3
        let finding = Finding(
            Sample.metadata("shape.x", .shape), severity: .warning, tier: .cure, title: "100 % of \(Sample.evil)",
            objects: [], impact: .none, confidence: .high, summary: "", evidence: [],
            actions: [
                Action(.cure, "write it anew", steps: ["So:", "SELECT 1;"], gain: Gain("much", .ruleOfThumb))
            ])
        report.results = [
            .init(file: "a b,c:\n.sql", line: 4, column: 2, finding: finding, why: "It hurts.", share: 0.25)
        ]
        report.remarks = [.init(file: "x.sql", line: 7, "not judged"), .init("assumed")]
        return report
    }

    @Test func jsonKeepsWhatTheSchemaPromises() throws {
        #expect(try Schema.complaints([Self.report.json(), LintReport().json()], of: "lint-1") == "")
        let json = Self.report.json()
        #expect(json.contains(#""rewrite": "SELECT 1;""#) && json.contains(#""rewriteNote": "So:""#))
    }

    @Test func annotationsAreOneLineEachAndEscaped() {
        let lines = Self.report.github().split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("::warning file=a b%2Cc%3A"))
        #expect(lines[0].contains("100 %25 of"))
        #expect(lines[1] == "::notice file=x.sql,line=7::not judged" && lines[2] == "::notice::assumed")
    }

    @Test func nothingHiddenReachesTheTerminal() {
        let text = Self.report.terminal(width: 80, color: false)
        #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.isInvisible })
        #expect(text.contains("(25 % of the server's time)"))
    }

    @Test func sarifEscapesPaths() {
        #expect(Self.report.sarif(generator: "1.0.0").contains(#""uri": "a%20b%2Cc%3A%0A.sql""#))
    }
}
