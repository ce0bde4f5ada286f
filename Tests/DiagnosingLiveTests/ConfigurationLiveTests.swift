import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Settings that are wrong on a real server, and what is printed against them.
@Suite(.serialized) struct ConfigurationLiveTests: UsesSessions {
    /// Wrong in the ways that one restart can bring about.
    private static let settings = [
        "superuser_reserved_connections": "0", "max_connections": "24", "log_min_error_statement": "panic",
        "enable_hashjoin": "off", "wal_level": "logical",
    ]

    private func withServer(_ version: TestServer.Version, _ body: (TestServer) async throws -> Void) async throws {
        let server = try await TestServer.start(version: version, settings: Self.settings)
        defer { server.stop() }
        let old = version == .v15 ? "1.9" : "1.10"
        try await server.psql(
            """
            CREATE EXTENSION pg_stat_statements VERSION '\(old)';
            CREATE ROLE "App 1" LOGIN; CREATE ROLE watch LOGIN; GRANT pg_monitor TO watch; CREATE ROLE plain LOGIN;
            CREATE DATABASE "Shop" OWNER "App 1";
            """)
        try await server.psql(
            "CREATE EXTENSION pg_stat_statements VERSION '\(old)'; CREATE TABLE orders (id int PRIMARY KEY, note text); "
                + "GRANT ALL ON orders TO \"App 1\"", database: "Shop")
        try await body(server)
    }

    private func found(_ rule: String, _ server: TestServer) async throws -> [Finding] {
        judged(try await snapshot(server)).findings.filter { $0.rule == rule }
    }

    private func statements(of text: String) -> [String] { text.split(separator: ";").map { $0 + ";" } }

    private func run(_ sql: [String], on server: TestServer) async throws {
        if sql.contains(where: { $0.contains("ALTER SYSTEM") }) {
            try await configure(server, sql)
        } else {
            try await server.psql(sql.joined(separator: "\n"), database: "Shop")
        }
    }

