import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

/// Every format counts what is suppressed and says who accepted it; none lets a name of the server break out.
@Suite struct SuppressionReportTests {
    private static let evil = "<b>&\"|*`\u{1B}[31m"

    private func report(entries: (Finding) -> [Suppression], verbose: Bool = false) throws -> Report {
        var snapshot = Snapshot.healthyExample
        for place in snapshot.settings.indices where snapshot.settings[place].name == "fsync" {
            snapshot.settings[place].value = "off"
        }
        let observation = Observation(snapshot)
        let finding = try #require(Diagnosis(judging: observation).findings.first { $0.severity == .critical })
        let diagnosis = Diagnosis(judging: observation, suppressions: entries(finding))
        return Report(diagnosis, options: ReportOptions(verbose: verbose))
    }

    private func accepted(
        _ finding: Finding, as severity: Severity = .critical, until: String? = nil
    ) -> Suppression {
        Suppression(
            .fingerprint(finding.fingerprint, rule: nil), severity: severity, reason: "test copy \(Self.evil)",
            owner: "ann", until: until, place: "p.yaml:3")
    }

    @Test func allFormatsCountAndNameIt() throws {
        let report = try report { [accepted($0)] }
        for text in [report.markdown(), report.html(), report.json()] {
            #expect(text.contains("test copy") && text.contains("ann"))
            #expect(!text.contains("\u{1B}"))
        }
        #expect(report.markdown().contains("1 finding (1 critical) suppressed"))
        #expect(report.html().contains("1 finding (1 critical) suppressed") && !report.html().contains("<b>&"))
        #expect(report.terminal().contains("suppressed  1 finding (1 critical)"))
        #expect(!report.terminal().contains("test copy"), "the first screen counts, --verbose tells")
        #expect(try self.report(entries: { [accepted($0)] }, verbose: true).terminal().contains("test copy"))
    }

    @Test func whatNeedsSomebodyIsToldOnTheFirstScreen() throws {
        let lapsed = try report { [accepted($0, until: "2020-01-01")] }.terminal()
        #expect(lapsed.contains("which is") && lapsed.contains("p.yaml:3"))
        #expect(try report { [accepted($0, as: .notice)] }.terminal().contains("accepted as notice"))
    }

    @Test func theSchemaKnowsAllOfIt() throws {
        let reports = try [
            report { [accepted($0)] }, report { [accepted($0, until: "2026-03-10")] },
            report { [accepted($0, until: "2020-01-01")] }, report { [accepted($0, as: .notice)] },
            report { _ in
                [
                    Suppression(
                        .object("public.none", rule: "index.unused", database: "shop"), severity: .notice,
                        reason: "r", owner: "o", place: "p.yaml:9")
                ]
            },
        ]
        #expect(try Schema.complaints(reports.map { $0.json() }) == "")
    }

    @Test func withoutEntriesNothingIsSaid() throws {
        let report = try report { _ in [] }
        #expect(!report.terminal().contains("suppressed") && !report.markdown().contains("Suppressed"))
        #expect(!report.html().contains("Suppressed"))
    }
}
