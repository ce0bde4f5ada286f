import Foundation
import TestKit
import Testing

/// Existing indexes that merge, and unique ones for who asks, as the program prints them.
@Suite struct IndexesMergeTests {
    private static let setup = """
        CREATE TABLE stock (id int PRIMARY KEY, shelf int NOT NULL, kind int NOT NULL, amount int NOT NULL, code text);
        INSERT INTO stock SELECT g, abs(hashint4(g)) % 3000, g, g, md5(g::text) FROM generate_series(1, 150000) g;
        CREATE INDEX stock_kinds ON stock (shelf) INCLUDE (kind);
        CREATE INDEX stock_amounts ON stock (shelf) INCLUDE (amount);
        VACUUM ANALYZE;

        """
    private static let workload = """
        -- weight: 100
        SELECT sum(kind) FROM stock WHERE shelf = 7;
        -- weight: 100
        SELECT sum(amount) FROM stock WHERE shelf = 7;
        SELECT * FROM stock WHERE code = $1;
        """

    private func shop(_ body: (TestDatabase, [String]) async throws -> Void) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", Self.workload)
        try await TestServer.shared().withDatabase(Self.setup, extensions: ["hypopg"]) { database in
            try await body(database, [database.dsn(), "--workload", file, "--only-workload"])
        }
    }

    @Test func mergersAreShownInEveryFormatAndKeepTheBounds() async throws {
        try await shop { database, arguments in
            let answer = try await IndexAnswer.of(arguments)
            let merger = try #require(answer.recommendations.first { $0.drops.count == 2 }, "\(answer.recommendations)")
            #expect(merger.kind == "replace" && merger.gainShare == 0)
            #expect(answer.dropped == ["stock_kinds", "stock_amounts"])
            #expect(answer.headline.contains("2 existing ones merge into 1"), "\(answer.headline)")
            #expect(
                Set(merger.served.map(\.statement))
                    == Set(
                        answer.statements.indices.filter { index in
                            answer.statements[index].text.contains("shelf")
                        }))
            for format in ["terminal", "markdown", "html"] {
                let ended = try await Program.medic(["indexes"] + arguments + ["--format", format, "--verbose"])
                #expect(ended.status == 0)
                for statement in merger.sql + merger.undo {
                    #expect(ended.out.contains(statement), "\(format): \(statement)")
                }
                let words = ended.out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(words.contains("every write maintains one in place of 2"), "\(format)")
            }
            for bound in [["--no-drop"], ["--budget-storage", "0"], ["--max-indexes", "0"]] {
                let ended = try await Program.medic(["indexes"] + arguments + bound + ["--format", "json", "--quiet"])
                #expect(
                    ended.status == 0 && !ended.out.contains("DROP INDEX CONCURRENTLY public.stock_kinds"), "\(bound)")
            }
            let before = try await database.indexes()
            let costs = try await database.costs(of: ["SELECT sum(kind) FROM stock WHERE shelf = 7"])
            for statement in answer.sql { try await database.psql(statement) }
            try await database.psql("VACUUM ANALYZE;")
            let then = try await database.costs(of: ["SELECT sum(kind) FROM stock WHERE shelf = 7"])
            #expect(then[0] <= costs[0] * 1.05)
            #expect(try await IndexAnswer.of(arguments).dropped.isEmpty)
            for statement in answer.recommendations.reversed().flatMap(\.undo) { try await database.psql(statement) }
            #expect(try await database.indexes() == before)
        }
    }

    @Test func aUniqueIndexIsForWhoAsks() async throws {
        try await shop { _, arguments in
            let plain = try await Program.medic(["indexes"] + arguments)
            #expect(plain.out.contains("CREATE INDEX CONCURRENTLY stock_code_idx") && !plain.out.contains("UNIQUE"))
            #expect(plain.out.contains("--unique"), "\(plain.out)")
            for format in ["terminal", "markdown", "html", "json"] {
                let asked = try await Program.medic(["indexes"] + arguments + ["--unique", "--format", format])
                #expect(asked.status == 0 && asked.out.contains("CREATE UNIQUE INDEX CONCURRENTLY stock_code_idx"))
                let check = try #require(asked.out.firstRange(of: "GROUP BY code HAVING"))
                let making = try #require(asked.out.firstRange(of: "CREATE UNIQUE INDEX CONCURRENTLY"))
                #expect(check.lowerBound < making.lowerBound || format == "json", "\(format)")
                #expect(asked.out.contains("INVALID"))
            }
        }
    }
}
