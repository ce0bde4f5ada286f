import Collecting
import IndexAdvising
import Model
import PostgresClient
import TestKit
import Testing

/// Existing indexes that merge, on a real server: what is printed is run, every plan keeps its cost, and the undo brings all back.
@Suite("Mergers of existing indexes")
struct MergerServerTests {
    private static let setup = """
        CREATE TABLE parents (id int PRIMARY KEY);
        INSERT INTO parents SELECT generate_series(0, 3000);
        CREATE TABLE inc (id int PRIMARY KEY, a int, x int, y int, pad text);
        INSERT INTO inc SELECT g, abs(hashint4(g)) % 3000, g, g, repeat('p', 80) FROM generate_series(1, 200000) g;
        CREATE INDEX inc_x ON inc (a) INCLUDE (x);
        CREATE INDEX "inc Y" ON inc (a) INCLUDE (y);
        CREATE TABLE pair (id int PRIMARY KEY, a int, b int, c int, pad text);
        INSERT INTO pair SELECT g, abs(hashint4(g)) % 100000, abs(hashint4(g + 1)) % 1000, abs(hashint4(g + 2)) % 1000,
            repeat('p', 80) FROM generate_series(1, 200000) g;
        CREATE INDEX pair_b ON pair (a, b);
        CREATE INDEX pair_c ON pair (a, c);
        CREATE TABLE page (id int PRIMARY KEY, a int, b int, c int, pad text);
        INSERT INTO page SELECT g, abs(hashint4(g)) % 200, abs(hashint4(g + 1)) % 100000, abs(hashint4(g + 2)) % 100000,
            repeat('p', 80) FROM generate_series(1, 200000) g;
        CREATE INDEX page_b ON page (a, b);
        CREATE INDEX page_c ON page (a, c);
        CREATE TABLE hot (id int PRIMARY KEY, a int, b int, c int, pad text);
        INSERT INTO hot SELECT g, CASE WHEN g % 2 = 0 THEN 1 ELSE g END, abs(hashint4(g + 1)) % 100000,
            abs(hashint4(g + 2)) % 100000, repeat('p', 80) FROM generate_series(1, 200000) g;
        CREATE INDEX hot_b ON hot (a, b);
        CREATE INDEX hot_c ON hot (a, c);
        CREATE TABLE whole (id int PRIMARY KEY, a int, b int, c int, parent int REFERENCES parents);
        INSERT INTO whole SELECT g, g / 2, g, g, g % 3000 FROM generate_series(1, 200000) g;
        CREATE UNIQUE INDEX whole_once ON whole (a, b);
        CREATE INDEX whole_c ON whole (a, c);
        CREATE INDEX whole_down ON whole (a DESC, id, c) WHERE c > 0;
        CREATE INDEX whole_parent ON whole (parent, c);
        CREATE INDEX whole_parent_b ON whole (parent, b);
        CREATE TABLE log (at timestamptz, kind int, x int, y int) PARTITION BY RANGE (at);
        CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        INSERT INTO log SELECT timestamptz '2026-01-02' + g * interval '20 s', abs(hashint4(g)) % 2000, g, g
            FROM generate_series(1, 200000) g;
        CREATE INDEX log_x ON log (kind) INCLUDE (x);
        CREATE INDEX log_y ON log (kind) INCLUDE (y);
        VACUUM ANALYZE;
        """

    private static let statements = [
        "SELECT sum(x) FROM inc WHERE a = 7", "SELECT sum(y) FROM inc WHERE a = 9",
        "SELECT x FROM inc WHERE a = 9 ORDER BY a LIMIT 5",
        "SELECT * FROM pair WHERE a = 7 AND b = 17", "SELECT * FROM pair WHERE a = 9 AND c = 5",
        "SELECT * FROM page WHERE a = 5 ORDER BY c LIMIT 10", "SELECT * FROM page WHERE a = 5 ORDER BY b LIMIT 10",
        "SELECT max(c) FROM page WHERE a = 7",
        "SELECT * FROM hot WHERE a = 7 AND b = 3", "SELECT * FROM hot WHERE a = 9 AND c = 5",
        "SELECT * FROM whole WHERE a = 7 AND c = 3", "SELECT * FROM whole WHERE parent = 7 AND c < 500",
        "SELECT * FROM whole WHERE parent = 7 AND b < 500",
        "SELECT sum(x) FROM log WHERE kind = 5", "SELECT sum(y) FROM log WHERE kind = 6",
    ]

