import Foundation
import History
import Model

extension TrendAnalysis {
    /// The server refuses new transaction identifiers 3 million before it would wrap around at 2³¹ (varsup.c, xidStopLimit; of
    /// multixacts multixact.c, multiStopLimit): https://www.postgresql.org/docs/current/routine-vacuuming.html
    static let wraparoundLimit = 2_147_483_648.0 - 3_000_000

    /// Limits that will be reached, the nearest first.
    var forecasts: [TrendForecast] {
        (sequenceForecasts + wraparoundForecasts + connectionForecasts + sizeForecasts)
            .ranked(by: { -$0.forecast.reached }, then: \.object)
    }

    private var sequenceForecasts: [TrendForecast] {
        series(of: .sequence).compactMap { one in
            guard let limit = one["limit"].last, let now = one["lastValue"].last, limit > now else { return nil }
            return forecast(.sequence, one.key.name, .count, one["lastValue"], limit: limit)
        }
    }

    private var wraparoundForecasts: [TrendForecast] {
        let measures = [("frozenXIDAge", TrendForecast.Kind.wraparound), ("multixactAge", .multixactWraparound)]
        return series(of: .database).flatMap { one in
            measures.compactMap { measure, kind in
                // An age that falls was frozen: autovacuum does its work, and the line up to there is a tooth of its saw.
                let age = one[measure]
                return age.hasFallen
                    ? nil
                    : forecast(
                        kind, one.key.name.isEmpty ? one.key.database ?? "" : one.key.name, .transactions, age,
                        limit: Self.wraparoundLimit)
            }
        }
    }

    private var connectionForecasts: [TrendForecast] {
        series(of: .server).compactMap { one in
            guard let limit = one["maxConnections"].last, limit > 0 else { return nil }
            return forecast(.connections, "connections", .count, one["backends"], limit: limit)
        }
    }

    private var sizeForecasts: [TrendForecast] {
        let databases = series(of: .database)
        let single = databases.compactMap { one -> TrendForecast? in
            let name = one.key.name.isEmpty ? one.key.database ?? "" : one.key.name
            guard let limit = options.databaseLimits[name] else { return nil }
            return forecast(.size, name, .bytes, one["size"], limit: limit)
        }
        guard let disk = options.diskSize else { return single }
        let all = TimeSeries.sum(databases.lazy.map { $0["size"] }.filter { !$0.isEmpty })
        return single + [forecast(.size, "all databases", .bytes, all, limit: disk)].compactMap { $0 }
    }

    private func forecast(
        _ kind: TrendForecast.Kind, _ object: String, _ unit: TrendUnit, _ series: TimeSeries, limit: Double
    ) -> TrendForecast? {
        guard limit.isFinite, series.knownCount > 1, let forecast = Forecast.make(series, limit: limit) else {
            return nil
        }
        return TrendForecast(
            kind: kind, object: object, unit: unit, forecast: forecast, line: series.thinned(),
            sentence: sentence(kind, Shown.name(object), unit, forecast, now: series.last ?? 0))
    }

    private func sentence(
        _ kind: TrendForecast.Kind, _ object: String, _ unit: TrendUnit, _ forecast: Forecast, now: Double
    ) -> String {
        let what: String
        switch kind {
        case .sequence: what = "Sequence \(object) reaches its end of \(unit.text(forecast.limit))"
        case .size: what = "\(object) reaches \(unit.text(forecast.limit))"
        case .wraparound:
            what = "Database \(object) stops taking transactions at an age of \(unit.text(forecast.limit))"
        case .multixactWraparound:
            what = "Database \(object) stops taking multixacts at an age of \(TrendUnit.count.text(forecast.limit))"
        case .connections: what = "Connections reach max_connections, \(unit.text(forecast.limit)),"
        }
        let last = forecast.latest.isFinite ? clock.day(forecast.latest) : "never"
        return Phrase.sentence(
            "\(what) about \(clock.day(forecast.reached)) (between \(clock.day(forecast.earliest)) and \(last)): "
                + "\(unit.text(now)) now, \(unit.text(forecast.slope)) more a day")
    }

    /// Growth of less than a hundredth of its size in a month is none. Ours.
    private static let leastMonthlyGrowth = 0.01

    /// Databases and relations that grow, the fastest first.
    var growth: [Growth] {
        let databases = series(of: .database).map { ($0, $0["size"]) }
        let others = sized.map { ($0.series, $0.size) }
        return (databases + others).compactMap { one, size -> Growth? in
            guard let last = size.last, last > 0, let slope = size.slopeByDay,
                slope * 30 > Self.leastMonthlyGrowth * last
            else { return nil }
            let name = one.key.kind == .database && one.key.name.isEmpty ? one.key.database ?? "" : one.key.name
            let what = one.key.kind == .database ? "Database \(Shown.name(name))" : Shown.name(name)
            return Growth(
                kind: one.key.kind, database: one.key.database, object: name, size: last, perDay: slope,
                sentence: Phrase.sentence(
                    "\(what) grows by \(TrendUnit.bytes.text(slope)) a day, \(TrendUnit.bytes.text(last)) now"))
        }
        .ranked(by: \.perDay, then: \.object)
    }
}

extension TimeSeries {
    /// By more than a tenth below what it was: of an age, frozen.
    var hasFallen: Bool {
        var highest = 0.0
        for value in values where !value.isNaN {
            if value < 0.9 * highest { return true }
            highest = max(highest, value)
        }
        return false
    }

    /// Theil's and Sen's slope through the medians of days (of a range below four days, hours), a day; nil: fewer than three.
    var slopeByDay: Double? {
        guard let first = starts.first, let last = ends.last, last > first else { return nil }
        // At most 100 pieces, since all pairs of them are looked at.
        let width = max(last - first < 4 * 86_400 ? 3600 : 86_400, (last - first) / 100)
        var pieces: [Int: [Double]] = [:]
        for place in values.indices where !values[place].isNaN {
            pieces[Int((ends[place] - first) / width), default: []].append(values[place])
        }
        guard pieces.count >= 3 else { return nil }
        let places = pieces.keys.sorted()
        let medians = places.map { pieces[$0]?.median ?? 0 }
        return TheilSenLine(places.map { Double($0) * width / 86_400 }, medians).slope
    }
}
