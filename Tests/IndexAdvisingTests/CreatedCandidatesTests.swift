import Collecting
import Foundation
import Model
import PostgresClient
import Statements
import TestKit
import Testing

@testable import IndexAdvising

/// A statement as statistics have it and as it is run, with the index that the planner is to take.
struct PlannedCase: Sendable, CustomTestStringConvertible {
    /// With `$n`, or with literals that a file had.
    var text: String
    /// For `$1`, `$2`, …, as SQL.
    var values: [String] = []
    /// As `IndexCandidate.specification` has it.
    var index: String

    init(_ text: String, _ values: [String] = [], uses index: String) {
        self.text = text
        self.values = values
        self.index = index
    }

    var testDescription: String { text }

    /// With its values in place of the parameters.
    var planned: String {
        values.enumerated().reversed().reduce(text) { text, value in
            text.split(separator: "$\(value.offset + 1)", omittingEmptySubsequences: false).joined(
                separator: value.element)
        }
    }
}

@Suite("Index candidates on a real server")
struct CreatedCandidatesTests {
    static let setup = """
        CREATE TABLE customers (id int PRIMARY KEY, email varchar(60), name text, country text);
        CREATE TABLE orders (
            id bigint PRIMARY KEY, customer_id int REFERENCES customers, room int, status text, placed timestamp,
            paid timestamptz, total numeric, note text, cancelled_at timestamp, is_open boolean, doc jsonb, tags text[],
            period tstzrange, spot point, address inet, words tsvector);
        CREATE TABLE events (id bigint, at timestamptz, pad text) WITH (fillfactor = 10);
        CREATE TABLE log (at timestamp, level int, text text) PARTITION BY RANGE (at);
        CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
        INSERT INTO customers
        SELECT g, 'Mail' || g || '@example.com', md5(g::text), 'c' || g % 20 FROM generate_series(1, 20000) g;
        INSERT INTO orders
        SELECT g, g * 7919 % 20000 + 1, g % 200, CASE WHEN g % 100 = 0 THEN 'new' ELSE 'done' END,
            timestamp '2024-01-01' + g * 7919 % 60000 * interval '10 min',
            timestamptz '2024-01-01' + g * 7919 % 60000 * interval '10 min', g * 7919 % 60000,
            md5(g::text), CASE WHEN g % 500 = 0 THEN timestamp '2024-05-05' END, g % 200 = 7,
            jsonb_build_object('sku', g, 'tags', jsonb_build_array('t' || g % 3000)), ARRAY['t' || g % 3000, 'x'],
            tstzrange(timestamptz '2024-01-01' + g * interval '1 h', timestamptz '2024-01-01' + g * interval '1 h' + interval '20 min'),
            point(g % 300, g / 300), ('10.' || g % 250 || '.' || g / 250 % 250 || '.1')::inet,
            to_tsvector('simple', md5(g::text))
        FROM generate_series(1, 60000) g;
        INSERT INTO log
        SELECT timestamp '2024-01-01' + g * interval '1 min', g % 500, md5(g::text) FROM generate_series(1, 80000) g;
        INSERT INTO events SELECT g, timestamptz '2024-01-01' + g * interval '1 s', repeat('x', 500)
        FROM generate_series(1, 30000) g;
        """

