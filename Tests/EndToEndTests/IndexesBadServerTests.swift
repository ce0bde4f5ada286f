import Foundation
import TestKit
import Testing

/// Servers and workloads that lack something: each gets a clear answer.
@Suite struct IndexesBadServerTests {
    private static let setup = """
        CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, placed timestamptz NOT NULL, note text NOT NULL);
        INSERT INTO orders SELECT g, g / 10, '2026-01-01'::timestamptz + g * interval '1 min', md5(g::text)
            FROM generate_series(1, 60000) g;
        CREATE VIEW recent AS SELECT id, customer, placed FROM orders WHERE placed > '2026-01-20';
        VACUUM ANALYZE;

        """

    private static let one = "SELECT * FROM orders WHERE customer = 77;"

    private func shop<Value>(
        _ more: String = "", extensions: [String] = ["hypopg"], workload: String = one,
        _ body: (TestDatabase, String) async throws -> Value
    ) async throws -> Value {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", workload)
        return try await TestServer.shared().withDatabase(Self.setup + more, extensions: extensions) { database in
            try await body(database, file)
        }
    }

    private func said(_ answer: IndexAnswer, _ words: String) -> Bool {
        answer.notes.contains { $0.contains(words) }
    }

    @Test(arguments: TestServer.Version.allCases)
    func withoutItsExtensionsItSaysSo(_ version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version, settings: ["shared_preload_libraries": ""])
        defer { server.stop() }
        try await server.psql(Self.setup)
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", Self.one)
        let counted = try await IndexAnswer.of([server.dsn()])
        #expect(counted.headline.contains("No statement was looked at"), "\(counted.headline)")
        #expect(said(counted, "pg_stat_statements"), "\(counted.notes)")
        let written = try await IndexAnswer.of([server.dsn(), "--workload", file])
        #expect(written.indexes == ["orders btree (customer)"], "\(written.indexes)")
        #expect(written.made.allSatisfy { $0.basis == "estimated" } && written.plannerCalls == 0)
        #expect(said(written, "HypoPG is not installed") && written.headline.contains("our own estimate"))
        for statement in written.sql { try await server.psql(statement) }
        let plan = try await server.psql("EXPLAIN " + Self.one)
        #expect(plan.contains("orders_customer_idx"), "\(plan)")
    }

    @Test func tablesThatMayNotBeReadAreNamed() async throws {
        let role =
            "CREATE ROLE poor_reader LOGIN; GRANT pg_monitor TO poor_reader; GRANT SELECT ON recent TO poor_reader;"
        try await shop(role) { database, file in
            let arguments = [database.dsn(role: "poor_reader"), "--workload", file, "--only-workload"]
            let answer = try await IndexAnswer.of(arguments, endsWith: 4)
            #expect(answer.headline.contains("No statement could be priced"), "\(answer.headline)")
            #expect(said(answer, "may not read orders (1 statement)"), "\(answer.notes)")
            #expect(said(answer, "GRANT pg_read_all_data TO poor_reader;") && answer.statements[0].note != nil)
            let page = try await Program.medic(["indexes"] + arguments)
            #expect(page.status == 4 && page.out.contains("may not read"), "\(page.out)")
            try await database.psql("DROP OWNED BY poor_reader;")
        }
    }

    @Test func statementsThatCannotBeJudgedAreListedAndTheOthersServed() async throws {
        let more = """
            CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
            CREATE FOREIGN TABLE far (id int, name text) SERVER files OPTIONS (filename '/etc/hostname', format 'csv');
            CREATE TABLE gone (x int); DROP TABLE gone;
            """
        let workload = """
            SELEC broken FROM orders;
            SELECT * FROM gone WHERE x = 5;
            SELECT * FROM far WHERE name = 'x';
            SELECT * FROM orders WHERE nosuch = 5;
            CREATE TABLE more (id int);
            SELECT relname FROM pg_class WHERE relpages = 7;
            SELECT * FROM scratchpad WHERE id = 1;
            \(Self.one)
            """
        try await shop(more, workload: workload) { database, file in
            // A temporary table of another session.
            let session = try await database.session()
            try await session.run(
                "CREATE TEMP TABLE scratchpad AS SELECT g AS id FROM generate_series(1, 20000) g; ANALYZE scratchpad;")
            let answer = try await IndexAnswer.of([database.dsn(), "--workload", file, "--only-workload"])
            await session.close()
            #expect(answer.indexes == ["orders btree (customer)"], "\(answer.indexes)")
            for words in [
                "w.sql:1: left out: the statement does not parse", "w.sql:5: left out: not a SELECT",
                "3 statements have no cost", "far: A foreign table", "pg_class: A system catalog",
                "gone, scratchpad: The catalog has no such relation",
            ] {
                #expect(said(answer, words), "\(words): \(answer.notes)")
            }
        }
    }

    @Test func theTableBelowAViewGetsTheIndex() async throws {
        let role = "CREATE ROLE view_reader LOGIN; GRANT pg_monitor, pg_read_all_data TO view_reader;"
        try await shop(role, workload: "SELECT * FROM recent WHERE customer = 5000;") { database, file in
            let arguments = ["--workload", file, "--only-workload"]
            let answer = try await IndexAnswer.of([database.dsn(role: "view_reader")] + arguments)
            #expect(answer.indexes.first?.hasPrefix("orders btree (customer") == true, "\(answer)")
            #expect(answer.made.count == 1)
            // As a superuser a view is not planned: it may call users' functions.
            let refused = try await IndexAnswer.of([database.dsn()] + arguments, endsWith: 4)
            #expect(said(refused, "it reads a view"), "\(refused.notes)")
        }
    }

    @Test func partitionsByTheHundredsAreServedWhole() async throws {
        let more = """
            CREATE TABLE metrics (id int NOT NULL, device int NOT NULL, value int) PARTITION BY HASH (id);
            SELECT format('CREATE TABLE metrics_%s PARTITION OF metrics FOR VALUES WITH (modulus 300, remainder %s)', g, g)
            FROM generate_series(0, 299) g \\gexec
            INSERT INTO metrics SELECT g, g % 9000, g FROM generate_series(1, 300000) g;
            ANALYZE metrics;
            """
        let workload = "SELECT sum(value) FROM metrics WHERE device = 77;"
        try await shop(more, workload: workload) { database, file in
            let answer = try await IndexAnswer.of([database.dsn(), "--workload", file, "--only-workload"])
            let one = try #require(answer.made.first)
            #expect(answer.made.count == 1 && one.sql.count == 601 && one.lock.mode == "SHARE", "\(answer.indexes)")
            let before = try await database.indexes()
            try await database.psql(one.sql.joined(separator: "\n"))
            let after = try await database.indexes().subtracting(before)
            #expect(after.count == 301 && after.allSatisfy { $0.contains(" true") })
            try await database.psql(one.undo.joined(separator: "\n"))
            #expect(try await database.indexes() == before)
        }
    }

    @Test func throughAPoolerItIsEstimatedAndNothingStays() async throws {
        let bouncer = try await PgBouncer.start(for: try await TestServer.shared())
        defer { bouncer.stop() }
        try await shop { database, file in
            let answer = try await IndexAnswer.of(
                [bouncer.dsn(database: database.name), "--workload", file, "--only-workload"])
            #expect(answer.indexes == ["orders btree (customer)"] && answer.plannerCalls == 0, "\(answer.indexes)")
            #expect(answer.made.allSatisfy { $0.basis == "estimated" } && said(answer, "Through a pooler"))
            let left = try await bouncer.psql(
                "SELECT count(*) FROM hypopg(); SELECT count(*) FROM pg_prepared_statements; SHOW transaction_read_only;",
                database: database.name)
            #expect(left == "0\n0\noff")
        }
    }

    @Test func aWorkloadOfWritesIsServedWhereItReads() async throws {
        let workload = """
            -- weight: 100
            UPDATE orders SET note = 'x' WHERE customer = 7;
            -- weight: 100
            INSERT INTO orders VALUES ($1, $2, $3, $4);
            DELETE FROM orders WHERE id = 3;
            """
        try await shop(workload: workload) { database, file in
            let answer = try await IndexAnswer.of([database.dsn(), "--workload", file, "--only-workload"])
            #expect(answer.indexes == ["orders btree (customer)"], "\(answer.indexes)")
            #expect(try await database.psql("SELECT count(*) FROM orders WHERE note = 'x';") == "0")
        }
        try await shop(workload: "INSERT INTO orders VALUES ($1, $2, $3, $4);") { database, file in
            let answer = try await IndexAnswer.of([database.dsn(), "--workload", file, "--only-workload"])
            #expect(answer.recommendations.isEmpty && answer.headline.hasPrefix("No new index"), "\(answer.headline)")
        }
    }
}
