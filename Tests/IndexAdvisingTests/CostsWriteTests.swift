import Foundation
import Model
import Statements
import TestKit
import Testing

@testable import IndexAdvising

@Suite("Costs of upkeep")
struct CostsWriteTests {
    private static let table = QualifiedName("public", "orders")

    private var names: CatalogNames {
        var catalog = DatabaseCatalog()
        catalog.relations = [
            .make {
                $0.name = Self.table
                $0.estimatedRows = 1_000_000
                $0.pages = 10_000
                $0.counters.updated = 100
                $0.counters.hotUpdated = 40
            }
        ]
        catalog.columns = ["id", "status", "total", "note"].map { name in
            .make {
                $0.relation = Self.table
                $0.name = name
                $0.type = name == "note" ? "text" : "bigint"
                $0.statistics = .make {
                    $0.averageWidth = name == "note" ? 40 : 8
                    $0.distinct = -1
                }
            }
        }
        catalog.indexes = [
            .make {
                $0.name = QualifiedName("public", "orders_pkey")
                $0.relation = Self.table
                $0.columns = [.make { $0.name = "id" }]
                $0.keyCount = 1
                $0.pages = 2_745
            }
        ]
        return CatalogNames(catalog)
    }

    private func statement(_ sql: String, calls: Double, rows: Double? = nil) throws -> WorkloadStatement {
        var made = WorkloadStatement(
            number: 0, parsed: try ParsedStatement(parsing: sql), names: names, searchPath: ["public"], calls: calls)
        made.rowsPerCall = rows
        return made
    }

    private func candidate(_ column: String, where predicate: String? = nil) -> IndexCandidate {
        var made = IndexCandidate(relation: Self.table, keys: [.init(key: .column(column))])
        made.predicate = predicate
        return made
    }

    @Test("rows written are counted by statement, with those of VALUES where nothing was measured")
    func counting() throws {
        let writes = WriteModel.writes(of: [
            try statement("INSERT INTO orders VALUES (1), (2), (3)", calls: 10),
            try statement("INSERT INTO orders SELECT * FROM orders", calls: 2, rows: 50),
            try statement("UPDATE orders SET status = 1, total = 2 WHERE id = 3", calls: 7),
            try statement("DELETE FROM orders WHERE id = 3", calls: 4, rows: 2),
            try statement("WITH gone AS (DELETE FROM orders WHERE id = 1 RETURNING *) SELECT * FROM gone", calls: 3),
            try statement("SELECT * FROM orders", calls: 100),
        ])
        var expected = TableWrites(relation: Self.table)
        expected.inserted = 130
        expected.deleted = 11
        expected.updated = [["status", "total"]: 7]
        #expect(writes == [expected])
    }

    @Test("where a table's own counters show more than its statements, they count")
    func counters() throws {
        var catalog = names.catalog
        catalog.relations[0].counters = .make {
            ($0.inserted, $0.updated, $0.hotUpdated) = (5_000, 400, 100)
        }
        catalog.relations.append(
            .make {
                $0.name = QualifiedName("public", "orders_1")
                $0.partitionRoot = QualifiedName("public", "all_orders")
                $0.counters.inserted = 800
            })
        let statements = [
            try statement("INSERT INTO orders VALUES (1)", calls: 100),
            try statement("UPDATE orders SET status = 1 WHERE id = 3", calls: 300, rows: 1),
        ]
        let names = CatalogNames(catalog)
        let half = WriteModel.writes(of: statements, counted: CounterShare(factor: 0.5), in: names)
        let orders = try #require(half.first { $0.relation == Self.table })
        #expect(orders.inserted == 2_500 && orders.isCounted)
        #expect(orders.updated == [["status"]: 300], "the statements show more")
        #expect(half.first { $0.relation.name == "all_orders" }?.inserted == 400, "those of its partitions")
        #expect(half.first { $0.relation.name == "orders_1" }?.inserted == 400)
        let whole = WriteModel.writes(of: statements, counted: CounterShare(factor: 1), in: names)
        #expect(whole.first { $0.relation == Self.table }?.updated == [["status"]: 300, []: 100])
        let model = WriteModel(names: names, settings: CostSettings())
        let cost = try #require(model.cost(of: candidate("total"), under: half))
        #expect(cost.basis == .counters && cost.rowsWritten > 2_500)
        let few = WriteModel.writes(of: statements, counted: CounterShare(factor: 0.001), in: names)
        #expect(few.first { $0.relation == Self.table } == WriteModel.writes(of: statements).first)
        #expect(model.cost(of: candidate("total"), under: few)?.basis == nil)
        #expect(WriteModel.writes(of: statements, counted: nil, in: names) == WriteModel.writes(of: statements))
    }

    @Test("counters are a rate only when they are older than a day")
    func windows() {
        let now = Date(timeIntervalSince1970: 1_772_615_647)
        func factor(window days: Double?, reset: Double?, start: Double?) -> Double? {
            func moment(_ days: Double?) -> Date? { days.map { now.addingTimeInterval(-$0 * 86_400) } }
            return CounterShare(
                window: days.map { $0 * 86_400 }, reset: moment(reset), start: moment(start), now: now)?.factor
        }
        #expect(factor(window: 1, reset: 10, start: 90) == 0.1)
        #expect(factor(window: 10, reset: 2, start: 90) == 5, "reset in between")
        #expect(factor(window: 10, reset: 0.5, start: 90) == 1, "all of it lies in the window")
        #expect(factor(window: 0.1, reset: 0.5, start: 90) == nil, "what filled the tables may be most of it")
        #expect(factor(window: 1, reset: nil, start: 4) == 0.25)
        #expect(factor(window: 9, reset: nil, start: 0.1) == 1, "they outlive a restart, as the window did")
        #expect(factor(window: 0.1, reset: nil, start: 0.2) == nil)
        #expect(factor(window: nil, reset: 10, start: 10) == nil && factor(window: 1, reset: nil, start: nil) == nil)
    }

