import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Areas `schema`, `exposure` and the newer rules of `index` on a real server: first one that is kept well, then one that is not; what
/// is printed is run, and taken back.
@Suite(.serialized) struct SchemaLiveTests: UsesShop {
    /// A schema as it should be, with everything in it that a rule might stumble over.
    private static let healthy = """
        CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int NOT NULL, name text NOT NULL, doc jsonb);
        CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, at timestamptz NOT NULL, paid boolean NOT NULL);
        CREATE INDEX ON orders (customer_id);
        CREATE INDEX ON orders (at) WHERE NOT paid;
        CREATE TABLE events (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
        CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2095-01-01');
        CREATE FUNCTION safe() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT 1';
        CREATE FUNCTION name_of(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT name FROM customers WHERE id = $1';
        ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON customers USING (tenant = (SELECT current_setting('app.tenant')::int));
        INSERT INTO customers (tenant, name) SELECT g % 10, 'name ' || g FROM generate_series(1, 50000) g;
        INSERT INTO orders (customer_id, at, paid) SELECT g, now(), true FROM generate_series(1, 50000) g;
        INSERT INTO events SELECT now(), g FROM generate_series(1, 5000) g;
        ANALYZE;
        """

    private static let roles = """
        CREATE ROLE app LOGIN VALID UNTIL '2095-01-01'; CREATE ROLE report LOGIN; CREATE ROLE loader LOGIN;
        """

    private static let sickCluster = """
        ALTER ROLE app VALID UNTIL '\(day(3))'; GRANT pg_read_server_files TO loader;
        ALTER SYSTEM SET password_encryption = 'md5'; SELECT pg_reload_conf();
        COPY (SELECT 'host all all 10.0.0.0/8 trust') TO PROGRAM 'cat >> pg_hba.conf';
        """

    private static func day(_ ahead: Double) -> String {
        Date(timeIntervalSinceNow: ahead * 86_400).formatted(.iso8601.year().month().day())
    }

