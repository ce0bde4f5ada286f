import Foundation
import History
import Model
import Testing

/// What a history keeps of a target's traffic beside its last snapshot.
@Suite struct TrafficRecordTests {
    private func busy() -> GrowingServer {
        var server = GrowingServer()
        server.snapshot.statementStatistics?.totals.calls = 1000
        return server
    }

    private func sweep(_ server: inout GrowingServer, calls: Int64, _ history: History) async throws {
        server.wait()
        server.snapshot.statementStatistics?.totals.calls += calls
        try await server.record(in: history)
    }

    private func rates(_ history: History, _ server: GrowingServer) async throws -> [Double]? {
        try await history.latest(of: server.target)?.traffic?.recent.map(\.rate)
    }

    @Test(arguments: StoreKind.allCases) func eachIntervalIsKeptWithItsRate(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let history = History(store)
            var server = busy()
            #expect(try await history.latest(of: server.target)?.traffic == nil)
            try await server.record(in: history)
            #expect(try await rates(history, server) == [])
            for calls in [300, 600, 1] as [Int64] { try await sweep(&server, calls: calls, history) }
            let past = try #require(try await history.latest(of: server.target)?.traffic)
            #expect(
                past.recent.map(\.rate) == [1, 2, 0.003] && past.recent.map(\.length) == [300_000, 300_000, 300_000])
            #expect(past.recent.last?.end == Int64(server.snapshot.takenAt.timeIntervalSince1970 * 1000))
            let slot = PastTraffic.slot(at: past.recent[0].start)
            #expect(try #require(past.rate(ofSlot: slot)) >= 2 && past.rate(ofSlot: slot - 1) == nil)
        }
    }

    @Test func whatIsNoGrowthIsNoTraffic() async throws {
        try await withHistory { history in
            var server = busy()
            try await server.record(in: history)
            try await sweep(&server, calls: 300, history)
            // Reset, and already beyond where it was.
            server.snapshot.statementStatistics?.reset = server.snapshot.takenAt
            try await sweep(&server, calls: 90_000, history)
            // Entries evicted; then not read at all.
            try await sweep(&server, calls: -500, history)
            let known = server.snapshot.statementStatistics
            server.snapshot.statementStatistics = nil
            try await sweep(&server, calls: 0, history)
            server.snapshot.statementStatistics = known
            try await sweep(&server, calls: 90_000, history)
            #expect(try await rates(history, server) == [1])
            try await sweep(&server, calls: 600, history)
            #expect(try await rates(history, server) == [1, 2])
        }
    }

    /// A failover goes to a server that is asked the same; a standby is asked something else.
    @Test func aStandbyBeginsAnew() async throws {
        try await withHistory { history in
            var server = busy()
            server.snapshot.server.target = "shop"
            server.snapshot.server.address = "10.0.0.1"
            try await server.record(in: history)
            try await sweep(&server, calls: 300, history)
            server.snapshot.server.address = "10.0.0.2"
            try await sweep(&server, calls: 90_000, history)
            try await sweep(&server, calls: 600, history)
            #expect(try await rates(history, server) == [1, 2])
            server.snapshot.server.isInRecovery = true
            try await sweep(&server, calls: 90_000, history)
            #expect(try await rates(history, server) == [])
        }
    }

    @Test func aHistoryWithoutItOrWithAnothersIsReadAndGoesOn() async throws {
        try await withHistory { history in
            var server = busy()
            try await server.record(in: history)
            try await sweep(&server, calls: 300, history)
            for traffic in [nil, "Ag==", ""] {
                try await history.store.write { connection in
                    var state: [String: Any] = [:]
                    try connection.rows("SELECT state FROM latest", []) { row in
                        let data = Data(try row.bytes(0) ?? [])
                        state = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
                    }
                    #expect(state["traffic"] is String)
                    state["traffic"] = traffic
                    let bytes = Array(try JSONSerialization.data(withJSONObject: state))
                    try connection.run("UPDATE latest SET state = $1", [.bytes(bytes)])
                }
                #expect(try await history.check().isEmpty)
                #expect(try await rates(history, server) ?? [] == [], "\(traffic ?? "nothing")")
                try await sweep(&server, calls: 300, history)
                try await sweep(&server, calls: 600, history)
                #expect(try await rates(history, server) == [2])
            }
        }
    }

    @Test func aCopyHasItToo() async throws {
        try await withHistory { history in
            var server = busy()
            try await server.record(in: history)
            for _ in 0..<60 { try await sweep(&server, calls: 300, history) }
            let past = try await history.latest(of: server.target)?.traffic
            #expect(past?.recent.count == 48)
            try await withHistory { other in
                _ = try await history.copy(server.target, into: other)
                #expect(try await other.latest(of: server.target)?.traffic == past)
            }
        }
    }
}