    private func advice(_ database: TestDatabase, _ texts: [String]) async throws -> IndexAdvice {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.explainsStatements = false
        let target = try ConnectionTarget(dsn: database.dsn())
        let snapshot = try await Collector.collect(target, options: options)
        var advised = AdviceOptions()
        advised.workload = texts.map { text in
            var load = WorkloadLoad()
            load.text = text
            return load
        }
        return await Collector.adviseIndexes(on: target, snapshot, advised, options: options)
    }

    private func merged(_ advice: IndexAdvice) -> [IndexRecommendation] {
        advice.recommendations.filter { $0.freed != nil }
    }

    private func costs(in database: TestDatabase) async throws -> [Double] {
        var costs: [Double] = []
        for statement in Self.statements {
            let line = try await database.psql("EXPLAIN " + statement).split(separator: "\n")[0]
            let total = try #require(line.firstRange(of: "..")).upperBound
            costs.append(try #require(Double(line[total...].prefix { $0.isNumber || $0 == "." })))
        }
        return costs
    }

    private func indexes(of database: TestDatabase) async throws -> Set<String> {
        let rows = try await database.psql(
            "SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid FROM pg_index "
                + "WHERE indrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg_toast%'")
        return Set(rows.split(separator: "\n").map(String.init))
    }

    /// With HypoPG and without: the same mergers, known better or worse.
    @Test(arguments: [["hypopg"], []])
    func whatMergesIsMadeAndTakenBack(_ extensions: [String]) async throws {
        try await TestServer.shared(.v15).withDatabase(Self.setup, extensions: extensions) { database in
            let advice = try await advice(database, Self.statements)
            let mergers = merged(advice)
            let found = Dictionary(grouping: mergers, by: \.relation.name).mapValues { $0.flatMap(\.drops).map(\.name) }
            #expect(found["inc"].map(Set.init) == ["inc_x", "inc Y"], "\(advice.rejected)")
            #expect(found["pair"].map(Set.init) == ["pair_b", "pair_c"], "\(advice.rejected)")
            #expect(found["log"].map(Set.init) == ["log_x", "log_y"], "\(advice.rejected)")
            #expect(found["page"] == nil && found["whole"].map { !$0.contains("whole_once") } ?? true, "\(found)")
            #expect(advice.made.isEmpty, "\(advice.made.map(\.sql))")
            let inc = try #require(mergers.first { $0.relation.name == "inc" })
            #expect(inc.index?.keys == ["a"] && inc.index.map { Set($0.included) } == ["x", "y"])
            #expect(inc.served.map(\.statement) == [0, 1, 2] && (inc.freed ?? 0) > 1_000_000 && inc.gain == 0)
            let before = try await indexes(of: database)
            let old = try await costs(in: database)
            for merger in mergers {
                #expect(merger.sql.first?.hasPrefix("CREATE INDEX") == true, "it is made first")
                #expect(merger.sql.drop { !$0.contains("DROP INDEX") }.allSatisfy { !$0.contains("CREATE") })
                for statement in merger.sql { try await database.psql(statement) }
                let verified = try await database.psql(merger.verify)
                #expect(verified.hasPrefix("t"), "\(merger.verify): \(verified)")
            }
            try await database.psql("VACUUM ANALYZE;")
            for (statement, (then, now)) in zip(Self.statements, zip(old, try await costs(in: database))) {
                // Less than a page read in order is nothing.
                #expect(now <= then * 1.05 + 1, "\(statement): \(then) → \(now)")
            }
            #expect(merged(try await self.advice(database, Self.statements)).isEmpty)
            for merger in mergers { for statement in merger.undo { try await database.psql(statement) } }
            #expect(try await indexes(of: database) == before)
        }
    }

    @Test func whyOthersDoNotMergeIsTold() async throws {
        try await TestServer.shared(.v15).withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            let told = try await advice(database, Self.statements)
            let page = told.rejected.first { $0.index.contains("page_b and page_c") }
            #expect(page?.reason.contains("would cost") == true, "\(told.rejected)")
            // Of rare values it would do; of the common one it reads half of the index.
            let hot = told.rejected.first { $0.index.contains("hot_b and hot_c") }
            #expect(hot?.reason.contains("would cost") == true, "\(told.rejected)")
            // Read, by statements that are not there: a job that runs once a month.
            try await database.psql(
                "SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM pair WHERE a = 3 AND c = 3;"
            )
            try await database.wait(
                until: "(SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE indexrelname = 'pair_c')")
            let rare = try await advice(database, ["SELECT * FROM pair WHERE a = 7 AND b = 17"])
            let pair = merged(rare).first { $0.relation.name == "pair" }
            #expect(pair == nil || pair?.index?.keys == ["a", "c", "b"], "\(String(describing: pair?.sql))")
        }
    }
}