    private static let sick = """
        GRANT CREATE ON SCHEMA public TO PUBLIC;
        CREATE EXTENSION dblink;
        CREATE SCHEMA "App 1"; GRANT USAGE ON SCHEMA "App 1" TO PUBLIC;
        CREATE TABLE tenants (id int, "Tenant" int, name text, PRIMARY KEY (id, "Tenant"), UNIQUE (id));
        INSERT INTO tenants SELECT g, g % 100, 'tenant ' || g FROM generate_series(1, 1000) g;
        CREATE TABLE "Order" (number int UNIQUE, tenant_id int, tenant int, doc json, tags text[], gone timestamptz, shop int NOT NULL, paid boolean NOT NULL, amount bigint, body text);
        INSERT INTO "Order" SELECT g * 20000, 1 + g % 1000, CASE WHEN g % 4 > 0 THEN (1 + g % 1000) % 100 END, json_build_object('a', g, 'b', g % 7), ARRAY[(g % 50)::text],
            CASE WHEN g % 10 = 0 THEN now() END, g % 9, g % 2 = 0, g, repeat('x', 500) FROM generate_series(1, 100000) g;
        ALTER TABLE "Order" ADD CONSTRAINT one FOREIGN KEY (tenant_id) REFERENCES tenants (id), ADD CONSTRAINT two FOREIGN KEY (tenant_id) REFERENCES tenants (id),
            ADD CONSTRAINT pair FOREIGN KEY (tenant_id, tenant) REFERENCES tenants (id, "Tenant");
        CREATE INDEX order_gone ON "Order" (gone); CREATE INDEX order_paid ON "Order" (paid); CREATE INDEX order_tags ON "Order" (tags);
        CREATE INDEX order_amount ON "Order" (amount) WHERE shop IS NOT NULL;
        CREATE INDEX o1 ON "Order" (amount, shop); CREATE INDEX o2 ON "Order" (shop, amount); CREATE INDEX o3 ON "Order" (tenant_id); CREATE INDEX o4 ON "Order" (tenant, paid);
        CREATE INDEX o5 ON "Order" (amount, paid); CREATE INDEX o6 ON "Order" (gone, paid); CREATE INDEX o7 ON "Order" (shop, paid);
        GRANT INSERT, DELETE ON "Order" TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;
        CREATE TABLE notes (id int PRIMARY KEY, tenant int, body text);
        INSERT INTO notes SELECT g, g % 100, repeat('y', 300) FROM generate_series(1, 100000) g;
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes USING (tenant = current_setting('app.tenant')::int);
        CREATE POLICY shared ON notes FOR SELECT USING (id < 0);
        CREATE POLICY "Third" ON notes FOR SELECT USING (tenant < 0);
        GRANT SELECT ON notes TO app;
        CREATE FUNCTION "App 1"."tenant of"(text) RETURNS int LANGUAGE sql AS 'SELECT max(id) FROM public.tenants WHERE name = lower($1)';
        CREATE FUNCTION "App 1".definer(a int, b text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE TABLE log ("at" timestamptz NOT NULL, n int) PARTITION BY RANGE ("at");
        CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('\(day(-31))') TO ('\(day(0))');
        INSERT INTO log SELECT timestamptz '\(day(-20))', g FROM generate_series(1, 1000) g;
        CREATE TABLE measures (day date NOT NULL, n int) PARTITION BY RANGE (day);
        CREATE TABLE measures_old PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE measures_rest PARTITION OF measures DEFAULT;
        INSERT INTO measures SELECT '2027-01-01', g FROM generate_series(1, 5000) g;
        CREATE TABLE padded (f boolean NOT NULL, a bigint NOT NULL, g boolean NOT NULL, b bigint NOT NULL);
        INSERT INTO padded SELECT true, g, false, g FROM generate_series(1, 1000) g;
        CREATE TABLE cut (n int) PARTITION BY RANGE (n);
        DO $$ BEGIN FOR k IN 0..9 LOOP
            EXECUTE format('CREATE TABLE cut_%s PARTITION OF cut FOR VALUES FROM (%s) TO (%s) PARTITION BY RANGE (n)', k, k * 100, k * 100 + 100);
            FOR g IN k * 100..k * 100 + 99 LOOP EXECUTE format('CREATE TABLE cut_%s_%s PARTITION OF cut_%s FOR VALUES FROM (%s) TO (%s)', k, g, k, g, g + 1); END LOOP;
        END LOOP; END $$;
        VACUUM ANALYZE "Order", notes, tenants, padded, log, measures;
        """

    /// Where the table is to be read, or an index of one column, more columns are named than any index has: the planner else reads
    /// an index alone.
    private static let load = """
        SET app.tenant = '7';
        SELECT count(*), min(body) FROM notes;
        SELECT sum(amount) FROM "Order" WHERE doc ->> 'a' > '5' AND doc ->> 'b' < '6';
        SELECT count(*) FROM tenants WHERE id < 300 AND id = "App 1"."tenant of"('Tenant 5');
        SELECT count(*), sum(amount) FROM "Order" WHERE tags @> ARRAY['7'];
        SELECT sum(number), sum(amount) FROM "Order" WHERE amount % 3 = 1;
        SELECT count(*) FROM "Order" WHERE gone = now();
        SET enable_seqscan = off; SELECT sum(number), sum(amount) FROM "Order" WHERE paid; RESET enable_seqscan;
        """

