import Diagnosing
import Model
import Testing

@testable import Recommending

@Suite struct WorkloadRankingTests {
    private func workload(_ configure: (inout StatementSelection) -> Void = { _ in }) -> [RankedStatement] {
        let diagnosis = diagnosis([]) { snapshot in
            func add(_ id: Int64, _ text: String, role: String, calls: Int64, time: Double, maximum: Double, wal: Int64)
            {
                snapshot.statementStatistics?.statements.append(
                    .make {
                        $0.queryID = id
                        $0.fingerprint = "f\(id)"
                        $0.text = text
                        $0.role = role
                        $0.database = "shop"
                        $0.counters.calls = calls
                        $0.counters.executionTime = time
                        $0.counters.walBytes = wal
                        $0.maximumTime = maximum
                    })
            }
            add(1, "SELECT * FROM orders", role: "app", calls: 1000, time: 5000, maximum: 20, wal: 0)
            add(2, "SELECT * FROM Report", role: "reporting", calls: 2, time: 4000, maximum: 3900, wal: 0)
            add(3, "UPDATE orders SET a = $1", role: "app", calls: 50, time: 100, maximum: 5, wal: 9000)
            snapshot.activitySamples = [
                .make {
                    $0.active = [
                        .make {
                            $0.queryID = 2
                            $0.application = "nightly"
                        }
                    ]
                }
            ]
        }
        var selection = StatementSelection()
        configure(&selection)
        return diagnosis.statements(selection).shown
    }

    private func names(_ statements: [RankedStatement]) -> [String] { statements.map(\.load.key.name) }

    @Test(arguments: [
        (StatementMeasure.time, "f1"), (.calls, "f1"), (.mean, "f2"), (.maximum, "f2"), (.wal, "f3"),
    ])
    func theGreatestOfTheMeasureComesFirst(measure: StatementMeasure, first: String) {
        #expect(names(workload { $0.measure = measure }).first == first)
    }

    @Test func filtersAdmitWhatTheySay() {
        #expect(names(workload { $0.role = "reporting" }) == ["f2"])
        #expect(names(workload { $0.application = "nightly" }) == ["f2"])
        #expect(names(workload { $0.text = "report" }) == ["f2"])
        #expect(names(workload { $0.text = "orders" }) == ["f1", "f3"])
        #expect(workload { $0.database = "other" }.isEmpty)
        #expect(names(workload { $0.limit = 2 }) == ["f1", "f2"])
    }

    @Test func applicationsComeFromSamples() {
        #expect(workload { $0.role = "reporting" }[0].applications == [.init(name: "nightly", samples: 1)])
        #expect(workload { $0.role = "app" }[0].applications.isEmpty)
    }
}
