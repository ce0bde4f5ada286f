import Collecting
import Diagnosing
import Foundation
import Model
import TestKit
import Testing

/// Shapes that really run, mended by what is printed, beside others that look like them.
@Suite(.serialized) struct ConditionsUnderLoadTests: UsesShop {
    /// Statements in a script whose runs take next to no time.
    private static let many = 300

    /// Makes the tables, and begins to count anew.
    private func setUp(_ sql: String, on server: TestServer) async throws {
        try await server.psql(
            sql + "GRANT ALL ON ALL TABLES IN SCHEMA public TO \"App 1\"; VACUUM ANALYZE;"
                + "SELECT pg_stat_statements_reset();", database: "Shop")
    }

    private func expectSilence(_ rule: String, _ load: String, on server: TestServer) async throws {
        try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
        // A share that a rule judges, of a time that it judges.
        try await run(load, forMilliseconds: 100, on: server)
        try await server.psql("SELECT pg_sleep(1);", database: "Shop")
        let left = try await diagnosed(server).findings.filter { $0.rule == rule }
        #expect(left.isEmpty, "\(left.map { ($0.title, $0.evidence.map(\.value)) })")
    }

    private func runFixes(of finding: Finding, on server: TestServer) async throws {
        for action in finding.actions where action.tier == .fix {
            for statement in action.sql { try await server.psql(statement, database: "Shop") }
        }
    }

    @Test func anArrayAskedWithAnyAndWithContains() async throws {
        try await withShop { server in
            try await setUp(
                """
                CREATE TABLE "Articles" (id int, tags varchar(20)[], body text);
                INSERT INTO "Articles" SELECT g, ARRAY['t' || g % 5000, 'u' || g % 7000], md5(g::text)
                FROM generate_series(1, 60000) g;
                """, on: server)
            let load = "SELECT id FROM \"Articles\" WHERE 't17' = ANY (tags);\n"
            try await run(load, forMilliseconds: 1100, on: server)
            let found = try finding("shape.array-any-column", try await diagnosed(server))
            #expect(found.objects.contains { $0.name == "public.Articles" })
            try await runFixes(of: found, on: server)
            let steps = try #require(found.actions.first { $0.tier == .cure }?.steps.first)
            #expect(steps.contains("`tags @> ARRAY[$1]::character varying[]`"))
            let rewritten = "SELECT id FROM \"Articles\" WHERE tags @> ARRAY['t17']::character varying[];\n"
            let plan = try await server.psql("EXPLAIN " + rewritten, database: "Shop")
            #expect(plan.contains("Bitmap Index Scan on \"Articles_tags_gin_idx\""), "\(plan)")
            let lookUps = String(repeating: rewritten, count: Self.many)
            try await expectSilence(found.rule, lookUps, on: server)
            try await expectSilence(found.rule, "SELECT body FROM \"Articles\" WHERE id = ANY ('{1,2}');\n", on: server)
        }
    }

    @Test func aFieldOfADocumentGetsItsIndex() async throws {
        try await withShop { server in
            try await setUp(
                """
                CREATE TABLE docs (id int PRIMARY KEY, doc jsonb);
                INSERT INTO docs SELECT g, jsonb_build_object('code', 'c' || g, 'n', g, 'note', repeat(md5(g::text), 5))
                FROM generate_series(1, 40000) g;
                """, on: server)
            let load = "SELECT id FROM docs WHERE doc ->> 'code' = 'c77';\n"
            try await run(load, forMilliseconds: 1100, on: server)
            let found = try finding("shape.json-path-filter", try await diagnosed(server))
            #expect(found.title.contains("doc ->> '…'"), "the key is a constant: it is not known")
            try await runFixes(of: found, on: server)
            let contained = "SELECT id FROM docs WHERE doc @> jsonb_build_object('code'::text, 'c77'::text);\n"
            let plan = try await server.psql("EXPLAIN " + contained, database: "Shop")
            #expect(plan.contains("Bitmap Index Scan on docs_doc_gin_idx"), "\(plan)")
            let step = try #require(found.actions.first?.steps.first { $0.contains("CREATE INDEX") })
            let index = try #require(step.split(separator: "`").first { $0.hasPrefix("CREATE INDEX") })
            try await server.psql(String(index).replacing("'…'", with: "'code'"), database: "Shop")
            try await server.psql("ANALYZE docs;", database: "Shop")
            // The generic plan, to which the key is a parameter, still reads the table: the calls do not.
            try await expectSilence(found.rule, String(repeating: load, count: Self.many), on: server)
        }
    }