    /// What the tables would be like a year on, which no test can wait for.
    private static func grown(_ snapshot: inout Snapshot) {
        snapshot.server.startedAt -= 2 * 86_400
        for place in snapshot.settings.indices where snapshot.settings[place].name == "listen_addresses" {
            snapshot.settings[place].value = "*"
        }
        for place in snapshot.backends.indices where snapshot.backends[place].client != nil {
            snapshot.backends[place].client = "10.0.0.5"
        }
        for place in snapshot.catalogs[0].relations.indices
        where snapshot.catalogs[0].relations[place].name.name == "Order" {
            snapshot.catalogs[0].relations[place].estimatedRows *= 1000
            snapshot.catalogs[0].relations[place].counters.inserted *= 1000
            snapshot.catalogs[0].relations[place].pages *= 1000
            snapshot.catalogs[0].relations[place].size = nil
        }
        for place in snapshot.catalogs[0].relations.indices
        where snapshot.catalogs[0].relations[place].name.name == "padded" {
            snapshot.catalogs[0].relations[place].estimatedRows *= 1_000_000
        }
        for place in snapshot.catalogs[0].indexes.indices
        where snapshot.catalogs[0].indexes[place].relation.name == "Order" {
            snapshot.catalogs[0].indexes[place].size = 10 << 30
            snapshot.catalogs[0].indexes[place].counters.tuplesRead *= 1000
        }
        // A call that reads the whole table touches a thousand times as many blocks.
        guard let statements = snapshot.statementStatistics?.statements.indices else { return }
        for place in statements
        where snapshot.statementStatistics!.statements[place].text?.contains(#""Order""#) ?? false {
            snapshot.statementStatistics!.statements[place].counters.sharedBlocksHit *= 1000
            snapshot.statementStatistics!.statements[place].counters.sharedBlocksRead *= 1000
            snapshot.statementStatistics!.statements[place].plan = nil
        }
    }

