import Foundation
import TestKit
import Testing

/// One server under two names, of which one has a threshold of its own.
@Suite(.serialized) struct ThresholdCommandTests {
    private static let rule = "capacity.sequence-exhaustion"
    private static let name = "share of numbers left"
    private static let schema = "CREATE SEQUENCE tickets MAXVALUE 100; SELECT setval('tickets', 92);"

    private func config(_ scratch: borrowing Scratch, _ dsn: String, threshold: String?) throws -> String {
        let own = threshold.map { ", thresholds: {\(Self.rule): {\(Self.name): \($0)}}" } ?? ""
        return try scratch.file(
            "pgmedic.yaml",
            """
            targets:
              shop: {dsn: "\(dsn)", sweep: {viewsOnly: true}}
              warehouse: {dsn: "\(dsn)", sweep: {viewsOnly: true}\(own)}
            history: \(scratch.path)/history.db
            """)
    }

    private func isFound(_ ended: Command.Output) throws -> Bool {
        #expect(ended.status == 0, "\(ended.error)")
        return try JSONReport(ended.out).first(Self.rule) != nil
    }

    @Test func aTargetsThresholdSilencesWhatAnotherTargetTells() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            let call = ["diagnose", "--views-only", "--only", Self.rule, "--format", "json", "--config"]
            let config = try config(scratch, database.dsn(), threshold: "6%")
            #expect(try await isFound(Program.medic(call + [config, "shop"])))
            let silent = try await Program.medic(call + [config, "warehouse"])
            #expect(try !isFound(silent))
            let told = try #require(try JSONReport(silent.out).root["thresholds"] as? [String: [[String: Any]]])
            #expect(told["adjusted"]?.first?["place"] as? String == "\(config):3")
            #expect((told["silenced"]?.first?["title"] as? String)?.contains("tickets") == true)
            #expect(try await Program.problems(of: silent.out, by: "diagnosis-1") == "")
            // A command's own stands before the file's; a DSN has none of a target's.
            let back = ["--threshold", "\(Self.rule):\(Self.name)=0.2"]
            #expect(try await isFound(Program.medic(call + [config, "warehouse"] + back)))
            #expect(try await isFound(Program.medic(call + [config, database.dsn()])))

            // A case is judged by its maker's thresholds, without the file.
            let path = scratch.path + "/case.pgmedic"
            let made = try await Program.medic(
                "escalate", "warehouse", "--views-only", "--no-planner", "--only", Self.rule, "--config", config, "-o",
                path)
            #expect(made.status == 0, "\(made.error)")
            #expect(made.out.contains("1 threshold was adjusted, 1 finding is silent for that"), "\(made.out)")
            let elsewhere = try scratch.file("elsewhere.yaml", "thresholds: {\(Self.rule): {\(Self.name): 1}}\n")
            let opened = try await Program.medic(call + [elsewhere, "--from", path])
            #expect(try !isFound(opened) && opened.out.contains("the case, from pgmedic.yaml:3"), "\(opened.out)")
            #expect(try await isFound(Program.medic(call + [elsewhere, "--from", path] + back)))
            let listed = try await Program.medic("open", path, "--format", "json")
            #expect(try await Program.problems(of: listed.out, by: "case-1") == "")
        }
    }

    @Test func aSweepTellsNoRecoveryWhenAThresholdIsMoved() async throws {
        let server = try await TestServer.shared()
        let scratch = try Scratch()
        try await server.withDatabase(Self.schema) { database in
            func sweep(_ threshold: String?) async throws -> (told: String, silenced: Int?) {
                let config = try config(scratch, database.dsn(), threshold: threshold)
                let ended = try await Program.medic(
                    "sweep", "--only", Self.rule, "--now", "--format", "json", "--config", config)
                #expect(ended.status == 0, "\(ended.error)")
                #expect(try await Program.problems(of: ended.out, by: "sweep-1") == "")
                let targets = try #require(JSONReport(ended.out).root["targets"] as? [[String: Any]])
                let one = try #require(targets.first { $0["target"] as? String == "warehouse" })
                let changes = try #require(one["changes"] as? [String: [Any]])
                return (
                    changes.filter { !$0.value.isEmpty }.keys.sorted().joined(separator: " "),
                    (one["findings"] as? [String: Any])?["silenced"] as? Int
                )
            }
            #expect(try await sweep(nil) == ("new", nil))
            for _ in 0..<3 { #expect(try await sweep("0.06") == ("", 1)) }
            #expect(try await sweep(nil) == ("", nil), "it was there all the time")
            try await database.psql("SELECT setval('tickets', 1)")
            for expected in ["", "resolved"] { #expect(try await sweep("0.06") == (expected, nil)) }
        }
    }

    @Test func theRulesPageAndMistakesSayHow() async throws {
        let page = try await Program.medic("rules", "show", Self.rule)
        #expect(page.out.contains("pgmedic diagnose --threshold '\(Self.rule):\(Self.name)=0.2'"))
        let scratch = try Scratch()
        let config = try scratch.file("pgmedic.yaml", "thresholds:\n  \(Self.rule): { share left: 1 }\n")
        let ended = try await Program.medic("sweep", "--check-config", "--config", config)
        #expect(
            ended.status == 2 && ended.error.contains("pgmedic.yaml:2: thresholds.\(Self.rule): "), "\(ended.error)")
        let twice = ["--threshold", "\(Self.rule):\(Self.name)=0.1"]
        let refused = try await Program.medic(["diagnose"] + twice + twice)
        #expect(refused.status == 2 && refused.error.contains("is given twice"), "\(refused.error)")
    }
}
