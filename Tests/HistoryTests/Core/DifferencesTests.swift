import Foundation
import History
import Model
import Testing

/// Counters are stored as read; what they grew by is never a false number.
@Suite struct DifferencesTests {
    @Test func whatWasCountedBetweenTwoSnapshotsIsToldASecond() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.wait()
            server.call(0, 600, milliseconds: 3000)
            try await server.record(in: history)
            let timeline = try await server.timeline(of: history)
            let statement = try #require(timeline.statement("f0"))
            #expect(statement["calls"].values.last == 2)
            #expect(statement["executionTime"].total == 3_000_000)
            #expect(statement.text == "SELECT 0")
            #expect(timeline.statement("f1")?["calls"].total == 0)
        }
    }

    @Test(arguments: ["reset", "fell", "failover", "upgrade", "rolled over"])
    func aBreakIsAGapAndNotANumber(_ kind: String) async throws {
        try await withHistory { history in
            var server = GrowingServer()
            if kind == "rolled over" { server.call(0, .max - 2000, milliseconds: 0) }
            try await server.record(in: history)
            server.wait()
            switch kind {
            case "reset":
                // More than before, so that only the reset's time tells.
                server.snapshot.statementStatistics?.reset = server.snapshot.takenAt.addingTimeInterval(-60)
                server.call(0, 9000, milliseconds: 9000)
            case "fell": server.snapshot.statementStatistics?.statements[0].counters.calls = 5
            case "failover": server.snapshot.server.isInRecovery = true
            case "upgrade": server.snapshot.server.version = ServerVersion(180_000)
            default: server.snapshot.statementStatistics?.statements[0].counters.calls = .min + 5
            }
            try await server.record(in: history)
            server.wait()
            server.call(0, 300, milliseconds: 600)
            try await server.record(in: history)
            let calls = try #require(try await server.timeline(of: history).statement("f0"))["calls"].values
            #expect(calls.count == 3)
            #expect(calls[1].isNaN)
            #expect(calls[2] == 1)
        }
    }

    /// Statistics lost in a crash: one that fell condemns those that have grown past their old value.
    @Test func aCrashIsToldByOneThatFell() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.wait()
            server.snapshot.server.startedAt = server.snapshot.takenAt.addingTimeInterval(-30)
            server.snapshot.statementStatistics?.statements[1].counters.calls = 1
            server.call(0, 50_000, milliseconds: 50_000)
            let recorded = try await server.record(in: history)
            #expect(recorded.changes.map(\.kind).contains(.restart))
            let timeline = try await server.timeline(of: history)
            #expect(timeline.statement("f0")?["calls"].values.last?.isNaN == true)
        }
    }

    @Test func aCleanRestartGoesOn() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.wait()
            server.snapshot.server.startedAt = server.snapshot.takenAt.addingTimeInterval(-30)
            server.call(0, 300, milliseconds: 300)
            try await server.record(in: history)
            #expect(try await server.timeline(of: history).statement("f0")?["calls"].values.last == 1)
        }
    }

    @Test func anEvictedEntryThatCameBackCountsFromNothing() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            let all = server.snapshot.statementStatistics?.statements ?? []
            let entry = try #require(all.last)
            server.snapshot.statementStatistics?.statements.removeLast()
            server.wait()
            try await server.record(in: history)
            server.wait()
            var back = entry
            back.counters.calls = 30
            server.snapshot.statementStatistics?.statements.append(back)
            try await server.record(in: history)
            let calls = try #require(try await server.timeline(of: history).statement("f2"))["calls"].values
            #expect(calls[1].isNaN)
            #expect(calls[2] == 0.1)
        }
    }

    @Test func statementsThatCouldNotBeReadAreNotGone() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.wait()
            let statistics = server.snapshot.statementStatistics
            server.snapshot.statementStatistics = nil
            try await server.record(in: history)
            server.wait()
            server.snapshot.statementStatistics = statistics
            server.call(0, 600, milliseconds: 600)
            try await server.record(in: history)
            let calls = try #require(try await server.timeline(of: history).statement("f0"))["calls"]
            #expect(calls.values[1].isNaN)
            #expect(calls.values[2] == 1)
        }
    }

    @Test func aClockThatJumpedBackIsToldAndMended() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.ourClock += 300
            server.snapshot.takenAt -= 3600
            server.call(0, 600, milliseconds: 600)
            let recorded = try await server.record(in: history)
            #expect(recorded.changes.map(\.kind) == [.clockJump])
            server.ourClock += 300
            server.snapshot.takenAt += 300
            server.call(0, 600, milliseconds: 600)
            try await server.record(in: history)
            server.snapshot.takenAt = GrowingServer.start + 3600
            let calls = try #require(try await server.timeline(of: history).statement("f0"))["calls"].values
            #expect(calls.suffix(2) == [2, 2])
        }
    }

    /// After a major upgrade queryids differ; the fingerprint goes on.
    @Test func aStatementGoesOnUnderAnotherQueryID() async throws {
        try await withHistory { history in
            var server = GrowingServer()
            try await server.record(in: history)
            server.wait()
            server.call(0, 300, milliseconds: 300)
            try await server.record(in: history)
            server.snapshot.server.version = ServerVersion(180_000)
            server.snapshot.statementStatistics?.statements[0].queryID = 99
            server.wait()
            try await server.record(in: history)
            server.wait()
            server.call(0, 600, milliseconds: 600)
            try await server.record(in: history)
            let series = try await server.timeline(of: history).series.filter { $0.fingerprint == "f0" }
            #expect(series.count == 1)
            let calls = try #require(series.first)["calls"].values
            #expect(calls[1] == 1 && calls[2].isNaN && calls[3] == 2)
        }
    }
}
