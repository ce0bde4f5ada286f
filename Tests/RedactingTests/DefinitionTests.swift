import Model
import Statements
import TestKit
import Testing

@testable import Redacting

@Suite("Literals in definitions")
struct DefinitionTests {
    /// Each holds canaries: texts with `canary`, numbers with 4242, dates of 1942.
    static let definitions: [String] = [
        "CREATE INDEX i ON t (a) WHERE s = 'canary'::text",
        "CREATE INDEX i ON t (a) WHERE s <> 'it''s a canary'::text",
        #"CREATE INDEX i ON t (a) WHERE s = E'canary\n\\x'::text"#,
        "CREATE INDEX i ON t (a) WHERE n = 424242",
        "CREATE INDEX i ON t (a) WHERE n > '-424242'::integer",
        "CREATE INDEX i ON t (a) WHERE n > (-424242)",
        "CREATE INDEX i ON t (a) WHERE n = '424242424242'::bigint",
        "CREATE INDEX i ON t (a) WHERE x < 4242.42",
        "CREATE INDEX i ON t (a) WHERE x < (-4242.42)",
        "CREATE INDEX i ON t (a) WHERE x = (424242)::numeric",
        "CREATE INDEX i ON t (a) WHERE x > '4242.42'::double precision",
        "CREATE INDEX i ON t (a) WHERE d >= '1942-04-02'::date",
        "CREATE INDEX i ON t (a) WHERE ts >= '1942-04-02 04:42:00'::timestamp without time zone",
        "CREATE INDEX i ON t (a) WHERE ts >= '1942-04-02 04:42:00+02'::timestamp with time zone",
        "CREATE INDEX i ON t (a) WHERE tm = '04:42:42.424242'::time without time zone",
        "CREATE INDEX i ON t (a) WHERE age > '4242 days 04:42:42'::interval",
        "CREATE INDEX i ON t (a) WHERE u = 'cafe4242-4242-4242-4242-424242424242'::uuid",
        #"CREATE INDEX i ON t (a) WHERE b = '\xca4242fe'::bytea"#,
        "CREATE INDEX i ON t (a) WHERE ip = '42.42.42.42'::inet",
        "CREATE INDEX i ON t (a) WHERE ip << '42.42.0.0/16'::cidr",
        "CREATE INDEX i ON t (a) WHERE s = ANY ('{canary,\"canary two\",NULL}'::text[])",
        "CREATE INDEX i ON t (a) WHERE s = ANY (ARRAY['canary'::text, 'canary2'::text])",
        "CREATE INDEX i ON t (a) WHERE s = ANY ((ARRAY['canary'::character varying, 'b'::character varying])::text[])",
        "CREATE INDEX i ON t (a) WHERE n = ANY ('{424242,2}'::integer[])",
        "CREATE INDEX i ON t (a) WHERE n IN (424242, 2, 42424)",
        "CREATE INDEX i ON t (a) WHERE s ~~ 'canary%_canary'::text",
        "CREATE INDEX i ON t (a) WHERE s !~~* '%canary'::text",
        "CREATE INDEX i ON t (a) WHERE s ~ '^canary[a-z]+$'::text",
        "CREATE INDEX i ON t (a) WHERE s LIKE 'canary!%%' ESCAPE '!'",
        "CREATE INDEX i ON t (a) WHERE s BETWEEN 'canary' AND 'canary2'",
        "CREATE INDEX i ON t (((data ->> 'canary'::text)))",
        "CREATE INDEX i ON t ((data #>> '{canary,b}'::text[]))",
        "CREATE INDEX i ON t (a) WHERE data @> '{\"canary\": 424242}'::jsonb",
        "CREATE INDEX i ON t (date_trunc('day'::text, ts), (s || 'canary'::text)) WITH (fillfactor='70')",
        "CREATE INDEX i ON t ((CASE WHEN s = 'canary'::text THEN 424242 ELSE 0 END))",
        "CREATE INDEX i ON t (COALESCE(s, 'canary'::text), md5('canary'::text))",
        "CREATE INDEX i ON t (a) /* canary */ WHERE -- canary\n n = 5",
        "CREATE TABLE t (a text DEFAULT 'canary'::text, b integer DEFAULT 424242, c numeric(10,2) DEFAULT 4242.42)",
        "CREATE TABLE t (a text CHECK (a <> 'canary'), b timestamptz DEFAULT '1942-01-01 00:00:00+00')",
        "CREATE TABLE t (a text GENERATED ALWAYS AS (b || 'canary') STORED, b varchar(40))",
        "CREATE TABLE p PARTITION OF q FOR VALUES FROM ('1942-01-01') TO ('1942-02-01')",
        "CREATE TABLE p PARTITION OF q FOR VALUES FROM ('1942-01-01', 424242) TO (MAXVALUE, MAXVALUE)",
        "CREATE TABLE p PARTITION OF q FOR VALUES IN ('canary', NULL, 'canary2')",
        "CREATE TABLE p PARTITION OF q FOR VALUES IN (424242, -42424)",
        "CREATE TABLE p PARTITION OF q FOR VALUES FROM (MINVALUE) TO ('424242424242')",
        "ALTER TABLE ONLY q ATTACH PARTITION p FOR VALUES IN ('canary')",
        "ALTER TABLE ONLY q ATTACH PARTITION p FOR VALUES WITH (modulus 4, remainder 1)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK ((n > 424242) AND (s = 'canary'::text))",
        "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (r WITH &&) WHERE ((s = 'canary'::text))",
        "ALTER TABLE ONLY t ALTER COLUMN a SET DEFAULT 'canary'::text",
        "CREATE DOMAIN d AS text DEFAULT 'canary'::text CONSTRAINT c CHECK ((VALUE ~ '^canary'::text))",
        "CREATE DOMAIN d AS integer CHECK (VALUE < 424242)",
        "CREATE VIEW v AS SELECT a, 'canary'::text AS kind FROM t WHERE s = 'canary'::text AND n > 424242 LIMIT 10",
        "CREATE VIEW v AS SELECT count(*) FILTER (WHERE s = 'canary') FROM t GROUP BY 1 HAVING count(*) > 424242 ORDER BY 1",
        "CREATE VIEW v AS WITH x AS (SELECT 'canary'::text AS a) SELECT * FROM x UNION ALL SELECT 'canary2'::text",
        "CREATE VIEW v AS SELECT * FROM (VALUES ('canary'::text, 424242), ('b'::text, 2)) AS x(a, b)",
        "CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE ts > (now() - '4242 days'::interval) WITH NO DATA",
        "CREATE FUNCTION f(a text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $function$ SELECT a = 'canary' /* canary */ AND 5 < 424242 $function$",
        "CREATE FUNCTION f(a text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a = ''canary'''",
        "CREATE FUNCTION f(a text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN (a = 'canary'::text)",
        "CREATE FUNCTION f(a int DEFAULT 424242) RETURNS int LANGUAGE plpgsql COST 5 AS $$ BEGIN RETURN a + 'canary'::int; END $$",
        "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql SET search_path = 'public' AS $$ SELECT $1 || 'canary'; SELECT 'canary' $$",
        "CREATE STATISTICS s (dependencies) ON a, ((s || 'canary'::text)) FROM t",
        "CREATE POLICY p ON t USING (s = 'canary'::text)",
        "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (password 'canary')",
        "ALTER FOREIGN TABLE f OPTIONS (ADD password 'canary')",
        "COMMENT ON TABLE t IS 'canary'", "CREATE TABLE t (a int); COMMENT ON TABLE t IS 'canary'",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f('canary')",
        "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'canary')",
        "CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'canary')",
        "SELECT U&'can\\0061ry canary' , 'canary' 'x'",
    ]