    private func judged(_ server: TestServer, _ database: String, since earlier: Snapshot? = nil) async throws -> (
        Judgement, Snapshot
    ) {
        var options = CollectionOptions()
        options.sampleCount = 1
        options.asksWhatIf = false
        var snapshot = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn(database: database)), options: options)
        Self.grown(&snapshot)
        return (Engine().judge(Observation(snapshot, since: earlier)), snapshot)
    }

    private func mine(_ judgement: Judgement) -> [Finding] {
        let indexRules = [
            "index.mostly-null", "index.few-values", "index.btree-on-contents", "index.condition-always-true",
            "index.too-many-on-written-table",
        ]
        return judgement.findings.filter { [.schema, .exposure].contains($0.area) || indexRules.contains($0.rule) }
    }

    /// Rules whose fix is run and taken back, and that are silent in between.
    private static let mended: Set<String> = [
        "schema.foreign-key-duplicate", "schema.partitions-end-soon", "schema.volatile-by-neglect",
        "exposure.definer-search-path", "exposure.public-may-create", "exposure.public-may-write",
        "exposure.server-file-rights", "exposure.host-reaching-extension", "exposure.md5-passwords",
        "index.mostly-null", "index.condition-always-true", "index.btree-on-contents",
    ]

    @Test("a healthy schema is quiet, a sick one is told, and what is printed helps and is taken back")
    func sickAndHealthy() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Self.roles + "CREATE DATABASE healthy; CREATE DATABASE sick;")
        try await server.psql(Self.healthy, database: "healthy")
        let (quiet, before) = try await judged(server, "healthy")
        #expect(mine(quiet).map { "\($0.rule): \($0.title)" } == [])
        #expect(
            before.catalogs[0].policies?.count == 1 && before.catalogs[0].functions?.count == 1
                && before.catalogs[0].partitionBounds?.count == 1)
        #expect(before.hostRules?.isEmpty == false)

        try await server.psql(Self.sickCluster)
        try await server.psql(Self.sick, database: "sick")
        try await server.psql("SELECT pg_stat_statements_reset()", database: "sick")
        for _ in 1...5 { try await server.psql(Self.load, database: "sick", role: "app") }
        try await server.psql("ALTER ROLE report SUPERUSER")
        var sessions: [LiveSession] = []
        for _ in 1...4 {
            // Over TCP: a session of the unix socket has no address.
            let target = server.dsn(database: "sick", role: "report")
            sessions.append(try await LiveSession.open(dsn: target, application: "web"))
        }
        let (judgement, _) = try await judged(server, "sick", since: before)
        for session in sessions { await session.close() }
        let found = mine(judgement)
        let rules = Set(found.map(\.rule))
        let expected: Set<String> = Self.mended.union([
            "schema.foreign-key-partly-null", "schema.rows-in-default-partition", "schema.too-many-partitions",
            "schema.json-for-jsonb", "schema.integer-key-filling", "schema.column-padding",
            "schema.policy-evaluated-per-row", "schema.permissive-policies-pile-up", "schema.wide-rows-scanned",
            "index.few-values", "index.too-many-on-written-table",
            "exposure.trusted-connections", "exposure.plain-connections", "exposure.superuser-in-application",
            "exposure.rights-grown", "exposure.password-expiry",
        ])
        #expect(expected.subtracting(rules) == [], "\(judgement.inconclusive.filter { expected.contains($0.rule) })")
        try await runAndLookAgain(found, on: server)
    }

    private func runAndLookAgain(_ found: [Finding], on server: TestServer) async throws {
        let mended = found.filter { Self.mended.contains($0.rule) }
        for finding in mended {
            for action in finding.actions where !action.sql.isEmpty {
                try await server.psql(action.sql.joined(separator: "\n"), database: "sick")
            }
        }
        let (after, _) = try await judged(server, "sick")
        #expect(mine(after).filter { Self.mended.contains($0.rule) }.map { "\($0.rule): \($0.title)" } == [])
        for finding in mended.reversed() {
            for action in finding.actions.reversed() where !action.sql.isEmpty {
                if let undo = action.undo { try await server.psql(undo, database: "sick") }
                if let verify = action.verify, verify.hasPrefix("SELECT") || verify.hasPrefix("SHOW") {
                    try await server.psql(verify, database: "sick")
                }
            }
        }
        // Of the others what is printed runs as well.
        for finding in found
        where !Self.mended.contains(finding.rule) && finding.rule != "exposure.plain-connections"
            && finding.rule != "index.few-values"
        {
            for action in finding.actions where !action.sql.isEmpty {
                try await server.psql(action.sql.joined(separator: "\n"), database: "sick")
                if let undo = action.undo, undo.hasSuffix(";") { try await server.psql(undo, database: "sick") }
            }
        }
    }

    @Test("with CONNECT alone nothing is taken for well that was not seen", arguments: [TestServer.Version.v15, .v18])
    func plainRole(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let role = "plain_\(UUID().uuidString.prefix(8).lowercased())"
        try await server.psql("CREATE ROLE \(role) LOGIN")
        try await server.withDatabase(
            "CREATE TABLE t (n int UNIQUE, o text); INSERT INTO t SELECT g, 'x' FROM generate_series(1, 2000) g; ANALYZE t;"
        ) { database in
            var options = CollectionOptions()
            options.sampleCount = 1
            let snapshot = try await Collector.collect(
                try ConnectionTarget(dsn: database.dsn(role: role)), options: options)
            let judgement = Engine().judge(Observation(snapshot))
            #expect(snapshot.hostRules == nil)
            #expect(
                snapshot.notes.contains {
                    $0.evidence == .hostRules && $0.remedy?.contains("pg_hba_file_rules()") ?? false
                })
            let unjudged = Set(judgement.skipped.map(\.rule) + judgement.inconclusive.map(\.rule))
            #expect(
                unjudged.isSuperset(of: [
                    "exposure.trusted-connections", "exposure.rights-grown", "schema.integer-key-filling",
                ]), "\(unjudged)")
            #expect(
                snapshot.catalogs[0].functions != nil && snapshot.catalogs[0].publicRights != nil
                    && snapshot.catalogs[0].policies != nil)
        }
        try await server.psql("DROP ROLE \(role)")
    }
}
