import Foundation
import History
import Model
import Testing

/// What the lifecycle knows of a fix goes through a store and comes back.
@Suite struct FixLifecycleStoreTests {
    @Test(arguments: StoreKind.allCases)
    func aFixThatASweepSeesIsVerified(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let history = History(store)
            var server = GrowingServer()
            var before: Snapshot?
            var events: [FindingEvent] = []
            func sweep(_ impact: Double?) async throws {
                let facts = FixDetection.Facts(server.snapshot)
                let change = before.map {
                    FixDetection.Change(from: FixDetection.Facts($0), at: $0.takenAt, to: facts)
                }
                let recorded = try await server.record(
                    in: history,
                    findings: .init(
                        findings: impact.map { [Sweeps.finding($0)] } ?? [], judged: [Sweeps.rule],
                        at: server.snapshot.takenAt, change: change))
                events += recorded.events.map(\.event)
                before = server.snapshot
                server.wait()
            }
            for impact: Double in [400.123456, 420, 380, 410] { try await sweep(impact) }
            server.snapshot.catalogs[0].indexes.append(
                .make {
                    $0.name = QualifiedName("public", "orders_status_idx")
                    $0.relation = QualifiedName("public", "orders")
                    $0.columns = [.make { $0.name = "status" }]
                    $0.keyCount = 1
                })
            for impact: Double in [300, 12, 11, 13] { try await sweep(impact) }
            #expect(events == [.opened, .verified])
            let record = try #require(try await history.findings(of: server.target).first)
            let fix = try #require(record.fixes?.first)
            #expect(fix.text == "verified, −97 % over 3 sweeps" && fix.what == "an index on orders (status)")
            #expect(fix.appliedAt == GrowingServer.start.addingTimeInterval(1200))
            #expect(fix.appliedAfter == GrowingServer.start.addingTimeInterval(900))
            #expect(record.impacts?.map(\.value) == [400.123, 420, 380, 410, 300, 12, 11, 13])
            let timeline = try await server.timeline(of: history)
            #expect(timeline.findingEvents.map(\.event) == [.opened, .verified])
        }
    }
}
