import Foundation
import Model

extension TrafficSurge {
    static let examples: [RuleExample] = [
        .fires("a role sends one statement ten times as often", on: "web", before: calm) {
            $0.surge(calls: 12_000, time: 90_000)
        },
        .fires("no role and no statement alone", on: "cluster", before: calm) {
            for number in 1...4 {
                $0.addStatement(
                    "n\(number)", "SELECT \(number) FROM carts", role: "role\(number)", calls: 3000, time: 9000)
            }
            $0.statementStatistics!.totals.calls += 12_000
            $0.statementStatistics!.totals.executionTime += 36_000
        },
        .silent("a single reading") { calm(&$0) },
        .silent("office hours: four times the mean", before: calm) { $0.surge(calls: 4800, time: 9000) },
        .silent("very many times next to nothing", before: hardly) { $0.surge(calls: 600, time: 900) },
        .silent("slower, not more", before: calm) { $0.surge(calls: 1200, time: 90_000) },
        .fires("three times what this time of two weeks had", on: "web", past: .known(days: 14, rate: 20), before: calm)
        {
            $0.surge(calls: 3600, time: 9000)
        },
        .fires(
            "three times what the last intervals had, and no more is known", on: "web", past: .known(rate: 20),
            before: calm
        ) {
            $0.surge(calls: 3600, time: 9000)
        },
        .fires(
            "still so, after ten intervals of it", on: "web", past: .known(rate: 20, then: 60, for: 10), before: calm
        ) {
            $0.surge(calls: 3600, time: 9000)
        },
        .silent("a rise that has lasted", past: .known(rate: 20, then: 60, for: 14), before: calm) {
            $0.surge(calls: 3600, time: 9000)
        },
        .silent("an office that opens as on other days", past: .known(days: 1, rate: 60, recently: 5), before: calm) {
            $0.surge(calls: 3600, time: 9000)
        },
        .silent("the batch of last week", past: .known(days: 14, rate: 20, except: [7: 60]), before: calm) {
            $0.surge(calls: 3600, time: 9000)
        },
        .silent(
            "less than was usual these days, though six times the mean", past: .known(days: 3, rate: 90), before: calm
        ) {
            $0.surge(calls: 7200, time: 9000)
        },
        .inconclusive(
            "a window that is short beside the history's intervals",
            past: .known(rate: 20, every: 300),
            before: {
                calm(&$0)
                $0.statementStatistics!.reset = $0.takenAt.addingTimeInterval(-600)
            }, after: { $0.surge(calls: 12_000, time: 90_000) }),
        .inconclusive(
            "statistics reset ten minutes before",
            before: {
                calm(&$0)
                $0.statementStatistics!.reset = $0.takenAt.addingTimeInterval(-600)
            }, after: { $0.surge(calls: 12_000, time: 90_000) }),
        .inconclusive(
            "a window as long as half of what was before",
            before: {
                calm(&$0)
                $0.statementStatistics!.reset = $0.takenAt.addingTimeInterval(-7200)
            },
            after: {
                $0.takenAt += 3540
                $0.surge(calls: 900_000, time: 90_000)
            }),
        .inconclusive(
            "a server that nobody used",
            before: {
                calm(&$0)
                $0.statementStatistics!.totals.calls = 20
            }, after: { $0.surge(calls: 12_000, time: 90_000) }),
        .inconclusive("reset between the readings", before: calm) {
            $0.surge(calls: 12_000, time: 90_000)
            $0.statementStatistics!.reset = $0.takenAt
        },
    ]

    /// 35 days at twenty calls a second.
    private static let calm: @Sendable (inout Snapshot) -> Void = { snapshot in
        snapshot.addStatement(
            "f1", "SELECT * FROM carts WHERE id = $1", role: "web", queryID: 41, calls: 60_000_000, time: 600_000_000)
        snapshot.statementStatistics!.totals.calls = 60_050_000
        snapshot.statementStatistics!.totals.executionTime = 601_000_000
    }

    /// 35 days at a call in half a minute.
    private static let hardly: @Sendable (inout Snapshot) -> Void = { snapshot in
        calm(&snapshot)
        snapshot.statementStatistics!.statements[0].counters.calls = 90_000
        snapshot.statementStatistics!.totals.calls = 100_000
    }
}

extension PastTraffic {
    /// Of the last half hour, and of an hour around the same time of days before.
    ///
    /// - Parameters:
    ///   - recently: calls a second of the last half hour; nil: as on the days.
    ///   - then: what the last so many intervals had.
    ///   - except: days ago that had another rate.
    ///   - step: s of an interval.
    fileprivate static func known(
        days: Int = 0, rate: Double, recently: Double? = nil, then: Double? = nil, for last: Int = 0,
        except: [Int: Double] = [:], every step: Int64 = 60
    ) -> Self {
        var past = Self()
        let now = Int64(Snapshot.healthyExample.takenAt.timeIntervalSince1970 * 1000)
        for ago in (1...14).reversed() where ago <= days {
            for minute in stride(from: Int64(30), through: -30, by: -1) {
                let end = now - Int64(ago) * 86_400_000 - minute * 60_000
                past.add(.init(end: end, length: 60_000, rate: except[ago] ?? rate))
            }
        }
        for place in (0..<30).reversed() {
            let rate = place < last ? then ?? rate : recently ?? rate
            past.add(.init(end: now - Int64(place) * step * 1000, length: step * 1000, rate: rate))
        }
        return past
    }
}

extension Snapshot {
    /// So many more calls of the first statement.
    fileprivate mutating func surge(calls: Int64, time: Double) {
        statementStatistics!.statements[0].counters.calls += calls
        statementStatistics!.statements[0].counters.executionTime += time
        statementStatistics!.totals.calls += calls
        statementStatistics!.totals.executionTime += time
    }
}