    @Test func aParameterOfAnotherType() async throws {
        try await withShop { server in
            let load = "SELECT note FROM orders WHERE id = 17.0;\n"
            try await run(load, forMilliseconds: 1100, on: server)
            let hidden = try finding("shape.implicit-cast-on-indexed-column", try await diagnosed(server))
            #expect(hidden.confidence == .medium, "the plan does not show it, the calls do")
            try await expectSilence(
                hidden.rule, String(repeating: "SELECT note FROM orders WHERE id = 17;\n", count: Self.many), on: server
            )
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            let written = "SELECT note FROM orders WHERE id = 17::numeric;\n"
            try await run(written, forMilliseconds: 1100, on: server)
            let shown = try finding(hidden.rule, try await diagnosed(server))
            #expect(shown.confidence == .high && shown.summary.contains("cast to numeric"))
            try await runFixes(of: shown, on: server)
            try await expectSilence(shown.rule, String(repeating: written, count: Self.many), on: server)
        }
    }

    @Test func longTextsInAList() async throws {
        try await withShop { server in
            try await setUp(
                """
                CREATE TABLE pages (id int PRIMARY KEY, author int, title text, body text);
                INSERT INTO pages SELECT g, g % 20, 'a page by the name of ' || g,
                    (SELECT string_agg(md5((g * n)::text), '') FROM generate_series(1, 200) n)
                FROM generate_series(1, 3000) g;
                """, on: server)
            try await run("SELECT * FROM pages WHERE author = 7;\n", forMilliseconds: 1100, on: server)
            let found = try finding("shape.wide-columns-by-star", try await diagnosed(server))
            #expect(found.title.hasPrefix("SELECT * fetches body of pages"))
            #expect(found.actions[0].steps[0].contains("SELECT id, author, title FROM"))
            try await expectSilence(
                found.rule, "SELECT id, author, title FROM pages WHERE author = 7;\n", on: server)
            try await expectSilence(
                found.rule, String(repeating: "SELECT * FROM pages WHERE id = 7;\n", count: Self.many), on: server)
        }
    }

