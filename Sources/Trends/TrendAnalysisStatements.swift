import Foundation
import History

/// A statement with what is made of its counters.
struct StatementTrend: Sendable {
    let name: StatementName
    let relations: [String]
    /// Calls a second.
    let calls: TimeSeries
    /// Seconds of execution a second; stored in µs. Made anew each time: kept, those of all statements would be most of the memory.
    var sessions: TimeSeries { series["executionTime"].scaled(by: 1e-6) }
    /// Seconds of execution over the whole range.
    let totalTime: Double
    let series: Timeline.Series

    init(_ series: Timeline.Series) {
        var name = StatementName()
        name.fingerprint = series.fingerprint
        name.queryID = series.key.name
        name.role = series.key.role
        name.database = series.key.database
        name.text = series.text
        self.name = name
        self.series = series
        relations = series.relations
        calls = series["calls"]
        totalTime = series["executionTime"].total * 1e-6
    }

    /// Milliseconds a call.
    var latency: TimeSeries { sessions.ratio(to: calls, times: 1000) }

    /// Blocks read or hit for each call.
    var blocks: TimeSeries {
        TimeSeries.sum([series["sharedBlocksHit"], series["sharedBlocksRead"]]).ratio(to: calls)
    }

    /// Blocks read from outside shared buffers for each call.
    var reads: TimeSeries { series["sharedBlocksRead"].ratio(to: calls) }
    var rows: TimeSeries { series["rows"].ratio(to: calls) }
    var temporaryBlocks: TimeSeries {
        TimeSeries.sum([series["temporaryBlocksRead"], series["temporaryBlocksWritten"]]).ratio(to: calls)
    }
}

extension TrendAnalysis {
    /// Those whose levels are looked at: the first by time, and of the rest those whose time varies most.
    var searchedStatements: [StatementTrend] {
        let first = statements.prefix(options.topStatements)
        let rest = statements.dropFirst(options.topStatements).prefix(4 * options.topStatements)
        let variable = rest.filter { Self.spread($0.sessions) > 1 }
            .ranked(by: { Self.spread($0.sessions) * $0.totalTime }, then: \.name.identity)
        return Array(first) + variable.prefix(options.variableStatements)
    }

    /// Standard deviation over mean.
    private static func spread(_ series: TimeSeries) -> Double {
        guard let mean = series.mean, mean > 0 else { return 0 }
        let known = series.values.filter { !$0.isNaN }
        let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(max(1, known.count))).squareRoot() / mean
    }

    /// Active sessions: the growth of all databases' active time; nil: the server does not tell it.
    var load: TimeSeries? {
        let active = series(of: .database).map { $0["activeTime"] }.filter { $0.knownCount > 0 }
        return active.isEmpty ? nil : TimeSeries.sum(active).scaled(by: 1e-6)
    }
}
