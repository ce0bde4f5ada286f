import Foundation

/// What the hours of the week add to a level.
///
/// Three parts, each of what the one before has left: hour of day, day of week, hour of week; each the median over the days or
/// weeks, and 0 where it does not stand out of what such medians vary by chance. So a short history pays for few numbers, and a
/// window that is high once a week is seen nevertheless.
struct WeeklyProfile {
    /// Monday 00h = 0 … 167.
    private(set) var values = [Double](repeating: 0, count: 168)
    /// Standard deviation of an hour's median around level and profile.
    private(set) var deviation = 0.0

    var isFlat: Bool { values.allSatisfy { $0 == 0 } }

    /// A day's rhythm asks for three days: with two, what one of them had could not be told from it.
    static let leastDays = 3
    /// A week's rhythm asks for two whole weeks; of two values the one nearer to 0 counts then, if they agree in sign.
    static let leastWeeks = 2

    /// - Parameters:
    ///   - rest: an hour's median less its level.
    ///   - hourOfWeek: of each of them.
    init(_ rest: [Double], hourOfWeek: [Int], daily: Bool = true, weekly: Bool = true) {
        var rest = rest
        let hours = rest.indices
        /// Takes off what the members of each group have in common.
        func take(_ count: Int, least: Int, _ group: (Int) -> Int, _ gather: ((Int) -> Int)) {
            var cells: [Int: [Double]] = [:]
            var members = [[Double]](repeating: [], count: count)
            for place in hours where !rest[place].isNaN { cells[gather(place), default: []].append(rest[place]) }
            var isTaken: Set<Int> = []
            for place in hours {
                let cell = gather(place)
                guard let values = cells[cell], isTaken.insert(cell).inserted else { continue }
                members[group(hourOfWeek[place])].append(Robust.median(values))
            }
            let effects = WeeklyProfile.effects(of: members, least: least)
            for place in hours { rest[place] -= effects[group(hourOfWeek[place])] }
            for hour in values.indices { values[hour] += effects[group(hour)] }
        }
        if daily { take(24, least: WeeklyProfile.leastDays, { $0 % 24 }, { $0 }) }
        if weekly {
            // Each day counts once, by its median.
            take(7, least: WeeklyProfile.leastWeeks, { $0 / 24 }, { $0 - hourOfWeek[$0] % 24 })
            take(168, least: WeeklyProfile.leastWeeks, { $0 }, { $0 })
        }
        deviation = Robust.deviation(rest.filter { !$0.isNaN })
    }

    private static func effects(of members: [[Double]], least: Int) -> [Double] {
        let middles = members.map { $0.count >= least ? consensus($0) : 0 }
        var around: [Double] = []
        for (group, middle) in zip(members, middles) { for value in group { around.append(value - middle) } }
        let spread = around.isEmpty ? 0 : Robust.deviation(around)
        return zip(members, middles).map { group, middle in
            // Three standard errors of a median: 1.2533 σ / √n.
            abs(middle) > 3 * 1.2533 * spread / Double(max(1, group.count)).squareRoot() ? middle : 0
        }
    }

    private static func consensus(_ values: [Double]) -> Double {
        guard values.count == 2 else { return Robust.median(values) }
        guard values[0] * values[1] > 0 else { return 0 }
        return abs(values[0]) < abs(values[1]) ? values[0] : values[1]
    }
}
