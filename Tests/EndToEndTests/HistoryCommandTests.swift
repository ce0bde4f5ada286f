import Foundation
import TestKit
import Testing

/// What a history tells, on real servers.
@Suite(.serialized) struct HistoryCommandTests {
    private static let schema = """
        CREATE TABLE orders (id bigint PRIMARY KEY, status text, note text);
        INSERT INTO orders SELECT g, 's' || g % 5000, repeat('x', 200) FROM generate_series(1, 60000) g;
        CREATE INDEX orders_status_idx ON orders (status);
        VACUUM ANALYZE orders;
        """

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// RFC 3339, with or without milliseconds.
    private func moment(_ value: Any?) throws -> Date {
        let text = try #require(value as? String)
        return try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
    }

    /// An index is dropped and a setting changed between two sweeps: the next one names and dates both, and the statement that
    /// has become slow.
    @Test func aSweepNamesWhatChangedSinceTheLast() async throws {
        // Of its own: on the shared one others' statements take the time.
        let server = try await TestServer.start(extensions: ["pg_stat_statements"])
        defer { server.stop() }
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let config = try scratch.file(
                "pgmedic.yaml",
                "targets:\n  shop:\n    dsn: \"\(database.dsn())\"\nhistory: \(scratch.path)/history.db\n")
            func sweep(_ arguments: String...) async throws -> Command.Output {
                try await Program.medic(["sweep", "--config", config, "--now", "--no-samples"] + arguments)
            }
            let look = "SELECT count(note) FROM orders WHERE status = 's77';"
            for _ in 0..<40 { try await database.psql(look) }
            let first = try await sweep()
            #expect(first.status == 0, "\(first.error)")
            for _ in 0..<40 { try await database.psql(look) }
            let calm = try await sweep("--tell", "critical")
            #expect(calm.status == 0 && calm.out.isEmpty, "\(calm.out)\(calm.error)")
            try await database.psql("DROP INDEX orders_status_idx;")
            for _ in 0..<60 { try await database.psql(look) }
            let told = try await sweep("--format", "json")
            #expect(told.status == 0, "\(told.error)")
            let targets = try #require(try json(told.out)["targets"] as? [[String: Any]])
            let events = try #require(targets.first?["events"] as? [String])
            #expect(events.contains("index public.orders_status_idx dropped"), "\(events)")
            #expect(events.contains { $0.hasPrefix("plan of statement") }, "\(events)")

            let shown = try await Program.medic("history", "show", "--config", config, "--format", "json")
            let changes = try #require(try json(shown.out)["changes"] as? [[String: Any]])
            let dropped = try #require(changes.first { $0["kind"] as? String == "indexDropped" })
            #expect(dropped["object"] as? String == "public.orders_status_idx")
            #expect(dropped["after"] is String)

            let slow = try await Program.medic("slow", "--config", config, "--last", "1h", "--format", "json")
            #expect(slow.status == 0 && slow.out.contains("SELECT count(note) FROM orders"), "\(slow.error)")
            let trends = try await Program.medic("trends", "--config", config, "--last", "1h", "--format", "markdown")
            #expect(trends.status == 0, "\(trends.error)")
            let local = try await Program.medic(
                "trends", "--config", config, "--last", "1h", "--format", "json", "--time-zone", "Asia/Kathmandu")
            #expect(try json(local.out)["timeZone"] as? String == "Asia/Kathmandu", "\(local.error)")
            // The history is some seconds old, and so is what is shown of the hour.
            let range = try #require(try json(local.out)["range"] as? [String: Any])
            let (start, end) = (try moment(range["from"]), try moment(range["to"]))
            #expect(end.timeIntervalSince(start) < 1800, "\(range)")
            // Nothing is known of the time before now, which there is 5 h 45 min later by the clock.
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
            let soon = String(Date(timeIntervalSinceNow: 6 * 3600).formatted(style).dropLast())
            let early = String(Date(timeIntervalSinceNow: 5 * 3600).formatted(style).dropLast())
            let read = try await Program.medic(
                "trends", "--config", config, "--from", early, "--to", soon, "--time-zone", "Asia/Kathmandu",
                "--format",
                "json")
            #expect(try json(read.out)["snapshots"] as? Int ?? 0 >= 3, "\(read.error)")
            let check = try await Program.medic("history", "check", "--config", config)
            #expect(check.status == 0 && check.out.contains("is sound"))
        }
    }

    @Test func aDiagnosisSaysWhatIsNewAndSinceWhen() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let history = scratch.path + "/history.db"
            func findings() async throws -> [[String: Any]] {
                let run = try await Program.medic(
                    "diagnose", database.dsn(), "--history", history, "--no-samples", "--format", "json")
                #expect(run.status == 0, "\(run.error)")
                return try #require(try json(run.out)["findings"] as? [[String: Any]])
            }
            let first = try await findings()
            #expect(!first.isEmpty)
            #expect(first.allSatisfy { ($0["history"] as? [String: Any])?["new"] as? Bool == false })
            try await database.psql(
                """
                CREATE TABLE items (id bigint PRIMARY KEY, orders bigint REFERENCES orders);
                INSERT INTO items SELECT g, g FROM generate_series(1, 5000) g;
                ALTER TABLE items DISABLE TRIGGER ALL;
                """)
            let second = try await findings()
            let same = Set(first.compactMap { $0["fingerprint"] as? String })
            let known = second.filter { same.contains($0["fingerprint"] as? String ?? "") }
            #expect(!known.isEmpty)
            let fresh = try #require(second.first { $0["rule"] as? String == "schema.disabled-trigger" })
            #expect((fresh["history"] as? [String: Any])?["new"] as? Bool == true)
            for finding in known {
                let past = try #require(finding["history"] as? [String: Any])
                #expect(past["new"] as? Bool == false && past["sightings"] as? Int == 2)
            }
            let list = try await Program.medic("history", "list", "--history", history, "--format", "json")
            #expect(list.out.contains("\"snapshots\" : 2"), "\(list.out)")
        }
    }

    /// A sweep that is killed at any moment leaves a history that opens, checks clean, and has lost nothing but its own snapshot.
    @Test func killedSweepsLoseNothingElse() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let config = try scratch.file(
                "pgmedic.yaml",
                "targets:\n  shop:\n    dsn: \"\(database.dsn())\"\nhistory: \(scratch.path)/history.db\n")
            let loops = ProcessInfo.processInfo.environment["PGMEDIC_LONG_TESTS"] == nil ? 12 : 200
            let run = try await Command(
                "/bin/bash",
                [
                    "-c",
                    """
                    done=0
                    for n in $(seq \(loops)); do
                        "$0" sweep --config "$1" --now --views-only > /dev/null 2> "$2" & pid=$!
                        if [ $((n % 3)) = 0 ]; then wait $pid || { cat "$2"; exit 1; }; done=$((done + 1)); continue; fi
                        # Anywhere from its start to its end.
                        sleep 0.0$((RANDOM % 10))$((RANDOM % 10)); [ $((n % 2)) = 0 ] && sleep 0.2
                        kill -9 $pid 2> /dev/null; wait $pid 2> /dev/null
                        "$0" history check --config "$1" > "$2" 2>&1
                        status=$?; [ $status = 0 ] || grep -q "is empty\\|there is none yet" "$2" || { cat "$2"; exit 1; }
                    done
                    echo $done
                    """, Program.path, config, scratch.path + "/log",
                ]
            ).run()
            #expect(run.status == 0, "\(run.out)\(run.error)")
            let finished = try #require(Int(run.out.trimmingCharacters(in: .whitespacesAndNewlines)))
            let list = try await Program.medic("history", "list", "--config", config, "--format", "json")
            let kept = try #require(
                (try JSONSerialization.jsonObject(with: Data(list.out.utf8)) as? [[String: Any]])?.first)
            #expect(finished > 0 && (kept["snapshots"] as? Int ?? 0) >= finished)
        }
    }

    @Test func aHistoryThatCannotBeUsedSaysWhyAndStaysAsItWas() async throws {
        let scratch = try Scratch()
        let text = try scratch.file(
            "notes.db", "not a history, but somebody's notes; " + String(repeating: "x", count: 5000))
        for command in [["history", "list"], ["history", "check"], ["trends"], ["diagnose", "host=/nonexistent"]] {
            let ended = try await Program.medic(command + ["--history", text])
            #expect(ended.status == 2 && ended.error.contains(text), "\(command) \(ended.status) \(ended.error)")
        }
        #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("not a history"))
        let none = try await Program.medic("trends", "--history", scratch.path + "/none.db")
        #expect(none.status == 2 && !FileManager.default.fileExists(atPath: scratch.path + "/none.db"), "\(none.error)")
    }

    @Test func exportedHistoriesAreReadAndTakenIn() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let history = scratch.path + "/history.db"
            let copy = scratch.path + "/copy.db"
            let other = scratch.path + "/other.db"
            for _ in 0..<2 {
                _ = try await Program.medic("diagnose", database.dsn(), "--history", history, "--no-samples", "--quiet")
            }
            let exported = try await Program.medic("history", "export", "--history", history, "-o", copy)
            #expect(exported.status == 0 && exported.out.contains("2 snapshots"), "\(exported.error)")
            let again = try await Program.medic("history", "export", "--history", history, "-o", copy)
            #expect(again.status == 2 && again.error.contains("is there already"))
            let taken = try await Program.medic("history", "import", copy, "--history", other, "--as", "moved")
            #expect(taken.status == 0, "\(taken.error)")
            let list = try await Program.medic("history", "list", "moved", "--history", other)
            #expect(list.out.contains("2 snapshots"), "\(list.out)\(list.error)")
            let merged = try await Program.medic("history", "merge", copy, "--history", history)
            #expect(merged.status == 0 && merged.error.contains("is known here"), "\(merged.error)")
        }
    }

    @Test(arguments: [
        (["compare", "--good", "2026-11-23T08:00+1h", "--bad", "2026-11-24T09:00/2026-11-24T08:00"], "ends before"),
        (["compare", "--good", "yesterday", "--bad", "-1h/-1s"], "yesterday"),
        (["trends", "--last", "7d", "--from", "2026-11-01"], "not both"),
        (["trends", "--from", "2026-02-30"], "2026-02-30"),
        (["trends", "--time-zone", "Mars/Base"], "Mars/Base"),
        (["history", "prune", "--snapshots", "1h"], "a day or longer"),
    ])
    func wrongTimesEndWith2(arguments: [String], says: String) async throws {
        let ended = try await Program.medic(arguments)
        #expect(ended.status == 2 && ended.error.contains(says), "\(ended.status) \(ended.error)")
    }
}
