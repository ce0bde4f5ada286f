import Foundation
import History

/// A series as one median an hour.
struct HourlyMedians {
    /// Hours since 1970, local, of the first value.
    private(set) var first = 0
    /// NaN: nothing known.
    private(set) var values: [Double] = []
    /// For each value that came in, its place in `values`; nil: its interval is too long to lie in one hour.
    private(set) var places: [Int?] = []

    /// Intervals of more than this belong to no hour.
    private static let longest = 5400.0
    /// Ten years: times further apart than this are no history.
    private static let mostHours = 87_840

    /// - Parameters:
    ///   - values: known ones, one for each interval.
    ///   - starts, ends: of the intervals, seconds since 1970, ascending.
    init(_ values: [Double], starts: [Double], ends: [Double], timeZone: TimeZone = .gmt) {
        var clock = LocalHours(timeZone)
        let hours = values.indices.map { place -> Int? in
            let length = ends[place] - starts[place]
            let middle = starts[place] + length / 2
            guard length >= 0, length <= HourlyMedians.longest, abs(middle) < 1e11 else { return nil }
            return clock.hour(of: middle)
        }
        let known = hours.compactMap { $0 }
        guard let least = known.min(), let greatest = known.max(), greatest - least < HourlyMedians.mostHours else {
            places = [Int?](repeating: nil, count: values.count)
            return
        }
        first = least
        places = hours.map { $0.map { $0 - least } }
        self.values = HourlyMedians.medians(values, at: places, count: greatest - least + 1)
    }

    private static func medians(_ values: [Double], at places: [Int?], count: Int) -> [Double] {
        var gathered = [[Double]](repeating: [], count: count)
        for place in values.indices { if let hour = places[place] { gathered[hour].append(values[place]) } }
        return gathered.map { Robust.median($0) }
    }

    /// Whole days from the first to the last hour.
    var dayCount: Int { values.count / 24 }

    /// Each value replaced by what comes of its place and itself.
    func mapping(_ change: (Int, Double) -> Double) -> HourlyMedians {
        var result = self
        for place in values.indices { result.values[place] = change(place, values[place]) }
        return result
    }

    /// Monday 00h = 0 … 167. 1970 began on a Thursday.
    func hourOfWeek(_ place: Int) -> Int { HourlyMedians.modulo(first + place + 72, 168) }

    static func modulo(_ number: Int, _ divisor: Int) -> Int {
        let rest = number % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// Median of the hours around each one, as many before as after where there are so many; NaN: nothing known around it.
    ///
    /// It follows a step at once, and does not see what lasts for less than half of the window.
    func level(over window: Int) -> [Double] {
        let stride = 4
        var result = [Double](repeating: .nan, count: values.count)
        for begin in Swift.stride(from: 0, to: values.count, by: stride) {
            let end = min(values.count, begin + stride)
            let low = max(0, min((begin + end - window) / 2, values.count - window))
            let level = Robust.median(values[low..<min(values.count, low + window)].filter { !$0.isNaN })
            for place in begin..<end { result[place] = level }
        }
        return result
    }
}

/// The hour that a clock on the wall shows; the offset is asked for once an hour of time, which is dear.
struct LocalHours {
    private let timeZone: TimeZone
    private var hour = Int.min
    private var offset = 0.0

    init(_ timeZone: TimeZone) { self.timeZone = timeZone }

    /// Hours since 1970, local.
    mutating func hour(of time: Double) -> Int {
        let now = Int((time / 3600).rounded(.down))
        if now != hour {
            hour = now
            offset = Double(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: time)))
        }
        return Int(((time + offset) / 3600).rounded(.down))
    }
}
