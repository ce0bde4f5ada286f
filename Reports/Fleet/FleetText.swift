import Diagnosing
import Foundation
import Model
import Recommending

/// A target's news in one line.
struct FleetLine {
    let entry: FleetEntry

    /// `new ■ session 4127 blocks 31 sessions on orders (+1) · resolved 2`
    var text: String {
        if entry.state == .unknown { return "unknown: " + Self.unknown(entry) }
        var parts = entry.isBack ? ["reachable again"] : []
        parts += entry.changes.map(Self.change)
        parts += Self.events(entry, most: 2)
        return parts.joined(separator: " · ")
    }

    static func events(_ entry: FleetEntry, most: Int) -> [String] {
        let more = entry.events.count - most
        return entry.events.prefix(most).map(Visible.folded) + (more > 0 ? ["and \(more) more changes"] : [])
    }

    private static func change(_ change: FleetChange) -> String {
        guard let first = change.findings.first else { return "" }
        let more = change.findings.count - 1
        var text = "\(change.kind.rawValue) \(mark(first.severity)) \(Visible.folded(first.title))"
        if change.kind == .recurred, first.recurrences > 0 { text += " (\(first.recurrences + 1) times so far)" }
        if change.kind == .reopened || change.kind == .verified, let fix = first.fix { text += " (\(fix))" }
        return text + (more > 0 ? " (+\(more))" : "")
    }

    static func mark(_ severity: Severity?) -> String {
        switch severity {
        case .critical: "■"
        case .warning: "▲"
        case .notice: "●"
        case nil: "✓"
        }
    }

    static func unknown(_ entry: FleetEntry) -> String {
        var text = Visible.folded(entry.error ?? "not reached")
        var facts: [String] = []
        if entry.failures > 1 { facts.append("\(entry.failures) failures in a row") }
        facts.append(entry.lastSuccess.map { "last judged " + Moments.plain($0) } ?? "never judged")
        if let next = entry.nextAttempt { facts.append("left alone until " + Moments.plain(next)) }
        text += " (\(facts.joined(separator: "; ")))"
        return text
    }
}

extension FleetReport {
    /// A line for each target that there is something new to say of; empty: nothing changed.
    package func summary() -> String {
        let width = news.map { DisplayWidth.of($0.target) }.max() ?? 0
        return news.map { entry in
            DisplayWidth.padded(entry.target, to: width) + "  " + FleetLine(entry: entry).text + "\n"
        }.joined()
    }

    /// All targets, for somebody who looks.
    package func terminal() -> String {
        let styling = Styling(isOn: options.color)
        let width = max(6, entries.map { DisplayWidth.of($0.target) }.max() ?? 0)
        var lines = [
            "pgmedic · " + (counts + [Quantity.seconds(seconds), Moments.plain(sweptAt)]).joined(separator: " · "), "",
        ]
        lines += Wrapping.lines(Visible.folded(headline), width: options.width - 4).map { "  " + styling.bold($0) }
        lines.append("")
        for entry in entries {
            let mark = entry.state == .judged ? FleetLine.mark(entry.loudest) : "?"
            let shown = entry.loudest.map { styling.severity($0, mark) } ?? styling.faint(mark)
            let margin = String(repeating: " ", count: width + 6)
            var rows = Wrapping.lines(text(of: entry), width: max(20, options.width - width - 6))
            if rows.isEmpty { rows = [""] }
            lines.append("  \(shown) \(DisplayWidth.padded(entry.target, to: width))  \(rows[0])")
            lines += rows.dropFirst().map { margin + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(of entry: FleetEntry) -> String {
        switch entry.state {
        case .unknown: return "unknown: " + FleetLine.unknown(entry)
        case .unvisited:
            return entry.lastSuccess.map { "not visited now; last judged " + Moments.plain($0) } ?? "never visited"
        case .judged:
            let line = FleetLine(entry: entry).text
            let standing = entry.worst.map { Visible.folded("\($0.title), \($0.impact)") } ?? "nothing that hurts"
            return [standing, Self.counts(of: entry), line.isEmpty ? nil : line].compactMap { $0 }.joined(
                separator: " · ")
        }
    }

    static func counts(of entry: FleetEntry) -> String? {
        let parts = [
            entry.critical > 0 ? "\(entry.critical) critical" : nil,
            entry.warnings > 0 ? Quantity.plural(entry.warnings, "warning") : nil,
            entry.notices > 0 ? Quantity.plural(entry.notices, "notice") : nil,
            entry.suppressed > 0 ? "\(entry.suppressed) suppressed" : nil,
            entry.silenced.map { "\($0) silent by thresholds" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// For a ticket or a chat.
    package func markdown() -> String {
        var lines = ["# Fleet: " + counts.joined(separator: ", "), "", Self.markdown(headline), ""]
        lines += ["| | target | first thing | impact | findings | since the last sweep |", "|---|---|---|---|---|---|"]
        for entry in entries {
            let isJudged = entry.state == .judged
            let row = [
                isJudged ? FleetLine.mark(entry.loudest) : "?", entry.target,
                isJudged ? entry.worst?.title ?? "nothing that hurts" : text(of: entry),
                isJudged ? entry.worst?.impact ?? "" : "", isJudged ? Self.counts(of: entry) ?? "" : "",
                isJudged ? FleetLine(entry: entry).text : "",
            ]
            lines.append("| " + row.map(Self.markdown).joined(separator: " | ") + " |")
        }
        let origin = options.generator.map { " by \($0)" } ?? ""
        lines += ["", "Swept \(Moments.plain(sweptAt)) in \(Quantity.seconds(seconds))\(origin)."]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text in a cell: nothing of it is markup.
    private static func markdown(_ text: String) -> String {
        var escaped = ""
        for scalar in Visible.folded(text).unicodeScalars {
            if "\\`*_[]<>|#&~".unicodeScalars.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}
