import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

@Suite("A visit to a real server")
struct CollectorTests {
    @Test("reads the catalog with names in place of OIDs", arguments: TestServer.Version.allCases)
    func catalog(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            let snapshot = try await Shop.collect(database)
            let catalog = try #require(snapshot.catalogs.first)
            #expect(catalog.database == database.name)

            let orders = try #require(catalog.relations.first { $0.name.name == "orders" })
            #expect(orders.kind == .table && orders.owner == "postgres" && orders.rows == 5000)
            #expect(orders.options == ["fillfactor": "90", "autovacuum_vacuum_scale_factor": "0.05"])
            #expect(orders.size.map { $0 > 100_000 } ?? false)
            #expect(catalog.relations.first { $0.name.name == "recent" }?.kind == .view)
            let partition = try #require(catalog.relations.first { $0.name.name == "events_2024" })
            #expect(partition.isPartition && partition.partitionRoot == QualifiedName("public", "events"))

            let open = try #require(catalog.indexes.first { $0.name.name == "orders_open" })
            #expect(open.relation == QualifiedName("public", "orders") && open.hasLiterals)
            #expect(open.columns.map(\.name) == [nil, "placed"])
            #expect(open.columns[0].expression == "lower((note)::text)")
            #expect(open.columns[1].isDescending && open.columns[1].isNullsFirst)
            #expect(open.predicate == "((note)::text = '…'::text)")
            let note = try #require(catalog.indexes.first { $0.name.name == "orders_note" })
            #expect(note.keyCount == 1 && note.leadingColumns == ["note"] && note.included.map(\.name) == ["total"])
            #expect(note.columns[0].operatorClassName == "varchar_pattern_ops")
            #expect(note.definition?.contains("varchar_pattern_ops") ?? false)
            let child = try #require(catalog.indexes.first { $0.relation.name == "events_2024" })
            #expect(child.parent == QualifiedName("public", "events_at"))

            let key = try #require(catalog.constraints.first { $0.kind == .foreignKey })
            #expect(key.columns == ["customer_id"] && key.columnTypes == ["integer"] && key.onDelete == "c")
            #expect(key.referencedRelation == QualifiedName("public", "customers") && key.referencedColumns == ["id"])
            let primary = try #require(catalog.indexes.first { $0.name.name == "customers_pkey" })
            #expect(primary.constraint == "customers_pkey" && primary.referencedByForeignKeys == 1)

            let country = try #require(catalog.columns.first { $0.name == "country" })
            #expect(country.type == "character(2)" && country.isNotNull && country.statistics?.distinct == 1)
            #expect(country.statistics?.mostCommonFrequencies == [1])
            let sequence = try #require(catalog.sequences.first { $0.name.name == "customers_id_seq" })
            #expect(sequence.lastValue == 500 && sequence.type == "integer" && sequence.columnType == "integer")
            #expect(sequence.column == ColumnReference(QualifiedName("public", "customers"), "id"))
            #expect(catalog.extensions.contains { $0.name == "pg_stat_statements" && $0.availableVersion != nil })

            #expect(snapshot.server.version.major == version.rawValue && !snapshot.server.isThroughPooler)
            #expect(snapshot.settings.contains { $0.name == "search_path" && $0.value.contains("public") })
            #expect(snapshot.databases.contains { $0.name == database.name })
            #expect(snapshot.backends.contains { $0.isOurs })
            #expect(snapshot.io.isEmpty == (version == .v15))
            #expect(snapshot.wal != nil && snapshot.archiver != nil && snapshot.server.systemIdentifier != nil)
            let activity = try #require(snapshot.activityProfile)
            #expect((3...8).contains(activity.readings) && activity.entries.isEmpty)
            #expect(snapshot.slru?.contains { $0.name.lowercased().hasPrefix("subtrans") } ?? false)
        }
    }

    @Test("explains the statements that matter, and tells ours from others'", arguments: TestServer.Version.allCases)
    func plans(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(Shop.queries)
            _ = try await Shop.collect(database)
            let snapshot = try await Shop.collect(database)
            let select = try #require(snapshot.statement(containing: "customer_id = $1"))
            #expect(select.plan?.basis == .generic && select.fingerprint != nil && !select.isOurs)
            #expect(select.plan?.json.contains("\"Relation Name\":\"orders\"") ?? false, "\(select.planNote ?? "")")
            #expect(select.searchPath == ["public"] && select.database == database.name)
            let update = try #require(snapshot.statement(containing: "UPDATE orders"))
            #expect(update.plan?.json.contains("ModifyTable") ?? false, "\(update.planNote ?? "")")
            #expect(snapshot.statement(containing: "pg_stat_get_live_tuples") == nil)
        }
    }

    /// Dozens of entries of each database push out the users' own.
    @Test(
        "leaves no entries in pg_stat_statements where it may, and knows its own where it may not",
        arguments: TestServer.Version.allCases)
    func ownEntries(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let role = "tracked_\(version.rawValue)"
        try await server.psql(
            "DROP ROLE IF EXISTS \(role); CREATE ROLE \(role) LOGIN; GRANT pg_monitor, pg_read_all_data TO \(role);")
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(Shop.queries)
            let reset = """
                SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
                """
            func entries(left by: String) async throws -> [Statement] {
                try await database.psql(reset + Shop.queries)
                _ = try await Shop.collect(database, role: by)
                let snapshot = try await Shop.collect(database)
                #expect(snapshot.statement(containing: "customer_id = $1")?.isOurs == false)
                return snapshot.statementStatistics?.statements.filter { $0.isOurs && $0.database == database.name }
                    ?? []
            }
            let tracked = try await entries(left: role)
            #expect(tracked.count > 30 && tracked.allSatisfy { $0.plan == nil && $0.text == nil })
            // What begins the transaction comes before any setting of it.
            #expect(try await entries(left: "postgres").count == 1)
            try await server.psql("GRANT SET ON PARAMETER pg_stat_statements.track TO \(role)")
            // That of the superuser who looks, and that of the role.
            #expect(try await entries(left: role).count == 2)
            try await server.psql("REVOKE SET ON PARAMETER pg_stat_statements.track FROM \(role)")
        }
        try await server.psql("DROP ROLE \(role)")
    }

    @Test("views that statements name are read, with those that they are made of")
    func views() async throws {
        let server = try await TestServer.shared(.v15)
        let setup =
            Shop.setup
            + "CREATE VIEW newest AS SELECT id, note AS remark FROM recent WHERE note <> 'canary-in-a-view'; CREATE VIEW unused AS SELECT 1;"
        try await server.withDatabase(setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(
                "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);"
            )
            try await database.psql(String(repeating: "SELECT count(*) FROM newest WHERE remark = 'x';\n", count: 40))
            let holder = try await database.session()
            let views = { (snapshot: Snapshot) in
                snapshot.catalogs[0].relations.filter { $0.viewDefinition != nil }.map(\.name.name).sorted()
            }
            let snapshot = try await Shop.collect(database)
            #expect(views(snapshot) == ["newest", "recent"])
            let text = try #require(snapshot.catalogs[0].relations.first { $0.name.name == "newest" }?.viewDefinition)
            #expect(text.contains("remark") && !text.contains("canary"))
            try await holder.run("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            // `newest` stands on `recent` alone, which stands on the table.
            #expect(views(try await Shop.collect(database)) == ["newest"])
            await holder.close()
        }
    }

    @Test("asks the planner what a missing index would do, within the probes' bound")
    func whatIf() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE parcels (id int, code int, note text);
            INSERT INTO parcels SELECT g, g % 20000, 'x' FROM generate_series(1, 60000) g;
            ANALYZE parcels;
            """
        try await server.withDatabase(setup, extensions: ["pg_stat_statements", "hypopg"]) { database in
            try await database.psql(String(repeating: "SELECT * FROM parcels WHERE code = 7;\n", count: 40))
            let snapshot = try await Shop.collect(database)
            let statement = try #require(snapshot.statement(containing: "code = $1"))
            let answer = try #require(statement.whatIf.first, "\(snapshot.notes)")
            #expect(answer.isUsed && answer.costAfter < answer.costBefore / 10)
            #expect(answer.indexes.map(\.keys) == [["code"]] && answer.indexes[0].estimatedSize > 0)
            #expect(snapshot.cost.probeRoundTrips == 4 && snapshot.cost.roundTrips <= 6)
            #expect((snapshot.cost.serverTime ?? 0) > 0)
        }
    }

    @Test("plans the greatest statements with a common and with a rare value, and keeps neither")
    func variants() async throws {
        let server = try await TestServer.shared(.v15)
        let setup = """
            CREATE TABLE parcels (id int, state text, weight int);
            INSERT INTO parcels
                SELECT g, CASE WHEN g % 100 > 0 THEN 'canary-often' ELSE 'canary-' || g END, g % 40000
                FROM generate_series(1, 60000) g;
            CREATE INDEX ON parcels (state); CREATE INDEX ON parcels (weight);
            ANALYZE parcels;
            """
        try await server.withDatabase(setup, extensions: ["pg_stat_statements"]) { database in
            // Ten statements are planned so: those of the set-up are not to be among them.
            try await database.psql(
                "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database();")
            try await database.psql(
                String(repeating: "SELECT count(*) FROM parcels WHERE state = 'x' LIMIT 5;\n", count: 40))
            let others = [
                "weight + 1 > 5", "now() - interval '1 day' < now() AND weight <> 1", "weight BETWEEN 7 AND 9",
                "state IN ('a', 'b')", "state = ANY ('{a,b}'::text[])",
            ]
            for condition in others {
                let text = "SELECT count(*) FROM parcels WHERE \(condition);\n"
                try await database.psql(String(repeating: text, count: 40))
            }
            let snapshot = try await Shop.collect(database)
            let variants = try #require(snapshot.statement(containing: "state = $1")?.variants)
            #expect(variants.map(\.kind) == [.common, .rare])
            #expect(
                variants.allSatisfy { $0.columns == [ColumnReference(QualifiedName("public", "parcels"), "state")] })
            #expect(variants[0].frequency.map { $0 > 0.97 } ?? false && variants[1].frequency == nil)
            #expect(variants[0].json.contains("\"Seq Scan\"") && variants[1].json.contains("parcels_state_idx"))
            #expect(snapshot.statement(containing: "weight + ")?.variants.isEmpty ?? false)
            #expect(snapshot.statement(containing: "interval $1")?.plan != nil)
            let ranges = try #require(snapshot.statement(containing: "weight BETWEEN")?.variants)
            try #require(ranges.map(\.hasRange) == [true, true])
            #expect(ranges.allSatisfy { $0.frequency == nil })
            #expect(ranges[0].json.contains("\"Seq Scan\"") && ranges[1].json.contains("parcels_weight_idx"))
            for list in ["state IN ($1, $2)", "state = ANY ($1::text[])"] {
                let lists = try #require(snapshot.statement(containing: list)?.variants)
                try #require(lists.count == 2, "\(list)")
                #expect(
                    lists[0].json.contains("\"Seq Scan\"") && lists[1].json.contains("parcels_state_idx"), "\(list)")
            }
            let kept = String(decoding: try JSONEncoder().encode(snapshot.statementStatistics), as: UTF8.self)
            #expect(!kept.contains("canary"))
            #expect(snapshot.cost.roundTrips <= 6)
        }
    }

    @Test("takes at most six round trips beside the samples and what-if")
    func roundTrips() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(Shop.queries)
            let proxy = try NetworkProxy(to: server.port, delay: 20)
            defer { proxy.close() }
            let dsn =
                "host=127.0.0.1 port=\(proxy.port) dbname=\(database.name) user=postgres sslmode=disable gssencmode=disable"
            let snapshot = try await Collector.collect(try ConnectionTarget(dsn: dsn), options: .brief)
            #expect(snapshot.cost.roundTrips <= 6 && snapshot.cost.probeRoundTrips <= 4, "\(snapshot.cost)")
            // What passed by the proxy, the start-up (one trip under trust) and the good-bye among it.
            let counted = snapshot.cost.roundTrips + snapshot.cost.probeRoundTrips
            #expect(proxy.roundTrips - counted <= 2, "\(proxy.roundTrips) seen, \(counted) counted")
            #expect(snapshot.statement(containing: "customer_id = $1")?.plan != nil)
        }
    }

    @Test("leaves no prepared statement, and few entries in pg_stat_statements however often it comes")
    func traces() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Shop.setup)
        for number in 1...60 {
            try await server.psql("SELECT id AS c\(number), \(number) FROM orders WHERE id = 1 LIMIT \(number)")
        }
        let target = try ConnectionTarget(dsn: server.dsn())
        func entries() async throws -> Int {
            let sql =
                "SELECT count(*) FROM pg_stat_statements WHERE query ~ 'pgmedic|SAVEPOINT|SET LOCAL|READ ONLY|ROLLBACK'"
            return Int(try await server.psql(sql)) ?? 0
        }
        _ = try await Collector.collect(target, options: .brief)
        let first = try await entries()
        for _ in 1...3 {
            try await server.psql(
                "SELECT count(*) FROM customers WHERE email = 'x'; CREATE TABLE t\(Int.random(in: 1...999_999)) (a int)"
            )
            _ = try await Collector.collect(target, options: .brief)
        }
        let later = try await entries()
        #expect(first < 90)
        // A run may meet statements with numbers of parameters that were not met before.
        #expect(later - first <= 6, "\(first) entries after one run, \(later) after four")
    }
}
