import Foundation
import History

/// What `pgmedic trends` tells of a target between two moments. All moments are seconds since 1970.
package struct TrendReport: Sendable {
    package var target = HistoryTarget()
    package var range: Range<Double> = 0..<0
    /// In which moments and hours of the week are told.
    package var timeZone = TimeZone.gmt
    /// Snapshots in the range.
    package var snapshots = 0
    /// Spans without a reading: longer than three times the usual interval.
    package var gaps: [Range<Double>] = []
    /// The one sentence that stands on top: what became worse, since when, by what; or that nothing did.
    package var headline = ""
    /// Always all of them and in this order; an empty one says why it is empty.
    package var panels: [TrendPanel] = []
    /// Levels that changed: worse ones first, each by what it costs.
    package var regressions: [Regression] = []
    /// When the load is high within the week; nil: no rhythm is seen.
    package var loadRhythm: Rhythm?
    /// Of the load's rhythm, or why there is none to see.
    package var loadRhythmSentence = ""
    /// Statements that are slow at some times only, the costly ones first.
    package var slowSometimes: [SlowSometimes] = []
    /// Limits that will be reached, the nearest first.
    package var forecasts: [TrendForecast] = []
    /// Databases and relations that grow, the fastest first.
    package var growth: [Growth] = []
    package var findings: [FindingTrend] = []
    /// What could not be read or judged, and why.
    package var notes: [String] = []

    package init() {}
}

/// A statement as a reader knows it again.
package struct StatementName: Sendable, Hashable {
    /// libpg_query's, which outlives a major upgrade; nil: the text could not be parsed.
    package var fingerprint: String?
    /// As pg_stat_statements has it.
    package var queryID = ""
    package var role: String?
    package var database: String?
    /// Redacted; nil: not known.
    package var text: String?

    package init() {}

    /// What identifies it in changes, companions and attributions.
    package var identity: String { fingerprint ?? queryID }
}

/// One line of a chart.
package struct TrendLine: Sendable {
    package var name: String
    /// In the panel's unit; thinned for display: at most 400 points with their peaks, an unknown stretch is NaN.
    package var series: TimeSeries

    package init(_ name: String, _ series: TimeSeries) {
        self.name = name
        self.series = series
    }
}

/// When a limit is reached, and of what.
package struct TrendForecast: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case sequence, size, wraparound, multixactWraparound = "multixact-wraparound", connections
    }
    package var kind: Kind
    /// `public.orders_id_seq`, a database, a relation.
    package var object: String
    package var unit: TrendUnit
    package var forecast: Forecast
    /// What was measured so far, thinned for display.
    package var line: TimeSeries
    package var sentence: String
}

/// A thing that grows, without a limit that it would meet.
package struct Growth: Sendable {
    package var kind: SeriesKind
    package var database: String?
    package var object: String
    /// Bytes at the end.
    package var size: Double
    /// Bytes a day: the median of the slopes between pairs of days (Theil 1950, Sen 1968).
    package var perDay: Double
    package var sentence: String
}

/// A finding within the range.
package struct FindingTrend: Sendable {
    package var record: FindingRecord
    /// What happened to it within the range, ascending.
    package var events: [(at: Double, event: FindingEvent)]
    package var sentence: String
}

/// A statement that is slow at some times only.
package struct SlowSometimes: Sendable {
    package var statement: StatementName
    /// Milliseconds a call: the median of all intervals, and of the slow tenth.
    package var usual: Double
    package var slow: Double
    package var rhythm: Rhythm?
    /// What runs or is waited for when it is slow, the closest first.
    package var companions: [Companion]
    /// Milliseconds a call, thinned for display.
    package var line: TimeSeries
    /// `slow only Mon 08–09, when statement 12af of role reporting runs (ρ 0.8, chance 0.2 %)`.
    package var sentence: String
}
