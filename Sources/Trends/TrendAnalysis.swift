import Foundation
import History

/// From what a history tells of a target to what a person reads: trends, a comparison of two windows, the slow report.
///
/// It reads no clock and no store: the same timeline gives the same report.
package struct TrendAnalysis: Sendable {
    package struct Options: Sendable {
        /// In which moments and hours of the week are told.
        package var timeZone = TimeZone.gmt
        /// Statements by total time whose levels are looked at. Ours: 40 cover nearly all time of most servers, and their series
        /// are read in a second.
        package var topStatements = 40
        /// Statements beyond these that are looked at since their time varies most.
        package var variableStatements = 10
        /// Bytes that a database may grow to, by its name.
        package var databaseLimits: [String: Double] = [:]
        /// Bytes that all databases together may take: the disk.
        package var diskSize: Double?

        package init() {}
    }

    package let timeline: Timeline
    package let options: Options
    let clock: TrendClock
    /// Seconds between snapshots: the median.
    let interval: Double
    let gaps: [Range<Double>]
    /// All statements, by total time.
    let statements: [StatementTrend]
    /// Execution time of all statements, sessions.
    let statementTime: TimeSeries
    let seriesByKind: [SeriesKind: [Timeline.Series]]
    /// By name within a database, `shop/public.orders`.
    let relations: [String: Timeline.Series]
    /// Sessions by what they waited for.
    let waits: [(name: String, series: TimeSeries)]

    package init(_ timeline: Timeline, options: Options = Options()) {
        self.timeline = timeline
        self.options = options
        clock = TrendClock(timeZone: options.timeZone, now: timeline.range.upperBound)
        interval = Self.usualInterval(timeline.moments)
        gaps = Self.gaps(timeline.moments, usual: interval)
        seriesByKind = Dictionary(grouping: timeline.series, by: \.key.kind)
        statements = (seriesByKind[.statement] ?? []).map(StatementTrend.init)
            .ranked(by: \.totalTime, then: \.name.identity)
        statementTime = TimeSeries.sum(statements.lazy.map(\.sessions))
        relations = Dictionary(
            (seriesByKind[.relation] ?? []).map { (Self.relationKey($0.key.name, $0.key.database), $0) },
            uniquingKeysWith: { first, _ in first })
        // Stored as thousandths of a session.
        waits = (seriesByKind[.wait] ?? []).map { ($0.key.name, $0["sessions"].scaled(by: 1e-3)) }
            .ranked(by: \.series.total, then: \.name)
    }

    static func relationKey(_ name: String, _ database: String?) -> String { (database ?? "") + "/" + name }

    func series(of kind: SeriesKind) -> [Timeline.Series] { seriesByKind[kind] ?? [] }

    private static func usualInterval(_ moments: [Double]) -> Double {
        zip(moments, moments.dropFirst()).map { $1 - $0 }.median ?? 300
    }

    /// Longer than three times the usual interval: one or two late or lost sweeps are no outage. Ours.
    private static func gaps(_ moments: [Double], usual: Double) -> [Range<Double>] {
        zip(moments, moments.dropFirst()).filter { $1 - $0 > 3 * usual }.map { $0..<$1 }
    }

    package var report: TrendReport {
        var report = TrendReport()
        report.target = timeline.target
        report.range = timeline.range
        report.timeZone = options.timeZone
        report.snapshots = timeline.moments.count
        report.gaps = gaps
        let searched = searchedStatements
        let found = regressions(of: searched)
        report.regressions = found
        report.panels = panels(regressions: found)
        (report.loadRhythm, report.loadRhythmSentence) = loadRhythm
        report.slowSometimes = slowSometimes(among: searched)
        report.forecasts = forecasts
        report.growth = growth
        report.findings = findingTrends
        report.notes = timeline.notes + notes
        report.headline = headline(of: report)
        return report
    }

    /// What this analysis could not see.
    private var notes: [String] {
        var notes: [String] = []
        if timeline.moments.count < 8 {
            notes.append(
                "Only \(timeline.moments.count) snapshots in this range: too few to tell a change of level from noise")
        }
        if !statements.isEmpty && !timeline.changes.contains(where: { $0.kind == .plan }) {
            notes.append(
                "No change of a plan is recorded in this range: where plans were not read, they cannot be blamed")
        }
        return notes
    }
}

extension TrendAnalysis {
    /// Measures that are read of each series of a kind. A loader may leave all others out, and of statements that are not among the
    /// first by time all but calls and execution time.
    package static func measures(of kind: SeriesKind) -> [String] {
        switch kind {
        case .server:
            [
                "backends", "maxConnections", "timedCheckpoints", "requestedCheckpoints", "walBytes",
                "walDirectorySize",
            ]
        case .database:
            [
                "size", "frozenXIDAge", "multixactAge", "commits", "rollbacks", "blocksRead", "blocksHit",
                "tuplesReturned", "tuplesFetched", "tuplesInserted", "tuplesUpdated", "tuplesDeleted", "temporaryBytes",
                "deadlocks", "activeTime",
            ]
        case .statement:
            [
                "calls", "executionTime", "rows", "sharedBlocksHit", "sharedBlocksRead", "sharedBlocksWritten",
                "temporaryBlocksRead", "temporaryBlocksWritten", "walBytes", "squaredTime", "maximumTime",
            ]
        case .relation:
            // The two last tell when it was analyzed.
            [
                "size", "toastSize", "rows", "liveTuples", "deadTuples", "sequentialTuplesRead", "analyzes",
                "autoanalyzes",
            ]
        case .index: ["size"]
        case .sequence: ["lastValue", "limit"]
        case .slot: ["retainedBytes"]
        case .standby: ["lagBytes", "replayLag"]
        case .wait: ["sessions"]
        }
    }
}
