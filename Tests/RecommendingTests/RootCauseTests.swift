import Diagnosing
import Foundation
import Model
import Testing

@testable import Recommending

/// The shipped rules join up: what belongs together stands together.
@Suite struct RootCauseTests {
    private func table(_ name: String, rows: Int64, dead: Int64) -> Relation {
        .make {
            $0.oid = 16_400
            $0.name = QualifiedName("public", name)
            $0.estimatedRows = Double(rows)
            $0.liveTuples = rows
            $0.deadTuples = dead
            $0.pages = 100_000
        }
    }

    private func set(_ name: String, _ value: String, in snapshot: inout Snapshot) {
        for index in snapshot.settings.indices where snapshot.settings[index].name == name {
            snapshot.settings[index].value = value
        }
    }

    @Test func deadRowsStandUnderAutovacuumThatIsOff() throws {
        var snapshot = Snapshot.healthyExample
        set("autovacuum", "off", in: &snapshot)
        snapshot.catalogs[0].relations = [table("stock", rows: 10_000, dead: 350_000)]
        let diagnosis = Diagnosis(judging: Observation(snapshot))
        let first = try #require(diagnosis.ranked.first)
        #expect(first.finding.rule == "configuration.autovacuum-off")
        #expect(first.symptoms.map(\.rule).contains("vacuum.dead-rows-pile-up"))
        #expect(!diagnosis.cleared.contains("autovacuum"))
    }

    @Test func deadRowsStandUnderTheHorizonAndThatUnderTheForgottenSlot() throws {
        var snapshot = Snapshot.healthyExample
        snapshot.catalogs[0].relations = [table("stock", rows: 10_000, dead: 350_000)]
        snapshot.replicationSlots = [
            .make {
                $0.name = "cdc2"
                $0.retainedBytes = 30_000_000_000
                $0.walStatus = "extended"
                $0.xminAge = 40_000_000
            }
        ]
        let diagnosis = Diagnosis(judging: Observation(snapshot))
        let first = try #require(diagnosis.ranked.first)
        #expect(first.finding.rule == "capacity.slot-retains-wal")
        #expect(Set(first.symptoms.map(\.rule)).isSuperset(of: ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"]))
        #expect(diagnosis.headline.contains("cdc2"))
    }

    @Test func aLargeCatalogIsJoinedInNoTime() {
        let findings = (0..<4000).map { number in
            let table = LinkKey.relation(QualifiedName("public", "t\(number / 2)"), database: "shop")
            return number % 2 == 0
                ? finding(Chain.MissingIndex.self, "index of \(number)", explains: [table])
                : finding(Chain.Slow.self, "statement \(number)", symptomOf: [table])
        }
        let clock = ContinuousClock()
        var roots = 0
        let taken = clock.measure { roots = diagnosis(findings).ranked.count }
        #expect(roots == 2000)
        #expect(taken < .seconds(5), "a debug build takes \(taken)")
    }
}
