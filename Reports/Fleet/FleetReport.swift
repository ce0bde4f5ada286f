import Diagnosing
import Foundation
import Model
import Recommending

/// All targets of a sweep in one report: which database first?
package struct FleetReport: WrittenReport {
    /// What is not known stands on top, then what hurts most.
    package let entries: [FleetEntry]
    package let sweptAt: Date
    /// s
    package let seconds: Double
    let options: ReportOptions

    package init(
        _ entries: [FleetEntry], sweptAt: Date, seconds: Double, options: ReportOptions = ReportOptions()
    ) {
        self.entries = entries.sorted(by: Self.isBefore)
        self.sweptAt = sweptAt
        self.seconds = seconds
        self.options = options
    }

    /// By state, then the worst finding's severity, then what it costs in sessions.
    private static func isBefore(_ left: FleetEntry, _ right: FleetEntry) -> Bool {
        func key(_ entry: FleetEntry) -> Int {
            switch (entry.state, entry.loudest) {
            case (.unknown, _): 0
            case (.judged, .critical): 1
            case (.judged, .warning): 2
            case (.judged, .notice): 3
            case (.judged, nil): 4
            case (.unvisited, _): 5
            }
        }
        let (first, second) = (key(left), key(right))
        if first != second { return first < second }
        return left.score == right.score ? left.target < right.target : left.score > right.score
    }

    package var unknown: [FleetEntry] { entries.filter { $0.state == .unknown } }
    package var judged: [FleetEntry] { entries.filter { $0.state == .judged } }
    /// What this sweep has to say.
    package var news: [FleetEntry] { entries.filter(\.isNews) }

    package func html() -> String { PageTemplates.render(FleetPage(self)) }
    package func json() -> String { FleetJSON(self).value.text }
    /// On one line.
    package func jsonLine() -> String { FleetJSON(self).value.line }

    /// The first thing to know.
    package var headline: String {
        let dark = unknown.isEmpty ? nil : Self.names(unknown) + (unknown.count == 1 ? " is unknown." : " are unknown.")
        let first = judged.first.flatMap { entry in
            entry.worst.flatMap { $0.severity > .notice ? "Look at \(entry.target) first: \($0.title)." : nil }
        }
        let calm = judged.isEmpty ? nil : "Nothing that hurts now on \(Quantity.plural(judged.count, "target"))."
        return [first ?? calm, dark].compactMap { $0 }.joined(separator: " ")
    }

    private static func names(_ entries: [FleetEntry]) -> String {
        let shown = entries.prefix(3).map(\.target).joined(separator: ", ")
        return entries.count > 3 ? "\(shown) and \(entries.count - 3) more" : shown
    }

    /// `12 targets`, `10 judged`, `1 unknown`
    package var counts: [String] {
        let unvisited = entries.count - judged.count - unknown.count
        return [
            Quantity.plural(entries.count, "target"), "\(judged.count) judged",
            unknown.isEmpty ? nil : "\(unknown.count) unknown", unvisited == 0 ? nil : "\(unvisited) never visited",
        ].compactMap { $0 }
    }

    /// What the news are, in few words: `1 new critical, 2 resolved, 1 unknown`.
    package var newsCounts: String {
        var parts: [String] = []
        for kind in FleetChange.Kind.allCases {
            let findings = news.flatMap(\.changes).filter { $0.kind == kind }.flatMap(\.findings)
            guard let worst = findings.map(\.severity).max() else { continue }
            let loud = findings.count { $0.severity == worst }
            parts.append(
                kind == .resolved || worst == .notice
                    ? "\(findings.count) \(kind.rawValue)" : "\(loud) \(kind.rawValue) \(worst.rawValue)")
        }
        let events = news.reduce(0) { $0 + $1.events.count }
        if events > 0 { parts.append(Quantity.plural(events, "change")) }
        let dark = news.count { $0.state == .unknown }
        if dark > 0 { parts.append("\(dark) unknown") }
        let back = news.count(where: \.isBack)
        if back > 0 { parts.append("\(back) reachable again") }
        return parts.joined(separator: ", ")
    }
}
