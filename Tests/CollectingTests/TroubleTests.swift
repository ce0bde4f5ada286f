import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

@Suite("A visit to a server in trouble")
struct TroubleTests {
    @Test("a locked table is passed over: neither its size nor its plans are asked for, and nobody queues")
    func lockedTable() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(Shop.queries)
            let holder = try await database.session()
            try await holder.run("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            let waiter = try await database.session()
            try await waiter.start("SELECT count(*) FROM orders")
            try await database.wait(
                until: "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = \(await waiter.pid))")
            let snapshot = try await Shop.collect(database)
            let orders = try #require(snapshot.catalogs[0].relations.first { $0.name.name == "orders" })
            #expect(orders.isLocked && orders.size == nil)
            let note = try #require(snapshot.note(.relations))
            #expect(note.reason == .locked && !note.isTotal && note.text.contains("orders"))
            #expect(snapshot.statement(containing: "customer_id = $1")?.planNote?.contains("locked") ?? false)
            let lock = try #require(snapshot.locks.first { !$0.isGranted && $0.database == database.name })
            #expect(lock.relation == QualifiedName("public", "orders") && lock.waitStart != nil)
            #expect(lock.pid == (await waiter.pid))
            #expect(
                snapshot.locks.contains {
                    $0.isGranted && $0.mode == "AccessExclusiveLock" && $0.relation == lock.relation
                })
            await holder.close()
            await waiter.close()
        }
    }

    @Test("a server that dies half-way leaves what was read, and notes for the rest")
    func dyingServer() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Shop.setup)
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .brief) { step in
            if case .readingColumns = step { try? server.crash() }
        }
        #expect(snapshot.catalogs[0].relations.contains { $0.name.name == "orders" })
        let lost = snapshot.notes.filter { $0.reason == .connectionLost }.map(\.evidence)
        // How soon the backend notices that its postmaster is gone is the server's affair; the last probe comes too late.
        #expect(lost.contains(.whatIf), "\(snapshot.notes)")
    }

    @Test("a server that stops answering costs no more than the time allowed")
    func frozenServer() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let proxy = try NetworkProxy(to: server.port)
        defer { proxy.close() }
        let dsn = "host=127.0.0.1 port=\(proxy.port) dbname=postgres user=postgres sslmode=disable gssencmode=disable"
        var options = CollectionOptions.brief
        options.timeout = .seconds(2)
        let start = ContinuousClock.now
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: dsn), options: options) { step in
            if case .readingColumns = step { proxy.freeze() }
        }
        #expect(ContinuousClock.now - start < .seconds(6))
        #expect(!snapshot.settings.isEmpty)
        #expect(snapshot.note(.columns) != nil && snapshot.note(.plans) != nil, "\(snapshot.notes)")
    }

    @Test("pg_stat_statements is read where it was created when the target's database lacks it")
    func statementsElsewhere() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        try await server.psql("CREATE EXTENSION pg_stat_statements; CREATE DATABASE shop;")
        try await server.psql(Shop.setup, database: "shop")
        try await server.psql("SELECT count(*) FROM orders WHERE customer_id = 3", database: "shop")
        let snapshot = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn(database: "shop")), options: .brief)
        #expect(snapshot.statementStatistics?.database == "postgres" && snapshot.cost.sessions == 2)
        #expect(snapshot.statement(containing: "customer_id = $1")?.plan != nil)
        #expect(snapshot.note(.statements) == nil)
    }

    @Test("says which of loading and creating pg_stat_statements is missing")
    func noStatements() async throws {
        let unloaded = try await TestServer.start(settings: ["shared_preload_libraries": "auto_explain"])
        defer { unloaded.stop() }
        let first = try await Collector.collect(try ConnectionTarget(dsn: unloaded.dsn()), options: .brief)
        let note = try #require(first.note(.statements))
        #expect(note.isTotal && note.reason == .extensionNotLoaded)
        #expect(note.remedy == "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';")
        let server = try await TestServer.start()
        defer { server.stop() }
        let second = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: .brief)
        #expect(second.note(.statements)?.reason == .extensionMissing)
        #expect(second.note(.statements)?.remedy == "CREATE EXTENSION pg_stat_statements;")
        #expect(second.note(.statementTexts)?.isTotal ?? false)
    }

    @Test("goes through every database when asked")
    func allDatabases() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql("CREATE DATABASE shop; CREATE DATABASE other;")
        try await server.psql(Shop.setup, database: "shop")
        try await server.psql(Shop.queries, database: "shop")
        var options = CollectionOptions.brief
        options.databases = .all
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: options)
        #expect(snapshot.catalogs.map(\.database).first == "postgres")
        #expect(Set(snapshot.catalogs.map(\.database)) == ["postgres", "shop", "other"])
        let select = snapshot.statementStatistics?.statements.first { $0.text?.contains("customer_id = $1") ?? false }
        #expect(select?.database == "shop" && select?.plan != nil, "\(select?.planNote ?? "")")
        options.databases = .named(["nowhere"])
        let missing = try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: options)
        #expect(missing.notes.contains { $0.database == "nowhere" && !$0.isTotal })
    }

    @Test("a window between two visits has the numbers of every statement at both ends")
    func window() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        try await server.psql(Shop.setup)
        let pair = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn()), window: .milliseconds(50), options: .brief)
        #expect(pair.second.takenAt > pair.first.takenAt)
        let first = try #require(pair.first.statementStatistics)
        #expect(first.statements.count == first.entryCount)
        #expect(pair.first.activityProfile == nil && pair.second.activityProfile != nil)
    }

    @Test("through PgBouncer it is recognised, and the next client finds nothing of ours")
    func pooler() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements", "hypopg"]) { database in
            try await database.psql(Shop.queries)
            let bouncer = try await PgBouncer.start(for: server)
            defer { bouncer.stop() }
            let snapshot = try await Collector.collect(
                try ConnectionTarget(dsn: bouncer.dsn(database: database.name)), options: .brief)
            #expect(snapshot.server.isThroughPooler)
            #expect(snapshot.statement(containing: "customer_id = $1")?.plan != nil)
            let left = try await bouncer.psql(
                """
                SELECT count(*) FROM pg_prepared_statements; SELECT count(*) FROM hypopg();
                SHOW search_path; SHOW transaction_read_only; SHOW plan_cache_mode;
                """, database: database.name)
            #expect(left == "0\n0\n\"$user\", public\noff\nauto")
        }
    }

    @Test("a standby is read, with what it knows of itself")
    func standby() async throws {
        let primary = try await TestServer.start(
            settings: ["max_wal_senders": "4", "wal_level": "replica"], extensions: ["pg_stat_statements"])
        defer { primary.stop() }
        try await primary.psql(Shop.setup)
        let standby = try await Standby.start(of: primary)
        defer { standby.stop() }
        let snapshot = try await Collector.collect(try ConnectionTarget(dsn: standby.dsn), options: .brief)
        #expect(snapshot.server.isInRecovery && snapshot.recovery != nil)
        #expect(snapshot.recovery?.receiverStatus == "streaming" && snapshot.recovery?.isPaused == false)
        #expect(snapshot.catalogs[0].relations.contains { $0.name.name == "orders" })
        #expect(!snapshot.notes.contains { $0.reason == .failed && $0.evidence != .whatIf }, "\(snapshot.notes)")
        let above = try await Collector.collect(try ConnectionTarget(dsn: primary.dsn()), options: .brief)
        #expect(above.standbys.contains { $0.state == "streaming" } && above.recovery == nil)
    }
}
