import Foundation
import TestKit
import Testing

/// What was learnt comes back down, and what was done is verified: one fault from the first sweep to its runbook.
@Suite(.serialized) struct KnowledgeLoopTests {
    private static let schema = """
        CREATE TABLE orders (id bigint PRIMARY KEY, status text);
        CREATE TABLE carts (id bigint PRIMARY KEY, status text);
        INSERT INTO orders SELECT g, 's' || g % 50 FROM generate_series(1, 20000) g;
        INSERT INTO carts SELECT g, 's' || g % 50 FROM generate_series(1, 20000) g;
        CREATE INDEX orders_status_idx ON orders (status);
        CREATE INDEX orders_status_copy ON orders (status);
        CREATE INDEX carts_status_idx ON carts (status);
        ANALYZE;
        """

    private struct Shop {
        var config: String
        var history: String
        var runbooks: String

        @discardableResult
        func sweep() async throws -> String {
            let swept = try await Program.medic("sweep", "--config", config, "--now", "--tell", "notice")
            #expect(swept.status == 0, "\(swept.error)")
            return swept.out
        }

        func resolve(_ arguments: String...) async throws -> Command.Output {
            try await Program.medic(["resolve"] + arguments + ["--config", config, "--by", "Ada"])
        }

        /// The copy's finding in the report of now.
        func finding(_ title: String) async throws -> [String: Any] {
            let report = try await Program.medic(
                "diagnose", "shop", "--config", config, "--views-only", "--only", "index", "--format", "json")
            let json = try #require(try JSONSerialization.jsonObject(with: Data(report.out.utf8)) as? [String: Any])
            let findings = try #require(json["findings"] as? [[String: Any]])
            return try #require(
                findings.first { ($0["title"] as? String)?.contains(title) ?? false }, "\(findings.map { $0["title"] })"
            )
        }
    }

    @Test func aFixIsVerifiedItsRunbookComesDownAndOneWithoutEffectGoesUp() async throws {
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let shop = Shop(
                config: try scratch.file(
                    "pgmedic.yaml",
                    """
                    targets:
                      shop: {dsn: "\(database.dsn())", sweep: {viewsOnly: true}}
                    history: \(scratch.path)/history.db
                    runbooks: \(scratch.path)/runbooks
                    """), history: scratch.path + "/history.db", runbooks: scratch.path + "/runbooks")
            // The fault is found, at L2, and seen often enough to be compared.
            try await shop.sweep()
            for _ in 0..<4 { try await shop.sweep() }
            let fault = try await shop.finding("is a copy of")
            let identifier = try #require(fault["id"] as? String ?? fault["fingerprint"] as? String)
            #expect(fault["tier"] as? String == "L2")

            // It is fixed, and what was done is written back for L1.
            let copy = try await database.psql(
                "SELECT CASE WHEN '\(fault["title"] ?? "")' LIKE 'orders_status_copy is%' THEN 'orders_status_copy' "
                    + "ELSE 'orders_status_idx' END")
            let fix = try scratch.file("fix.sql", "DROP INDEX CONCURRENTLY {{index}};\n")
            let note = try scratch.file("note.md", "A migration made it twice.\n")
            try await database.psql("DROP INDEX CONCURRENTLY \(copy)")
            let resolved = try await shop.resolve(
                identifier, "--tier", "L2", "--fix", fix, "--note", note, "--applies-to", "rule", "--delegate", "L1",
                "--title", "drop the copy of an index", "--undo", try scratch.file("undo.sql", "SELECT 1;\n"))
            #expect(resolved.status == 0, "\(resolved.error)")
            var told = ""
            for _ in 0..<5 { told += try await shop.sweep() }
            #expect(told.contains("verified"), "\(told)")
            #expect(told.contains("verified, −100 % over 3 sweeps"), "\(told)")

            // The same fault on another table: the runbook is there, at the tier that it was delegated to, with its record.
            try await database.psql("CREATE INDEX carts_status_copy ON carts (status)")
            for _ in 0..<5 { try await shop.sweep() }
            let second = try await shop.finding("is a copy of")
            #expect(second["tier"] as? String == "L1")
            let text = String(decoding: try JSONSerialization.data(withJSONObject: second), as: UTF8.self)
            #expect(text.contains("runbook “drop the copy of an index”"), "\(text)")
            #expect(text.contains("same rule; applied once, worked once"), "\(text)")
            #expect(text.contains("DROP INDEX CONCURRENTLY public.carts_status_"), "\(text)")

            // Somebody says that it was applied, and nothing changes: reopened, and raised.
            let listed = try await Program.medic("runbooks", "--config", shop.config)
            let runbook = try #require(listed.out.split(separator: "\n").first.map(String.init))
            let other = try #require(second["id"] as? String ?? second["fingerprint"] as? String)
            let useless = try await shop.resolve(other, "--runbook", runbook, "--tier", "L2")
            #expect(useless.status == 0, "\(useless.error)")
            told = ""
            for _ in 0..<5 { told += try await shop.sweep() }
            #expect(told.contains("reopened"), "\(told)")
            #expect(told.contains("no effect"), "\(told)")
            let shown = try await Program.medic("history", "show", "--config", shop.config, "--format", "json")
            #expect(shown.out.contains("\"tier\" : \"L3\""), "\(shown.out)")
            let checked = try await Program.medic("runbooks", "check", "--config", shop.config)
            #expect(checked.status == 0, "\(checked.out)\(checked.error)")
            let record = try await Program.medic("runbooks", "list", "--config", shop.config)
            #expect(record.out.contains("applied twice, worked 1"), "\(record.out)")
            let json = try await Program.medic("runbooks", "list", "--config", shop.config, "--format", "json")
            #expect(try await Program.problems(of: json.out, by: "runbooks-1") == "")
            // On a machine that has the history and not the folder it is known too.
            let bare = try await Program.medic(
                "diagnose", database.dsn(), "--history", shop.history, "--views-only", "--only", "index", "--verbose")
            #expect(bare.out.contains("runbook “drop the copy of an index”"), "\(bare.out)")
        }
    }

    @Test func whatCannotBeResolvedIsSaidAndEndsWith2() async throws {
        let scratch = try Scratch()
        let history = scratch.path + "/history.db"
        let fix = try scratch.file("fix.sql", "SELECT FROM WHERE;")
        let none = try await Program.medic(
            "resolve", "0123abcd", "--fix", fix, "--history", history, "--runbooks", scratch.path)
        #expect(none.status == 2 && none.error.contains("has no finding 0123abcd"), "\(none.error)")
        let nothing = try await Program.medic("resolve", "0123abcd", "--history", history)
        #expect(nothing.status == 2 && nothing.error.contains("say what mended it"), "\(nothing.error)")
        let folder = try await Program.medic("runbooks", "--runbooks", scratch.path + "/none")
        #expect(folder.status == 2 && folder.error.contains("there is no such folder"), "\(folder.error)")
        _ = try scratch.file("bad.md", "---\nid: x\nrulee: index.duplicate\n---\n")
        let check = try await Program.medic("runbooks", "check", "--runbooks", scratch.path)
        #expect(check.status == 2 && check.out.contains("bad.md"), "\(check.out)")
    }
}
