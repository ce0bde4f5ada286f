import Collecting
import Foundation
import IndexAdvising
import Model
import PostgresClient
import Statements
import TestKit
import Testing

/// What is printed is run on a real server, and taken back.
@Suite("Printed removals do what they say")
struct RemovalServerTests {
    /// Names that have to be quoted everywhere.
    private static let objects = #"""
        CREATE SCHEMA "Shop ""1""";
        SET search_path = "Shop ""1""";
        CREATE TABLE "Parent" (id int PRIMARY KEY);
        INSERT INTO "Parent" SELECT generate_series(1, 1000);
        CREATE TABLE "Order" ("Id" bigint PRIMARY KEY, customer int, n int, m int, note text, "at" timestamptz, status text,
            parent int REFERENCES "Parent");
        INSERT INTO "Order"
            SELECT g, g % 1000, g, g::bigint * 7919 % 200003, 'a rather long note about the order number ' || g, now() + g * interval '1 s', CASE WHEN g % 10 = 0 THEN 'open' ELSE 'done' END,
                1 + g % 1000
            FROM generate_series(1, 200000) g;
        CREATE INDEX "a kept" ON "Order" (customer, "at" DESC);
        CREATE INDEX "b copy" ON "Order" (customer, "at" DESC) WITH (fillfactor = 90);
        CREATE INDEX "Short" ON "Order" (m DESC);
        CREATE INDEX "Long" ON "Order" (m, customer);
        CREATE INDEX "Ordered" ON "Order" (n);
        CREATE INDEX "Ordered long" ON "Order" (n, customer);
        CREATE INDEX "Idle" ON "Order" (note COLLATE "C" text_pattern_ops DESC NULLS LAST) INCLUDE (status);
        CREATE INDEX "Half" ON "Order" (note) WHERE status = 'open';
        CREATE INDEX "Parents" ON "Order" (parent);
        CREATE UNIQUE INDEX "Once" ON "Order" ("Id", note);
        CREATE TABLE "Event" ("at" timestamptz, n int) PARTITION BY RANGE ("at");
        CREATE TABLE e1 PARTITION OF "Event" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE e2 PARTITION OF "Event" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        INSERT INTO "Event" SELECT timestamptz '2026-01-02' + g * interval '6 s', g FROM generate_series(1, 600000) g;
        CREATE INDEX "Event n" ON "Event" (n);
        VACUUM ANALYZE;
        """#

    private static let statements = [
        #"SELECT * FROM "Shop ""1"""."Order" WHERE customer = 7 ORDER BY "at" DESC LIMIT 10"#,
        #"SELECT * FROM "Shop ""1"""."Order" ORDER BY m DESC LIMIT 10"#,
        #"SELECT * FROM "Shop ""1"""."Order" WHERE m < 50"#,
        #"SELECT * FROM "Shop ""1"""."Order" WHERE n < 50"#,
        #"SELECT * FROM "Shop ""1"""."Order" WHERE "Id" = 77"#,
        #"SELECT * FROM "Shop ""1"""."Order" WHERE parent = 77"#,
    ]

    /// What their plans read.
    private static let used = Set(["a kept", "Short", "Ordered"].map { QualifiedName(#"Shop "1""#, $0) })

    /// As seen 40 days after the counters' reset.
    private func removals(in database: TestDatabase, used: Set<QualifiedName> = []) async throws -> IndexRemovals {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        options.asksWhatIf = false
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
        var facts = RemovalFacts(snapshot, database: database.name)
        facts.statisticsAge = 40
        facts.standbys = 0
        return IndexRemovals(CatalogNames(snapshot.catalogs[0]), facts, used: used)
    }

    private func cost(_ statement: String, in database: TestDatabase) async throws -> Double {
        let line = try await database.psql("EXPLAIN " + statement).split(separator: "\n")[0]
        let total = try #require(line.firstRange(of: "..")).upperBound
        return try #require(Double(line[total...].prefix { $0.isNumber || $0 == "." }))
    }

    private func indexes(of database: TestDatabase) async throws -> Set<String> {
        let names = try await database.psql(
            "SELECT indexrelid::regclass || ' ' || indisvalid || ' ' || pg_get_indexdef(indexrelid) FROM pg_index "
                + "WHERE indrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg_toast%'")
        return Set(names.split(separator: "\n").map(String.init))
    }

    private func run(_ statements: [String], in database: TestDatabase) async throws -> [String] {
        var answers: [String] = []
        for statement in statements { answers.append(try await database.psql(statement)) }
        return answers
    }

    @Test func everyPrintedStatementRunsAndItsUndoBringsAllBack() async throws {
        let server = try await TestServer.start(version: .v15)
        defer { server.stop() }
        try await server.withDatabase(Self.objects) { database in
            let before = try await indexes(of: database)
            var costs: [Double] = []
            for statement in Self.statements { costs.append(try await cost(statement, in: database)) }
            let drops = try await removals(in: database, used: Self.used).recommendations
            #expect(
                Set(drops.flatMap(\.drops).map(\.name)) == ["b copy", "Short", "Idle", "Event n"],
                "\(drops.map(\.reason))")
            var undo: [String] = []
            for drop in drops {
                let printed = try await run(drop.sql, in: database)
                undo += drop.undo
                // Where literals were taken out, the first statement prints the way back.
                if drop.undo.isEmpty { undo.append(printed[0] + ";") }
                if !drop.verify.isEmpty { _ = try await database.psql(drop.verify) }
            }
            #expect(try await indexes(of: database).count < before.count)
            for (statement, old) in zip(Self.statements, costs) {
                let new = try await cost(statement, in: database)
                #expect(new <= old * 1.02, "\(statement): \(old) → \(new)")
            }
            let left = try await removals(in: database, used: Self.used).recommendations
            #expect(left.isEmpty, "\(left.map(\.reason))")
            _ = try await run(undo, in: database)
            #expect(try await indexes(of: database) == before)
        }
    }

    @Test func theReasonsOfThoseThatStayAreTrue() async throws {
        let server = try await TestServer.start(version: .v15)
        defer { server.stop() }
        try await server.withDatabase(Self.objects) { database in
            let idle = QualifiedName(#"Shop "1""#, "Idle")
            let found = try await removals(in: database, used: Self.used.union([idle]))
            #expect(!found.recommendations.flatMap(\.drops).contains(idle))
            func reason(_ name: String) -> String? {
                found.rejected.first { $0.index.hasPrefix("Shop \"1\".\(name) ") }?.reason
            }
            #expect(reason("Idle")?.contains("plans of the workload use it") == true)
            #expect(reason("Ordered")?.contains("in the order of the table") == true)
            #expect(reason("Parents")?.contains("only index for the foreign key") == true)
            #expect(reason("Once")?.contains("unique") == true)
            #expect(reason("Half")?.contains("small") == true)
            #expect(reason("Order_pkey")?.contains("primary key") == true)
        }
    }

    @Test func literalsAreBroughtBackByTheServersOwnWords() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE t (a int, b text);
            INSERT INTO t SELECT g, 'open' || g % 2 FROM generate_series(1, 600000) g;
            CREATE INDEX half ON t (a) WHERE b <> 'closed';
            """
        try await server.withDatabase(setup) { database in
            let drop = try #require(try await removals(in: database).recommendations.first)
            #expect(drop.undo.isEmpty && drop.sql.count == 2)
            let before = try await indexes(of: database)
            let printed = try await run(drop.sql, in: database)
            #expect(printed[0].contains("'closed'"))
            #expect(try await indexes(of: database).isEmpty)
            _ = try await database.psql(printed[0].replacing("CREATE INDEX", with: "CREATE INDEX CONCURRENTLY") + ";")
            #expect(try await indexes(of: database) == before)
        }
    }

    @Test func brokenIndexesAreMadeAgainOrGo() async throws {
        let server = try await TestServer.start(version: .v15)
        defer { server.stop() }
        let setup = """
            CREATE TABLE t (a int, b int);
            INSERT INTO t SELECT g % 10, g FROM generate_series(1, 1000) g;
            CREATE INDEX good ON t (b);
            """
        try await server.withDatabase(setup) { database in
            // Over duplicates both fail and leave what they began.
            _ = try? await database.psql("CREATE UNIQUE INDEX CONCURRENTLY failed ON t (a);")
            _ = try? await database.psql("CREATE UNIQUE INDEX CONCURRENTLY good_ccnew ON t (a);")
            let found = try await removals(in: database).recommendations
            let repair = try #require(found.first { $0.kind == .repair })
            #expect(repair.repairs == QualifiedName("public", "failed"))
            #expect(found.filter { $0.kind == .drop }.flatMap(\.drops).map(\.name) == ["good_ccnew"])
            for drop in found where drop.kind == .drop { _ = try await run(drop.sql, in: database) }
            try await database.psql("DELETE FROM t WHERE b > 10;")
            _ = try await run(repair.sql, in: database)
            #expect(try await database.psql(repair.verify) == "t")
            #expect(try await removals(in: database).recommendations.isEmpty)
            _ = try await run(repair.undo, in: database)
            #expect(try await indexes(of: database).count == 1)
        }
    }

    @Test func aReplacedIndexGoesAndComesBack() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE t (a int, b int, c text COLLATE "C", d text);
            INSERT INTO t SELECT g % 1000, g, g, g FROM generate_series(1, 100000) g;
            CREATE INDEX old ON t (a);
            CREATE INDEX pattern ON t (d text_pattern_ops);
            CREATE INDEX other ON t (c COLLATE "default");
            CREATE INDEX same ON t (c);
            VACUUM ANALYZE t;
            """
        try await server.withDatabase(setup) { database in
            var options = CollectionOptions()
            options.sampleCount = 0
            options.explainsStatements = false
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
            let names = CatalogNames(snapshot.catalogs[0])
            let relation = QualifiedName("public", "t")
            func needless(_ columns: String...) -> [String] {
                let candidate = IndexCandidate(relation: relation, keys: columns.map { .init(key: .column($0)) })
                return IndexRemovals.needless(because: candidate, in: names).map(\.name.name)
            }
            #expect(needless("d", "b").isEmpty, "it finds no prefixes")
            #expect(needless("c", "b") == ["same"], "the other has a collation of its own")
            let candidate = IndexCandidate(
                relation: relation, keys: [.init(key: .column("a")), .init(key: .column("b"))])
            let create = IndexRecommendation.make {
                $0.sql = [candidate.definition(besides: names.takenNames)]
                $0.undo = ["DROP INDEX CONCURRENTLY public.t_a_b_idx;"]
            }
            let old = IndexRemovals.needless(because: candidate, in: names)
            let replace = IndexRemovals.replacing(old, with: create)
            let before = try await indexes(of: database)
            let statement = "SELECT * FROM t WHERE a = 7"
            let cost = try await cost(statement, in: database)
            _ = try await run(replace.sql, in: database)
            let left = try await indexes(of: database)
            #expect(!left.contains { $0.hasPrefix("old ") } && left.contains { $0.hasPrefix("t_a_b_idx true") })
            #expect(try await self.cost(statement, in: database) <= cost * 1.02)
            _ = try await run(replace.undo, in: database)
            #expect(try await indexes(of: database) == before)
        }
    }
}
