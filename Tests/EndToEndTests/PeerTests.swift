import Foundation
import TestKit
import Testing

/// A standby's settings against its primary's, as a user asks for it.
@Suite struct PeerTests {
    @Test func theDriftIsToldByDiagnoseAndInASweep() async throws {
        let primary = try await TestServer.start(settings: ["wal_retrieve_retry_interval": "100ms"])
        defer { primary.stop() }
        let standby = try await Standby.start(of: primary)
        defer { standby.stop() }
        try await primary.psql("ALTER SYSTEM SET work_mem = '64MB'")
        try await primary.psql("SELECT pg_reload_conf()")
        try await primary.wait(until: "(SELECT setting FROM pg_settings WHERE name = 'work_mem') = '65536'")
        let scratch = try Scratch()
        let config = try scratch.file(
            "pgmedic.yaml",
            """
            targets:
              one: {dsn: "\(primary.dsn())"}
              two: {dsn: "\(standby.dsn)"}
            sweep: {viewsOnly: true, parallel: 1}
            """)
        func diagnosed(_ arguments: String...) async throws -> Command.Output {
            try await Program.medic(
                ["diagnose", "two", "--config", config, "--views-only", "--format", "json", "--only", "configuration"]
                    + arguments)
        }
        // Of configuration.drift-between-nodes; its name stands among the rules that were evaluated, too.
        let told = "work_mem differs between this standby and the primary (one)"
        let alone = try await diagnosed()
        #expect(alone.status == 0 && !alone.out.contains(told))
        let compared = try await diagnosed("--peer", "one")
        #expect(compared.status == 0, "\(compared.error)")
        #expect(compared.out.contains(told), "\(compared.out)")
        // A snapshot of the primary does as well, and one of another cluster does not.
        let file = scratch.path + "/one.json.gz"
        #expect(try await Program.medic("collect", "one", "--config", config, "--views-only", "-o", file).status == 0)
        #expect(try await diagnosed("--peer", file).out.contains(told))
        let other = try await diagnosed("--peer", TestServer.shared().dsn())
        #expect(other.status == 2 && other.error.contains("another cluster"), "\(other.error)")

        func sweep() async throws -> Command.Output {
            try await Program.medic(
                "sweep", "--config", config, "--history", scratch.path + "/history.db", "--now", "--verbose")
        }
        // The first sweep may come to the standby first: the second knows both.
        _ = try await sweep()
        let second = try await sweep()
        #expect(second.status == 0, "\(second.error)")
        let known = try await Program.medic(
            "diagnose", "two", "--config", config, "--views-only", "--history", scratch.path + "/history.db",
            "--format", "json")
        #expect(known.out.contains(told), "\(known.error)")
    }
}
