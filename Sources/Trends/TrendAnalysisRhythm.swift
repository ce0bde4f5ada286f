import Foundation
import History
import Model

extension TrendAnalysis {
    /// Points that a rhythm or a companion is looked for in: hours of two months. More cost time and tell no more.
    private static let searchedPoints = 1500

    /// Statements that are looked at for being slow sometimes: the costliest. Ours, for time.
    private static let searchedSlow = 8

    func rhythm(of series: TimeSeries) -> Rhythm? {
        // An hour is the finest that a rhythm tells, so that hourly means lose nothing.
        Rhythm.find(in: series, timeZone: options.timeZone)
    }

    var loadRhythm: (Rhythm?, String) {
        let series = load ?? statementTime
        guard series.knownCount > 0 else { return (nil, Phrase.sentence(emptyReason("the load"))) }
        guard let rhythm = rhythm(of: series) else {
            let days = (timeline.range.upperBound - timeline.range.lowerBound) / 86_400
            return (
                nil,
                days < 3
                    ? "Less than three days: too short to see a rhythm."
                    : "The load follows no hour of the day or week."
            )
        }
        let share = Quantity.percent(rhythm.strength)
        let peaks = rhythm.peaks.isEmpty ? "" : ", high \(Phrase.list(Array(rhythm.peaks.prefix(3))))"
        return (rhythm, "The hour of the week explains \(share) of the load's ups and downs\(peaks).")
    }

    /// Of those that are searched the statements with some intervals that are much slower than usual, what they cost then first.
    func slowSometimes(among searched: [StatementTrend]) -> [SlowSometimes] {
        let slow = searched.concurrentMap { SlowTimes($0) }.compactMap { $0 }
            .ranked(by: \.cost, then: \.trend.name.identity)
        guard !slow.isEmpty else { return [] }
        let others = possibleCompanions
        return Array(slow.prefix(Self.searchedSlow)).concurrentMap { told($0, others) }.compactMap { $0 }
    }

    private func told(_ slow: SlowTimes, _ others: [NamedSeries]) -> SlowSometimes? {
        let rhythm = rhythm(of: slow.latency)
        let companions = Companion.find(
            of: slow.latency.thinned(to: Self.searchedPoints),
            among: others.filter { $0.name != slow.trend.name.identity }
        ).filter { $0.correlation > 0 }
        // What is slow at times without a time or a companion is noise to a reader.
        guard rhythm.map({ !$0.peaks.isEmpty }) == true || !companions.isEmpty else { return nil }
        return SlowSometimes(
            statement: slow.trend.name, usual: slow.usual, slow: slow.slow, rhythm: rhythm, companions: companions,
            line: slow.latency.thinned(), sentence: sentence(slow, rhythm, companions))
    }

    private typealias NamedSeries = (name: String, series: TimeSeries)

    /// Other statements' time, and what sessions waited for.
    private var possibleCompanions: [NamedSeries] {
        let others = statements.prefix(options.topStatements).map { NamedSeries($0.name.identity, $0.sessions) }
        let waited = waits.prefix(Self.shownLines).map { NamedSeries($0.name, $0.series) }
        return (others + waited).map { NamedSeries($0.name, $0.series.thinned(to: Self.searchedPoints)) }
    }

    private func sentence(_ slow: SlowTimes, _ rhythm: Rhythm?, _ companions: [Companion]) -> String {
        let unit = TrendUnit.milliseconds
        var text = "\(slow.trend.name.shownWithRole) takes \(unit.text(slow.slow)) instead of \(unit.text(slow.usual))"
        let peaks = rhythm.map { Array($0.peaks.prefix(3)) } ?? []
        if !peaks.isEmpty { text += " only \(Phrase.list(peaks))" }
        if let first = companions.first {
            let correlation = Quantity.decimal(first.correlation, places: 1)
            text +=
                (peaks.isEmpty ? " only" : ",") + " when \(companionText(first.name)) "
                + "(ρ \(correlation), chance \(chanceText(first.chance)))"
        }
        return Phrase.sentence(text)
    }

    private func chanceText(_ chance: Double) -> String {
        chance < 0.0005 ? "below 0.1 %" : Quantity.percent(chance)
    }

    private func companionText(_ name: String) -> String {
        guard let statement = statements.first(where: { $0.name.identity == name }) else {
            return "sessions wait for \(Shown.name(name))"
        }
        return "\(statement.name.short) runs"
    }
}

/// What tells that a statement is slow at some times only.
struct SlowTimes {
    let trend: StatementTrend
    let latency: TimeSeries
    /// Milliseconds a call: the median, and the median of the slow intervals.
    let usual: Double
    let slow: Double
    /// Seconds that the slow intervals took beyond usual.
    let cost: Double

    /// An interval is slow from three times the median on; when more than a third is, it is not sometimes. Ours.
    private static let slowFactor = 3.0
    private static let mostSlow = 1.0 / 3
    private static let leastSlow = 3
    private static let leastReadings = 24

    /// nil: it is not slow sometimes, or its readings are too few.
    init?(_ trend: StatementTrend) {
        let latency = trend.latency
        let known = latency.values.filter { !$0.isNaN }
        guard known.count >= Self.leastReadings, let usual = known.median, usual > 0 else { return nil }
        let places = latency.values.indices.filter { latency.values[$0] >= Self.slowFactor * usual }
        guard places.count >= Self.leastSlow, Double(places.count) <= Self.mostSlow * Double(known.count),
            let slow = places.map({ latency.values[$0] }).median
        else { return nil }
        self.trend = trend
        self.latency = latency
        self.usual = usual
        self.slow = slow
        let calls = trend.calls.ends == latency.ends ? trend.calls : trend.calls.aligned(to: latency)
        cost = places.reduce(0) { sum, place in
            let seconds = latency.ends[place] - latency.starts[place]
            return sum + (latency.values[place] - usual) / 1000 * calls.values[place] * seconds
        }
    }
}