    private func image(_ definitions: [String]) -> PlannerImage {
        .of([], definitions: definitions.map { (.index, $0) })
    }

    private func redacted(_ image: PlannerImage) async throws -> PlannerImage {
        try await Surrogates(for: [image], order: { $0.sorted() }, random: SeededGenerator(seed: 5)).redacted(image)
    }

    /// Moments are only moved to between their neighbours: the very ones must not be left.
    static func hasCanary(_ text: String) -> Bool {
        text.firstMatch(
            of:
                #/canary|4242(?! days)|'4242 days'|42 days 04:42:42|42\.42|'1942-0[124]-0[12]'|1942-04-02 04:42:(?:00|42)['+]|^04:42:42$|04:42:42\.4242|^1942-04-02$/#
        ) != nil
    }

    @Test("each parses afterwards, and no canary is left", arguments: definitions)
    func canaries(sql: String) async throws {
        let clean = try await redacted(image([sql]))
        if let definition = clean.definitions.first {
            #expect(!Self.hasCanary(definition.sql), "\(definition.sql)")
            #expect((try? ParsedStatement(parsing: definition.sql)) != nil, "\(definition.sql)")
        } else {
            // Words outside of expressions stand only in statements that are known.
            let isUnknown = sql.contains(/OPTIONS|COMMENT|TRIGGER|U&/)
            #expect(isUnknown && clean.missing.count == 1, "\(clean.missing)")
        }
    }

