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

    /// The statement that the fix was for is not told, nor one that stayed as it was, nor one of another table.
    @Test func whatTheFixMadeSlowerIsNamed() async throws {
        try await withHistory { history in
            var server = GrowingServer(statements: 3)
            server.relations = ["public.orders"]
            func sweep(_ number: Int, _ impact: Double, milliseconds: [Double], fix: FixRecord? = nil) async throws {
                for (place, time) in milliseconds.enumerated() {
                    server.call(place, 100, milliseconds: 100 * (time + 0.01 * Double(number % 4)))
                }
                var finding = Sweeps.finding(impact)
                finding.objects = ["statement:f0", "relation:public.orders"]
                let sighting = FindingLifecycle.Sighting(
                    findings: [finding], judged: [Sweeps.rule], at: server.snapshot.takenAt)
                try await server.record(in: history, findings: sighting)
                server.wait()
            }
            for number in 0..<9 {
                try await sweep(number, 400 + Double(number), milliseconds: [40, 5, 7])
            }
            let moment = server.snapshot.takenAt.addingTimeInterval(-200)
            try await history.amend(server.target, Sweeps.rule) {
                $0.apply(
                    .make {
                        $0.appliedAt = moment
                        $0.what = "work_mem lowered"
                    })
            }
            for number in 0..<4 { try await sweep(number, 10 + Double(number), milliseconds: [0.5, 20, 7]) }
            let fix = try #require(try await history.findings(of: server.target).first?.fixes?.first)
            #expect(fix.verdict == .verified)
            #expect(fix.worsened.map(\.statement) == ["f1"])
            #expect(fix.worsened.first?.title == "SELECT 1" && fix.worsened.first?.object == "relation:public.orders")
            let change = try #require(fix.worsened.first?.change)
            #expect(abs(change - 3) < 0.05)
        }
    }
}
