import Diagnosing
import Foundation
import Model
import Recommending
import TestKit
import Testing

@testable import Reporting

@Suite("The report stays readable when everything is wrong") struct ReadableReportTests {
    private let diagnosis = SickOfAll.diagnosis

    @Test func moreThanFortyThingsAreWrong() {
        #expect(Set(diagnosis.findings.map(\.rule)).count >= 40)
        #expect(diagnosis.findings.count >= 110)
    }

    @Test func theFirstScreenTellsTheStory() throws {
        let lines = SickOfAll.report(quiet: true).terminal().split(separator: "\n", omittingEmptySubsequences: false)
        let screen = lines.prefix(24).joined(separator: "\n")
        let folded = screen.split { $0.isWhitespace }.joined(separator: " ")
        #expect(folded.contains(String(diagnosis.headline.prefix(60))))
        for tier in diagnosis.plan.map(\.tier.rawValue) { #expect(screen.contains(" \(tier) ")) }
        let first = try #require(diagnosis.ranked.first)
        #expect(screen.contains("1 \(first.finding.severity.mark)"), "\(screen)")
        #expect(lines.count <= 52, "\(lines.count) lines")
        let whole = SickOfAll.report().terminal().split(separator: "\n")
        #expect(whole.count <= 1200 && whole.contains { $0.contains("not written out here") }, "\(whole.count) lines")
        #expect(lines.allSatisfy { DisplayWidth.of(String($0)) <= 80 })
    }

    @Test func manyOfOneRuleAreOneLine() {
        let (text, markdown, page) = (
            SickOfAll.report(verbose: true).terminal(), SickOfAll.report().markdown(), SickOfAll.report().html()
        )
        // Sixty of the staging tables, and those of the examples.
        let tables = diagnosis.findings.count { $0.rule == "schema.no-primary-key" && $0.severity == .notice }
        let title = "\(tables) × Table without a primary key"
        #expect(tables >= 60)
        for (name, report) in [("text", text), ("markdown", markdown), ("page", page)] {
            #expect(report.contains(title) == true, "\(name)")
        }
        let row = markdown.split(separator: "\n").first { $0.contains(title) && $0.hasPrefix("|") } ?? ""
        #expect(row.contains("and \(tables - 3) more"), "\(row)")
        #expect(page.contains(" × Index that no statement can use"))
    }

    @Test func theRestFolds() {
        let page = SickOfAll.report().html()
        #expect(page.contains("<details class=\"fold\">"), "notices are folded while something is louder")
        #expect(page.components(separatedBy: "<details class=\"finding critical\" open>").count <= 2)
        #expect(!page.contains("<details class=\"finding warning\" open>"))
        #expect(Markup.unbalanced(page) == [])
        // A ticket shows no more than a table before its reader opens something.
        var depth = 0
        let open = SickOfAll.report().markdown().split(separator: "\n").count { line in
            depth += line.hasPrefix("<details>") ? 1 : line.hasPrefix("</details>") ? -1 : 0
            return depth == 0 && !line.hasPrefix("</details>")
        }
        #expect(open <= 150 && depth == 0, "\(open) lines")
    }

    @Test func jsonIsWhole() throws {
        let json = SickOfAll.report().json()
        let root = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let findings = try #require(root["findings"] as? [[String: Any]])
        #expect(findings.compactMap { $0["fingerprint"] as? String } == diagnosis.findings.map(\.fingerprint))
        #expect(try Schema.complaints([json]) == "")
    }

    @Test func everyRuleThatCouldNotJudgeIsNamedInEveryFormat() {
        var snapshot = SickOfAll.snapshot
        snapshot.notes = [
            .make {
                ($0.evidence, $0.reason, $0.text) = (.backendDetails, .privilege, "role monitor may not see sessions")
                $0.remedy = "GRANT pg_monitor TO monitor;"
            }
        ]
        let blind = Diagnosis(judging: Observation(snapshot))
        let report = Report(blind, options: ReportOptions(verbose: true))
        // The terminal breaks lines.
        let terminal = report.terminal().split { $0.isWhitespace }.joined(separator: " ")
        for text in [terminal, report.markdown(), report.html(), report.json()] {
            #expect(text.contains("role monitor may not see sessions") && text.contains("GRANT pg_monitor TO monitor;"))
            let missing = blind.notJudged.flatMap(\.rules).filter { !text.contains($0) }
            #expect(missing.isEmpty, "\(missing)")
        }
    }
}

@Suite("The same evidence gives the same report") struct StableOrderTests {
    /// A process has its own seed of hashes: what depends on the order of a dictionary differs between two.
    @Test func inFreshProcesses() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-\(UUID().uuidString).json").path
        try SnapshotFile.write(SickOfAll.snapshot, to: file)
        defer { try? FileManager.default.removeItem(atPath: file) }
        var reports: Set<String> = []
        for _ in 1...10 {
            let command = Command(BuiltProgram.pgmedic, ["diagnose", "--from", file, "--format", "json"])
            reports.insert(try await command.check())
        }
        #expect(reports.count == 1, "\(Self.differences(reports))")
    }

    @Test func fromShuffledInputs() {
        let first = SickOfAll.diagnosis
        for _ in 1...5 {
            var snapshot = SickOfAll.snapshot
            snapshot.backends.shuffle()
            snapshot.locks.shuffle()
            snapshot.statementStatistics?.statements.shuffle()
            snapshot.catalogs.shuffle()
            for place in snapshot.catalogs.indices {
                snapshot.catalogs[place].relations.shuffle()
                snapshot.catalogs[place].indexes.shuffle()
                snapshot.catalogs[place].constraints.shuffle()
            }
            let shuffled = Diagnosis(judging: Observation(snapshot))
            let titles = { (one: Diagnosis) in one.findings.map { "\($0.rule): \($0.title)" } }
            let differences = titles(shuffled).difference(from: titles(first))
            #expect(differences.isEmpty, "\(differences.map { "\($0)" }.joined(separator: "\n"))")
        }
    }

    private static func differences(_ reports: Set<String>) -> String {
        let two = reports.prefix(2).map { $0.split(separator: "\n") }
        guard two.count == 2 else { return "" }
        return zip(two[0], two[1]).filter { $0 != $1 }.prefix(10).map { "\($0)\n\($1)" }.joined(separator: "\n")
    }
}
