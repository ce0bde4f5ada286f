import Foundation
import History
import Model
import Testing

/// Days are packed, thinned and forgotten without losing totals and peaks.
@Suite struct KeepingTests {
    /// Two days of snapshots, one of which is busy for five minutes.
    private func twoDays(_ history: History, step: Double = 1800) async throws -> GrowingServer {
        var server = GrowingServer()
        try await server.record(in: history)
        for number in 1...Int(2 * 86_400 / step + 2) {
            server.wait(step)
            server.call(0, number == 10 ? 180_000 : 1800, milliseconds: 900)
            try await server.record(in: history)
        }
        return server
    }

    @Test func packedDaysTellTheSame() async throws {
        try await withHistory { history in
            let server = try await twoDays(history)
            let before = try await server.timeline(of: history)
            let done = try await history.maintain(server.target, at: server.snapshot.takenAt)
            #expect(done.packedDays == 2)
            let after = try await server.timeline(of: history)
            #expect(before.series.count == after.series.count)
            for (old, new) in zip(before.series, after.series) {
                for (name, series) in old.measures {
                    #expect(new[name].values.map(\.bitPattern) == series.values.map(\.bitPattern), "\(old.key) \(name)")
                }
            }
            #expect(try await history.maintain(server.target, at: server.snapshot.takenAt).packedDays == 0)
        }
    }

    @Test func hoursAndDaysKeepTotalsAndPeaks() async throws {
        try await withHistory { history in
            let server = try await twoDays(history)
            let before = try #require(try await server.timeline(of: history).statement("f0"))["calls"]
            var now = server.snapshot.takenAt.addingTimeInterval(40 * 86_400)
            #expect(try await history.maintain(server.target, at: now).thinnedRows > 0)
            let hours = try #require(try await server.timeline(of: history).statement("f0"))["calls"]
            #expect(hours.count < before.count)
            #expect(abs(hours.total - before.total) < 1)
            #expect(hours.peaks.filter { !$0.isNaN }.max() == before.values.filter { !$0.isNaN }.max())
            now.addTimeInterval(500 * 86_400)
            _ = try await history.maintain(server.target, at: now)
            let days = try #require(try await server.timeline(of: history).statement("f0"))["calls"]
            #expect(days.count < hours.count)
            #expect(days.peaks.filter { !$0.isNaN }.max() == before.values.filter { !$0.isNaN }.max())
        }
    }

    @Test func whatIsTooOldIsForgotten() async throws {
        try await withHistory { history in
            let server = try await twoDays(history)
            let now = server.snapshot.takenAt.addingTimeInterval(4000 * 86_400)
            _ = try await history.maintain(server.target, at: now)
            // The snapshots of the day that is not over stay, and the one before them.
            #expect(try await server.timeline(of: history).moments.count == 4)
            #expect(try await history.latest(of: server.target)?.snapshot == server.snapshot)
        }
    }

    @Test func changesAreToldWithWhatWasBefore() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            server.snapshot.settings = [.make { ($0.name, $0.value, $0.unit) = ("work_mem", "4096", "kB") }]
            try await server.record(in: history)
            server.wait()
            server.snapshot.settings[0].value = "65536"
            server.snapshot.catalogs[0].indexes = []
            server.snapshot.catalogs[0].relations[0].pages = 100
            server.snapshot.catalogs[0].relations[0].columnCount = 6
            let changes = try await server.record(in: history).changes
            #expect(Set(changes.map(\.kind)) == [.setting, .indexDropped, .rewritten, .columnsChanged])
            let setting = try #require(changes.first { $0.kind == .setting })
            #expect(setting.before == "4096 × kB" && setting.now == "65536 × kB")
            #expect(setting.after == GrowingServer.start)
            let dropped = try #require(changes.first { $0.kind == .indexDropped })
            #expect(dropped.relations == ["public.orders"])
            #expect(dropped.before?.hasPrefix("CREATE UNIQUE INDEX orders_pkey") == true)
            #expect(try await server.timeline(of: history).changes.count == 4)
        }
    }

    @Test func aTargetThatIsDownIsNotForgotten() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            for _ in 0..<3 {
                server.wait()
                try await history.failed(server.target, error: "no route", at: server.ourClock)
            }
            let known = try #require(try await history.targets().first)
            #expect(known.failures == 3 && known.lastError == "no route" && known.lastSuccess == GrowingServer.start)
            server.wait()
            #expect(try await server.record(in: history).changes.map(\.kind) == [.reachable])
            let kinds = try await server.timeline(of: history).changes.map(\.kind)
            #expect(kinds == [.unreachable, .reachable])
            #expect(try await history.targets().first?.failures == 0)
        }
    }
}
