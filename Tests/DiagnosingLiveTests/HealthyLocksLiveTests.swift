import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Load that is heavy and well: no rule of area `locks` says more than a notice.
@Suite(.serialized) struct HealthyLocksLiveTests: UsesSessions {
    /// Runs the load until enough snapshots are taken, judges each, with and without its predecessor, and ends the load.
    private func expectCalm(_ server: TestServer, while load: @escaping @Sendable () async throws -> Void) async throws
    {
        let busy = "(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench' AND state = 'active') > 1"
        async let running: Void = load()
        try await server.wait(until: busy)
        var earlier: Snapshot?
        for number in 1...4 {
            let taken = try await snapshot(server)
            let sessions = taken.backends.count { $0.application == "pgbench" }
            #expect(sessions > 1, "the load was over before snapshot \(number)")
            #expect(claims(judged(taken)).isEmpty, "\(claims(judged(taken)))")
            if let earlier {
                #expect(claims(judged(taken, since: earlier)).isEmpty, "\(claims(judged(taken, since: earlier)))")
            }
            earlier = taken
        }
        try await server.psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pgbench';")
        try await running
    }

    @Test(arguments: [20, 100])
    func aLoadedPgbench(_ clients: Int) async throws {
        try await withShop { server in
            let target = ["-h", server.folder, "-p", "\(server.port)", "-U", "postgres", "Shop"]
            _ = try await Command(PgBench.path, ["-i", "-q", "-s", "10", "--unlogged-tables"] + target).check()
            try await expectCalm(server) {
                _ = try await Command(PgBench.path, ["-n", "-c", "\(clients)", "-j", "2", "-T", "120"] + target).run()
            }
        }
    }

    /// Rows that are wanted by many, each for an instant.
    @Test(arguments: [20, 100])
    func briefRowLocks(_ clients: Int) async throws {
        try await withShop { server in
            let script = "\\set id random(1, 20)\nBEGIN;\nUPDATE orders SET note = 'x' WHERE id = :id;\nCOMMIT;\n"
            try await expectCalm(server) {
                try await timed(script, clients: clients, on: server)
            }
        }
    }

    @Test func aQueueThatSkipsLockedRows() async throws {
        try await withShop { server in
            try await server.psql(
                "CREATE TABLE jobs (id bigint PRIMARY KEY, done boolean); INSERT INTO jobs SELECT g, false FROM generate_series(1, 100000) g; GRANT ALL ON jobs TO \"App 1\";",
                database: "Shop")
            let script = """
                BEGIN;
                DELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
                SELECT pg_sleep(0.02);
                COMMIT;

                """
            try await expectCalm(server) { try await timed(script, clients: 20, on: server) }
        }
    }

    private func timed(_ script: String, clients: Int, on server: TestServer) async throws {
        // It is ended from outside.
        _ = try? await PgBench.run(
            script, ["-T", "120", "-c", "\(clients)", "-j", "2"],
            on: server.dsn(database: "Shop", role: "App 1", over: .socket))
    }
}
