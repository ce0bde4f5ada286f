import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Rows that many want, and rows that foreign keys lock.
@Suite(.serialized) struct RowLocksLiveTests: UsesSessions {
    private static let items = """
        CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, n int);
        CREATE INDEX ON items (order_id);
        INSERT INTO items SELECT g, g, 1 FROM generate_series(1, 1000) g;
        GRANT ALL ON items TO "App 1";
        """

    @Test(arguments: [TestServer.Version.v15, .v17, .v18])
    func aCounterThatGoesFromHandToHand(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            try await server.psql(
                "CREATE TABLE counters (id int PRIMARY KEY, n int); INSERT INTO counters VALUES (1, 0); GRANT ALL ON counters TO \"App 1\";",
                database: "Shop")
            async let load: Void = run(
                "BEGIN;\nUPDATE counters SET n = n + 1 WHERE id = 1;\nSELECT pg_sleep(0.15);\nCOMMIT;\n", times: 6,
                clients: 12,
                on: server)
            // Twelve wait their turn, the last of them for a second and more: each wait begins anew with the next holder.
            try await server.wait(
                until: """
                    (SELECT count(*) FROM pg_stat_activity
                     WHERE wait_event_type = 'Lock' AND clock_timestamp() - query_start > '1.1 s') >= 3
                    """)
            let judgement = judged(try await snapshot(server))
            let found = try finding("locks.hot-row", judgement)
            #expect(
                found.severity == .warning && found.title.contains("public.counters")
                    || found.title.contains("counters"))
            #expect(found.evidence.contains { $0.key == "statement" && "\($0.value)".contains("UPDATE counters") })
            #expect(found.objects.first?.name == "public.counters")
            try await load
        }
    }

    @Test func onePileBehindOneTransactionIsNoHotRow() async throws {
        try await withShop { server in
            try await withSessions(7, server, application: "pile") { sessions in
                try await sessions[0].run("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1;")
                for session in sessions.dropFirst() {
                    try await session.start("UPDATE orders SET note = 'y' WHERE id = 1;")
                }
                try await awaitWait(server, sessions: 6)
                let found = rules(judged(try await snapshot(server)))
                #expect(found.contains("locks.blocking-session") && !found.contains("locks.hot-row"), "\(found)")
                try await sessions[0].run("ROLLBACK;")
            }
        }
    }

    @Test(arguments: [
        ("DELETE FROM orders WHERE id = 5000", "has deleted it, and has not ended"),
        ("SELECT * FROM orders WHERE id = 5000 FOR UPDATE", "has locked it FOR UPDATE, as if"),
        ("UPDATE orders SET id = 900000 WHERE id = 5000", "sets columns of its key"),
    ])
    func anInsertWaitsForTheRowItRefersTo(_ holder: String, _ words: String) async throws {
        try await withShop { server in
            try await server.psql(Self.items, database: "Shop")
            try await withSessions(2, server, application: "fk") { sessions in
                try await sessions[0].run("BEGIN; \(holder)")
                try await sessions[1].start("INSERT INTO items VALUES (5000, 5000, 1);")
                try await awaitWait(server)
                let found = try finding("locks.foreign-key-share-locks", judged(try await snapshot(server)))
                #expect(found.summary.contains(words) && found.objects[0].name == "public.orders", "\(found.summary)")
                #expect(found.objects[1].name == "public.items")
                // What is printed ends the wait.
                try await server.psql(found.actions[0].sql.joined(separator: "\n"), database: "Shop")
                #expect(try await sessions[1].finish() == "")
            }
        }
    }

    @Test func aDeleteWaitsForAnInsertThatRefersToItsRow() async throws {
        try await withShop { server in
            try await server.psql(Self.items, database: "Shop")
            try await withSessions(2, server, application: "fk") { sessions in
                try await sessions[0].run("BEGIN; INSERT INTO items VALUES (5000, 5000, 1)")
                try await sessions[1].start("DELETE FROM orders WHERE id = 5000;")
                try await awaitWait(server)
                let found = try finding("locks.foreign-key-share-locks", judged(try await snapshot(server)))
                #expect(found.title.contains("which refers to its rows in items"), "\(found.title)")
                try await sessions[0].run("ROLLBACK;")
            }
        }
    }

    @Test func updatesOfTheSameRowAreNoMatterOfForeignKeys() async throws {
        try await withShop { server in
            try await server.psql(Self.items, database: "Shop")
            try await withSessions(2, server, application: "fk") { sessions in
                try await sessions[0].run("BEGIN; UPDATE orders SET note = 'x' WHERE id = 5000;")
                // An insert that refers to the row does not wait at all.
                try await sessions[1].run("INSERT INTO items VALUES (5000, 5000, 1);")
                try await sessions[1].start("UPDATE orders SET note = 'y' WHERE id = 5000;")
                try await awaitWait(server)
                let found = rules(judged(try await snapshot(server)))
                #expect(found.contains("locks.blocking-session") && !found.contains("locks.foreign-key-share-locks"))
                try await sessions[0].run("ROLLBACK;")
            }
        }
    }
}
