import TestKit
import Testing

/// What must not be advised is not, and the reason is said.
@Suite struct IndexesRefusalTests {
    private static let setup = """
        CREATE TABLE tiny (id int, kind int);
        CREATE TABLE flags (id int PRIMARY KEY, active bool NOT NULL, payload text NOT NULL);
        CREATE TABLE readings (id int PRIMARY KEY, device int NOT NULL, level int NOT NULL, message text NOT NULL);
        CREATE TABLE visits (id int PRIMARY KEY, page int NOT NULL, day int NOT NULL, site int NOT NULL, note text NOT NULL);
        INSERT INTO tiny SELECT g, g % 10 FROM generate_series(1, 500) g;
        INSERT INTO flags SELECT g, g % 20 <> 0, repeat('p', 40) FROM generate_series(1, 100000) g;
        INSERT INTO readings SELECT g, g % 3000, g % 7, repeat('m', 40) FROM generate_series(1, 60000) g;
        INSERT INTO visits SELECT g, abs(hashint4(g)) % 3000, abs(hashint4(g + 1)) % 400, g % 50, repeat('n', 90)
            FROM generate_series(1, 150000) g;
        CREATE INDEX visits_page ON visits (page); CREATE INDEX visits_page_again ON visits (page);
        CREATE INDEX visits_site ON visits (site); CREATE INDEX visits_site_note ON visits (site, note, id);
        VACUUM ANALYZE;
        """

    private func answer(
        to workload: String, _ arguments: [String] = [], _ check: (IndexAnswer, String) throws -> Void
    ) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", workload)
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            let all = [database.dsn(), "--workload", file, "--only-workload"] + arguments
            let page = try await Program.medic(["indexes", "--explain", "--no-color"] + all)
            #expect(page.status == 0, "\(page.error)")
            try check(try await IndexAnswer.of(all), page.out.split { $0.isWhitespace }.joined(separator: " "))
        }
    }

    @Test func decoysGetNoIndexAndTheReasonIsSaid() async throws {
        let workload = """
            -- weight: 1000
            SELECT * FROM tiny WHERE kind = 3;
            -- weight: 100
            SELECT * FROM flags WHERE active;
            -- weight: 100
            SELECT count(payload) FROM flags WHERE id > 10;
            -- weight: 500
            SELECT * FROM flags WHERE id = 77;
            -- weight: 1000000
            INSERT INTO readings VALUES ($1, $2, $3, $4);
            SELECT message FROM readings WHERE device = 5;
            -- weight: 50
            SELECT * FROM visits WHERE page = 8 AND day = 9;
            -- weight: 50
            SELECT * FROM visits WHERE day = 9 AND page > 2990;
            """
        try await answer(to: workload) { answer, page in
            let relations = Set(answer.made.map(\.relation.name))
            #expect(relations == ["visits"], "\(answer.indexes)")
            // One serves both: what each would want alone is not wanted beside it.
            #expect(answer.made.count == 1, "\(answer.indexes)")
            #expect(page.contains("tiny: Small"))
            #expect(answer.reason("flags (active")?.contains("takes it for no statement") == true, "\(answer.rejected)")
            #expect(answer.reason("readings (device")?.contains("upkeep") == true, "\(answer.rejected)")
            #expect(page.contains("Its upkeep") && page.contains("takes it for no statement"))
            let served = answer.statements.filter { $0.text.contains("id = ") }
            #expect(served.count == 1 && served[0].costBefore == served[0].costAfter)
            #expect(answer.made.allSatisfy { one in one.served.allSatisfy { $0.costAfter < $0.costBefore * 0.95 } })
        }
    }

    @Test func whatANewIndexMakesNeedlessGoesWithIt() async throws {
        let workload = "SELECT * FROM visits WHERE page = 8 AND day = 9;\nSELECT * FROM visits WHERE page = 12 LIMIT 5;"
        try await answer(to: workload) { answer, _ in
            #expect(answer.dropped.isSuperset(of: ["visits_page", "visits_page_again"]), "\(answer.recommendations)")
            let replaced = answer.recommendations.first { $0.kind == "replace" }
            #expect(replaced?.index?.keys.first == "page", "\(answer.recommendations)")
            // The new one first, then the old ones.
            let sql = replaced?.sql ?? []
            #expect(sql.first?.hasPrefix("CREATE INDEX CONCURRENTLY") == true, "\(sql)")
            #expect(sql.last?.hasPrefix("DROP INDEX CONCURRENTLY") == true, "\(sql)")
        }
        try await answer(to: workload, ["--no-drop"]) { answer, _ in
            #expect(answer.dropped.isEmpty && !answer.sql.contains { $0.contains("DROP") }, "\(answer.recommendations)")
        }
    }

    @Test func anIndexThatAPlanReadsIsKept() async throws {
        try await answer(to: "SELECT count(*) FROM visits WHERE site = 7;", ["--table", "visits"]) { answer, _ in
            #expect(!answer.dropped.contains("visits_site"), "\(answer.recommendations)")
            #expect(answer.reason("visits_site (site)") != nil, "\(answer.rejected)")
        }
        try await answer(to: "SELECT count(*) FROM visits WHERE note = 'x';", ["--table", "visits"]) { answer, _ in
            #expect(answer.dropped.contains("visits_site"), "\(answer.recommendations) \(answer.rejected)")
        }
    }
}