    @Test("what is no data stays")
    func kept() async throws {
        let kept = [
            "CREATE INDEX i ON t (date_trunc('day'::text, ts)) WITH (fillfactor='70')",
            "CREATE INDEX i ON t (timezone('UTC'::text, ts), to_char(d, 'YYYY-MM'::text), substr(a, 1, 30))",
            "CREATE INDEX i ON t USING gin (to_tsvector('english'::regconfig, body))",
            "CREATE TABLE t (a bigint DEFAULT nextval('public.t_a_seq'::regclass), b numeric(10,2), c char(2), d boolean DEFAULT true)",
            "CREATE TABLE p PARTITION OF q FOR VALUES WITH (modulus 4, remainder 1)",
            "CREATE TYPE e AS ENUM ('open', 'paid')", "CREATE SEQUENCE s START WITH 1000 INCREMENT BY 5 CACHE 20",
            "CREATE COLLATION c (provider = icu, locale = 'de-DE')",
            "CREATE VIEW v AS SELECT a FROM t ORDER BY 1, b LIMIT 100 OFFSET 20",
            "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql SET search_path = 'public' COST 50 AS $body$ SELECT lower($1) $body$",
            "CREATE VIEW v AS SELECT (first || ', '::text) || last, n * 100, m / 1024 FROM t WHERE n > 0 AND m <> 1",
            "ALTER TABLE ONLY t ALTER COLUMN a SET STATISTICS 500",
            "CREATE FUNCTION f(a varchar(40), b numeric(10,2)) RETURNS char(17) LANGUAGE sql AS $body$ SELECT $1::char(17) $body$",
        ]
        let clean = try await redacted(image(kept))
        #expect(clean.definitions.map(\.sql) == kept.map { $0 })
        #expect(clean.missing == [])
    }

    @Test("a bound's text is of its key's type, and fits its length")
    func bounds() async throws {
        let image = PlannerImage.of(
            [
                ("pg_catalog.timestamptz", ["2024-01-01 00:00:00+00", "2024-02-01 00:00:00+00"]),
                ("pg_catalog.text", (0..<900).map { "x\($0)" }),
            ],
            definitions: [
                (.table, "CREATE TABLE public.q (at timestamptz, n numeric(6,1)) PARTITION BY RANGE (at)"),
                (
                    .partition,
                    "CREATE TABLE public.p PARTITION OF public.q FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')"
                ),
                (.table, "CREATE TABLE public.l (country char(2)) PARTITION BY LIST (country)"),
                (.partition, "CREATE TABLE public.l1 PARTITION OF public.l FOR VALUES IN ('DE', 'FR')"),
            ])
        let clean = try await redacted(image)
        let moments = try #require(clean.columns[0].slots[0].values)
        #expect(clean.definitions[1].sql.contains("FROM ('\(moments[0])') TO ('\(moments[1])')"))
        let words = try #require(clean.definitions[3].sql.wholeMatch(of: /.*IN \('(\w+)', '(\w+)'\)/))
        #expect(words.1.count <= 2 && words.2.count <= 2 && words.1 < words.2)
    }

    @Test("what cannot be read is left out, and said")
    func unreadable() async throws {
        let clean = try await redacted(
            image([
                "CREATE INDEX i ON t (a) WHERE s = 'canary", "CREATE INDEKS i WHERE a = 'canary'",
                "CREATE INDEX i ON t (a)",
            ]))
        #expect(clean.definitions.map(\.sql) == ["CREATE INDEX i ON t (a)"])
        #expect(clean.missing.count == 2 && !clean.missing.contains { Self.hasCanary($0) })
    }

