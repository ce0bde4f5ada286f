import Foundation
import History

extension Companion {
    /// A lesser correlation is not told, however sure it is. Source: our choice, between "small" (0.1) and "medium" (0.3) of
    /// Cohen 1988: most bad windows of a statement have several causes, or none but noise.
    package static let leastCorrelation = 0.15
    /// Bad windows apart from each other below which a coincidence proves nothing. Source: our choice.
    static let leastEpisodes = 3

    /// Which of the other series are high when this one is, beyond what is usual at that time of day; the closest first.
    ///
    /// Both are compared without their level (median of a week) and without what is usual at that time of a working day or of a
    /// weekend: nearly all series of a server follow the same day, and each would go with each other. A choice with a price:
    /// what is high every day at the same hour is not found to go together, since so much else does; what is high on
    /// Mondays at eight is. Bad windows are those where this series stands out of what is left by two or three
    /// standard deviations and by a quarter. Whether the other one is high in them more than by chance is tested in `CompanionChance`; how much is told by
    /// Spearman's correlation over the bad windows and up to four times as many of the same hour on the days around them,
    /// because over all windows that of a rare one would be near 0.
    ///
    /// - Parameters:
    ///   - others: at any intervals; what does not cover half of the bad windows is left out.
    ///   - level: share of false ones among those that are told (Benjamini and Hochberg 1995).
    /// - Returns: none for less than three days: a day that is shared could not be told from a cause.
    package static func find(
        of series: TimeSeries, among others: [(name: String, series: TimeSeries)], seed: UInt64 = 0x7067_6d65_6469_63,
        level: Double = 0.01
    ) -> [Companion] {
        let known = KnownValues(series)
        guard let first = known.starts.first, let last = known.ends.last, last - first >= 3 * 86_400 else { return [] }
        let day = UsualDay(starts: known.starts, ends: known.ends)
        let rest = day.rest(of: known.values, starts: known.starts, ends: known.ends)
        let windows = BadWindows(rest, known, isLogarithmic: MeasureScale(known.values).isLogarithmic)
        guard windows.episodes.count >= leastEpisodes else { return [] }

        let pair = BadWindowPairing(windows, day, rest)
        var tried: [(name: String, rest: [Double], ranks: CompanionChance.Ranks)] = []
        for other in others {
            let values = other.series.aligned(to: known.starts, known.ends)
            guard windows.places.count(where: { !values[$0].isNaN }) * 2 >= windows.places.count else { continue }
            let otherRest = day.rest(of: values, starts: known.starts, ends: known.ends)
            tried.append((other.name, otherRest, CompanionChance.Ranks(otherRest)))
        }
        let chances = CompanionChance(windows.episodes, count: rest.count, times: known.starts, level: level)
            .chances(tried.map(\.ranks), seed: seed)
        let corrected = benjaminiHochberg(chances)
        return tried.indices.compactMap { place -> Companion? in
            guard corrected[place] <= level else { return nil }
            let correlation = pair.correlation(with: tried[place].rest)
            guard correlation >= leastCorrelation else { return nil }
            return Companion(name: tried[place].name, correlation: correlation, chance: corrected[place])
        }
        .sorted { ($1.correlation, $0.name) < ($0.correlation, $1.name) }
    }

    /// The least level of false discovery at which each would be told.
    static func benjaminiHochberg(_ chances: [Double]) -> [Double] {
        var result = chances
        var least = 1.0
        for (rank, place) in chances.indices.sorted(by: { chances[$0] > chances[$1] }).enumerated() {
            least = min(least, chances[place] * Double(chances.count) / Double(chances.count - rank))
            result[place] = least
        }
        return result
    }
}

/// Where a series is worse than usual.
struct BadWindows {
    /// Places, ascending.
    private(set) var places: [Int] = []
    /// Stretches of places that belong together, since less than an hour lies between them.
    private(set) var episodes: [[Range<Int>]] = []

    init(_ rest: [Double], _ known: KnownValues, isLogarithmic: Bool) {
        let least = isLogarithmic ? log(ChangePoint.leastFactor) : .leastNormalMagnitude
        join(BadWindows.places(BadWindows.smoothed(rest, known), least: least), known)
        // Too few that last: then it is about single intervals.
        if episodes.count < Companion.leastEpisodes { join(BadWindows.places(rest, least: least), known) }
    }

    private static func places(_ rest: [Double], least: Double) -> [Int] {
        let deviation = Robust.deviation(rest.filter { !$0.isNaN })
        // Beyond three standard deviations there is one of 740 by noise alone; where there are more, it is about those.
        let places = rest.indices.filter { rest[$0] >= max(3 * deviation, least) }
        return places.count * 300 >= rest.count ? places : rest.indices.filter { rest[$0] >= max(2 * deviation, least) }
    }

    /// Medians of three where intervals are short: most wild values stand alone, most causes last for more than five minutes.
    private static func smoothed(_ rest: [Double], _ known: KnownValues) -> [Double] {
        guard rest.count > 2, Robust.median(zip(known.starts, known.ends).map { $1 - $0 }) <= 600 else { return rest }
        var result = rest
        for place in 1..<rest.count - 1 {
            let (left, middle, right) = (rest[place - 1], rest[place], rest[place + 1])
            guard !left.isNaN, !right.isNaN, !middle.isNaN else { continue }
            result[place] = max(min(left, middle), min(max(left, middle), right))
        }
        return result
    }

    private mutating func join(_ places: [Int], _ known: KnownValues) {
        self.places = places
        episodes = []
        for place in places {
            guard let last = episodes.last?.last, known.starts[place] - known.ends[last.upperBound - 1] < 3600 else {
                episodes.append([place..<place + 1])
                continue
            }
            let episode = episodes.count - 1
            if last.upperBound == place {
                episodes[episode][episodes[episode].count - 1] = last.lowerBound..<place + 1
            } else {
                episodes[episode].append(place..<place + 1)
            }
        }
    }
}

/// Bad windows, and those of the same time on the days around them.
struct BadWindowPairing {
    private var places: [Int] = []
    private let rest: [Double]
    private static let controls = 4

    init(_ windows: BadWindows, _ day: UsualDay, _ rest: [Double]) {
        self.rest = rest
        var placeOf: [Int: Int] = [:]
        for place in rest.indices where !rest[place].isNaN { if let slot = day.slot(place) { placeOf[slot] = place } }
        let bad = Set(windows.places)
        var chosen = bad
        for place in windows.places {
            guard let slot = day.slot(place) else { continue }
            var found = 0
            for distance in 1...7 {
                for sign in [-1, 1] where found < BadWindowPairing.controls {
                    guard let other = placeOf[slot + sign * distance * day.slotsPerDay], !bad.contains(other) else {
                        continue
                    }
                    chosen.insert(other)
                    found += 1
                }
            }
        }
        places = chosen.sorted()
    }

    /// Spearman's, over the windows where both are known; 0 where there is nothing to compare.
    func correlation(with other: [Double]) -> Double {
        let both = places.filter { !other[$0].isNaN }
        let left = CompanionChance.midranks(both.map { rest[$0] })
        let right = CompanionChance.midranks(both.map { other[$0] })
        var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
        for (a, b) in zip(left, right) {
            product += a * b
            leftSquare += a * a
            rightSquare += b * b
        }
        let scale = (leftSquare * rightSquare).squareRoot()
        return scale > 0 ? product / scale : 0
    }
}