    @Test func anIndexedTimeStampThatIsSetAllTheTime() async throws {
        try await withShop { server in
            try await setUp(
                """
                CREATE TABLE seen (id int PRIMARY KEY, at timestamptz, n int);
                INSERT INTO seen SELECT g, now(), 0 FROM generate_series(1, 2000) g;
                CREATE INDEX ON seen (at);
                """, on: server)
            let script = "\\set id random(1, 2000)\n"
            let load =
                script + String(repeating: "UPDATE seen SET at = clock_timestamp() WHERE id = :id;\n", count: Self.many)
            try await run(load, forMilliseconds: 1500, on: server)
            let found = try finding("shape.update-defeats-hot", try await diagnosed(server))
            #expect(found.title.contains("set the indexed at"))
            #expect(found.evidence.contains { $0.key == "indexes" && $0.value == .list(["seen_at_idx"]) })
            try await runFixes(of: found, on: server)
            #expect(
                try await server.psql("SELECT reloptions FROM pg_class WHERE relname = 'seen'", database: "Shop")
                    .contains("fillfactor=85"))
            let plain = script + String(repeating: "UPDATE seen SET n = n + 1 WHERE id = :id;\n", count: Self.many)
            try await expectSilence(found.rule, plain, on: server)
        }
    }

    @Test func listsOfEveryLength() async throws {
        try await withShop(settings: ["pg_stat_statements.max": "100"]) { server in
            let forms = (1...60).map { number in
                "SELECT note FROM orders WHERE id IN (\((1...number).map(String.init).joined(separator: ", ")));"
            }
            try await server.psql(forms.joined(separator: "\n"), database: "Shop")
            let found = try finding("workload.statement-flood", try await diagnosed(server))
            #expect(found.summary.contains("lengths of their lists"))
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            let arrays = (1...60).map { number in
                "SELECT note FROM orders WHERE id = ANY ('{\((1...number).map(String.init).joined(separator: ","))}');"
            }
            try await server.psql(arrays.joined(separator: "\n"), database: "Shop")
            let left = try await diagnosed(server).findings.filter { $0.rule == found.rule }
            #expect(left.isEmpty, "\(left.map(\.title))")
        }
    }

    @Test func aQueueThatIsAskedInVain() async throws {
        try await withShop { server in
            try await setUp(
                """
                CREATE TABLE jobs (id int PRIMARY KEY, state text, run_at timestamptz);
                INSERT INTO jobs SELECT g, CASE g % 3 WHEN 0 THEN 'done' ELSE 'failed' END, now()
                FROM generate_series(1, 300) g;
                """, on: server)
            let poll = "SELECT * FROM jobs WHERE state = 'queued' AND run_at <= now() ORDER BY run_at LIMIT 1;\n"
            try await run(poll, times: 2000, on: server)
            let found = try finding("workload.polling", try await diagnosed(server))
            #expect(found.objects.contains { $0.name == "public.jobs" })
            let notify = try #require(found.actions.last?.steps.first)
            #expect(notify.contains("`NOTIFY jobs;`"))
            for misses in ["SELECT * FROM jobs WHERE id = 100000;\n", "SELECT * FROM orders WHERE customer = -1;\n"] {
                try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
                try await run(misses, times: 2000, on: server)
                let left = try await diagnosed(server).findings.filter { $0.rule == found.rule }
                #expect(left.isEmpty, "\(left.map(\.title))")
            }
        }
    }

    @Test func maintenanceWhileOthersComeIn() async throws {
        try await withShop(settings: ["log_lock_waits": "off"]) { server in
            let lookUp = "SELECT note FROM orders WHERE id = 7;\n"
            try await run(lookUp, times: 300, on: server)
            let holder = try await LiveSession.open(server, database: "Shop", role: "postgres", application: "holder")
            _ = try await holder.run("BEGIN; SELECT 1 FROM orders LIMIT 1;")
            let job = try await LiveSession.open(server, database: "Shop", role: "postgres", application: "job")
            try await job.start("VACUUM FULL orders;")
            try await server.wait(
                until: """
                    (SELECT count(*) = 1 FROM pg_stat_activity
                     WHERE application_name = 'job' AND clock_timestamp() - query_start > interval '1200 ms')
                    """)
            _ = try await holder.run("COMMIT;")
            _ = try await job.finish()
            let found = try finding("workload.disruptive-maintenance", try await diagnosed(server))
            #expect(found.title.hasPrefix("VACUUM FULL locks orders"))
            try await runFixes(of: found, on: server)
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            try await run(lookUp, times: 300, on: server)
            try await server.psql("VACUUM FULL orders;", database: "Shop")
            let left = try await diagnosed(server).findings.filter { $0.rule == found.rule }
            #expect(left.isEmpty, "it was over in an instant")
        }
    }

    @Test func temporaryTablesThatComeAndGo() async throws {
        try await withShop { server in
            let churn = "CREATE TEMP TABLE ids (id int);\nINSERT INTO ids VALUES (1);\nDROP TABLE ids;\n"
            try await run(churn, times: 1200, on: server)
            let found = try finding("workload.temporary-table-churn", try await diagnosed(server))
            #expect(found.objects.contains { $0.kind == .database && $0.name == "Shop" })
            for action in found.actions {
                for statement in action.sql { try await server.psql(statement, database: "Shop") }
            }
            try await server.psql("SELECT pg_stat_statements_reset();", database: "Shop")
            let once = """
                BEGIN;
                CREATE TEMP TABLE IF NOT EXISTS ids (id int) ON COMMIT DELETE ROWS;
                INSERT INTO ids VALUES (1);
                COMMIT;

                """
            try await run(once, times: 1200, on: server)
            let left = try await diagnosed(server).findings.filter { $0.rule == found.rule }
            #expect(left.isEmpty, "\(left.map(\.summary))")
        }
    }
}
