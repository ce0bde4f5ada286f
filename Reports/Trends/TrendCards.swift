import Foundation
import History
import Model
import Trends

/// A level that changed, as a card.
enum RegressionCard {
    static func card(_ regression: Regression, _ clock: WallClock) -> HistoryDocument.Card {
        let change = regression.change
        var card = HistoryDocument.Card(
            tone: regression.isWorse ? .worse : .better, title: title(regression), sentence: regression.sentence)
        card.lead = regression.unit.written(change.before, change.now)
        card.note = ([factor(change.factor), when(regression, clock), cost(regression.cost)])
            .compactMap(\.self).joined(separator: " · ")
        card.evidence = regression.attributions.filter { !$0.text.isEmpty }.map { attribution in
            .init(
                text: attribution.cause == .unknown
                    ? attribution.text : "\(attribution.text) (\(Quantity.percent(attribution.confidence)) sure)",
                isFaint: attribution.confidence < 0.5)
        }
        if case .statement(let name) = regression.subject { card.code = name.text.map(cut) }
        card.drawings = chart(regression, clock).map { [.chart($0)] } ?? []
        return card
    }

    /// A long text stands whole in JSON.
    static func cut(_ text: String) -> String { DisplayWidth.cut(Visible.folded(text), to: 600) }

    private static func title(_ regression: Regression) -> String {
        switch regression.subject {
        case .statement(let name): "\(regression.measure.label) of \(name.shown)" + (name.role.map { " · \($0)" } ?? "")
        case .relation(let name, let database):
            "\(regression.measure.label) of \(name)" + (database.map { " in \($0)" } ?? "")
        case .database(let name): "\(regression.measure.label) of database \(name)"
        }
    }

    private static func when(_ regression: Regression, _ clock: WallClock) -> String {
        if regression.isGradual { return "slowly, over the whole range" }
        return "since \(clock.moment(regression.change.at))"
            + (regression.until.map { " until \(clock.moment($0))" } ?? "")
    }

    private static func factor(_ factor: Double) -> String? {
        guard factor.isFinite, factor > 0 else { return nil }
        return factor >= 1
            ? "\(Quantity.decimal(factor, places: factor < 9.95 ? 1 : 0)) ×" : "−\(Quantity.percent(1 - factor))"
    }

    private static func cost(_ cost: Double?) -> String? {
        guard let cost, cost.isFinite, abs(cost) >= 0.005 else { return nil }
        return "\(cost > 0 ? "costs" : "saves") \(TrendUnit.sessions.written(abs(cost)))"
    }

    private static func chart(_ regression: Regression, _ clock: WallClock) -> TimeChart? {
        guard let range = regression.line.extent else { return nil }
        var chart = TimeChart(
            title: title(regression), description: regression.sentence, range: range, unit: regression.unit,
            lines: [.init(name: regression.measure.label, series: regression.line)])
        chart.clock = clock
        let change = regression.change
        if regression.isGradual { return chart }
        chart.change = .init(after: change.after, at: change.at, before: change.before, now: change.now)
        return chart
    }
}

/// A statement that is slow at times, as a card.
enum SlowSometimesCard {
    static func card(_ slow: SlowSometimes, _ clock: WallClock) -> HistoryDocument.Card {
        var card = HistoryDocument.Card(
            tone: .worse, title: slow.statement.shown + (slow.statement.role.map { " · \($0)" } ?? ""),
            sentence: slow.sentence)
        card.lead =
            "\(TrendUnit.milliseconds.written(slow.usual)), at times \(TrendUnit.milliseconds.written(slow.slow))"
        card.note = slow.rhythm.map { $0.peaks.prefix(3).joined(separator: ", ") } ?? ""
        card.code = slow.statement.text.map(RegressionCard.cut)
        card.evidence = slow.companions.map {
            .init(
                text: "with \($0.name) (ρ \(Quantity.decimal($0.correlation, places: 2)), by chance "
                    + "\(Quantity.percent(min(max($0.chance, 0), 1))))")
        }
        if let range = slow.line.extent {
            var chart = TimeChart(
                title: "Time of a call", description: slow.sentence, range: range, unit: .milliseconds,
                lines: [.init(name: "time of a call", series: slow.line)])
            chart.clock = clock
            card.drawings.append(.chart(chart))
        }
        if let rhythm = slow.rhythm {
            card.drawings.append(
                .week(
                    WeekHeatMap(profile: rhythm.profile, title: "Time of a call by hour of the week, over its level") {
                        WrittenComparison.signed($0) { TrendUnit.milliseconds.written($0) }
                    }))
        }
        return card
    }
}

extension TrendForecast {
    /// What was measured and where it leads; nil: nothing was measured.
    func chart(_ clock: WallClock) -> TimeChart? {
        guard let extent = line.extent, let place = line.values.lastIndex(where: \.isFinite), place < line.ends.count
        else { return nil }
        let from = line.ends[place]
        let span = max(extent.upperBound - extent.lowerBound, 3600)
        // The limit is shown where it lies within four times what was seen; else the beginning of the way.
        let ahead = forecast.reached - from
        let latest = forecast.latest.isFinite ? forecast.latest - from : ahead * 1.3
        let shown = ahead <= span * 4 ? min(max(latest, ahead) * 1.05, ahead * 1.6) : span * 1.5
        var chart = TimeChart(
            title: "\(kind.label) \(object)", description: sentence,
            range: extent.lowerBound..<max(from + max(shown, 1), extent.upperBound), unit: unit,
            lines: [.init(name: object, series: line)])
        chart.clock = clock
        chart.fromZero = false
        chart.fan = .init(
            from: from, value: line.values[place], limit: forecast.limit, reached: forecast.reached,
            earliest: forecast.earliest, latest: forecast.latest)
        return chart
    }
}

extension TimeSeries {
    /// From the first to the last interval; nil: there is none, or it cannot be drawn.
    var extent: Range<Double>? {
        guard let first = starts.first, let last = ends.last, first.isFinite, last.isFinite, last > first else {
            return nil
        }
        return first..<last
    }
}

// MARK: Words

extension TrendForecast.Kind {
    var label: String {
        switch self {
        case .sequence: "Sequence"
        case .size: "Size of"
        case .wraparound: "Transaction IDs of"
        case .multixactWraparound: "Multixact IDs of"
        case .connections: "Connections"
        }
    }
}

extension Regression.Measure {
    var label: String {
        switch self {
        case .latency: "Time of a call"
        case .calls: "Calls"
        case .blocks: "Blocks a call"
        case .rows: "Rows a call"
        case .load: "Active sessions"
        case .sequentialRows: "Rows read by sequential scans"
        case .deadTuples: "Dead tuples"
        }
    }
}

extension HistoryChange.Kind {
    /// What stands at a mark when its text has no room.
    var label: String {
        switch self {
        case .setting: "setting"
        case .version: "version"
        case .restart: "restart"
        case .failover: "failover"
        case .statisticsReset: "reset"
        case .clockJump: "clock jump"
        case .indexCreated: "index created"
        case .indexDropped: "index dropped"
        case .indexInvalid: "index invalid"
        case .relationCreated: "table created"
        case .relationDropped: "table dropped"
        case .columnsChanged: "columns"
        case .analyzed: "analyze"
        case .rewritten: "rewritten"
        case .plan: "plan"
        case .extensionChanged: "extension"
        case .unreachable: "unreachable"
        case .reachable: "reachable"
        }
    }
}