    @Test("syntax of newer versions stays where it holds no constant")
    func newerSyntax() async throws {
        let sql = [
            "ALTER TABLE t ADD CONSTRAINT c NOT NULL /* canary */ a",
            "CREATE TABLE t (a numeric(10,2), b int GENERATED ALWAYS AS (a) VIRTUAL)",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 424242) VIRTUAL)",
        ]
        let clean = try await redacted(image(sql))
        #expect(clean.definitions.map(\.sql) == ["ALTER TABLE t ADD CONSTRAINT c NOT NULL   a", sql[1]])
        #expect(clean.missing.count == 1)
    }

    @Test("PostgreSQL takes its own definitions with surrogates")
    func live() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TYPE public.status AS ENUM ('open', 'paid');
            CREATE DOMAIN public.email AS text CHECK (VALUE ~ '^[^@]+canary');
            CREATE TABLE public.orders (id bigint PRIMARY KEY, status public.status DEFAULT 'open', mail public.email, note text DEFAULT 'canary',
                country char(2) CHECK (country IN ('DE', 'FR')), amount numeric(8,2) CHECK (amount < 4242.42), at timestamptz, data jsonb DEFAULT '{"canary": 1}',
                tags text[] DEFAULT '{canary}', ip inet, CHECK (at > '1942-01-01'), CHECK (note NOT LIKE 'canary%'), CHECK (ip << '42.42.0.0/16'));
            CREATE INDEX a ON public.orders (lower(note)) WHERE status = 'open' AND note <> 'canary' AND amount > 424242;
            CREATE INDEX b ON public.orders ((data ->> 'canary'), date_trunc('day', at AT TIME ZONE 'UTC'), (amount * 100)) WHERE id IN (424242, 5, 7);
            CREATE INDEX c ON public.orders (id) WHERE country = ANY ('{DE,FR}') AND at >= '1942-04-02' AND (at AT TIME ZONE 'UTC') - interval '4242 days' < '1999-01-01';
            CREATE VIEW public.v AS SELECT CASE WHEN note = 'canary' THEN 'canary-1' ELSE 'x' END AS k, count(*) FROM public.orders
                WHERE at > now() - interval '30 days' AND note ~ 'canary' GROUP BY 1 HAVING count(*) > 424242 ORDER BY 2 DESC LIMIT 20;
            """
        let image = try await server.withDatabase(setup) { database in
            let printed = try await database.psql(
                """
                SELECT pg_catalog.replace(d, E'\\n', ' ') FROM (
                    SELECT 'ALTER TABLE public.orders ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) AS d
                    FROM pg_constraint WHERE conrelid = 'public.orders'::regclass
                    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.orders'::regclass AND NOT indisprimary
                    UNION ALL SELECT 'CREATE VIEW public.v AS ' || pg_get_viewdef('public.v'::regclass)
                    UNION ALL SELECT 'ALTER TABLE public.orders ALTER ' || attname || ' SET DEFAULT ' || pg_get_expr(adbin, adrelid)
                    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum) AS x;
                """)
            return PlannerImage.of(
                [],
                definitions: [
                    (.type, "CREATE TYPE public.status AS ENUM ('open', 'paid')"),
                    (.domain, "CREATE DOMAIN public.email AS text CHECK (VALUE ~ '^[^@]+canary'::text)"),
                    (
                        .table,
                        "CREATE TABLE public.orders (id bigint, status public.status, mail public.email, note text, country char(2), amount numeric(8,2), at timestamptz, data jsonb, tags text[], ip inet)"
                    ),
                ] + printed.split(separator: "\n").map { (.index, String($0)) })
        }
        let clean = try await redacted(image)
        #expect(clean.definitions.count == image.definitions.count && image.definitions.count >= 16, "\(clean.missing)")
        for definition in clean.definitions { #expect(!Self.hasCanary(definition.sql), "\(definition.sql)") }
        // An error fails the test: psql stops at the first.
        try await server.withDatabase(clean.definitions.map { $0.sql + ";" }.joined(separator: "\n")) { database in
            let plan = try await database.psql("EXPLAIN SELECT * FROM public.v;")
            #expect(plan.contains("orders"))
        }
    }
}
