import Foundation

/// What is left of values when their level and what is usual at that time of a working day or of a weekend are taken off.
///
/// Two series of the same day, as nearly all are, would go together otherwise. What is rare stays: the usual is a median over
/// the days, so that a window on Mondays is not of it.
struct UsualDay {
    /// Intervals of the day, by start; seconds.
    let slotLength: Double
    private let slots: [Int?]
    private let hours: [Int]
    private let isSplit: Bool

    /// Days from which on the time of day is told in intervals rather than in hours: each is a median of at least so many.
    private static let manyDays = 10.0

    init(starts: [Double], ends: [Double]) {
        let lengths = zip(starts, ends).map { $1 - $0 }
        let span = (ends.last ?? 0) - (starts.first ?? 0)
        let isFine = span >= UsualDay.manyDays * 86_400 && Robust.median(lengths) <= 450
        slotLength = isFine ? 300 : 3600
        isSplit = span >= 14 * 86_400
        let length = slotLength
        // Nothing that lasts for hours has a time of day.
        slots = zip(starts, lengths).map { start, seconds in
            seconds >= 0 && seconds <= 5400 && abs(start) < 1e11
                ? Int(((start + seconds / 2) / length).rounded(.down)) : nil
        }
        hours = starts.map { abs($0) < 1e11 ? Int(($0 / 3600).rounded(.down)) : 0 }
    }

    /// Number of the interval since 1970; nil: too long for one.
    func slot(_ place: Int) -> Int? { slots[place] }

    var slotsPerDay: Int { Int(86_400 / slotLength) }

    private func group(_ place: Int) -> Int? {
        guard let slot = slots[place] else { return nil }
        let time = HourlyMedians.modulo(slot, slotsPerDay)
        let day = HourlyMedians.modulo((slot - time) / slotsPerDay + 3, 7)
        return isSplit && day >= 5 ? time + slotsPerDay : time
    }

    /// NaN where nothing is known, or where there is no time of day.
    func rest(of values: [Double], starts: [Double], ends: [Double]) -> [Double] {
        let known = values.filter { !$0.isNaN }
        let scale = MeasureScale(known)
        var rest = values.map { scale.scaled($0) }
        let places = rest.indices.filter { !rest[$0].isNaN }
        let medians = HourlyMedians(
            places.map { rest[$0] }, starts: places.map { starts[$0] }, ends: places.map { ends[$0] })
        let level = medians.level(over: 168)
        for (number, place) in places.enumerated() {
            rest[place] -= medians.places[number].map { level[$0] } ?? .nan
        }
        var members = [[Double]](repeating: [], count: 2 * slotsPerDay)
        for place in places { if let group = group(place), !rest[place].isNaN { members[group].append(rest[place]) } }
        let usual = members.map { Robust.median($0) }
        for place in places { rest[place] -= group(place).map { usual[$0] } ?? .nan }
        return rest
    }
}
