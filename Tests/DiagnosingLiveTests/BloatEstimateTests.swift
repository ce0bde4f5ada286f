import Collecting
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Diagnosing

/// Estimates of bloat against the truth: what the same rows need when they are written anew, and what pgstattuple counts.
@Suite(.serialized) struct BloatEstimateTests {
    static let versions: [TestServer.Version] = [.v15, .v18]

    /// Tables of very different rows; of each, parts are deleted, or updated over and over.
    private static let tables = #"""
        CREATE TABLE narrow (id int NOT NULL, flag boolean NOT NULL);
        INSERT INTO narrow SELECT g, g % 2 = 0 FROM generate_series(1, 60000) g; DELETE FROM narrow WHERE id % 10 < 6;
        CREATE TABLE aligned (a boolean NOT NULL, b bigint NOT NULL, c smallint NOT NULL, d timestamptz NOT NULL);
        INSERT INTO aligned SELECT true, g, g % 99, now() FROM generate_series(1, 60000) g; DELETE FROM aligned WHERE b > 20000;
        CREATE TABLE texts (id bigint NOT NULL, kind text, note text, at timestamptz);
        INSERT INTO texts SELECT g, 'kind ' || g % 7, repeat('x', g % 90), now() FROM generate_series(1, 60000) g;
        DELETE FROM texts WHERE id % 4 <> 0;
        CREATE TABLE "Nulls" (id bigint NOT NULL, a text, b int, c numeric, d date, e text, f bigint, g int, h text, i int);
        INSERT INTO "Nulls" SELECT g, CASE WHEN g % 3 = 0 THEN 'abc' END, NULLIF(g % 5, 0), CASE WHEN g % 2 = 0 THEN g / 7.0 END, NULL,
            CASE WHEN g % 9 = 0 THEN md5(g::text) END, g, NULLIF(g % 2, 0), NULL, 1 FROM generate_series(1, 60000) g;
        DELETE FROM "Nulls" WHERE id % 3 <> 1;
        CREATE TABLE wide (id int NOT NULL, body text NOT NULL);
        ALTER TABLE wide ALTER body SET STORAGE PLAIN;
        INSERT INTO wide SELECT g, repeat(md5(g::text), 45) FROM generate_series(1, 6000) g; DELETE FROM wide WHERE id % 2 = 0;
        CREATE TABLE roomy (id int NOT NULL, note text) WITH (fillfactor = 70, autovacuum_enabled = false);
        INSERT INTO roomy SELECT g, md5(g::text) FROM generate_series(1, 40000) g;
        CREATE TABLE rewritten (id int NOT NULL, n int NOT NULL, note text) WITH (autovacuum_enabled = false);
        INSERT INTO rewritten SELECT g, 0, md5(g::text) FROM generate_series(1, 30000) g;
        UPDATE rewritten SET n = 1; UPDATE rewritten SET n = 2;
        CREATE TABLE tidy (id int NOT NULL, note text); INSERT INTO tidy SELECT g, md5(g::text) FROM generate_series(1, 30000) g;
        CREATE TABLE dropped (id int NOT NULL, note text, gone text);
        INSERT INTO dropped SELECT g, 'x', md5(g::text) FROM generate_series(1, 30000) g; ALTER TABLE dropped DROP COLUMN gone;
        """#
    private static let names = ["narrow", "aligned", "texts", "Nulls", "wide", "roomy", "rewritten", "tidy"]

    private func collected(_ database: TestDatabase, role: String = "postgres") async throws -> Snapshot {
        try await Snapshot.collected(database.dsn(role: role))
    }

    @Test(arguments: versions)
    func tablesLieWithinTheBand(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Self.tables, extensions: ["pgstattuple"]) { database in
            try await database.psql(Self.names.map { "VACUUM ANALYZE \"\($0)\";" }.joined() + "ANALYZE dropped;")
            let copies = Self.names.map { name in
                """
                CREATE TABLE "\(name) anew" (LIKE "\(name)" INCLUDING STORAGE) WITH (fillfactor = \(name == "roomy" ? 70 : 100));
                INSERT INTO "\(name) anew" SELECT * FROM "\(name)";
                """
            }
            try await database.psql(copies.joined())
            let catalog = try #require(try await collected(database).catalogs.first)
            let columns = catalog.columnsByRelation
            for name in Self.names {
                let relation = try #require(catalog.relations.first { $0.name.name == name })
                let estimate = try HeapEstimate(relation, columns: columns[relation.name] ?? [], pageSize: 8192)
                let anew = try await database.psql("SELECT pg_relation_size('\"\(name) anew\"') / 8192;")
                let truth = try #require(Double(anew))
                #expect(estimate.needed.contains(truth), "\(name): \(truth) pages, estimated \(estimate.needed)")
                // A band that says nothing would hold every truth.
                let width = (estimate.needed.upperBound - estimate.needed.lowerBound) / truth
                #expect(width < 0.6, "\(name): \(estimate.needed)")
                let counted = try await database.psql(
                    "SELECT (free_percent + dead_tuple_percent) / 100 FROM pgstattuple('\"\(name)\"');")
                let share = try #require(Double(counted)) - (name == "roomy" ? 0.3 : 0)
                // Line pointers of rows that are gone, four bytes each, are not free to pgstattuple.
                #expect(
                    estimate.wasted.lowerBound - 0.1...estimate.wasted.upperBound + 0.05 ~= share,
                    "\(name): pgstattuple \(share), estimated \(estimate.wasted)")
            }
            let dropped = try #require(catalog.relations.first { $0.name.name == "dropped" })
            #expect(throws: HeapEstimate.Unknown.droppedColumns) {
                try HeapEstimate(dropped, columns: columns[dropped.name] ?? [], pageSize: 8192)
            }
        }
    }

    @Test(arguments: versions)
    func indexesLieWithinTheBand(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let setup = #"""
            CREATE TABLE t (id bigint PRIMARY KEY, kind int NOT NULL, rare int, note text NOT NULL, a int NOT NULL, b text NOT NULL);
            INSERT INTO t SELECT g, g % 20, CASE WHEN g % 50 = 0 THEN g END, md5(g::text), g % 300, md5((g % 1000)::text)
                FROM generate_series(1, 120000) g;
            CREATE INDEX kind ON t (kind); CREATE INDEX rare ON t (rare); CREATE INDEX note ON t (note);
            CREATE INDEX two ON t (a, b); CREATE INDEX plain ON t (a) WITH (deduplicate_items = off, fillfactor = 70);
            CREATE INDEX many ON t (b) INCLUDE (a);
            DELETE FROM t WHERE id % 4 <> 0;
            """#
        try await server.withDatabase(setup) { database in
            try await database.psql("VACUUM ANALYZE t;")
            let catalog = try #require(try await collected(database).catalogs.first)
            let columns = catalog.columnsByRelation[QualifiedName("public", "t")] ?? []
            try await database.psql("REINDEX TABLE t;")
            for name in ["t_pkey", "kind", "rare", "note", "two", "plain", "many"] {
                let index = try #require(catalog.indexes.first { $0.name.name == name })
                let estimate = try #require(BTreeEstimate(index, columns: columns, pageSize: 8192), "\(name)")
                let truth = try #require(Double(try await database.psql("SELECT pg_relation_size('\(name)') / 8192;")))
                // Of a few pages the last one weighs much.
                let slack = 2 + 0.03 * truth
                #expect(
                    estimate.needed.lowerBound - slack...estimate.needed.upperBound + slack ~= truth,
                    "\(name): \(truth) pages, estimated \(estimate.needed)")
            }
        }
    }

    @Test(arguments: versions)
    func toastHasFourChunksAPage(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let setup = """
            CREATE TABLE documents (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
            ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
            INSERT INTO documents SELECT g, repeat(md5(g::text), 400) FROM generate_series(1, 2000) g;
            UPDATE documents SET body = body || 'x'; UPDATE documents SET body = body || 'x';
            """
        try await server.withDatabase(setup) { database in
            try await database.psql("VACUUM ANALYZE documents;")
            var snapshot = try await collected(database)
            let place = try #require(
                snapshot.catalogs[0].relations.firstIndex { $0.toastOwner?.name == "documents" })
            let toast = snapshot.catalogs[0].relations[place]
            let least = 1 - toast.estimatedRows / 4 / Double(toast.pages)
            #expect(0.5...0.7 ~= least, "two thirds are dead: \(least)")
            // A hundred times as large, it is worth a word.
            #expect(Engine([ToastBloat.self]).judge(Observation(snapshot)).findings.isEmpty)
            snapshot.catalogs[0].relations[place].pages *= 100
            snapshot.catalogs[0].relations[place].estimatedRows *= 100
            snapshot.catalogs[0].relations[place].size = nil
            let found = Engine([ToastBloat.self]).judge(Observation(snapshot)).findings
            #expect(found.compactMap(\.objects.first?.name) == ["public.documents"])
        }
    }

    /// With pg_monitor alone the statistics of columns are hidden: unknown, and not "no bloat"; measuring does without them.
    @Test(arguments: versions)
    func measuringDoesWithoutStatistics(_ version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let role = "measurer"
        let setup = """
            DO $$ BEGIN CREATE ROLE \(role) LOGIN IN ROLE pg_monitor; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            CREATE SCHEMA tools; GRANT USAGE ON SCHEMA tools TO \(role); CREATE EXTENSION pgstattuple SCHEMA tools;
            CREATE TABLE events (id bigint PRIMARY KEY, note text) WITH (autovacuum_enabled = false);
            INSERT INTO events SELECT g, repeat(md5(g::text), 3) FROM generate_series(1, 200000) g;
            DELETE FROM events WHERE id % 4 <> 0;
            """
        try await server.withDatabase(setup) { database in
            try await database.psql("VACUUM ANALYZE events;")
            let target = try ConnectionTarget(dsn: database.dsn(role: role))
            var options = CollectionOptions()
            options.sampleCount = 0
            let snapshot = try await collected(database, role: role)
            let suspects = Observation(snapshot).bloatSuspects(in: database.name)
            #expect(suspects.first?.name.name == "events", "\(suspects)")
            let measured = await Collector.measure(suspects, in: snapshot, target, options: options)
            let relation = try #require(measured.catalogs[0].relations.first { $0.name.name == "events" })
            let space = try #require(relation.measuredSpace, "\(measured.notes.map(\.text))")
            let truth = try await database.psql(
                "SELECT (free_percent + dead_tuple_percent) / 100 FROM tools.pgstattuple('events');")
            let share = Double(space.freeBytes + space.deadBytes) / Double(space.size)
            #expect(abs(share - (Double(truth) ?? 0)) < 0.03, "\(share) and \(truth)")
            #expect(measured.notes.count == snapshot.notes.count)
            #expect(measured.cost.probeRoundTrips == snapshot.cost.probeRoundTrips + suspects.count)
            // Fifty times as large, it is a matter for the rule: before it was measured nothing was known.
            #expect(
                judged(snapshot, times: 50).inconclusive.contains { $0.rule == "vacuum.table-bloat" }
                    || judged(snapshot, times: 50).skipped.contains { $0.rule == "vacuum.table-bloat" })
            let found = judged(measured, times: 50).findings
            #expect(found.first { $0.rule == "vacuum.table-bloat" }?.confidence == .high, "\(found.map(\.title))")
        }
    }

    private func judged(_ snapshot: Snapshot, times: Int64) -> Judgement {
        var snapshot = snapshot
        for place in snapshot.catalogs[0].relations.indices
        where snapshot.catalogs[0].relations[place].name.name == "events" {
            let size = snapshot.catalogs[0].relations[place].sizeOrEstimate
            snapshot.catalogs[0].relations[place].size = size * times
            snapshot.catalogs[0].relations[place].pages *= times
            snapshot.catalogs[0].relations[place].estimatedRows *= Double(times)
            if var space = snapshot.catalogs[0].relations[place].measuredSpace {
                space.size *= times
                space.freeBytes *= times
                space.deadBytes *= times
                snapshot.catalogs[0].relations[place].measuredSpace = space
            }
        }
        return Engine([TableBloat.self]).judge(Observation(snapshot))
    }

    @Test func whatIsNotMeasuredIsSaid() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase("CREATE TABLE t AS SELECT generate_series(1, 100000) AS id; ANALYZE t;") {
            database in
            let target = try ConnectionTarget(dsn: database.dsn())
            let snapshot = try await collected(database)
            let relation = try #require(snapshot.catalogs[0].relations.first { $0.name.name == "t" })
            let suspect = BloatSuspect(oid: relation.oid, name: relation.name, isIndex: false, cost: 1)
            let without = await Collector.measure([suspect], in: snapshot, target, options: CollectionOptions())
            #expect(without.notes.last?.reason == .extensionMissing)
            #expect(without.notes.last?.remedy == "CREATE EXTENSION pgstattuple;")
            try await database.psql("CREATE EXTENSION pgstattuple;")
            var large = suspect
            large.cost = Collector.measuringBudget + 1
            let gone = BloatSuspect(oid: 4_000_000, name: QualifiedName("public", "gone"), isIndex: false, cost: 1)
            let blocker = try await database.session()
            try await blocker.run("BEGIN; LOCK t IN ACCESS EXCLUSIVE MODE")
            let measured = await Collector.measure(
                [suspect, large, gone], in: try await collected(database), target, options: CollectionOptions())
            let note = try #require(measured.notes.last)
            #expect(note.text.contains("Bloat of 0 of 3 suspects was measured"), "\(note.text)")
            #expect(note.text.contains("a lock stood in the way"), "\(note.text)")
            await blocker.close()
        }
    }
}
