import Foundation
import History
import Model
import Reporting

/// What `pgmedic history` says.
enum HistoryText {
    static func list(_ all: [History.Summary], _ place: String) -> String {
        guard !all.isEmpty else { return "history \(Visible.line(place)) is empty\n" }
        return all.map { summary in
            let target = summary.stored.target
            var facts = [
                span(summary), Quantity.plural(summary.snapshots, "snapshot"),
                Quantity.plural(summary.series, "series", "series"), Quantity.bytes(summary.bytes),
                "\(summary.openFindings) of \(Quantity.plural(summary.findings, "finding")) open",
            ]
            if summary.stored.failures > 0 {
                facts.append(
                    "not reached \(Quantity.plural(summary.stored.failures, "time")) in a row: "
                        + (summary.stored.lastError ?? "unknown"))
            }
            return Visible.line(target.name) + "\n" + facts.map { "    " + Visible.line($0) + "\n" }.joined()
        }.joined()
    }

    private static func span(_ summary: History.Summary) -> String {
        guard let first = summary.first, let last = summary.last else { return "no snapshot" }
        return "\(Moments.plain(first)) to \(Moments.plain(last))"
    }

    static func show(_ summary: History.Summary, _ timeline: Timeline) -> String {
        var lines = [list([summary], ""), "Findings\n"]
        let order: [FindingRecord.State] = [.open, .quiet, .resolved]
        let findings = timeline.findings.sorted {
            (order.firstIndex(of: $0.state) ?? 0, $0.firstSeen, $0.fingerprint)
                < (order.firstIndex(of: $1.state) ?? 0, $1.firstSeen, $1.fingerprint)
        }
        for finding in findings {
            var facts = [
                finding.state.rawValue, finding.severity, finding.tier,
                "first \(Moments.withWeekday(finding.firstSeen))",
                "last \(Moments.withWeekday(finding.lastSeen))", Quantity.plural(finding.sightings, "snapshot"),
            ]
            if finding.recurrences > 0 { facts.append("came back \(Quantity.plural(finding.recurrences, "time"))") }
            if finding.isFlapping { facts.append("comes and goes") }
            lines.append("    \(finding.fingerprint)  \(Visible.line(finding.title))\n")
            lines.append("              \(facts.joined(separator: " · "))\n")
        }
        if findings.isEmpty { lines.append("    none was ever seen\n") }
        lines.append("Changes\n")
        for change in timeline.changes {
            let values = [change.before, change.now].compactMap(\.self).map { Visible.line($0) }.joined(
                separator: " → ")
            lines.append(
                "    \(Moments.withWeekday(change.at))  \(change.kind.rawValue)  \(Visible.line(change.object))  \(values)\n"
            )
        }
        if timeline.changes.isEmpty { lines.append("    none in this time\n") }
        return lines.joined()
    }

    static func json(_ all: [History.Summary]) -> String { written(all.map(object)) }

    static func json(_ summary: History.Summary, _ timeline: Timeline) -> String {
        var told = object(summary)
        told["findings"] = timeline.findings.map { finding -> [String: Any] in
            [
                "fingerprint": finding.fingerprint, "rule": finding.rule, "title": finding.title,
                "severity": finding.severity, "tier": finding.tier, "state": finding.state.rawValue,
                "firstSeen": Moments.rfc3339(finding.firstSeen), "lastSeen": Moments.rfc3339(finding.lastSeen),
                "resolvedAt": finding.resolvedAt.map(Moments.rfc3339) ?? NSNull(), "sightings": finding.sightings,
                "recurrences": finding.recurrences, "flapping": finding.isFlapping,
            ]
        }
        told["changes"] = timeline.changes.map { change -> [String: Any] in
            [
                "kind": change.kind.rawValue, "at": Moments.rfc3339(change.at),
                "after": change.after.map(Moments.rfc3339) ?? NSNull(), "object": change.object,
                "database": change.database ?? NSNull(), "before": change.before ?? NSNull(),
                "now": change.now ?? NSNull(),
            ]
        }
        return written(told)
    }

    private static func object(_ summary: History.Summary) -> [String: Any] {
        let stored = summary.stored
        return [
            "target": stored.target.name, "address": stored.target.address, "database": stored.target.database,
            "snapshots": summary.snapshots, "series": summary.series, "sizeBytes": summary.bytes,
            "first": summary.first.map(Moments.rfc3339) ?? NSNull(),
            "last": summary.last.map(Moments.rfc3339) ?? NSNull(), "findingCount": summary.findings,
            "openFindingCount": summary.openFindings, "changeCount": summary.changes, "failures": stored.failures,
            "lastError": stored.lastError ?? NSNull(),
        ]
    }

    private static func written(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }
}
