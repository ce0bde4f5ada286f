import Configuration
import Diagnosing
import Foundation
import Recommending
import Reporting
import Testing

@testable import Sweeping

@Suite struct ReportFolderTests {
    private struct Written: WrittenReport {
        var text: String
        func terminal() -> String { text }
        func markdown() -> String { text }
        func html() -> String { text }
        func json() -> String { text }
    }

    private func withFolder(_ keep: SweepSettings.Reports.Keep, _ body: (ReportFolder, String) throws -> Void) throws {
        let path = "/tmp/pgmedic-reports-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var settings = SweepSettings.Reports(folder: path)
        settings.keep = keep
        settings.formats = [.html]
        let folder = ReportFolder(settings, options: ReportOptions())
        try folder.prepare()
        try body(folder, path)
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/targets/shop").sorted()
    }

    private let day = Date(timeIntervalSince1970: 1_772_615_647)

    @Test func whatIsNewIsKeptAndTheRestReplaced() throws {
        try withFolder(.count(2)) { folder, path in
            for (number, isNews) in [true, false, true, true].enumerated() {
                let link = try folder.write(
                    Written(text: "report \(number)"), of: "shop", at: day.addingTimeInterval(Double(number) * 300),
                    isNews: isNews)
                #expect(link == "targets/shop/latest.html")
            }
            let kept = try names(path)
            #expect(kept == ["2026-03-04T092407Z.html", "2026-03-04T092907Z.html", "latest.html"])
            let texts = try kept.map { try String(contentsOfFile: "\(path)/targets/shop/\($0)", encoding: .utf8) }
            #expect(texts == ["report 2", "report 3", "report 3"])
        }
    }

    @Test func whatIsTooOldGoesAndWhatIsNotOursStays() throws {
        try withFolder(.age(3600)) { folder, path in
            _ = try folder.write(Written(text: "a"), of: "shop", at: day, isNews: true)
            try Data().write(to: URL(fileURLWithPath: path + "/targets/shop/2020-notes.html"))
            _ = try folder.write(Written(text: "b"), of: "shop", at: day.addingTimeInterval(3601), isNews: true)
            #expect(try names(path) == ["2020-notes.html", "2026-03-04T101408Z.html", "latest.html"])
        }
    }

    @Test func theIndexKeepsWhatASweepDidNotVisit() throws {
        try withFolder(.count(1)) { folder, path in
            let project = try Made.project(["a", "b", "c"])
            func swept(_ results: [SweepResult]) throws -> [FleetEntry] {
                let outcome = SweepOutcome(results: results, startedAt: day, seconds: 1)
                let entries = Fleet.entries(outcome, earlier: folder.earlierEntries(), project: project)
                try folder.writeIndex(FleetReport(entries, sweptAt: day, seconds: 1))
                return folder.earlierEntries()
            }
            var judged = SweepResult(.judged, Made.targets(project)[0])
            judged.entry.state = .judged
            judged.entry.critical = 2
            judged.entry.wasVisited = true
            judged.entry.lastSuccess = day
            judged.entry.opened = [
                FindingSummary(
                    fingerprint: "4f2a91c0", rule: "r.x", severity: .critical, tier: .fix, title: "t", impact: "–")
            ]
            judged.entry.report = "targets/a/latest.html"
            #expect(try swept([judged]).first { $0.target == "a" }?.critical == 2)
            let kept = try #require(
                try swept([SweepResult(.done, Made.targets(project)[0])]).first { $0.target == "a" })
            #expect(kept.critical == 2 && kept.opened.isEmpty && !kept.wasVisited)
            var dead = SweepResult(.unknown, Made.targets(project)[0])
            dead.entry.state = .unknown
            let dark = try #require(try swept([dead]).first { $0.target == "a" })
            #expect(dark.state == .unknown && dark.critical == 0 && dark.report == "targets/a/latest.html")
            #expect(dark.lastSuccess == day)
            let page = try String(contentsOfFile: path + "/index.html", encoding: .utf8)
            #expect(page.contains("Unknown") && page.contains("href=\"targets/a/latest.html\""))
        }
    }
}
