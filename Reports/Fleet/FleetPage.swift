import Diagnosing
import Foundation
import Model
import Recommending

/// The values of the template of a fleet.
struct FleetPage {
    struct Link {
        var link: String
        var name: String
    }

    struct Target {
        var number: String
        var tone: String
        var mark: String
        var name: String
        /// None or one.
        var report: [Link]
        var hasReport: Bool
        var place: String
        var tags: String
        var worst: String
        var since: [String]
        var impact: String
        var critical: String
        var warnings: String
        var notices: String
        var changes: [String]
        var judged: String
        var part: [String]
    }

    struct Unknown {
        var name: String
        var report: [Link]
        var hasReport: Bool
        var tags: String
        var why: String
        var failures: String
        var judged: String
        var next: String
    }

    var generator: String
    var title = "pgmedic: which database first?"
    var style = TemplateFiles.style + TemplateFiles.fleetStyle
    var facts: [String]
    var headline: String
    var tone: String
    var hasUnknown: Bool
    var unknown: [Unknown]
    var hasTargets: Bool
    var targets: [Target]

    init(_ report: FleetReport) {
        generator = report.options.generator ?? "pgmedic"
        facts = report.counts + [Moments.plain(report.sweptAt), "in \(Quantity.seconds(report.seconds))"]
        headline = Visible.folded(report.headline)
        let loudest = report.judged.compactMap(\.loudest).max()
        tone = loudest == .critical ? "critical" : loudest == .warning || !report.unknown.isEmpty ? "warning" : "good"
        unknown = report.unknown.map(Self.unknown)
        hasUnknown = !unknown.isEmpty
        let rest = report.entries.filter { $0.state != .unknown }
        targets = rest.enumerated().map { Self.target($1, number: $0 + 1) }
        hasTargets = !targets.isEmpty
    }

    private static func unknown(_ entry: FleetEntry) -> Unknown {
        Unknown(
            name: entry.target, report: link(entry), hasReport: entry.report != nil,
            tags: entry.tags.joined(separator: ", "), why: Visible.folded(entry.error ?? "not reached"),
            failures: "\(entry.failures)", judged: entry.lastSuccess.map(moment) ?? "never",
            next: entry.nextAttempt.map(moment) ?? "next sweep")
    }

    private static func target(_ entry: FleetEntry, number: Int) -> Target {
        let isJudged = entry.state == .judged
        func count(_ value: Int) -> String { isJudged ? (value == 0 ? "–" : "\(value)") : "" }
        let calm = isJudged ? "nothing that hurts" : "never visited"
        return Target(
            number: "\(number)", tone: isJudged ? entry.loudest?.rawValue ?? "good" : "",
            mark: isJudged ? FleetLine.mark(entry.loudest) : "?", name: entry.target, report: link(entry),
            hasReport: entry.report != nil, place: Visible.folded(entry.place ?? ""),
            tags: entry.tags.joined(separator: ", "), worst: Visible.folded(entry.worst?.title ?? calm),
            since: entry.worst?.firstSeen.map { ["since \(moment($0))"] } ?? [],
            impact: Visible.folded(entry.worst?.impact ?? ""),
            critical: count(entry.critical), warnings: count(entry.warnings), notices: count(entry.notices),
            changes: (entry.isBack ? ["reachable again"] : []) + entry.changes.map(Self.change)
                + FleetLine.events(entry, most: 3),
            judged: entry.judgedAt.map(moment) ?? "", part: entry.isInPart ? ["in part"] : [])
    }

    /// `2 new`
    private static func change(_ change: FleetChange) -> String { "\(change.findings.count) \(change.kind.rawValue)" }

    private static func link(_ entry: FleetEntry) -> [Link] {
        entry.report.map { [Link(link: $0, name: entry.target)] } ?? []
    }

    private static func moment(_ date: Date) -> String { String(Moments.plain(date).dropLast(7)) }
}

/// The values of the template of a mail: what is new, in HTML that mail programs know.
struct FleetMailPage {
    struct News {
        var name: String
        var lines: [String]
    }

    var title: String
    var headline: String
    var news: [News]
    var facts: String

    init(_ report: FleetReport) {
        title = "pgmedic"
        headline = Visible.folded(report.headline)
        news = report.news.map { entry in
            let lines =
                entry.state == .unknown
                ? ["unknown: " + FleetLine.unknown(entry)]
                : (entry.isBack ? ["reachable again"] : []) + entry.changes.flatMap(Self.lines)
                    + FleetLine.events(entry, most: 10)
            return News(name: entry.target, lines: lines)
        }
        facts =
            (report.counts + [Moments.plain(report.sweptAt), report.options.generator ?? "pgmedic"])
            .joined(separator: " · ")
    }

    /// Findings of a change that a mail lists.
    private static let listed = 10

    private static func lines(_ change: FleetChange) -> [String] {
        let lines = change.findings.prefix(listed).map { finding in
            let impact =
                finding.impact == "–" || change.kind == .resolved
                ? "" : " " + Visible.folded("(\(finding.impact), \(finding.tier.rawValue))")
            return
                "\(change.kind.rawValue) \(FleetLine.mark(finding.severity)) \(Visible.folded(finding.title))\(impact)"
        }
        let more = change.findings.count - listed
        return lines + (more > 0 ? ["\(change.kind.rawValue): \(more) more"] : [])
    }
}

extension FleetReport {
    /// The body of a mail, in HTML and as text.
    package func mailHTML() -> String { PageTemplates.render(FleetMailPage(self)) }

    package func mailText() -> String {
        let page = FleetMailPage(self)
        var lines = Wrapping.lines(page.headline, width: 76) + [""]
        for news in page.news { lines += [news.name] + news.lines.map { "  " + $0 } + [""] }
        return (lines + [page.facts]).joined(separator: "\n") + "\n"
    }
}
