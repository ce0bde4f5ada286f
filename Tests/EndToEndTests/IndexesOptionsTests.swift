import Foundation
import TestKit
import Testing

/// Bounds and selections do what the help says of them.
@Suite struct IndexesOptionsTests {
    /// Four tables of 40,000 rows, each with a statement that wants an index, and one index too many.
    private static let setup =
        ["red", "green", "blue", "grey"].map { table in
            """
            CREATE TABLE \(table) (id int PRIMARY KEY, customer int NOT NULL, note text NOT NULL);
            INSERT INTO \(table) SELECT g, abs(hashint4(g)) % 5000, md5(g::text) FROM generate_series(1, 40000) g;

            """
        }.joined() + """
            CREATE INDEX grey_note ON grey (note); CREATE INDEX grey_note_again ON grey (note);
            VACUUM ANALYZE;

            """

    private static let workload = """
        -- weight: 100
        SELECT * FROM red WHERE customer = 5;
        -- weight: 50
        SELECT * FROM green WHERE customer = 5;
        -- weight: 25
        SELECT * FROM blue WHERE customer = 5;
        -- weight: 20000
        INSERT INTO blue VALUES ($1, $2, $3);
        """

    private func shop(
        _ body: (TestDatabase, [String], borrowing Scratch) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        let file = try scratch.file("w.sql", Self.workload)
        let extensions = ["hypopg", "pg_stat_statements"]
        try await TestServer.shared().withDatabase(Self.setup, extensions: extensions) { database in
            try await body(database, [database.dsn(), "--workload", file, "--only-workload"], scratch)
        }
    }

    private func tables(_ answer: IndexAnswer) -> Set<String> { Set(answer.made.map(\.relation.name)) }

    @Test func boundsAreKept() async throws {
        try await shop { _, arguments, _ in
            let free = try await IndexAnswer.of(arguments)
            #expect(tables(free) == ["red", "green", "blue"], "\(free.indexes)")
            #expect(free.dropped.count == 1 && free.dropped.isSubset(of: ["grey_note", "grey_note_again"]))
            let size = free.made.map(\.sizeBytes).max() ?? 0

            func bounded(_ more: String...) async throws -> IndexAnswer { try await IndexAnswer.of(arguments + more) }
            // What the dropped one frees counts for the others: without drops the bound is the sum of the new ones.
            let bytes = try await bounded("--budget-storage", "\(size * 5 / 2 / 1024)kB", "--no-drop")
            #expect(tables(bytes) == ["red", "green"], "\(bytes.indexes)")
            let share = try await bounded("--budget-storage", "4%", "--no-drop")
            #expect(share.made.count < 3 && tables(share).isSubset(of: ["red", "green"]), "\(share.indexes)")
            let none = try await bounded("--budget-storage", "0")
            #expect(none.dropped.count == 1, "\(none.recommendations)")
            let neither = try await bounded("--budget-storage", "0", "--no-drop")
            #expect(neither.recommendations.isEmpty && neither.headline.contains("budget is 0"))
            // blue is written to: its index has upkeep.
            #expect(tables(try await bounded("--budget-writes", "0%")) == ["red", "green"])
            #expect(tables(try await bounded("--max-indexes", "1")) == ["red"])
            #expect(try await bounded("--max-indexes", "0").made.isEmpty)
            #expect(tables(try await bounded("--min-gain", "60%")).isSubset(of: ["red"]))
            let one = try await bounded("--table", "green")
            #expect(tables(one) == ["green"] && one.dropped.isEmpty, "\(one.recommendations)")
            #expect(try await bounded("--table", "grey", "--table", "public.blue").dropped.count == 1)
        }
    }

    @Test func statementsAreSelected() async throws {
        try await shop { database, arguments, _ in
            try await database.psql(
                IndexShop.forget + "SELECT * FROM red WHERE customer = 5;\nSELECT * FROM green WHERE note = 'x';\n")
            let all = try await IndexAnswer.of(Array(arguments.dropLast()))
            let counted = all.statements.filter { !$0.queryids.isEmpty }
            #expect(counted.contains { $0.text.contains("green WHERE note") } && all.statements.count > counted.count)
            let written = try await IndexAnswer.of(arguments)
            #expect(written.statements.count == 4 && written.statements.allSatisfy { $0.queryids.isEmpty })
            let id = try #require(counted.first { $0.text.contains("green WHERE note") }?.queryids.first)
            let one = try await IndexAnswer.of([database.dsn(), "--statement", id])
            #expect(one.statements.map(\.queryids) == [[id]] && one.indexes == ["green btree (note)"], "\(one.indexes)")
        }
    }

    @Test func everyFormatHoldsTheSQLAndJSONKeepsItsSchema() async throws {
        try await shop { _, arguments, scratch in
            let files = ["html", "md", "txt", "json"].map { scratch.path + "/i." + $0 }
            let printed = try await Program.medic(
                ["indexes"] + arguments + ["--no-color"] + files.flatMap { ["-o", $0] })
            #expect(printed.status == 0 && printed.out.contains("CREATE INDEX CONCURRENTLY"), "\(printed.error)")
            var texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
            for format in ["terminal", "markdown", "html", "json"] {
                let ended = try await Program.medic(["indexes"] + arguments + ["--format", format])
                #expect(ended.status == 0, "\(format): \(ended.error)")
                texts.append(ended.out)
            }
            for text in texts {
                #expect(text.contains("CREATE INDEX CONCURRENTLY red_customer_idx ON public.red (customer);"))
            }
            let written = try String(contentsOfFile: files[3], encoding: .utf8)
            #expect(try await Program.problems(of: written, by: "indexes-1") == "")
        }
    }
}