    static let cases: [PlannedCase] = [
        PlannedCase(
            "SELECT * FROM orders WHERE room = $1 AND placed > $2 AND customer_id = $3", ["7", "'2024-12-01'", "5"],
            uses: "(customer_id, room, placed)"),
        PlannedCase(
            "SELECT * FROM orders WHERE room = $1 ORDER BY placed DESC LIMIT 10", ["7"], uses: "(room, placed)"),
        PlannedCase(
            "SELECT * FROM orders ORDER BY total DESC, placed LIMIT 10", uses: "(total DESC, placed)"),
        PlannedCase(
            "SELECT * FROM orders ORDER BY paid DESC NULLS LAST LIMIT 10", uses: "(paid DESC NULLS LAST)"),
        PlannedCase("SELECT max(placed) FROM orders WHERE customer_id = $1", ["7"], uses: "(customer_id, placed)"),
        PlannedCase(
            "SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id BETWEEN $1 AND $2",
            ["7", "9"], uses: "(customer_id) INCLUDE (total)"),
        PlannedCase(
            "SELECT * FROM orders WHERE customer_id = $1 OR placed = $2", ["7", "'2024-02-02'"], uses: "(placed)"),
        PlannedCase("SELECT sum(total) FROM orders", uses: "(total)"),
        PlannedCase(
            "SELECT customer_id, sum(total) FROM orders WHERE placed >= $1 AND placed < $2 GROUP BY customer_id",
            ["'2024-02-01'", "'2024-03-01'"], uses: "(placed) INCLUDE (customer_id, total)"),
        PlannedCase(
            "SELECT * FROM orders WHERE status = 'new' AND room = $1 AND placed > $2", ["100", "'2024-03-03'"],
            uses: "(room, placed) WHERE status = 'new'"),
        PlannedCase(
            "SELECT id FROM orders WHERE cancelled_at IS NOT NULL", uses: "(id) WHERE cancelled_at IS NOT NULL"),
        PlannedCase(
            "SELECT * FROM orders WHERE is_open ORDER BY placed LIMIT 5", uses: "(placed) WHERE is_open"),
        PlannedCase(
            "SELECT * FROM customers WHERE lower(email) = lower($1)", ["'MAIL7@example.com'"], uses: "((lower(email)))"),
        PlannedCase(
            "SELECT * FROM orders WHERE date_trunc('day', placed) = $1", ["'2024-03-01'"],
            uses: "((date_trunc('day', placed)))"),
        PlannedCase("SELECT * FROM orders WHERE placed::date = $1", ["'2024-03-01'"], uses: "(((placed)::date))"),
        PlannedCase("SELECT * FROM orders WHERE doc ->> 'sku' = $1", ["'77'"], uses: "((doc ->> 'sku'))"),
        PlannedCase(
            "SELECT * FROM orders WHERE (doc ->> 'sku')::int < $1", ["77"], uses: "(((doc ->> 'sku')::integer))"),
        PlannedCase(
            "SELECT * FROM orders WHERE coalesce(cancelled_at, '2000-01-01') > $1", ["'2024-01-01'"],
            uses: "((COALESCE(cancelled_at, '2000-01-01')))"),
        PlannedCase("SELECT * FROM orders WHERE total * 2 = $1", ["14"], uses: "((total * 2))"),
        PlannedCase(
            "SELECT * FROM orders WHERE extract(hour FROM placed) * 100 = $1", ["-7"],
            uses: "((pg_catalog.extract('hour', placed) * 100))"),
        PlannedCase(
            "SELECT * FROM orders WHERE (paid AT TIME ZONE 'UTC')::date = $1", ["'2024-03-01'"],
            uses: "(((timezone('UTC', paid))::date))"),
        PlannedCase("SELECT * FROM customers WHERE email LIKE $1", ["'Mail77%'"], uses: "(email varchar_pattern_ops)"),
        PlannedCase("SELECT * FROM customers WHERE starts_with(name, $1)", ["'abc'"], uses: "(name text_pattern_ops)"),
        PlannedCase(
            "SELECT * FROM customers WHERE name ILIKE $1", ["'%ABCD%'"], uses: "USING gin (name public.gin_trgm_ops)"),
        PlannedCase(
            "SELECT * FROM customers ORDER BY name <-> $1 LIMIT 3", ["'abcd'"],
            uses: "USING gist (name public.gist_trgm_ops)"),
        PlannedCase("SELECT * FROM orders WHERE doc @> $1", ["'{\"sku\": 7}'"], uses: "USING gin (doc jsonb_path_ops)"),
        PlannedCase("SELECT * FROM orders WHERE doc -> 'tags' ? $1", ["'t77'"], uses: "USING gin ((doc -> 'tags'))"),
        PlannedCase("SELECT * FROM orders WHERE tags @> $1", ["'{t77}'"], uses: "USING gin (tags)"),
        PlannedCase("SELECT * FROM orders WHERE words @@ to_tsquery($1)", ["'abc'"], uses: "USING gin (words)"),
        PlannedCase(
            "SELECT * FROM orders WHERE to_tsvector('simple', note) @@ to_tsquery('simple', $1)", ["'abc'"],
            uses: "USING gin ((to_tsvector('simple', note)))"),
        PlannedCase(
            "SELECT * FROM orders WHERE period && $1", ["tstzrange('2024-02-02', '2024-02-03')"],
            uses: "USING gist (period)"),
        PlannedCase("SELECT * FROM orders ORDER BY spot <-> $1 LIMIT 3", ["point '(3,4)'"], uses: "USING gist (spot)"),
        PlannedCase(
            "SELECT * FROM orders WHERE address << $1", ["inet '10.7.7.0/24'"], uses: "USING gist (address inet_ops)"),
        PlannedCase("SELECT * FROM events WHERE at > $1", ["'2024-01-01 08:00'"], uses: "USING brin (at)"),
        PlannedCase("SELECT * FROM log WHERE level = $1", ["7"], uses: "(level)"),
        PlannedCase(
            "SELECT c.name, (SELECT sum(o.total) FROM orders o WHERE o.customer_id = c.id) FROM customers c WHERE c.id < $1",
            ["5"], uses: "(customer_id) INCLUDE (total)"),
        PlannedCase(
            "UPDATE orders SET note = $1 WHERE customer_id = $2", ["'x'", "7"], uses: "(customer_id)"),
    ]

