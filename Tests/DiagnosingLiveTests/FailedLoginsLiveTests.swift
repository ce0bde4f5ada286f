import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Refused connections that a real server wrote to its log.
@Suite(.serialized) struct FailedLoginsLiveTests: UsesShop {
    private static let password = "right 1"

    struct Case: Sendable, CustomTestStringConvertible {
        var version: TestServer.Version
        var destination: String
        var testDescription: String { "\(version.testDescription), \(destination)" }
    }

    private static let cases = [
        Case(version: .v15, destination: "stderr"), Case(version: .v18, destination: "stderr"),
        Case(version: .v18, destination: "jsonlog"),
    ]

    private func withLog(_ tested: Case, _ body: (TestServer) async throws -> Void) async throws {
        let server = try await TestServer.start(
            version: tested.version,
            settings: [
                "logging_collector": "on", "log_directory": "log", "log_filename": "server.log",
                "log_destination": tested.destination, "log_line_prefix": "%m [%p] %q%u@%d %h ",
                "max_connections": "10",
                "superuser_reserved_connections": "3", "max_wal_senders": "0", "wal_level": "replica",
            ], authentication: .scram(password: Self.password))
        defer { server.stop() }
        try await server.psql("CREATE ROLE app LOGIN PASSWORD 'right 2'; CREATE ROLE web LOGIN PASSWORD 'right 3';")
        try await body(server)
    }

    private func judged(_ server: TestServer, since earlier: Snapshot? = nil) async throws -> (Judgement, Snapshot) {
        let snapshot = try await Snapshot.collected(server.dsn() + " password='\(Self.password)'")
        return (judgedSafely(Observation(snapshot, since: earlier)), snapshot)
    }

    /// What psql says of a login that fails.
    private func refusal(_ dsn: String) async -> String {
        do {
            try await Command.psql("SELECT 1", on: dsn)
            return "it was let in"
        } catch {
            return "\(error)"
        }
    }

    /// Logs in so many times, and fails.
    private func fail(_ times: Int, as role: String, on server: TestServer, over way: TestServer.Way = .tcp) async {
        for _ in 0..<times {
            let said = await refusal(server.dsn(role: role, over: way) + " password=wrong")
            #expect(said.contains("FATAL"), "\(said)")
        }
    }

    @Test(arguments: cases) func anOldPasswordIsToldAndATypingErrorIsNot(_ tested: Case) async throws {
        let rule = "exposure.failed-logins"
        try await withLog(tested) { server in
            await fail(3, as: "web", on: server)
            await fail(1, as: "typed too early", on: server)
            let (quiet, before) = try await judged(server)
            #expect(!quiet.findings.contains { $0.rule == rule } && quiet.evaluated.contains(rule))
            #expect(before.loginHistory?.groups.reduce(0) { $0 + $1.events.count } == 4)
            let kept = String(decoding: try JSONEncoder().encode(before), as: UTF8.self)
            #expect(!kept.contains("typed too early") && !kept.contains("wrong"))
            await fail(30, as: "app", on: server)
            let (judgement, _) = try await judged(server)
            let found = try finding(rule, judgement)
            #expect(found.title == "30 failed logins as app from 127.0.0.1" && found.severity == .warning)
            #expect(found.objects == [ObjectReference(.role, "app")])
            #expect(found.evidence.contains { $0.key == "reasons" && $0.value == .list(["30 wrong password"]) })
            // What is printed runs, and the line for pg_hba.conf is one that the server takes.
            for action in found.actions where !action.sql.isEmpty {
                try await server.psql(action.sql.joined(separator: "\n"))
            }
            let step = try #require(found.actions[0].steps.last)
            let line = try #require(step.split(separator: ": ").last.map(String.init))
            try await reject(line, on: server)
            // Nothing more was tried since.
            let (after, _) = try await judged(server, since: try await judged(server).1)
            #expect(!after.findings.contains { $0.rule == rule })
        }
    }

    private func reject(_ line: String, on server: TestServer) async throws {
        let file = "\(server.folder)/data/pg_hba.conf"
        let former = try String(contentsOfFile: file, encoding: .utf8)
        try "\(line)\n\(former)".write(toFile: file, atomically: false, encoding: .utf8)
        try await configure(server, [])
        #expect(try await server.psql("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0")
        let said = await refusal(server.dsn(role: "app") + " password='right 2'")
        #expect(said.contains("pg_hba.conf rejects"), "\(said)")
        try former.write(toFile: file, atomically: false, encoding: .utf8)
        try await configure(server, [])
    }

    @Test func whoIsTurnedAwayForWantOfRoomIsTold() async throws {
        let rule = "capacity.connections-refused"
        try await withLog(Self.cases[0]) { server in
            try await server.psql("ALTER ROLE web CONNECTION LIMIT 0")
            await fail(6, as: "web", on: server, over: .socket)
            let (limited, _) = try await judged(server)
            #expect(try finding(rule, limited).title == "6 connections were refused: a role's or database's limit")
            var sessions: [LiveSession] = []
            for _ in 0..<7 { sessions.append(try await LiveSession.open(server, role: "app")) }
            await fail(5, as: "app", on: server, over: .socket)
            let (judgement, _) = try await judged(server)
            for session in sessions { await session.close() }
            let full = try #require(
                judgement.findings.first { $0.rule == rule && $0.objects == [.setting("max_connections")] })
            #expect(full.title == "5 connections were refused: too many clients" && full.severity == .critical)
            #expect(judgement.findings.contains { $0.rule == "locks.max-connections-near" })
            #expect(!judgement.findings.contains { $0.rule == "exposure.failed-logins" })
            for action in full.actions where !action.sql.isEmpty { try await server.psql(action.sql.joined()) }
        }
    }
}
