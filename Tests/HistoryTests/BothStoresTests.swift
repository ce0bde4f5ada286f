import Foundation
import History
import Model
import TestKit
import Testing

/// A history tells the same whichever store it is in.
@Suite struct BothStoresTests {
    /// Two days, of which one is packed; the last snapshot is kept by several who do it at once.
    private func fill(_ history: History) async throws -> (server: GrowingServer, timeline: Timeline) {
        var server = GrowingServer()
        try await server.record(in: history)
        for number in 1...60 {
            server.wait(2700)
            server.call(number % 3, Int64(number * 100), milliseconds: Double(number) * 3.5)
            try await server.record(in: history)
        }
        try await history.failed(server.target, error: "no \u{1F600} answer", at: server.ourClock)
        let done = try await history.maintain(server.target, at: server.snapshot.takenAt)
        #expect(done.packedDays == 1)
        #expect(try await history.check() == [])
        #expect(try await history.store.check() == [])
        return (server, try await server.timeline(of: history))
    }

    private func told(_ timeline: Timeline) -> [String] {
        timeline.series.flatMap { series in
            series.measures.sorted { $0.key < $1.key }.map { name, measured in
                "\(series.key) \(series.text ?? "") \(name) \(measured.starts) \(measured.values.map(\.bitPattern)) \(measured.peaks.map(\.bitPattern))"
            }
        }.sorted() + timeline.changes.map { "\($0)" } + timeline.moments.map(\.description)
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func theyTellTheSameAndCopyIntoEachOther(_ version: TestServer.Version) async throws {
        try await StoreKind.sqlite.withStore { first in
            let (server, inFile) = try await fill(History(first))
            try await StoreKind.postgres(version).withStore { second in
                let (_, onServer) = try await fill(History(second))
                #expect(told(inFile).count > 30)
                #expect(told(inFile) == told(onServer))
                for (source, kind) in [(first, StoreKind.postgres(version)), (second, .sqlite)] {
                    try await kind.withStore { store in
                        let copied = try await History(source).copy(server.target, into: History(store))
                        #expect(copied > 0)
                        let again = try await server.timeline(of: History(store))
                        #expect(told(again) == told(inFile))
                        try await store.reclaim()
                    }
                }
            }
        }
    }

    /// Nodes of a cluster are found by the identifier, also of a target whose first visit failed.
    @Test(arguments: StoreKind.allCases)
    func nodesOfAClusterFindEachOther(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let history = History(store)
            var nodes = ["one", "two", "other"].map { name in
                var server = GrowingServer()
                server.snapshot.server.target = name
                return server
            }
            nodes[2].snapshot.server.systemIdentifier = "8"
            try await history.failed(
                .make { ($0.name, $0.isNamed) = ("two", true) }, error: "no answer", at: nodes[1].ourClock)
            for place in nodes.indices {
                nodes[place].wait()
                try await nodes[place].record(in: history)
            }
            for (asked, found) in [(0, ["two"]), (1, ["one"]), (2, [])] {
                var standby = nodes[asked].snapshot
                standby.server.isInRecovery = true
                let others = try await history.nodes(besides: nodes[asked].target, of: standby)
                #expect(others.map(\.server.target) == found)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sweepersWithTargetsOfTheirOwnShareAStore(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let stores = [try await place.open(), try await place.open()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        var server = GrowingServer()
                        server.snapshot.server.target = "target-\(number)"
                        for _ in 0..<3 {
                            try await server.record(in: History(stores[number % 2]))
                            server.wait()
                        }
                    }
                }
                try await group.waitForAll()
            }
            let history = History(stores[0])
            let targets = try await history.targets()
            #expect(targets.map(\.target.name).sorted() == (0..<8).map { "target-\($0)" })
            #expect(Set(targets.map(\.id)).count == 8)
            #expect(try await history.check() == [])
            for store in stores { await store.close() }
        }
    }
}
