import Foundation
import Model
import Testing

@testable import Diagnosing

@Suite struct WilsonIntervalTests {
    /// Published values: 8 of 10 and 0 of 10 (Newcombe, Statistics in Medicine 17, 1998, gives 81/263 as well).
    @Test(arguments: [
        (81.0, 263.0, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func isThatOfNewcombesExamples(count: Double, of: Double, low: Double, high: Double) {
        let interval = WilsonInterval(share: count / of, observations: of)
        #expect(abs(interval.low - low) < 0.0001 && abs(interval.high - high) < 0.0001, "\(interval)")
    }

    @Test func nothingIsKnownWithoutObservations() {
        #expect(WilsonInterval(share: 0.5, observations: 0).low == 0)
        #expect(WilsonInterval(share: 0.5, observations: 0).high == 1)
    }
}

@Suite struct ActivityFoldingTests {
    private func backend(_ pid: Int, _ type: String?, _ event: String?, id: Int64? = 1) -> ActiveBackend {
        .make {
            $0.pid = pid
            $0.database = "shop"
            $0.queryID = id
            $0.waitEventType = type
            $0.waitEvent = event
        }
    }

    private func sample(_ second: Double, _ active: [ActiveBackend]) -> ActivitySample {
        .make {
            $0.takenAt = Date(timeIntervalSince1970: second)
            $0.active = active
        }
    }

    @Test("a session that waits through all readings is one observation")
    func oneSpell() throws {
        var folding = ActivityFolding()
        for second in 0..<100 { folding.add(sample(Double(second), [backend(7, "Lock", "relation")])) }
        let profile = try #require(folding.finished)
        #expect(profile.readings == 100 && profile.sightings == 100 && profile.entries.count == 1)
        #expect(profile.spells == 1 && profile.effectiveSightings == 1)
        #expect(folding.change == 0 && profile.seconds == 99)
    }

    @Test("sessions that do something else at each reading are as many observations")
    func manySpells() throws {
        var folding = ActivityFolding()
        for second in 0..<50 {
            folding.add(
                sample(Double(second), [backend(second + 1, nil, nil), backend(99, nil, nil, id: Int64(second))]))
        }
        let profile = try #require(folding.finished)
        #expect(profile.effectiveSightings == 100 && folding.change == 1)
    }

    @Test("one that waits on is worth little beside many that do not")
    func mixedSpells() throws {
        var folding = ActivityFolding()
        for second in 0..<100 {
            folding.add(sample(Double(second), [backend(7, "Lock", "relation"), backend(second + 100, nil, nil)]))
        }
        // (200)² / (100² + 100 · 1²)
        let profile = try #require(folding.finished)
        #expect(abs(profile.effectiveSightings - 40_000.0 / 10_100) < 1e-9)
    }

    @Test("what was folded is small, and no sighting is lost")
    func limit() throws {
        var folding = ActivityFolding()
        for second in 0..<60 {
            folding.add(
                sample(Double(second), (0..<100).map { backend($0 + 1, nil, nil, id: Int64(second * 100 + $0 + 1)) }))
        }
        let profile = try #require(folding.finished)
        #expect(profile.entries.count == ActivityProfile.entryLimit + 1 && profile.sightings == 6000)
        #expect(try JSONEncoder().encode(profile).count < 300_000)
    }

    @Test("single readings of older files give the same load")
    func olderFiles() throws {
        var snapshot = Snapshot.healthyExample
        snapshot.activitySamples = [
            sample(0, [backend(1, "IO", "DataFileRead"), backend(2, nil, nil)]),
            sample(1, [backend(1, "IO", "DataFileRead"), backend(3, "Activity", "WalWriterMain")]),
        ]
        let old = try #require(Load(snapshot))
        snapshot.activityProfile = ActivityFolding(snapshot.activitySamples).finished
        snapshot.activitySamples = []
        #expect(try #require(Load(snapshot)) == old)
        #expect(old.samples == 2 && old.total == 1.5 && old.byEvent.first?.name == "IO:DataFileRead")
        #expect(old.byClass.first?.average == 1 && old.byDatabase.map(\.name) == ["shop"])
        #expect(old.byStatement.first?.waits.map(\.name) == ["IO:DataFileRead", "CPU*"])
    }

    @Test("a file without the newer parts is read")
    func filesWithoutProfile() throws {
        var object = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(Snapshot.healthyExample)) as? [String: Any])
        for key in ["activityProfile", "waitSampling", "kernelStatements", "slru"] { object[key] = nil }
        let read = try JSONDecoder().decode(Snapshot.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(read.activity == nil && read.waitSampling == nil && Load(read) == nil)
    }
}

@Suite struct CountedWaitsTests {
    private func snapshot(_ count: Int64, at second: Double) -> Snapshot {
        var snapshot = Snapshot.healthyExample
        snapshot.takenAt = Date(timeIntervalSince1970: second)
        snapshot.waitSampling = .make {
            $0.entries = [
                .make {
                    $0.waitEventType = "Lock"
                    $0.waitEvent = "transactionid"
                    $0.queryID = 7
                    $0.count = count
                }
            ]
        }
        return snapshot
    }

    @Test("within a window counts become sessions")
    func window() throws {
        let counted = try #require(CountedWaits(snapshot(1300, at: 110), since: snapshot(300, at: 100)))
        // 1,000 sightings in 1,000 samples of 10 ms.
        #expect(counted.isWithinWindow && counted.readings == 1000 && counted.events.first?.sessions == 1)
        #expect(counted.statements.first?.queryID == 7)
    }

    @Test("a reset in between leaves shares alone")
    func reset() throws {
        let counted = try #require(CountedWaits(snapshot(100, at: 110), since: snapshot(300, at: 100)))
        #expect(!counted.isWithinWindow && counted.events.first?.sessions == nil && counted.events.first?.share == 1)
    }
}

@Suite struct WaitEventCatalogTests {
    @Test func isLargeEnoughAndNamesNothingTwice() {
        let names = WaitEventCatalog.all.flatMap { note in
            (note.names.isEmpty ? [""] : note.names).map { "\(note.type):\($0)".lowercased() }
        }
        #expect(Set(names).count == names.count)
        #expect(WaitEventCatalog.all.count >= 60)
        for note in WaitEventCatalog.all {
            #expect(!note.what.isEmpty && !note.causes.isEmpty && !note.confirm.isEmpty, "\(note.names)")
        }
    }

    @Test func findsByAnyCaseAndFallsBackToTheType() {
        #expect(WaitEventCatalog.note("IO:WalSync")?.what == WaitEventCatalog.note("IO:WALSync")?.what)
        #expect(WaitEventCatalog.note("IO:SomethingNew")?.names.isEmpty == true)
        #expect(WaitEventCatalog.note("Nonsense:X") == nil)
        #expect(WaitEventCatalog.note(Load.cpu) != nil)
    }
}

@Suite struct FastPathTests {
    @Test(arguments: [
        (150_000, "256", 16), (180_000, "64", 64), (180_000, "65", 128), (180_000, "10", 16),
        (180_000, "99999", 16_384),
    ])
    func slotsFollowVersionAndSetting(version: Int, setting: String, slots: Int) {
        var snapshot = Snapshot.healthyExample
        snapshot.server.version = ServerVersion(version)
        snapshot.settings.removeAll { $0.name == "max_locks_per_transaction" }
        snapshot.settings.append(
            .make {
                $0.name = "max_locks_per_transaction"; $0.value = setting
            })
        #expect(LockManager.slots(Observation(snapshot)) == slots)
    }
}
