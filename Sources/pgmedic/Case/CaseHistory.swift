import Foundation
import History
import Model
import Reporting
import Trends

/// What a history tells of the time around an incident.
struct CaseHistory: Sendable {
    /// Of the first page.
    private(set) var past: CasePast
    /// The report over that time.
    private(set) var report: WrittenTrends
    /// Numbers, changes and findings, a JSON object a line.
    private(set) var lines: String

    /// Days before the beginning that are looked at, and all where nobody knows when it began.
    private static let daysBefore = 2.0
    private static let usualDays = 7.0
    /// Statements with the most time whose numbers go in.
    private static let statements = 40

    /// - Parameter since: when it began, as the user said it; a moment or span where it can be read as one.
    /// - Returns: nil where there is no history, or none of this target.
    /// - Throws: `Failure`.
    static func read(_ snapshot: Snapshot, _ history: History?, since: String?) async throws -> CaseHistory? {
        guard let history else { return nil }
        let target = HistoryTarget(snapshot.server)
        let now = snapshot.takenAt.addingTimeInterval(0.001)
        let began = since.flatMap(TimePoint.init(argument:))?.date(now: now)
        let from =
            began.map { $0.addingTimeInterval(-daysBefore * 86_400) } ?? now.addingTimeInterval(-usualDays * 86_400)
        let measures = Dictionary(
            uniqueKeysWithValues: SeriesKind.allCases.map { ($0, TrendAnalysis.measures(of: $0)) })
        let timeline = try await HistoryAccess.told {
            try await history.timeline(of: target, TimelineQuery(from: min(from, now), to: now, measures: measures))
        }
        guard !timeline.moments.isEmpty else { return nil }
        return CaseHistory(timeline, began: began)
    }

    private init(_ timeline: Timeline, began: Date?) {
        let trends = TrendAnalysis(timeline).report
        report = WrittenTrends(
            trends, options: ReportOptions(verbose: true, generator: Pgmedic.generator))
        past = CasePast()
        past.changes = Self.changes(timeline, began: began)
        past.fixes = timeline.findings.filter { $0.state != .resolved || $0.recurrences > 0 }.flatMap(Self.fixes)
        if trends.regressions.isEmpty == false { past.since.append(trends.headline) }
        lines = Self.lines(timeline)
    }

    private init(past: CasePast, report: WrittenTrends, lines: String) {
        (self.past, self.report, self.lines) = (past, report, lines)
    }

    /// What changed, nearest to the beginning first; what happens all the time is left out.
    private static func changes(_ timeline: Timeline, began: Date?) -> [String] {
        let told = timeline.changes.filter { $0.kind != .analyzed && $0.kind != .plan }
        let ordered = began.map { began in
            told.sorted { abs($0.at.timeIntervalSince(began)) < abs($1.at.timeIntervalSince(began)) }
        }
        return (ordered ?? told.reversed()).prefix(8).sorted { $0.at < $1.at }
            .map { "\(Moments.withWeekday($0.at)): \($0.shown)" }
    }

    private static func fixes(_ record: FindingRecord) -> [String] {
        let fixes = (record.fixes ?? []).map { "\(record.title): \($0.text)" }
        return fixes + (record.escalation.map { ["\(record.title): \($0)"] } ?? [])
    }

    private static func lines(_ timeline: Timeline) -> String {
        struct Line: Encodable {
            var kind: String
            var database: String?
            var name: String
            var measure: String
            var endsAt: [Double]
            var values: [Double?]
        }
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var texts: [String] = []
        func add(_ value: some Encodable) {
            if let data = try? encoder.encode(value) { texts.append(String(decoding: data, as: UTF8.self)) }
        }
        let heavy = timeline.series(of: .statement).sorted { $0["executionTime"].total > $1["executionTime"].total }
        let others = timeline.series.filter { $0.key.kind != .statement && $0.key.kind != .index }
        for series in others + heavy.prefix(statements) {
            for (measure, numbers) in series.measures.sorted(by: { $0.key < $1.key }) {
                // Six digits tell all that was measured.
                let values = numbers.values.map { $0.isNaN ? nil : Double(String(format: "%.6g", $0)) }
                guard values.contains(where: { $0 != nil && $0 != 0 }) else { continue }
                add(
                    Line(
                        kind: "\(series.key.kind)", database: series.key.database,
                        name: series.fingerprint ?? series.key.name, measure: measure, endsAt: numbers.ends,
                        values: values))
            }
        }
        // ANALYZE is among the measures.
        for change in timeline.changes where change.kind != .analyzed { add(["change": change]) }
        for record in timeline.findings { add(["finding": record]) }
        return texts.joined(separator: "\n") + "\n"
    }

    /// With all texts changed; the report, whose texts stand in sentences and charts, is left out where names are.
    func mapTexts(_ change: (String) -> String) -> CaseHistory {
        var past = past
        past.changes = past.changes.map(change)
        past.fixes = past.fixes.map(change)
        past.since = past.since.map(change)
        return CaseHistory(
            past: past, report: report,
            lines: lines.split(separator: "\n", omittingEmptySubsequences: false).map { change(String($0)) }
                .joined(separator: "\n"))
    }
}
