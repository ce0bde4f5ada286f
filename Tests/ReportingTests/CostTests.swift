import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

/// What the visit and the rules cost, for whoever asks.
@Suite struct CostTests {
    private func terminal(verbose: Bool, measured: Bool) -> String {
        var snapshot = Snapshot.healthyExample
        snapshot.cost.add("relations", .relations, time: 12, rows: 1204)
        snapshot.cost.add("settings", .settings, time: 3, rows: 361)
        snapshot.cost.add("settings", .settings, time: 1, rows: 361)
        let diagnosis = Diagnosis(judging: Observation(snapshot), engine: Engine(measures: measured))
        return Report(diagnosis, options: ReportOptions(verbose: verbose)).terminal()
    }

    @Test func itIsToldByQueryAndByAreaWhenAsked() {
        let text = terminal(verbose: true, measured: true)
        #expect(text.contains("relations 12 ms, 1,204 rows"))
        #expect(text.contains("settings 4.0 ms, 722 rows in 2"))
        #expect(text.firstMatch(of: /index: [0-9]+ rules judged in [0-9.]+ ms/) != nil, "\(text.suffix(2000))")
        #expect(text.split(separator: "\n").filter { $0.count > 80 } == [])
    }

    @Test func itIsNotToldUnasked() {
        #expect(!terminal(verbose: false, measured: true).contains("by area"))
        #expect(!terminal(verbose: true, measured: false).contains("judged in"))
    }

    /// No two runs take the same time: what can be compared must not have it.
    @Test func theJSONOfASnapshotIsTheSameEachTime() {
        let json = {
            Report(Diagnosis(judging: Observation(.healthyExample), engine: Engine(measures: true))).json()
        }
        #expect(json() == json())
    }
}
