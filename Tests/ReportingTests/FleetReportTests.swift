import Diagnosing
import Foundation
import Model
import Recommending
import Testing

@testable import Reporting

@Suite struct FleetReportTests {
    private static let moment = Date(timeIntervalSince1970: 1_772_615_647)

    private static func finding(
        _ severity: Severity, _ title: String, _ impact: String = "38 % of time", back: Int = 0
    ) -> FindingSummary {
        FindingSummary(
            fingerprint: "4f2a91c0", rule: "index.missing-on-foreign-key", severity: severity, tier: .fix, title: title,
            impact: impact, firstSeen: moment.addingTimeInterval(-86_400), recurrences: back)
    }

    private static func entry(
        _ name: String, _ state: FleetEntry.State, _ change: (inout FleetEntry) -> Void = { _ in }
    )
        -> FleetEntry
    {
        var entry = FleetEntry(name, tags: ["production"])
        entry.state = state
        entry.wasVisited = state != .unvisited
        entry.place = "\(name) @ db1:5432"
        entry.judgedAt = moment
        entry.attemptedAt = moment
        entry.report = "targets/\(name)/latest.html"
        change(&entry)
        return entry
    }

    private static let evil = "x\"><script>&\u{202E}\r\nBcc: a|b`*_"

    static let fleet = [
        entry("calm", .judged) { $0.notices = 3 },
        entry("slow", .judged) {
            ($0.warnings, $0.notices, $0.score) = (2, 4, 1.2)
            $0.worst = finding(.warning, "order_items has no index on order_id")
            $0.resolved = [finding(.critical, "orders is locked", "31 sessions")]
        },
        entry("shop", .judged) {
            ($0.critical, $0.warnings, $0.suppressed, $0.score) = (2, 1, 1, 6.5)
            $0.worst = finding(.critical, "session 4127 blocks 31 sessions on orders", "31 sessions")
            $0.opened = [finding(.notice, "a notice"), finding(.critical, "session 4127 blocks 31 sessions on orders")]
            $0.recurred = [finding(.warning, "orders: dead rows pile up", "9.1 GB kept", back: 2)]
            $0.isInPart = true
        },
        entry("busy", .judged) {
            ($0.critical, $0.score) = (1, 2)
            $0.worst = finding(.critical, "audit_log_id_seq has 17 million numbers left", "12 days left")
            $0.isBack = true
        },
        entry("dark", .unknown) {
            ($0.error, $0.failures) = ("connection to server at \"db2\", port 5432 failed: Connection refused", 3)
            $0.lastSuccess = moment.addingTimeInterval(-7200)
            $0.nextAttempt = moment.addingTimeInterval(240)
            $0.critical = 7
        },
        entry("new", .unvisited) { ($0.report, $0.judgedAt, $0.place) = (nil, nil, nil) },
    ]

    static func report(_ entries: [FleetEntry] = fleet) -> FleetReport {
        FleetReport(entries, sweptAt: moment, seconds: 3.21, options: ReportOptions(generator: "pgmedic 0.1.0"))
    }

    private static let hostile = report(
        [
            entry("a", .judged) {
                ($0.critical, $0.place) = (1, evil)
                $0.worst = finding(.critical, evil, evil)
                $0.opened = [finding(.critical, evil, evil)]
            },
            entry("b", .unknown) { $0.error = evil },
        ])

    @Test func everyFormatIsUnchanged() throws {
        let report = Self.report()
        try Golden.check(report.terminal(), "fleet.txt")
        try Golden.check(report.markdown(), "fleet.md")
        try Golden.check(report.html(), "fleet.html")
        try Golden.check(report.json(), "fleet.json")
        try Golden.check(report.summary(), "fleet.summary.txt")
        try Golden.check(report.mailText(), "fleet.mail.txt")
        try Golden.check(report.mailHTML(), "fleet.mail.html")
    }

    @Test func whatIsNotKnownIsOnTopAndThenWhatHurtsMost() {
        #expect(Self.report().entries.map(\.target) == ["dark", "shop", "busy", "slow", "calm", "new"])
        #expect(Self.report().news.map(\.target) == ["dark", "shop", "busy", "slow"])
    }

    @Test func jsonIsAsTheSchemaSays() throws {
        let reports = [Self.report(), Self.hostile, Self.report([])]
        #expect(try Schema.complaints(reports.map { $0.json() } + reports.map { $0.jsonLine() }, of: "sweep-1") == "")
        let broken = Self.report().json().replacing("\"unvisited\"", with: "\"fine\"")
        #expect(try Schema.complaints([broken], of: "sweep-1").contains("'fine' is not one of"))
    }

    @Test func whatIsUnknownShowsNoNumberOfFindings() throws {
        let root = try #require(
            JSONSerialization.jsonObject(with: Data(Self.report().json().utf8)) as? [String: Any])
        let targets = try #require(root["targets"] as? [[String: Any]])
        #expect(targets[0]["target"] as? String == "dark" && targets[0]["findings"] is NSNull)
    }

    @Test func noTextOfAServerIsMarkup() {
        for page in [Self.hostile.html(), Self.hostile.mailHTML()] {
            #expect(!page.contains("<script>") && page.contains("&lt;script&gt;"))
        }
        for text in [Self.hostile.summary(), Self.hostile.terminal(), Self.hostile.mailText(), Self.hostile.markdown()]
        {
            #expect(!text.unicodeScalars.contains("\u{202E}") && !text.contains("\r"))
        }
        #expect(Self.hostile.summary().split(separator: "\n").count == 2, "a line each")
        #expect(!Self.hostile.markdown().contains("a|b"))
    }

    @Test func aCalmFleetSaysSo() {
        let calm = Self.report([Self.fleet[0]])
        #expect(calm.headline == "Nothing that hurts now on 1 target." && calm.summary().isEmpty)
    }
}
