import Foundation
import Model
import TestKit
import Testing

/// A case from the sick server to somebody who has only the file.
@Suite(.serialized) struct CaseCommandTests {
    /// Wherever users' data can be: none of these words may leave.
    private static let canaries = [
        "canaryvalue", "canaryrare", "canaryliteral", "canarycomment", "canarypredicate", "canarycheck", "canarybound",
        "canaryview", "canarybody", "canarydefault", "canarysession", "canaryattached", "canarypassword",
        "canary@example.org", "192.0.2.77", "4111111111111111",
    ]

    private static let schema = """
        CREATE TABLE customers (id bigint PRIMARY KEY, email text, city text DEFAULT 'canarydefault', card text);
        INSERT INTO customers SELECT g, CASE WHEN g % 3 = 0 THEN 'canary@example.org' ELSE 'canaryrare' || g END,
            CASE WHEN g % 2 = 0 THEN 'canaryvalue' ELSE 'c' || g % 700 END, '4111111111111111'
        FROM generate_series(1, 30000) g;
        CREATE INDEX customers_some_idx ON customers (city) WHERE email <> 'canarypredicate';
        ALTER TABLE customers ADD CHECK (city <> 'canarycheck');
        CREATE TABLE events (at timestamptz NOT NULL, kind text NOT NULL, customer_id bigint REFERENCES customers)
            PARTITION BY LIST (kind);
        CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('canarybound', 'b');
        CREATE TABLE events_rest PARTITION OF events DEFAULT;
        INSERT INTO events SELECT now() - g * interval '1 min', CASE WHEN g % 5 = 0 THEN 'b' ELSE 'k' || g % 9 END,
            1 + g % 30000 FROM generate_series(1, 60000) g;
        CREATE VIEW seen AS SELECT * FROM customers WHERE city = 'canaryview';
        CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1 || 'canarybody') $$;
        CREATE INDEX customers_folded_idx ON customers (folded(email));
        VACUUM ANALYZE;
        """

    private static let statements = [
        "SELECT count(*) FROM customers WHERE city = 'canaryliteral' /* canarycomment */",
        "SELECT email FROM customers WHERE id = 77",
        "SELECT c.city, count(*) FROM customers c JOIN events e ON e.customer_id = c.id WHERE e.kind = 'b' GROUP BY 1",
        "SELECT * FROM customers WHERE city = 'c5' AND email <> 'x' ORDER BY id LIMIT 10",
        "SELECT count(*) FROM events WHERE at > now() - interval '1 day'",
        "SELECT * FROM seen WHERE id < 50",
        "SELECT max(at) FROM events WHERE customer_id = 5",
        "SELECT kind, count(*) FROM events GROUP BY kind ORDER BY 2 DESC",
    ]

    /// Names of the findings, and what they say of their severity.
    private func findings(_ report: String) throws -> [String] {
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let findings = try #require(json["findings"] as? [[String: Any]])
        return findings.map { "\($0["fingerprint"] ?? $0["id"] ?? "") \($0["severity"] ?? "") \($0["title"] ?? "")" }
    }

