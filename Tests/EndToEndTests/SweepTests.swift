import Foundation
import TestKit
import Testing

/// Sweeps of real servers.
@Suite(.serialized) struct SweepTests {
    private func sweeper(_ scratch: borrowing Scratch, _ yaml: String) throws -> Sweeper {
        Sweeper(folder: scratch.path, config: try scratch.file("pgmedic.yaml", yaml))
    }

    @Test func aDeadAndASilentServerDelayNobodyAndReadAsUnknown() async throws {
        let server = try await TestServer.shared()
        let silent = try SilentServer()
        defer { silent.close() }
        let scratch = try Scratch()
        let sweeper = try sweeper(
            scratch,
            """
            targets:
              dead: {dsn: "host=127.0.0.1 port=\(try freePort())"}
              silent: {dsn: "host=127.0.0.1 port=\(silent.port)"}
              live: {dsn: "\(server.dsn())", sweep: {viewsOnly: true, deadline: 60s}}
            sweep: {parallel: 1, deadline: 3s, textfile: "\(scratch.path)", reports: {folder: "\(scratch.path)/reports"}}
            """)
        let clock = ContinuousClock.now
        let ended = try await sweeper.run("--format", "json")
        #expect(ended.status == 3)
        #expect(ContinuousClock.now - clock < .seconds(90), "connect_timeout alone would be more for a chain of them")
        let targets = try #require(JSONReport(ended.out).root["targets"] as? [[String: Any]])
        let states = Dictionary(
            targets.compactMap { one in (one["target"] as? String).map { ($0, one["state"] as? String ?? "") } },
            uniquingKeysWith: { first, _ in first })
        #expect(states == ["dead": "unknown", "silent": "unknown", "live": "judged"])
        #expect(targets.filter { $0["findings"] is NSNull }.count == 2, "unknown is not free of findings")
        let metrics = try ["dead", "silent", "live"].map {
            try String(contentsOfFile: "\(scratch.path)/pgmedic_target_\($0).prom", encoding: .utf8)
        }
        #expect(metrics.map { $0.contains("pgmedic_up{target=") } == [true, true, true])
        #expect(metrics[0].contains("} 0.0\n") && !metrics[1].contains("pgmedic_findings"))
        #expect(metrics[2].contains(#"pgmedic_up{target="live"} 1.0"#))
        let index = try String(contentsOfFile: "\(scratch.path)/reports/index.html", encoding: .utf8)
        #expect(index.contains("targets/live/latest.html") && index.contains("Unknown"))
        let again = try await sweeper.run()
        #expect(again.status == 3 && again.out.isEmpty, "left alone, and still unknown: \(again.out)")
        let verbose = try await sweeper.run("--verbose")
        #expect(verbose.out.contains("unknown: "))
    }

    @Test func anUnchangedFleetIsQuietAndAChangeIsToldInAMail() async throws {
        let server = try await TestServer.start(settings: ["log_lock_waits": "on"])
        defer { server.stop() }
        let scratch = try Scratch()
        let sweeper = try sweeper(
            scratch,
            """
            targets:
              shop: {dsn: "\(server.dsn())", sweep: {viewsOnly: true}}
            sweep: {reports: {folder: "\(scratch.path)/reports"}, mail: {to: [dba@example.org]}}
            """)
        let first = try await sweeper.run()
        #expect(first.status == 0 && first.out.hasPrefix("shop  new ■ ") && first.out.split(separator: "\n").count == 1)
        for _ in 1...2 {
            let quiet = try await sweeper.run("--mail-format")
            #expect(quiet.status == 0 && quiet.out.isEmpty, "\(quiet.out)")
        }
        #expect(try await sweeper.run("--fail-on", "critical").status == 1, "fsync is off there")
        // Dated reports have their second as name.
        func nextSecond() async throws {
            let now = try await server.psql("SELECT clock_timestamp()")
            try await server.wait(until: "clock_timestamp() > timestamptz '\(now)' + interval '1 s'")
        }
        try await nextSecond()
        try await server.psql("ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();")
        try await server.wait(until: "current_setting('fsync') = 'on'")
        let mail = try await sweeper.run("--mail-format").out
        #expect(mail.contains("To: dba@example.org\n") && mail.contains("Auto-Submitted: auto-generated"))
        #expect(mail.contains("multipart/alternative") && mail.contains("filename=\"shop.html\""))
        try await nextSecond()
        try await server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        try await server.wait(until: "current_setting('fsync') = 'off'")
        #expect(try await sweeper.run().out.contains("recurred ■ "))
        let reports = try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/reports/targets/shop")
        #expect(reports.count { $0.hasSuffix("Z.html") } == 3, "one for each change: \(reports)")
        #expect(reports.contains("latest.html") && reports.contains("latest.json"))
    }

