import Model

/// Where the axis of time is marked: at hours, midnights, Mondays and firsts of the clock's zone, as far apart as their names need.
struct TimeAxis {
    struct Tick: Equatable {
        /// Seconds since 1970.
        var at: Double
        var text: String
        /// A day among hours, a year among months.
        var isStrong = false
    }

    let ticks: [Tick]

    /// - Parameter most: names that have room beside each other.
    init(_ range: Range<Double>, most: Int, clock: WallClock = WallClock()) {
        guard WallClock.sane.contains(range.lowerBound), WallClock.sane.contains(range.upperBound), !range.isEmpty,
            most > 0
        else {
            ticks = []
            return
        }
        let least = (range.upperBound - range.lowerBound) / Double(most)
        let shown = Self.readings(from: clock.reading(range.lowerBound), to: clock.reading(range.upperBound), least)
        var ticks: [Tick] = []
        for var tick in shown {
            // What the clock shows twice is marked once, what it never shows not at all.
            guard let at = clock.moment(ofReading: tick.at), range.contains(at) || at == range.upperBound,
                ticks.last.map({ $0.at < at }) ?? true
            else { continue }
            tick.at = at
            ticks.append(tick)
        }
        self.ticks = ticks
    }

    /// By what the clock shows.
    private static func readings(from first: Double, to last: Double, _ least: Double) -> [Tick] {
        if let step = withinDay.first(where: { $0 >= least }) {
            return multiples(of: step, from: first, to: last).map(time)
        }
        if let days = [1, 2, 7, 14].first(where: { Double($0) * WallClock.day >= least }) {
            let step = Double(days) * WallClock.day
            return multiples(of: step, origin: days >= 7 ? monday : 0, from: first, to: last).map {
                Tick(at: $0, text: days >= 7 ? WallClock.date($0) : weekday($0))
            }
        }
        return months(from: first, to: last, least: least)
    }

    private static let withinDay =
        [1, 2, 5, 10, 15, 30].map { $0 * WallClock.minute } + [1, 2, 3, 6, 12].map { $0 * WallClock.hour }
    /// 1970-01-05 was one.
    private static let monday = 4 * WallClock.day

    private static func multiples(
        of step: Double, origin: Double = 0, from lower: Double, to upper: Double
    ) -> [Double] {
        let first = ((lower - origin) / step).rounded(.up)
        let last = ((upper - origin) / step).rounded(.down)
        guard last >= first, last - first < 500 else { return [] }
        return (0...Int(last - first)).map { origin + (first + Double($0)) * step }
    }

    private static func months(from lower: Double, to upper: Double, least: Double) -> [Tick] {
        let step = [1, 3, 6, 12, 24, 60, 120, 1200].first { Double($0) * 30 * WallClock.day >= least } ?? 12_000
        let start = CivilDate(lower)
        var month = (start.year * 12 + start.month - 1) / step * step
        var ticks: [Tick] = []
        while ticks.count < 500 {
            let (year, place) = (month / 12, month % 12)
            let at = Double(CivilDate.days(year: year, month: place + 1)) * WallClock.day
            if at > upper { break }
            if at >= lower {
                ticks.append(
                    Tick(at: at, text: place == 0 ? String(year) : WallClock.monthNames[place], isStrong: place == 0))
            }
            month += step
        }
        return ticks
    }

    // MARK: Names

    private static func time(_ reading: Double) -> Tick {
        let text = WallClock.time(reading)
        guard text != "00:00" else { return Tick(at: reading, text: WallClock.date(reading), isStrong: true) }
        return Tick(at: reading, text: text)
    }

    /// `Wed 4`; the first of a month by its date.
    private static func weekday(_ reading: Double) -> String {
        let day = CivilDate(reading).day
        return day == 1
            ? WallClock.date(reading) : "\(WallClock.dayNames[WallClock.weekdayPlace(reading)]) \(day)"
    }
}
