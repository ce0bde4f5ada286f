import Foundation
import History
import Model

extension TrendAnalysis {
    /// Findings with something that happened to them in the range: the latest first.
    var findingTrends: [FindingTrend] {
        let events = Dictionary(grouping: timeline.findingEvents, by: \.fingerprint)
        return timeline.findings.compactMap { record in
            guard let own = events[record.fingerprint]?.sorted(by: { $0.at < $1.at }), !own.isEmpty else { return nil }
            return FindingTrend(
                record: record, events: own.map { ($0.at, $0.event) },
                sentence: sentence(record, own.map { ($0.at, $0.event) }))
        }
        .ranked(by: { $0.events.last?.at ?? 0 }, then: \.record.fingerprint)
    }

    private func sentence(_ record: FindingRecord, _ events: [(at: Double, event: FindingEvent)]) -> String {
        guard let last = events.last else { return "" }
        let words: [FindingEvent: String] = [
            .opened: "opened", .recurred: "came back", .resolved: "resolved", .worse: "became worse",
            .better: "became better", .verified: "its fix is verified", .reopened: "its fix had no effect",
        ]
        var text = "\(Shown.name(record.title, limit: 200)): \(words[last.event] ?? "") \(clock.moment(last.at))"
        if record.recurrences > 0 {
            text +=
                ", " + (record.recurrences == 1 ? "once" : "\(record.recurrences) times")
                + " back after it was resolved"
        }
        if record.isFlapping { text += ", comes and goes" }
        return Phrase.sentence(text)
    }

    var findingsPanel: TrendPanel {
        var panel = TrendPanel(.findings, "Findings", .count)
        let kinds: [FindingEvent] = [.opened, .recurred, .resolved]
        let events = timeline.findingEvents.filter {
            timeline.range.contains($0.at) || $0.at == timeline.range.upperBound
        }
        let open = timeline.findings.count { $0.state != .resolved }
        guard events.contains(where: { kinds.contains($0.event) }) else {
            return panel.empty(
                because: "No finding opened, recurred or was resolved in this range"
                    + (open > 0 ? "; \(Quantity.plural(open, "finding")) stay open" : ""))
        }
        panel.lines = kinds.map { kind in
            TrendLine(kind.rawValue, counts(events.filter { $0.event == kind }.map(\.at)))
        }
        panel.marks = marks(of: Self.serverMarks)
        let told = kinds.map { kind in "\(events.count { $0.event == kind }) \(kind.rawValue)" }
        let back = events.last { $0.event == .recurred }.flatMap { event in
            timeline.findings.first { $0.fingerprint == event.fingerprint }
        }
        panel.sentence = Phrase.sentence(
            "\(Phrase.list(told)); \(open) open at the end"
                + (back.map { ", of late again: \(Shown.name($0.title, limit: 100))" } ?? ""))
        return panel
    }

    /// Events in each hour, of a range beyond three days in each day.
    private func counts(_ moments: [Double]) -> TimeSeries {
        let range = timeline.range
        let length = range.upperBound - range.lowerBound
        // At most 400 points of whole days for longer ranges.
        let width = length <= 3 * 86_400 ? 3600 : 86_400 * max(1, (length / 86_400 / 400).rounded(.up))
        let number = max(1, Int((length / width).rounded(.up)))
        var values = [Double](repeating: 0, count: number)
        for moment in moments {
            values[min(number - 1, max(0, Int((moment - range.lowerBound) / width)))] += 1
        }
        let starts = values.indices.map { range.lowerBound + Double($0) * width }
        return TimeSeries(starts: starts, ends: starts.map { min($0 + width, range.upperBound) }, values: values)
    }
}
