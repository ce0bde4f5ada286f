import Foundation
import TestKit
import Testing

@Suite struct CommandTests {
    @Test func helpAndVersionEndWith0() async throws {
        for arguments in [["--help"], ["diagnose", "--help"], ["help", "collect"], ["--version"]] {
            let ended = try await Program.medic(arguments)
            #expect(ended.status == 0 && !ended.out.isEmpty && ended.error.isEmpty)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreWritten(shell: String) async throws {
        #expect(try await Program.medic("--generate-completion-script", shell).out.contains("diagnose"))
    }

    @Test func everyRuleHasAPage() async throws {
        let list = try await Program.medic("rules", "list").out
        let ids = list.split(separator: "\n").filter { $0.hasPrefix("  ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(ids.count >= 30)
        let page = try await Program.medic("rules", "show", ids[0])
        #expect(page.status == 0 && page.out.contains("Why it hurts") && page.out.contains("source:"))
    }

    @Test func theGrantsRunAndUnlockWhatTheySay() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let role = "medic \"q\""
        try await server.psql(try await Program.medic("grant", role).out)
        let dsn = "host=127.0.0.1 port=\(server.port) dbname=postgres user='medic \"q\"'"
        let doctor = try await Program.medic("doctor", dsn)
        #expect(doctor.status == 0, "\(doctor.error)")
        #expect(doctor.out.contains("pg_monitor"))
        #expect(!doctor.out.contains("GRANT pg_monitor"))
    }

    @Test func withoutRightsNothingReadsAsHealthy() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql("CREATE ROLE nobody LOGIN; CREATE TABLE t (id integer); INSERT INTO t VALUES (1);")
        for format in ["terminal", "markdown", "html", "json"] {
            let ended = try await Program.medic("diagnose", server.dsn(role: "nobody"), "--format", format)
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.out.contains("pg_monitor"), "\(format) does not say what is missing")
            #expect(!ended.out.contains("Nothing that hurts now."))
        }
    }

    @Test func bloatIsMeasuredOnlyWhenAskedFor() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements", "pgstattuple"])
        defer { server.stop() }
        try await server.psql(
            """
            CREATE TABLE events (id bigint, note text) WITH (autovacuum_enabled = false);
            INSERT INTO events SELECT g, repeat('x', 100) FROM generate_series(1, 150000) g;
            DELETE FROM events WHERE id % 4 <> 0; VACUUM ANALYZE events;
            CREATE ROLE watch LOGIN; GRANT pg_monitor, pg_read_all_data TO watch;
            """)
        // Of a superuser's visit pg_stat_statements has nothing to tell.
        let asked =
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE '%pgmedic%pgstattuple_approx%'"
        for (options, calls) in [([], "0"), (["--measure-bloat"], "1")] as [([String], String)] {
            let ended = try await Program.medic(
                ["diagnose", server.dsn(role: "watch"), "--views-only", "--format", "json"] + options)
            #expect(ended.status == 0, "\(ended.error)")
            #expect(try await server.psql(asked) == calls)
        }
        let sql = try await Program.medic("diagnose", "--print-sql").out
        #expect(sql.contains("pgstattuple_approx") && sql.contains("pgstatindex"))
    }

    @Test func printSqlShowsWhatWouldBeSent() async throws {
        let sql = try await Program.medic("diagnose", "--print-sql").out
        for word in ["BEGIN", "READ ONLY", "pg_catalog.pg_locks", "pg_stat_statements", "EXPLAIN"] {
            #expect(sql.contains(word), "\(word) is not there")
        }
    }
}