    @Test func aCaseHoldsTheEvidenceAndNoSecretAndOpensWithoutAServer() async throws {
        let server = try await TestServer.start(
            settings: ["log_statement": "all"], extensions: ["pg_stat_statements", "hypopg"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            for statement in Self.statements { for _ in 0..<3 { try await database.psql(statement) } }
            let session = try await database.session(application: "billing")
            try await session.run("BEGIN; UPDATE customers SET city = 'canarysession' WHERE id = 3")
            let log = try scratch.file(
                "postgresql.log",
                """
                2026-03-03 ERROR:  duplicate key value violates unique constraint "customers_pkey"
                2026-03-03 DETAIL:  Key (email)=(canary@example.org) already exists.
                2026-03-03 STATEMENT:  INSERT INTO customers VALUES (1, 'canaryattached')
                2026-03-03 LOG:  connection from 192.0.2.77 with postgresql://app:canarypassword@db1/shop

                """)
            let file = scratch.path + "/case.pgmedic"
            let made = try await Program.medic(
                "escalate", database.dsn(), "-o", file, "--ticket", "DB-1", "--note", "customers wait", "--since",
                "Tuesday 14:05", "--tried", "told canary@example.org to wait", "--attach", log, "--no-samples")
            #expect(made.status == 0, "\(made.error)")
            #expect(made.out.contains("customers wait") && made.out.contains("told: Tuesday 14:05"), "\(made.out)")
            let size = try #require(FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
            #expect(size < 3 << 20)

            // Nothing but reading reached the server, and no value in a statement of ours.
            let serverLog = try server.log()
            let sent = serverLog.split(separator: "\n").filter { $0.contains("/pgmedic ") }
                .compactMap { line in
                    line.firstRange(of: #/execute [^:]*: |statement: /#).map { line[$0.upperBound...] }
                }
            let reading = [
                "SELECT ", "WITH ", "EXPLAIN (FORMAT JSON) ", "PREPARE pgmedic", "DEALLOCATE pgmedic",
                "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", "SAVEPOINT pgmedic", "ROLLBACK TO SAVEPOINT pgmedic",
                "COMMIT",
            ]
            #expect(serverLog.contains("    v.value"), "else the order of texts was not asked")
            for statement in sent {
                #expect(reading.contains { statement.hasPrefix($0) }, "\(statement)")
                #expect(!statement.contains("canaryvalue"), "\(statement)")
            }

            // Nothing of the users' data is in it, packed or unpacked.
            let folder = scratch.path + "/case"
            let opened = try await Program.medic("open", file, "--extract", folder)
            #expect(opened.status == 0 && opened.out.contains("planner/1.json.gz"), "\(opened.error)")
            let text = try await Command(
                "/bin/sh",
                [
                    "-c",
                    "cd \(folder) && for f in $(find . -type f); do case $f in *.gz) zcat $f;; *) cat $f;; esac; done",
                ]
            ).run().out
            #expect(text.contains("customers_folded_idx"), "else nothing was looked at")
            for canary in Self.canaries { #expect(!text.contains(canary), "\(canary)") }
            let check = try await Program.medic("redact", "--check", file)
            #expect(check.status == 0, "\(check.out)")
            let readable = try await Program.medic("redact", "--check", file, "--format", "json")
            #expect(try await Program.problems(of: readable.out, by: "readable-1") == "")
            let listed = try await Program.medic("open", file, "--format", "json")
            #expect(try await Program.problems(of: listed.out, by: "case-1") == "")

            // Where the server is not known, it gives the same findings, and the folder does so too.
            let report = try String(contentsOfFile: folder + "/report.json", encoding: .utf8)
            let offline = try await Program.medic("diagnose", "--from", file, "--format", "json")
            #expect(try findings(offline.out) == findings(report))
            #expect(try !findings(report).isEmpty)
            let unpacked = try await Program.medic("diagnose", "--from", folder, "--format", "json")
            #expect(try findings(unpacked.out) == findings(report))

            // In the lab the statements are planned as at the source, and an index can be tried.
            let lab = try await Program.medic(
                "lab", file, "--format", "json", "--try", "CREATE INDEX ON events (customer_id)", "--explain",
                "SELECT max(at) FROM events WHERE customer_id = $1")
            #expect(lab.status == 0, "\(lab.error)")
            #expect(try await Program.problems(of: lab.out, by: "lab-1") == "")
            let shown = try #require(try JSONSerialization.jsonObject(with: Data(lab.out.utf8)) as? [String: Any])
            let (compared, same) = (shown["compared"] as? Int ?? 0, shown["same"] as? Int ?? 0)
            #expect(compared >= 6 && Double(same) >= 0.9 * Double(compared), "\(lab.out)")
            let plan = try #require((shown["plans"] as? [[String: Any]])?.first)
            #expect((plan["before"] as? String)?.contains("Seq Scan") ?? false, "\(plan)")
            #expect((plan["after"] as? String)?.contains("customer_id_idx") ?? false, "\(plan)")
            await session.close()
        }
    }

    @Test func withPseudonymsNamesStayBehindAndTheKeyKnowsThem() async throws {
        let server = try await TestServer.start()
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.psql("CREATE ROLE canaryrole LOGIN SUPERUSER; ALTER ROLE canaryrole SET work_mem = '5MB';")
        let session = try await LiveSession.open(dsn: server.dsn(role: "canaryrole"), application: "canaryapplication")
        try await session.run("BEGIN; SELECT pg_advisory_lock(1)")
        let file = scratch.path + "/case.pgmedic"
        let key = scratch.path + "/key.json"
        let made = try await Program.medic(
            "escalate", server.dsn(), "-o", file, "--redact", "names", "--key", key, "--note", "canaryrole waits",
            "--format", "json",
            "--no-samples")
        #expect(made.status == 0, "\(made.error)")
        #expect(!made.out.contains("canary"), "\(made.out)")
        #expect(try await Program.problems(of: made.out, by: "case-summary-1") == "")
        let folder = scratch.path + "/case"
        _ = try await Program.medic("open", file, "--extract", folder)
        let text = try await Command(
            "/bin/sh",
            ["-c", "cd \(folder) && for f in $(find . -type f); do case $f in *.gz) zcat $f;; *) cat $f;; esac; done"]
        ).run().out
        #expect(!text.contains("canaryrole") && !text.contains("canaryapplication"))
        #expect(text.contains("role_"))
        #expect(try String(contentsOfFile: key, encoding: .utf8).contains("canaryrole"))
        await session.close()
    }

    @Test func whatIsNoCaseEndsWith2AndSaysWhy() async throws {
        let scratch = try Scratch()
        let text = try scratch.file("case.pgmedic", "PK no zip")
        for command in ["open", "lab"] {
            let refused = try await Program.medic(command, text)
            #expect(refused.status == 2 && refused.error.contains("as a case"), "\(command): \(refused.error)")
        }
        let snapshot = try await Program.medic("escalate", "--from", text)
        #expect(snapshot.status == 2)
        let missing = try await Program.medic("open", scratch.path + "/none.pgmedic")
        #expect(missing.status == 2 && missing.error.contains("No such file"), "\(missing.error)")
        let binary = try scratch.file("a.bin")
        try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: binary))
        let attached = try await Program.medic("escalate", "--from", text, "--attach", binary)
        #expect(attached.status == 2 && attached.error.contains("not in UTF-8"), "\(attached.error)")
    }
}
