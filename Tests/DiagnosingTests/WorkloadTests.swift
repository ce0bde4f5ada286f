import Foundation
import Model
import Testing

@testable import Diagnosing

/// What is counted within a window, and how it is grouped.
@Suite struct WorkloadTests {
    /// A server with one statement of 100 calls and 1 s, out of 10 s.
    private func reading(_ configure: (inout Snapshot) -> Void = { _ in }) -> Snapshot {
        var snapshot = Snapshot.healthyExample
        snapshot.statementStatistics!.totals.executionTime = 10_000
        snapshot.statementStatistics!.totals.calls = 1000
        snapshot.addStatement("f1", queryID: 1, calls: 100, time: 1000)
        configure(&snapshot)
        return snapshot
    }

    /// A minute later.
    private func later(_ earlier: Snapshot, _ configure: (inout StatementStatistics) -> Void) -> Workload {
        var snapshot = earlier
        snapshot.takenAt += 60
        configure(&snapshot.statementStatistics!)
        return Workload(snapshot, since: earlier)
    }

    @Test func withoutAnEarlierReadingAllSinceTheResetCounts() throws {
        let workload = Workload(reading(), since: nil)
        let load = try #require(workload.statements.first)
        #expect(load.counters.calls == 100)
        #expect(load.share == 0.1)
        #expect(workload.totalTime == 10_000)
        #expect(workload.coverage == 0.1)
    }

    @Test func withAnEarlierReadingTheDifferenceCounts() throws {
        let workload = later(reading()) {
            $0.statements[0].counters.calls += 10
            $0.statements[0].counters.executionTime += 500
            $0.totals.executionTime += 2000
        }
        let load = try #require(workload.statements.first)
        #expect(load.counters.calls == 10)
        #expect(load.counters.meanTime == 50)
        #expect(load.share == 0.25)
    }

    @Test func aStatementThatDidNotRunInTheWindowIsNotThere() {
        let workload = later(reading()) { $0.totals.executionTime += 2000 }
        #expect(workload.statements.isEmpty)
        #expect(workload.totalTime == 2000)
    }

    @Test func anEntryThatIsNewInTheWindowCountsWhole() throws {
        let workload = later(reading()) {
            $0.statements.append(
                .make {
                    $0.queryID = 2
                    $0.role = "app"
                    $0.database = "shop"
                    $0.counters.calls = 7
                    $0.counters.executionTime = 70
                })
            $0.totals.executionTime += 70
        }
        #expect(workload.statements.map(\.counters.calls) == [7])
        #expect(workload.statements.first?.share == 1)
    }

    @Test func anEntryThatWasEvictedAndCameBackCountsWhole() {
        let workload = later(reading()) {
            $0.statements[0].counters.calls = 4
            $0.statements[0].counters.executionTime = 40
            $0.statements[0].counters.rows = 4
            $0.totals.executionTime += 40
        }
        #expect(workload.statements.map(\.counters.calls) == [4])
    }

    @Test func anEntryThatCameBackAndOutgrewItselfIsKnownByItsBeginning() {
        let earlier = reading()
        let workload = later(earlier) {
            $0.statements[0].counters.calls = 150
            $0.statements[0].counters.executionTime = 1500
            $0.statements[0].since = earlier.takenAt.addingTimeInterval(10)
        }
        #expect(workload.statements.map(\.counters.calls) == [150])
    }

    @Test func evictionsThatShrinkTheSumsDoNotShrinkTheWindow() throws {
        let workload = later(reading()) {
            $0.statements[0].counters.calls += 10
            $0.statements[0].counters.executionTime += 500
            // Evicted entries took 4 s of the past out of the sums.
            $0.totals.executionTime -= 3500
            $0.totals.calls -= 300
        }
        #expect(workload.totalTime == 500)
        #expect(workload.statements.first?.share == 1)
    }

    @Test func afterAResetAllThatIsThereWasCountedSince() {
        let earlier = reading()
        let workload = later(earlier) {
            $0.reset = earlier.takenAt.addingTimeInterval(1)
            // More than before the reset, so that the counters alone would not tell.
            $0.statements[0].counters.calls = 200
            $0.statements[0].counters.executionTime = 3000
            $0.totals.executionTime = 12_000
        }
        #expect(workload.statements.map(\.counters.calls) == [200])
        #expect(workload.totalTime == 12_000)
    }

    @Test func entriesOfOneFingerprintAreOneStatementOfADatabase() throws {
        let snapshot = reading {
            $0.addStatement("f1", role: "batch", queryID: 2, calls: 50, time: 3000)
            $0.addStatement("f1", database: "other", queryID: 1, calls: 5, time: 10)
        }
        let workload = Workload(snapshot, since: nil)
        #expect(workload.statements.map(\.database) == ["shop", "other"])
        let load = try #require(workload.statements.first)
        #expect(load.counters.calls == 150)
        #expect(load.counters.executionTime == 4000)
        #expect(Set(load.roles) == ["app", "batch"])
        #expect(load.representative.role == "batch", "the entry with more time stands for all")
        #expect(workload.load(ofQueryID: 2, in: "shop")?.key == load.key)
        #expect(workload.load(ofQueryID: 2, in: "other") == nil)
    }

    @Test func ourOwnStatementsAreNeitherTimeNorStatements() {
        let snapshot = reading { $0.addStatement("ours", calls: 1, time: 20_000) { $0.isOurs = true } }
        let workload = Workload(snapshot, since: nil)
        #expect(workload.statements.map(\.key.name) == ["f1"])
        #expect(workload.totalTime == 1000)
    }

    @Test func timeIsSummedByDatabase() {
        let snapshot = reading { $0.addStatement("f2", database: "billing", calls: 1, time: 5000) }
        let times = Workload(snapshot, since: nil).timeByDatabase
        #expect(times.map(\.database) == ["billing", "shop"])
        #expect(times.map(\.time) == [5000, 1000])
    }

    @Test(arguments: [
        ("/* a /* b */ c */ -- d\n (SELECT 1)", "select"), ("\tvacuum (analyze) x", "vacuum"), ("", nil),
        ("/* cut", nil),
    ])
    func verbIsTheFirstWordPastComments(_ text: String, _ verb: String?) throws {
        let snapshot = reading { $0.statementStatistics!.statements[0].text = text }
        let load = try #require(Workload(snapshot, since: nil).statements.first)
        #expect(load.verb == verb)
    }

    @Test func labelIsCutAndFolded() throws {
        let snapshot = reading { $0.statementStatistics!.statements[0].text = "SELECT  *\n\tFROM orders" }
        let load = try #require(Workload(snapshot, since: nil).statements.first)
        #expect(load.label(30) == "SELECT * FROM orders")
        #expect(load.label(10) == "SELECT * …")
    }

    @Test func tablesAreFoundThroughTheSearchPath() throws {
        let snapshot = reading {
            $0.statementStatistics!.statements[0].text = "SELECT 1 FROM orders o JOIN b.items ON true"
            $0.statementStatistics!.statements[0].searchPath = ["a", "public"]
            for (schema, name) in [("a", "orders"), ("public", "orders"), ("b", "items"), ("a", "items")] {
                $0.catalogs[0].relations.append(.make { $0.name = QualifiedName(schema, name) })
            }
        }
        let load = try #require(Workload(snapshot, since: nil).statements.first)
        #expect(load.relations(in: snapshot) == [QualifiedName("a", "orders"), QualifiedName("b", "items")])
    }
}