    /// Runs the fix's SQL and sees the finding go, runs the undo and sees it come back.
    private func fixAndUndo(_ rule: String, on server: TestServer) async throws {
        let before = try await found(rule, server)
        let action = try #require(before.first?.actions.first { !$0.sql.isEmpty }, "\(rule): \(before.map(\.title))")
        try await run(action.sql, on: server)
        let after = try await found(rule, server)
        #expect(after.count == before.count - 1, "\(rule) after the fix: \(after.map(\.title))")
        if let verify = action.verify, verify.hasPrefix("SELECT") { try await server.psql(verify, database: "Shop") }
        try await run(statements(of: try #require(action.undo)), on: server)
        #expect(try await found(rule, server).map(\.title) == before.map(\.title), "\(rule) after the undo")
    }

    @Test func settingsOfRolesDoHarmAndAreTakenBack() async throws {
        try await withServer(.v15) { server in
            try await server.psql(
                """
                ALTER ROLE "App 1" SET session_replication_role = replica;
                ALTER ROLE "App 1" IN DATABASE "Shop" SET enable_nestloop = off;
                ALTER DATABASE "Shop" SET synchronous_commit = off;
                ALTER ROLE "App 1" SET log_min_messages = fatal;
                """)
            try await server.psql(
                "INSERT INTO orders SELECT g, repeat('x', 400) FROM generate_series(1, 20000) g;", database: "Shop",
                role: "App 1")
            for rule in ["skips-checks", "planner-switch-off", "commits-unsafe"] {
                try await fixAndUndo("configuration.role-" + rule, on: server)
            }
            let hidden = try await found("configuration.log-hides-errors", server)
            #expect(hidden.map { $0.objects[0].name } == ["log_min_error_statement", "App 1"])
            // A dangerous setting with sessions that have it is worse than one that nobody uses yet.
            try await withSessions(1, server, application: "import") { _ in
                let severity = try await found("configuration.role-skips-checks", server).first?.severity
                #expect(severity == .critical)
            }
            let severity = try await found("configuration.role-skips-checks", server).first?.severity
            #expect(severity == .warning)
        }
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func filesExtensionsAndLimits(_ version: TestServer.Version) async throws {
        try await withServer(version) { server in
            let old = try #require(try await found("configuration.extension-outdated", server).first)
            #expect(old.objects[0].name == "pg_stat_statements" && old.severity == .notice, "\(old.title)")
            try await server.psql(try #require(old.actions.first?.sql.first), database: "Shop")
            #expect(try await found("configuration.extension-outdated", server).isEmpty)
            let path = try #require(
                old.actions[0].steps.compactMap { step in step.range(of: "SELECT path").map { step[$0.lowerBound...] } }
                    .first)
            let steps = try await server.psql(String(path), database: "Shop")
            #expect(!steps.isEmpty)

            // Half of the connections taken, none kept for administrators.
            #expect(try await found("configuration.no-reserved-connections", server).isEmpty)
            try await withSessions(12, server, application: "web") { _ in
                let full = try await found("configuration.no-reserved-connections", server)
                #expect(full.count == 1)
            }
            // A change that waits for a restart, and a line that is wrong.
            try await configure(server, ["ALTER SYSTEM SET max_connections = 50;"])
            #expect(
                try await found("configuration.pending-restart", server).map { $0.objects[0].name } == [
                    "max_connections"
                ])
            #expect(try await found("configuration.file-errors", server).isEmpty)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(server.folder)/data/postgresql.conf"))
            try file.seekToEnd()
            try file.write(contentsOf: Data("work_mem = 'a lot'\n".utf8))
            try file.close()
            let wrong = try await found("configuration.file-errors", server)
            #expect(wrong.map { $0.objects[0].name } == ["work_mem"])
            // Nobody else may see the file's errors: then it is not said that there are none.
            let judgement = judged(try await snapshot(server.dsn(database: "Shop", role: "watch")))
            #expect(judgement.skipped.contains { $0.rule == "configuration.file-errors" })
            try await fixAndUndo("configuration.planner-switch-off", on: server)
        }
    }

    @Test func whatWasChangedSinceIsTold() async throws {
        try await withServer(.v15) { server in
            let before = try await snapshot(server)
            #expect(judged(before).absent.contains("configuration.changed-between-readings"))
            let same = judged(try await snapshot(server), since: before)
            #expect(!same.findings.contains { $0.rule == "configuration.changed-between-readings" })
            try await configure(
                server,
                ["ALTER SYSTEM SET random_page_cost = 1.5;", "ALTER ROLE \"App 1\" SET statement_timeout = '5s';"])
            try await server.psql("ALTER EXTENSION pg_stat_statements UPDATE", database: "Shop")
            let changed = try finding(
                "configuration.changed-between-readings", judged(try await snapshot(server), since: before))
            guard case .list(let changes)? = changed.evidence.first?.value else { throw NoList() }
            #expect(
                changes == [
                    "random_page_cost 4 → 1.5", "statement_timeout of role App 1: not set → 5s",
                    "extension pg_stat_statements in Shop: 1.9 → 1.10",
                ])
            let back = try #require(changed.actions[0].steps.first { $0.hasPrefix("Back: ALTER SYSTEM") })
            try await configure(server, statements(of: String(back.dropFirst("Back: ".count))))
            let restarted = try await snapshot(server)
            try await server.restart()
            let after = judged(try await snapshot(server), since: restarted)
            let told = try finding("configuration.changed-between-readings", after)
            #expect(told.title.contains("the server was restarted"), "\(told.title)")
        }
    }

    struct NoList: Error {}

    @Test func aRoleThatLiftsTheServersLimit() async throws {
        try await withServer(.v15) { server in
            try await configure(
                server,
                [
                    "ALTER SYSTEM SET idle_in_transaction_session_timeout = '20s';",
                    "ALTER ROLE \"App 1\" SET idle_in_transaction_session_timeout = 0;",
                ])
            try await server.psql("INSERT INTO orders VALUES (1, 'a')", database: "Shop")
            try await withSessions(2, server, application: "billing") { sessions in
                try await sessions[0].run("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1;")
                try await sessions[1].start("UPDATE orders SET note = 'y' WHERE id = 1;")
                try await awaitWait(server)
                let taken = try await snapshot(server)
                #expect(!judged(taken).findings.contains { $0.rule == "configuration.role-timeout-lifted" })
                let lifted = try finding("configuration.role-timeout-lifted", judged(taken, later: 25))
                #expect(lifted.objects[0].name == "App 1" && lifted.summary.contains("1 session"), "\(lifted.summary)")
                let action = try #require(lifted.actions.first)
                try await server.psql(action.sql.joined(separator: "\n"))
                try await server.psql(try #require(action.undo))
                try await sessions[0].run("ROLLBACK;")
                _ = try await sessions[1].finish()
            }
        }
    }
}