    @Test("an update that was HOT pays for every index when a candidate has one of its columns")
    func hotUpdates() throws {
        let writes = WriteModel.writes(of: [
            try statement("UPDATE orders SET status = 1 WHERE id = 3", calls: 60, rows: 1),
            try statement("UPDATE orders SET id = 4 WHERE id = 3", calls: 40, rows: 1),
        ])
        let model = WriteModel(names: names, settings: CostSettings())
        let status = try #require(model.cost(of: candidate("status"), under: writes))
        let total = try #require(model.cost(of: candidate("total"), under: writes))
        // 40 of 100 were HOT, and only the 60 that set no key could be.
        #expect(abs(status.hotUpdatesLost - 40) < 1e-9 && total.hotUpdatesLost == 0)
        #expect(abs(status.rowsWritten - 60) < 1e-9 && abs(total.rowsWritten - 60) < 1e-9)
        // The primary key's entries, too.
        #expect(status.cost > total.cost * 100 / 60 * 1.3)
    }

    @Test("the predicate's columns count, and only rows that it leaves have entries")
    func partial() throws {
        let writes = WriteModel.writes(of: [
            try statement("INSERT INTO orders VALUES (1)", calls: 100),
            try statement("UPDATE orders SET status = 1 WHERE id = 3", calls: 60, rows: 1),
        ])
        let model = WriteModel(names: names, settings: CostSettings())
        let whole = try #require(model.cost(of: candidate("total"), under: writes))
        let part = try #require(model.cost(of: candidate("total", where: "status = 5"), under: writes))
        #expect(whole.hotUpdatesLost == 0 && part.hotUpdatesLost > 0)
        let inserts = [TableWrites](writes).map { table in
            var table = table
            table.updated = [:]
            return table
        }
        let less = try #require(model.cost(of: candidate("total", where: "status = 5"), under: inserts))
        #expect(less.cost < 0.01 * whole.cost)
    }

    @Test("an entry costs what inserts with and without indexes take, in units of a sequential scan")
    func measured() async throws {
        try await CostsWorld.with { world in
            let session = try await world.database.session()
            try await session.run(
                """
                CREATE TABLE written AS SELECT device, payload, at, value FROM events;
                CREATE TABLE bare AS SELECT * FROM written LIMIT 0; ANALYZE written;
                SET max_parallel_workers_per_gather = 0;
                """)
            func milliseconds(_ sql: String) async throws -> Double {
                let text = try await session.run("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY) \(sql);")
                let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("Execution Time") })
                return try #require(Double(line.split(separator: " ")[2]))
            }
            let scan = "SELECT sum(value) FROM written"
            _ = try await milliseconds(scan)
            let scanTime = try await milliseconds(scan)
            let cost = try #require(
                Double(
                    try await session.run(
                        "SELECT relpages + reltuples * 0.0125 FROM pg_class WHERE relname = 'written';")))
            let insert = "INSERT INTO %s SELECT device + 1, payload || 'x', at, value FROM events LIMIT 200000"
            // The better of two: a checkpoint in one of them costs more than all the entries.
            func best(_ table: String) async throws -> Double {
                let sql = insert.replacingOccurrences(of: "%s", with: table)
                return min(try await milliseconds(sql), try await milliseconds(sql))
            }
            let without = try await best("bare")
            try await session.run(
                "CREATE INDEX ON written (device, at); CREATE INDEX ON written (payload); CREATE INDEX ON written (value, at);"
            )
            let with = try await best("written")
            await session.close()
            let measured = (with - without) / 600_000 / (scanTime / cost)
            let model = WriteModel(names: world.names, settings: CostSettings(world.settings))
            let entry = try #require(
                model.entry(
                    IndexCandidate(
                        relation: QualifiedName("public", "events"), keys: [.init(key: .column("payload"))])))
            // Another's load on the machine, and its disk, change either side.
            #expect((measured / 6...measured * 6).contains(entry), "\(entry) units, measured \(measured)")
        }
    }

    @Test("a build takes as long as its bounds say")
    func building() async throws {
        try await CostsWorld.with { world in
            let session = try await world.database.session()
            var wrong: [String] = []
            var trigrams = IndexCandidate(
                relation: QualifiedName("public", "products"), method: .gin, keys: [.init(key: .column("name"))])
            trigrams.keys[0].operatorClass = "gin_trgm_ops"
            for candidate in [
                IndexCandidate(relation: QualifiedName("public", "items"), keys: [.init(key: .column("product_id"))]),
                IndexCandidate(relation: QualifiedName("public", "events"), keys: [.init(key: .column("payload"))]),
                trigrams,
            ] {
                let start = ContinuousClock.now
                try await session.run(
                    "CREATE INDEX CONCURRENTLY ON \(candidate.relation.quoted) \(candidate.specification);")
                let (seconds, part) = (ContinuousClock.now - start).components
                let took = Double(seconds) + Double(part) / 1e18
                let bounds = try #require(BuildDuration.estimate(of: candidate, world.names))
                // A machine may be much faster than the slowest disk that the bounds allow for, hardly slower.
                if !(bounds.least / 2...bounds.greatest * 2).contains(took) {
                    wrong.append("\(candidate.description): \(took) s, \(bounds)")
                }
            }
            await session.close()
            #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        }
    }
}