    @Test(
        "every one is made as printed, and the planner takes the one it was meant for",
        arguments: TestServer.Version.oldestAndNewest)
    func created(version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version)
        defer { server.stop() }
        let extensions = version == .v15 ? ["pg_trgm", "hypopg"] : ["pg_trgm"]
        try await server.withDatabase(Self.setup + "\\c\nVACUUM ANALYZE;", extensions: extensions) { database in
            var options = CollectionOptions()
            options.sampleInterval = .zero
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: database.dsn()), options: options)
            let names = CatalogNames(try #require(snapshot.catalogs.first))
            for one in Self.cases { try await check(one, names, database, isHypothetical: version == .v15) }
        }
    }

    private func check(
        _ one: PlannedCase, _ names: CatalogNames, _ database: TestDatabase, isHypothetical: Bool
    ) async throws {
        let statement = WorkloadStatement(
            number: 0, parsed: try ParsedStatement(parsing: one.text), names: names, searchPath: ["public"], calls: 1)
        let candidates = CandidateGenerator(names).candidates(for: statement)
        let wanted = candidates.firstIndex { $0.specification == one.index }
        #expect(wanted != nil, "\(one.text): \(candidates.map(\.description))")
        guard let wanted else { return }
        var taken = names.takenNames
        var script = ""
        var made: [String] = []
        for candidate in candidates {
            let name = candidate.name(besides: taken)
            let definition = candidate.definition(besides: taken)
            // PostgreSQL makes the index of a partitioned table in one transaction only.
            script +=
                candidate.isPartitioned
                ? definition.split(separator: " CONCURRENTLY").joined() + "\n" : definition + "\n"
            taken.insert(name)
            made.append(name)
            if isHypothetical, candidate.isKnownToHypoPG {
                script += "SELECT 1/count(*) FROM hypopg_create_index(\(SQL.literal(candidate.hypopgStatement)));\n"
            }
        }
        let reset = isHypothetical ? "SELECT hypopg_reset();" : ""
        let others = made.indices.filter { $0 != wanted }.map { "DROP INDEX \(SQL.identifier(made[$0]));" }.joined()
        let plans = try await database.psql(
            """
            \(script)
            \(reset)
            VACUUM ANALYZE \(candidates[wanted].relation.quoted);
            \\echo --
            EXPLAIN \(one.planned);
            \(others)
            \\echo --
            EXPLAIN \(one.planned);
            DROP INDEX \(SQL.identifier(made[wanted]));
            """
        ).split(separator: "--\n", omittingEmptySubsequences: false).map(String.init)
        // An index of a partition has a name of its own.
        func uses(_ plan: String, _ place: Int) -> Bool {
            let name = candidates[place].isPartitioned ? "log_1_level_idx" : made[place]
            return plan.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == name }
        }
        #expect(made.indices.contains { uses(plans[1], $0) }, "\(one.text) uses none: \(plans[1])")
        // The arms of an OR need all of theirs.
        #expect(uses(plans[1], wanted) || uses(plans[2], wanted), "\(one.text) does not use \(one.index): \(plans[2])")
    }
}
