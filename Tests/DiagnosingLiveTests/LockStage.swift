import Foundation
import TestKit

/// A database of a scenario's own with the sessions that it opens; they are closed with it.
actor LockStage {
    static let schema = """
        CREATE TABLE customers (id int PRIMARY KEY, name text, balance int DEFAULT 0);
        CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text);
        CREATE TABLE jobs (id int PRIMARY KEY, state text DEFAULT 'ready');
        INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 200) n;
        INSERT INTO orders SELECT n, n, 'new' FROM generate_series(1, 200) n WHERE n % 2 = 0;
        INSERT INTO jobs SELECT n FROM generate_series(1, 50) n;
        """

    nonisolated let database: TestDatabase
    private var sessions: [LiveSession] = []

    init(_ database: TestDatabase) { self.database = database }

    func session(_ application: String) async throws -> LiveSession {
        try await keep(database.session(application: application))
    }

    @discardableResult
    func keep(_ session: LiveSession) -> LiveSession {
        sessions.append(session)
        return session
    }

    /// A session that has run something and does nothing now.
    func idle(_ application: String, after sql: String) async throws -> Int {
        let session = try await session(application)
        try await session.run(sql)
        return await session.pid
    }

    /// A session that runs something long, or waits for something; returns at once.
    @discardableResult
    func running(_ application: String, _ sql: String) async throws -> Int {
        let session = try await session(application)
        try await session.start(sql)
        return await session.pid
    }

    /// So many sessions that run the same, each of which waits for a lock before the next one comes.
    func waiting(_ count: Int, by application: String = "web", _ sql: String) async throws {
        for _ in 0..<count {
            let before = try await blocked()
            try await running(application, sql)
            try await database.wait(until: "\(Self.waiters) > \(before)")
        }
    }

    private func blocked() async throws -> Int { Int(try await database.psql("SELECT \(Self.waiters)")) ?? 0 }

    /// Sessions of this database that wait for a lock, parallel workers with their leader.
    private static let waiters =
        "(SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"

    /// Somebody has waited for longer than the rules' patience of one second.
    func settle() async throws {
        try await database.wait(
            until: "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > '1.2 s')")
    }

    private var endings: [@Sendable () async -> Void] = []

    /// What is done after the sessions are closed.
    func closing(_ ending: @escaping @Sendable () async -> Void) { endings.append(ending) }

    func close() async {
        for session in sessions.reversed() { await session.close() }
        for ending in endings { await ending() }
    }
}
