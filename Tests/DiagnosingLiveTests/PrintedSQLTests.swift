import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// What the rules print is run on a real server, and taken back.
@Suite struct PrintedSQLTests {
    /// The oldest and the newest that the tests have.
    static let versions: [TestServer.Version] = [.v15, .v18]

    /// Names that have to be quoted everywhere.
    static let objects = #"""
        CREATE SCHEMA "Shop ""1""";
        SET search_path = "Shop ""1""";
        CREATE TABLE "Order" ("Id" bigint, customer int, note text, "at" timestamptz, status text);
        INSERT INTO "Order"
            SELECT g, g % 1000, 'note ' || g % 5000, now(), CASE WHEN g % 10 = 0 THEN 'open' ELSE 'done' END
            FROM generate_series(1, 200000) g;
        """#

    private func diagnosed(
        _ database: TestDatabase, _ change: (inout Snapshot) -> Void = { _ in }
    ) async throws -> Judgement {
        var options = CollectionOptions()
        options.sampleCount = 1
        options.explainsStatements = false
        var snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
        change(&snapshot)
        return Engine().judge(Observation(snapshot))
    }

    private func findings(_ rule: String, _ judgement: Judgement) -> [Finding] {
        judgement.findings.filter { $0.rule == rule }
    }

    /// Runs the fix's SQL, sees the finding go, runs the undo, and sees it again.
    private func fixAndUndo(
        _ rule: String, on object: String, in database: TestDatabase, change: (inout Snapshot) -> Void = { _ in }
    ) async throws {
        let found = findings(rule, try await diagnosed(database, change))
        #expect(found.compactMap(\.objects.first?.name) == [object])
        let action = try #require(found.first?.actions.first { $0.tier == .fix })
        try await database.psql(action.sql.joined(separator: "\n"))
        let afterFix = findings(rule, try await diagnosed(database, change))
        #expect(afterFix.isEmpty, "after the fix: \(afterFix.map(\.title))")
        let undo = try #require(action.undo)
        try await database.psql(undo)
        let afterUndo = findings(rule, try await diagnosed(database, change))
        #expect(afterUndo.compactMap(\.objects.first?.name) == [object], "after the undo")
        if let verify = action.verify, verify.hasPrefix("SELECT") { try await database.psql(verify) }
    }

    @Test(arguments: versions)
    func copyIsDroppedAndMadeAgain(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE INDEX "A copy" ON "Order" (customer, "at" DESC NULLS LAST) WITH (fillfactor = 90);
                CREATE INDEX "a ""first""" ON "Order" (customer, "at" DESC NULLS LAST);
                CREATE INDEX other ON "Order" (customer, "at" DESC);
                ALTER TABLE "Order" REPLICA IDENTITY FULL;
                """#
        ) { database in
            // The two are equally large: the first by name stays.
            try await fixAndUndo("index.duplicate", on: #"Shop "1".a "first""#, in: database)
        }
    }

    @Test(arguments: versions)
    func copiesOfExpressionsAndPredicatesAreTold(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE INDEX p1 ON "Order" ("at") WHERE status = 'open';
                CREATE INDEX p2 ON "Order" ("at") WHERE status = 'done';
                CREATE INDEX e1 ON "Order" (lower(note)); CREATE INDEX e2 ON "Order" (lower(note));
                CREATE INDEX e3 ON "Order" (upper(note));
                CREATE INDEX l1 ON "Order" ((note || 'x')); CREATE INDEX l2 ON "Order" ((note || 'x'));
                CREATE INDEX l3 ON "Order" ((note || 'y'));
                """#
        ) { database in
            let found = findings("index.duplicate", try await diagnosed(database))
            #expect(Set(found.compactMap(\.objects.first?.name)) == [#"Shop "1".e2"#, #"Shop "1".l2"#])
            // Its definition holds a literal: what brings it back is printed by the server first.
            let literal = try #require(found.first { $0.objects[0].name.hasSuffix("l2") }?.actions.first)
            #expect(literal.sql.count == 2)
            let printed = try await database.psql(literal.sql[0])
            #expect(printed.contains("'x'"))
            try await database.psql(literal.sql[1])
            try await database.psql(printed + ";")
        }
    }

    @Test(arguments: versions)
    func coveredIndexIsDroppedAndMadeAgain(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE INDEX "Short" ON "Order" (customer, note COLLATE "C" text_pattern_ops);
                CREATE INDEX "Long" ON "Order" (customer, note COLLATE "C" text_pattern_ops, "at");
                CREATE INDEX "Different" ON "Order" (customer, note, status);
                """#
        ) { database in
            try await fixAndUndo("index.redundant-prefix", on: #"Shop "1".Short"#, in: database)
        }
    }

    @Test(arguments: versions)
    func partitionedIndexIsDroppedAndMadeAgain(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE TABLE "Event" ("at" timestamptz, n int) PARTITION BY RANGE ("at");
                CREATE TABLE e1 PARTITION OF "Event" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
                CREATE TABLE e2 PARTITION OF "Event" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
                INSERT INTO "Event" SELECT timestamptz '2026-01-02' + g * interval '40 s', g FROM generate_series(1, 100000) g;
                CREATE INDEX "Event short" ON "Event" ("at");
                CREATE INDEX "Event long" ON "Event" ("at", n);
                """#
        ) { database in
            try await fixAndUndo("index.redundant-prefix", on: #"Shop "1".Event short"#, in: database)
        }
    }

    @Test(arguments: versions)
    func unusedIndexIsDroppedAndMadeAgain(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"CREATE INDEX "Nobody's" ON "Order" (("Id" + customer), note) INCLUDE (status);"#
        ) { database in
            // The statistics of a test are young; a month is not waited for.
            let aged = { (snapshot: inout Snapshot) in
                snapshot.server.startedAt -= 40 * 86_400
                snapshot.catalogs[0].indexes.indices.forEach { snapshot.catalogs[0].indexes[$0].size = 20 << 20 }
            }
            try await fixAndUndo("index.unused", on: #"Shop "1".Nobody's"#, in: database, change: aged)
            #expect(findings("index.unused", try await diagnosed(database)).isEmpty)
        }
    }

    @Test(arguments: versions)
    func invalidIndexIsBuiltAgain(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Self.objects) { database in
            try await database.psql(
                #"""
                \set ON_ERROR_STOP off
                SET search_path = "Shop ""1""";
                INSERT INTO "Order" ("Id") VALUES (1);
                CREATE UNIQUE INDEX CONCURRENTLY "Order key" ON "Order" ("Id");
                DELETE FROM "Order" WHERE customer IS NULL;
                """#)
            let found = findings("index.invalid", try await diagnosed(database))
            #expect(found.compactMap(\.objects.first?.name) == [#"Shop "1".Order key"#])
            let duplicates = try #require(found.first?.actions.first { $0.tier == .containment })
            #expect(try await database.psql(duplicates.sql.joined()).isEmpty)
            let action = try #require(found.first?.actions.first { $0.tier == .fix })
            try await database.psql(action.sql.joined(separator: "\n"))
            #expect(findings("index.invalid", try await diagnosed(database)).isEmpty)
            try await database.psql(try #require(action.undo))
            try await database.psql(try #require(action.verify))
        }
    }

    @Test(arguments: versions)
    func leftoverOfReindexIsDropped(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Self.objects) { database in
            try await database.psql(
                #"""
                \set ON_ERROR_STOP off
                SET search_path = "Shop ""1""";
                CREATE UNIQUE INDEX "Order key" ON "Order" ("Id");
                UPDATE pg_index SET indisunique = false WHERE indexrelid = '"Order key"'::regclass;
                INSERT INTO "Order" ("Id") VALUES (1);
                UPDATE pg_index SET indisunique = true WHERE indexrelid = '"Order key"'::regclass;
                REINDEX INDEX CONCURRENTLY "Order key";
                """#)
            let found = findings("index.invalid", try await diagnosed(database))
            #expect(found.compactMap(\.objects.first?.name) == [#"Shop "1".Order key_ccnew"#])
            let action = try #require(found.first?.actions.first)
            #expect(action.sql == [#"DROP INDEX CONCURRENTLY "Shop ""1"""."Order key_ccnew";"#])
            try await database.psql(action.sql.joined(separator: "\n"))
            #expect(findings("index.invalid", try await diagnosed(database)).isEmpty)
        }
    }

    @Test(arguments: versions)
    func constraintIsValidated(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE TABLE "Customer" ("Key" int PRIMARY KEY);
                INSERT INTO "Customer" SELECT generate_series(1, 999);
                ALTER TABLE "Order" ADD CONSTRAINT "Order's customer" FOREIGN KEY (customer)
                    REFERENCES "Customer" ("Key") NOT VALID;
                """#
        ) { database in
            let found = findings("schema.constraint-not-validated", try await diagnosed(database))
            #expect(found.compactMap(\.objects.first?.name) == [#"Shop "1".Order.Order's customer"#])
            let actions = try #require(found.first?.actions)
            #expect(try await database.psql(actions[0].sql[0]).contains("0"), "customer 0 is an orphan")
            try await database.psql(#"INSERT INTO "Shop ""1"""."Customer" VALUES (0);"#)
            #expect(try await database.psql(actions[0].sql[0]).isEmpty)
            try await database.psql(actions[1].sql[0])
            #expect(try await database.psql(try #require(actions[1].verify)) == "t")
            #expect(findings("schema.constraint-not-validated", try await diagnosed(database)).isEmpty)
        }
    }

    @Test(arguments: versions)
    func disabledTriggersOfForeignKeysAreEnabled(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE TABLE "Customer" ("Key" int PRIMARY KEY);
                INSERT INTO "Customer" SELECT generate_series(0, 999);
                ALTER TABLE "Order" ADD FOREIGN KEY (customer) REFERENCES "Customer";
                ALTER TABLE "Order" DISABLE TRIGGER ALL;
                """#
        ) { database in
            try await fixAndUndo("schema.disabled-trigger", on: #"Shop "1".Order"#, in: database)
            let found = findings("schema.disabled-trigger", try await diagnosed(database))
            #expect(found.first?.severity == .warning)
            try await database.psql(#"INSERT INTO "Shop ""1"""."Order" (customer) VALUES (4711);"#)
            let orphans = try #require(found.first?.actions.last?.sql.first)
            #expect(try await database.psql(orphans) == "4711")
        }
    }

    @Test(arguments: versions)
    func tableGetsItsKeyFromAUniqueIndex(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE UNIQUE INDEX "Order key" ON "Order" ("Id");
                UPDATE "Order" SET status = 'late' WHERE "Id" <= 2000; ANALYZE "Order";
                """#
        ) { database in
            try await database.wait(until: "(SELECT sum(n_tup_upd) >= 2000 FROM pg_stat_user_tables)")
            try await fixAndUndoOnce("schema.no-primary-key", in: database)
        }
    }

    @Test(arguments: versions)
    func typeOfForeignKeyIsChanged(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(
            Self.objects + #"""
                CREATE TABLE "Customer" ("Key" numeric PRIMARY KEY);
                INSERT INTO "Customer" SELECT generate_series(0, 999);
                ALTER TABLE "Order" ADD FOREIGN KEY (customer) REFERENCES "Customer"; ANALYZE "Order";
                """#
        ) { database in
            let rule = "schema.foreign-key-type-mismatch"
            let found = findings(rule, try await diagnosed(database))
            #expect(found.compactMap(\.objects.first?.name) == [#"Shop "1".Order.customer"#])
            let action = try #require(found.first?.actions.first)
            try await database.psql(action.sql[0])
            #expect(findings(rule, try await diagnosed(database)).isEmpty)
            try await database.psql(try #require(action.undo))
            #expect(findings(rule, try await diagnosed(database)).count == 1)
        }
    }

    @Test(arguments: versions)
    func unloggedTableIsLogged(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Self.objects + #"ALTER TABLE "Order" SET UNLOGGED;"#) { database in
            let large = { (snapshot: inout Snapshot) in
                for place in snapshot.catalogs[0].relations.indices {
                    snapshot.catalogs[0].relations[place].size = 200 << 20
                }
            }
            try await fixAndUndo("schema.unlogged-table", on: #"Shop "1".Order"#, in: database, change: large)
        }
    }

    /// As `fixAndUndo`, where the undo does not bring back what there was: dropping the key drops its index.
    private func fixAndUndoOnce(_ rule: String, in database: TestDatabase) async throws {
        let found = findings(rule, try await diagnosed(database))
        #expect(found.count == 1)
        let action = try #require(found.first?.actions.first { $0.tier == .fix })
        try await database.psql(action.sql.joined(separator: "\n"))
        #expect(findings(rule, try await diagnosed(database)).isEmpty)
        try await database.psql(try #require(action.undo))
        #expect(findings(rule, try await diagnosed(database)).count == 1)
    }
}