    @Test func theHistoryOnDiskMakesAnUnchangedFleetQuiet() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let scratch = try Scratch()
        let config = try scratch.file(
            "pgmedic.yaml", "targets:\n  shop: {dsn: \"\(server.dsn())\", sweep: {viewsOnly: true}}\n")
        func sweep() async throws -> Command.Output {
            try await Program.medic(
                "sweep", "--config", config, "--history", scratch.path + "/history.db", "--fail-on", "critical")
        }
        let first = try await sweep()
        #expect(first.status == 1 && first.out.hasPrefix("shop  new ■ "), "\(first.error)")
        for _ in 1...2 {
            let quiet = try await sweep()
            #expect(quiet.status == 1 && quiet.out.isEmpty && quiet.error.isEmpty, "\(quiet.out)\(quiet.error)")
        }
    }

    @Test func aTableThatBloatsBetweenTwoSweepsIsNamed() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.withDatabase(
            """
            CREATE TABLE visits (id bigint, note text) WITH (autovacuum_enabled = off);
            INSERT INTO visits SELECT g, repeat('x', 150) FROM generate_series(1, 900000) g;
            VACUUM ANALYZE visits;
            """
        ) { database in
            let sweeper = try sweeper(
                scratch,
                """
                targets:
                  shop:
                    dsn: "\(database.dsn())"
                    sweep: {viewsOnly: true}
                    # A table of a size for a test.
                    thresholds: {vacuum.table-bloat: {"bytes wasted at least, for a warning": 100MB}}
                sweep: {retries: 0, queryTimeout: 20s}
                """)
            let before = try await sweeper.run()
            #expect(!before.out.contains("visits"), "\(before.out)")
            // A session each: what a session counted is told at its end, after what its VACUUM tells at once.
            try await database.psql("DELETE FROM visits WHERE id % 10 <> 0;")
            try await database.psql("VACUUM ANALYZE visits;")
            let after = try await sweeper.run()
            #expect(after.out.contains("new ▲ visits is much larger than its rows"), "\(after.out)")
        }
    }

    @Test func aServerThatIsBackIsTold() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let scratch = try Scratch()
        let sweeper = try sweeper(
            scratch, "targets:\n  shop: {dsn: \"\(server.dsn())\", sweep: {viewsOnly: true}}\nsweep: {retries: 0}")
        _ = try await sweeper.run()
        try await server.shutDown()
        let gone = try await sweeper.run()
        #expect(gone.status == 3 && gone.out.hasPrefix("shop  unknown: ") && gone.out.contains("last judged 20"))
        try await server.restart()
        #expect(try await sweeper.run("--now").out == "shop  reachable again\n")
    }
}

/// Accepts connections and never answers.
private struct SilentServer {
    private let socket: Int32
    let port: Int

    init() throws {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int in
                guard bind(socket, pointer, size) == 0, listen(socket, 16) == 0,
                    getsockname(socket, pointer, &size) == 0
                else { return 0 }
                return 1
            }
        }
        try #require(number == 1)
        self.socket = socket
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() { Foundation.close(socket) }
}
