import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// Indexes that weigh more than they need: wide keys, and the same columns in two orders.
@Suite struct IndexWeightLiveTests: UsesShop {
    private static let pages = """
        CREATE TABLE pages (id bigint PRIMARY KEY, site int, url text, seen date);
        INSERT INTO pages SELECT g, g % 500, 'https://example.org/' || repeat(md5(g::text), 5), current_date - g % 900 FROM generate_series(1, 20000) g;
        CREATE INDEX pages_url ON pages (url);
        CREATE INDEX pages_site_url ON pages (site, url);
        CREATE INDEX pages_site_seen ON pages (site, seen);
        CREATE INDEX pages_seen_site ON pages (seen, site);
        CREATE UNIQUE INDEX pages_id_site ON pages (id, site);
        CREATE INDEX pages_site_id ON pages (site, id);
        ALTER TABLE pages ADD CONSTRAINT pages_seen_id UNIQUE (seen, id);
        CREATE INDEX pages_id_seen ON pages (id, seen);
        VACUUM ANALYZE pages; SELECT pg_stat_statements_reset();
        """

    private static let load = """
        SET enable_seqscan = off; SET enable_bitmapscan = off;
        SELECT id FROM pages WHERE url = 'https://example.org/' || repeat(md5('7'), 5);
        SELECT id, seen, url FROM pages WHERE site = 7 AND id < 600;
        """

    /// What the table would be like after months: its rows a thousandfold, its indexes read as they are told to be.
    private func grown(_ server: TestServer, _ scans: [String: Int64]) async throws -> Judgement {
        var options = CollectionOptions()
        options.sampleCount = 0
        options.asksWhatIf = false
        var snapshot = try await Collector.collect(
            try ConnectionTarget(dsn: server.dsn(database: "Shop")), options: options)
        snapshot.server.startedAt -= 40 * 86_400
        for place in snapshot.catalogs[0].relations.indices
        where snapshot.catalogs[0].relations[place].name.name == "pages" {
            snapshot.catalogs[0].relations[place].estimatedRows *= 1000
            snapshot.catalogs[0].relations[place].pages *= 1000
            snapshot.catalogs[0].relations[place].size = nil
        }
        for place in snapshot.catalogs[0].indexes.indices
        where snapshot.catalogs[0].indexes[place].relation.name == "pages" {
            snapshot.catalogs[0].indexes[place].size = snapshot.catalogs[0].indexes[place].sizeOrEstimate * 1000
            let name = snapshot.catalogs[0].indexes[place].name.name
            snapshot.catalogs[0].indexes[place].counters = .make {
                $0.scans = scans[name] ?? 1_000_000
                ($0.tuplesRead, $0.tuplesFetched) = ($0.scans, $0.scans)
            }
        }
        return judgedSafely(Observation(snapshot))
    }

    private func run(_ finding: Finding, on server: TestServer) async throws {
        for action in finding.actions {
            for sql in action.sql { try await server.psql(sql, database: "Shop") }
            if let verify = action.verify, verify.hasPrefix("SELECT") {
                try await server.psql(verify, database: "Shop")
            }
        }
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func whatIsPrintedMakesThemLighter(_ version: TestServer.Version) async throws {
        try await withShop(version: version) { server in
            try await server.psql(Self.pages, database: "Shop")
            for _ in 0..<5 { try await server.psql(Self.load, database: "Shop") }
            let used = ["pages_seen_site": Int64(500), "pages_id_site": 0, "pages_seen_id": 0]
            let judgement = try await grown(server, used)
            let wide = judgement.findings.filter { $0.rule == "index.wide-key" }
            #expect(
                Set(wide.map { $0.objects[0].name }) == ["public.pages_url", "public.pages_site_url"],
                "\(judgement.inconclusive)")
            let reordered = judgement.findings.filter { $0.rule == "index.reordered-columns" }
            #expect(
                Set(reordered.map { $0.objects[0].name })
                    == ["public.pages_seen_site", "public.pages_id_site", "public.pages_seen_id"])
            // No index is told twice.
            let told = judgement.findings.filter { $0.area == .index }.map { $0.objects[0].name }
            #expect(Set(told).count == told.count, "\(told)")
            let size = "SELECT pg_indexes_size('pages')"
            let before = try #require(Int(try await server.psql(size, database: "Shop")))
            for finding in wide + reordered { try await run(finding, on: server) }
            let after = try #require(Int(try await server.psql(size, database: "Shop")))
            #expect(after * 2 < before, "\(before) bytes before, \(after) after")
            // The hash index is found, and duplicates are still kept out.
            let plan = try await server.psql(
                "SET enable_seqscan = off; EXPLAIN SELECT id FROM pages WHERE url = 'x'", database: "Shop")
            #expect(plan.contains("pages_url_slim_idx"), "\(plan)")
            let unique = try await server.psql(
                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'pages'::regclass AND indisunique AND indisvalid AND NOT indisprimary ORDER BY 1",
                database: "Shop")
            #expect(unique.contains("(site, id)") && unique.contains("(id, seen)"), "\(unique)")
            #expect(
                try await server.psql(
                    "SELECT contype FROM pg_constraint WHERE conname = 'pages_seen_id'", database: "Shop") == "u")
            let left = try await grown(server, used)
            #expect(!left.findings.contains { ["index.wide-key", "index.reordered-columns"].contains($0.rule) })
        }
    }

    @Test func wideKeysThatAreSortedByAndOrdersThatAreBothReadStay() async throws {
        try await withShop { server in
            try await server.psql(Self.pages, database: "Shop")
            let sorted =
                "SET enable_seqscan = off; SELECT id FROM pages ORDER BY url LIMIT 5; SELECT id FROM pages WHERE site = 3 AND url > 'https' LIMIT 5;"
            for _ in 0..<5 { try await server.psql(sorted, database: "Shop") }
            let judgement = try await grown(server, [:])
            #expect(
                judgement.evaluated.contains("index.wide-key")
                    && judgement.evaluated.contains("index.reordered-columns"))
            #expect(!judgement.findings.contains { ["index.wide-key", "index.reordered-columns"].contains($0.rule) })
        }
    }
}
