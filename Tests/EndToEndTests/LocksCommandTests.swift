import Foundation
import TestKit
import Testing

/// `pgmedic locks` as a user runs it, against a server on which sessions wait.
@Suite(.serialized) struct LocksCommandTests {
    private static let schema = """
        CREATE TABLE orders (id int PRIMARY KEY, status text);
        INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 100) n;
        """

    private func wait(for count: Int, in database: TestDatabase) async throws {
        try await database.wait(
            until: "(SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted "
                + "AND l.waitstart IS NOT NULL AND a.datname = current_database()) = \(count)")
    }

    /// A holder that idles in its transaction and so many that wait for its row.
    private func withPile<Value>(
        _ count: Int, _ body: (TestDatabase, LiveSession) async throws -> Value
    ) async throws -> Value {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let holder = try await database.session(application: "billing")
            try await holder.run("BEGIN; UPDATE orders SET status = 'paid' WHERE id = 7")
            var waiters: [LiveSession] = []
            for _ in 0..<count {
                let waiter = try await database.session(application: "web")
                try await waiter.start("UPDATE orders SET status = 'very-secret' WHERE id = 7")
                waiters.append(waiter)
            }
            try await wait(for: count, in: database)
            let result: Result<Value, any Error>
            do { result = .success(try await body(database, holder)) } catch { result = .failure(error) }
            await holder.close()
            for waiter in waiters { await waiter.close() }
            return try result.get()
        }
    }

    @Test func theForestIsShownWithWhatEndsIt() async throws {
        let scratch = try Scratch()
        let page = try scratch.file("locks.html")
        try await withPile(3) { database, holder in
            let output = try await Program.medic(
                "locks", database.dsn(), "--database", database.name, "-o", page, "--no-color")
            #expect(output.status == 0, "\(output.error)")
            let pid = await holder.pid
            #expect(output.out.contains("session \(pid) (billing) blocks 3 sessions on orders"))
            #expect(output.out.contains("idle in its transaction"))
            #expect(output.out.contains("holds        ROW EXCLUSIVE on orders"))
            #expect(output.out.contains("L1") && output.out.contains("L2") && output.out.contains("L3"))
            #expect(!output.out.contains("very-secret"))
            let html = try String(contentsOfFile: page, encoding: .utf8)
            #expect(html.contains("<svg") && !html.contains("very-secret"))
            // What it prints ends the pile.
            let end = try #require(
                output.out.split(separator: "\n").first { $0.contains("SELECT pg_catalog.pg_terminate_backend") })
            #expect(try await database.psql(String(end)) == "t")
        }
    }

    @Test func literalsAreShownWhenAsked() async throws {
        try await withPile(1) { database, _ in
            let output = try await Program.medic("locks", database.dsn(), "--show-literals", "--format", "json")
            #expect(output.out.contains("very-secret"))
        }
    }

    @Test func nobodyWaits() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let output = try await Program.medic("locks", database.dsn(), "--database", database.name)
            #expect(output.status == 0)
            #expect(output.out.contains("Nobody") && output.out.contains("waits for a lock."))
        }
    }

    @Test func theExitCodeTellsOfALongWait() async throws {
        try await withPile(1) { database, _ in
            let name = database.name
            let now = try await Program.medic(
                "locks", database.dsn(), "--database", name, "--fail-on-blocked", "1ms", "--quiet")
            #expect(now.status == 1)
            let later = try await Program.medic(
                "locks", database.dsn(), "--database", name, "--fail-on-blocked", "1h", "--quiet")
            #expect(later.status == 0)
        }
    }

    @Test func aWatchPrintsOneDocumentALineAndEndsWithASummary() async throws {
        try await withPile(2) { database, holder in
            let output = try await Program.medic(
                "locks", database.dsn(), "--database", database.name, "--watch", "200ms", "--for", "1s", "--format",
                "json")
            #expect(output.status == 0, "\(output.error)")
            let documents = try output.out.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(documents.count >= 3)
            #expect(documents.dropLast().allSatisfy { $0["watch"] is NSNull })
            let watch = try #require(documents.last?["watch"] as? [String: Any])
            let roots = try #require(watch["roots"] as? [[String: Any]])
            #expect(roots.count == 1)
            let root = try #require(roots.first)
            #expect((root["name"] as? String)?.contains("session \(await holder.pid)") == true)
            #expect((root["blockedSeconds"] as? Double ?? 0) > 0.5)
            #expect(root["peakWaitingSessions"] as? Int == 2)
        }
    }

    /// The session of a watch is ended under it: it says so, connects again and goes on.
    @Test func aLostConnectionIsMadeAnew() async throws {
        let server = try await TestServer.shared()
        try await server.withDatabase(Self.schema) { database in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.path)
            process.arguments = ["locks", database.dsn(), "--watch", "100ms", "--format", "json"]
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            let session =
                "SELECT pid FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'pgmedic'"
            try await server.wait(until: "EXISTS (\(session))")
            let first = try await server.psql(session)
            try await server.psql("SELECT pg_terminate_backend(\(first))")
            try await server.wait(until: "EXISTS (\(session) AND pid <> \(first))")
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            #expect(text.split(separator: "\n").last?.contains("\"failures\":1") == true)
            let message = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            #expect(message.contains("trying again in"))
        }
    }

    /// On a terminal it draws in place, and gives screen and cursor back.
    @Test func onATerminalItDrawsInPlace() async throws {
        try await TestServer.shared().withDatabase(Self.schema) { database in
            let command = "'\(Program.path)' locks \"\(database.dsn())\" --watch 100ms --for 500ms"
            let output = try await Command(
                "/usr/bin/script", ["-qec", command, "/dev/null"], environment: ["TERM": "xterm"]
            ).run()
            #expect(output.out.contains("\u{1B}[?1049h") && output.out.contains("\u{1B}[?25l"))
            let end = try #require(output.out.range(of: "\u{1B}[?25h\u{1B}[?1049l"))
            #expect(output.out[end.upperBound...].contains("watched"))
            #expect(output.out.components(separatedBy: "\u{1B}[H").count > 3)
        }
    }

    @Test func aSnapshotIsShownWithoutAServer() async throws {
        let scratch = try Scratch()
        let file = try scratch.file("snapshot.json")
        try await withPile(2) { database, _ in
            #expect(try await Program.medic("collect", database.dsn(), "--views-only", "-o", file).status == 0)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let snapshot = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let version = try await Program.medic("--version").out.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(snapshot?["generator"] as? String == version && version.hasPrefix("pgmedic "))
            let output = try await Program.medic("locks", "--from", file, "--database", database.name)
            #expect(output.status == 0 && output.out.contains("(billing) blocks 2 sessions on orders"))
        }
    }

    @Test(arguments: [
        ["--for", "5s"], ["--from", "x.json", "--watch", "1s"], ["--watch", "1ms"], ["x", "--from", "y"],
    ])
    func whatCannotBeIsRefused(_ arguments: [String]) async throws {
        #expect(try await Program.medic(["locks"] + arguments).status == 2)
    }

    @Test func aServerThatIsNotThereIsThree() async throws {
        #expect(try await Program.medic("locks", "host=127.0.0.1 port=1 connect_timeout=2").status == 3)
    }

    /// A role without pg_monitor: the pile is seen, what its root does is not, and it is said what would show it.
    @Test func whatIsHiddenIsSaid() async throws {
        try await withPile(1) { database, holder in
            let role = "watcher_\(database.name)"
            try await database.psql("CREATE ROLE \(role) LOGIN")
            let output = try await Program.medic("locks", database.dsn(role: role), "--database", database.name)
            try await database.psql("DROP ROLE \(role)")
            #expect(output.status == 0)
            #expect(output.out.contains("session \(await holder.pid)") && output.out.contains("hidden from our role"))
            #expect(output.out.contains("GRANT pg_monitor TO \(role);"))
            #expect(output.out.contains("count its work as lost"))
        }
    }

    /// An ALTER TABLE waits on every table: neither command stands in a queue, and both are done at once.
    @Test(arguments: [["locks"], ["diagnose", "--no-samples"]])
    func nothingWaitsInAQueue(_ command: [String]) async throws {
        let tables = 12
        let schema = (0..<tables).map { "CREATE TABLE t\($0) (id int PRIMARY KEY, x text);" }.joined()
        let server = try await TestServer.start(settings: ["log_lock_waits": "on", "deadlock_timeout": "10ms"])
        defer { server.stop() }
        try await server.withDatabase(schema) { database in
            let reader = try await database.session(application: "report")
            try await reader.run("BEGIN;" + (0..<tables).map { "SELECT count(*) FROM t\($0);" }.joined())
            var changes: [LiveSession] = []
            for table in 0..<tables {
                let change = try await database.session(application: "migration")
                try await change.start("ALTER TABLE t\(table) ADD COLUMN y int")
                changes.append(change)
            }
            try await wait(for: tables, in: database)
            // A diagnosis leaves out waits that are younger than a second.
            try await database.wait(
                until: "(SELECT max(clock_timestamp() - waitstart) FROM pg_locks WHERE NOT granted) > '1.2 s'")
            let output = try await Program.medic([command[0], database.dsn()] + command.dropFirst())
            #expect(output.status == 0, "\(output.error)")
            #expect(output.out.contains("session \(await reader.pid)"))
            // The server logs whoever waits for 10 ms: the migrations, and nobody else.
            let waits = try server.log().split(separator: "\n").filter { $0.contains("still waiting for") }
            #expect(!waits.isEmpty)
            #expect(
                !(try server.log().split(separator: "\n").contains { $0.contains("/pgmedic ") && $0.contains("ERROR") })
            )
            #expect(waits.allSatisfy { $0.contains("/migration ") }, "\(waits.filter { !$0.contains("/migration ") })")
            await reader.close()
            for change in changes { await change.close() }
        }
    }
}
