import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

@Suite("Readings of activity")
struct SamplingTests {
    @Test("the pause follows what changes, within its bounds")
    func pace() {
        var pace = SamplingPace(shortest: .milliseconds(100), longest: .seconds(1), processes: 20)
        #expect(pace.pause(change: 1, cost: 0.1) == .milliseconds(100))
        var last = Duration.zero
        for _ in 0..<10 { last = pace.pause(change: 0, cost: 0.1) }
        #expect(last == .seconds(1))
        #expect(pace.pause(change: 0.3, cost: 0.1) == .seconds(1))
        for _ in 0..<10 { last = pace.pause(change: 0.8, cost: 0.1) }
        #expect(last == .milliseconds(100))
    }

    @Test("costly readings are rare: at most half a percent of a core")
    func paceByCost() {
        var pace = SamplingPace(shortest: .milliseconds(100), longest: .seconds(1), processes: 1000)
        // 4 ms a reading, half as much again for what is not measured: one in 1.2 s.
        #expect(pace.pause(change: 1, cost: 4) == .milliseconds(1200))
        // One reading that met a busy CPU changes nothing.
        #expect(pace.pause(change: 1, cost: 400) == .milliseconds(1200))
        // Nor does a server where all of them do: 20 processes are read in 0.6 ms.
        var busy = SamplingPace(shortest: .milliseconds(100), longest: .seconds(1), processes: 20)
        #expect(abs(busy.pause(change: 1, cost: 400).milliseconds - 180) < 0.001)
    }

    @Test("nobody busy: a burst is over soon, and says so with an empty profile")
    func quiet() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()))
        let profile = try #require(snapshot.activityProfile)
        #expect((1...3).contains(profile.readings) && profile.entries.isEmpty)
        #expect(try #require(Load(snapshot)).total == 0)
    }

    @Test(
        "within a window activity is read while nothing of ours is open, at next to no cost",
        arguments: [TestServer.Version.v15, .v18])
    func window(version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version)
        defer { server.stop() }
        try await server.psql("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id int); INSERT INTO t VALUES (1);")
        let holder = try await LiveSession.open(server, application: "holder")
        try await holder.run("BEGIN; LOCK TABLE t;")
        var waiters: [LiveSession] = []
        for _ in 0..<5 {
            let waiter = try await LiveSession.open(server, application: "shop")
            try await waiter.start("SELECT * FROM t")
            waiters.append(waiter)
        }
        try await server.wait(until: "(SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'relation') = 5")
        let target = try ConnectionTarget(dsn: server.dsn())
        var options = CollectionOptions()
        options.explainsStatements = false
        async let pair = Collector.collect(target, window: .seconds(4), options: options)
        // The session that reads between the two visits: the one that is there for long.
        let ours = "application_name = 'pgmedic' AND backend_start < clock_timestamp() - interval '1.5 s'"
        try await server.wait(until: "EXISTS (SELECT FROM pg_stat_activity WHERE \(ours))")
        let pid = try #require(Int(try await server.psql("SELECT pid FROM pg_stat_activity WHERE \(ours)")))
        let before = try Self.cpuTime(of: pid)
        let start = ContinuousClock.now
        var states: Set<String> = []
        for _ in 0..<8 {
            let seen = try await server.psql(
                "SELECT state, xact_start IS NULL FROM pg_stat_activity WHERE pid = \(pid) AND pg_sleep(0.15) IS NOT NULL"
            )
            if !seen.isEmpty { states.insert(seen) }
        }
        let after = try? Self.cpuTime(of: pid)
        let passed = ContinuousClock.now - start
        let (first, second) = try await pair
        #expect(states.contains("idle|t") && !states.contains { $0.hasPrefix("idle in transaction") }, "\(states)")
        let share = (try #require(after) - before) / passed.milliseconds
        #expect(share < 0.005, "\(share) of a core")
        #expect(first.activityProfile == nil)
        let profile = try #require(second.activityProfile)
        // 100 ms at first, then ever longer, since nothing changes.
        #expect((4...20).contains(profile.readings), "\(profile.readings) readings")
        #expect(profile.seconds > 2 && profile.seconds <= 4.2)
        let load = try #require(Load(second))
        // The test's own psql is seen too, in its statements.
        #expect(load.byEvent.first?.name == "Lock:relation" && load.byEvent.first?.average == 5)
        #expect(load.byApplication.first?.name == "shop" && load.byApplication.first?.average == 5)
        // Five sessions were observed, however often.
        #expect(load.observations < Double(profile.sightings) / 2)
        #expect(second.cost.probeRoundTrips >= profile.readings)
        await holder.close()
        for waiter in waiters { await waiter.close() }
    }

    /// ms of CPU that a process has used, to the nanosecond.
    private static func cpuTime(of pid: Int) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(pid)/schedstat", encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { Double($0) }) / 1_000_000
    }

    @Test("without samples asked for, nothing is read within a window")
    func notAsked() async throws {
        let server = try await TestServer.shared(.v15)
        var options = CollectionOptions.quick
        options.sampleCount = 0
        let pair = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn()), window: .milliseconds(100), options: options)
        #expect(pair.second.activityProfile == nil)
        #expect(pair.second.notes.contains { $0.evidence == .activitySamples && $0.reason == .refused })
    }

    @Test("what the catalogue of wait events names is what servers name", arguments: [TestServer.Version.v17, .v18])
    func names(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let rows = try await server.psql("SELECT lower(type || ':' || name) FROM pg_wait_events")
        let known = Set(rows.split(separator: "\n").map(String.init))
        let named = WaitEventCatalog.all.flatMap { note in note.names.map { "\(note.type):\($0)" } }
        // Gone in 17, or new in 18, or of an extension that is registered when it is used.
        let others: Set<String> = [
            "lwlock:pg_stat_statements", "ipc:procarraygroupupdate", "lwlock:parallelbtreescan",
            "lwlock:aioworkersubmissionqueue",
            "lwlock:aiouringcompletion", "io:aioiocompletion", "io:aioiouringexecution", "io:aioiouringsubmit",
            "io:copyfilecopy",
        ]
        let wrong = named.filter { !known.contains($0.lowercased()) && !others.contains($0.lowercased()) }
        #expect(wrong.isEmpty, "\(wrong)")
        if version == .v18 {
            let new = others.subtracting(["lwlock:pg_stat_statements", "ipc:procarraygroupupdate"])
            #expect(new.subtracting(known).isEmpty)
        }
    }
}
