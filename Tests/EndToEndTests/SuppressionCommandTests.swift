import Foundation
import Model
import TestKit
import Testing

/// pgmedic.yaml and suppressions as a user has them: on a snapshot of a server with a fault that no rule overlooks.
@Suite struct SuppressionCommandTests {
    private static let rule = "configuration.durability-off"

    private func snapshot(in scratch: borrowing Scratch, target: String? = nil) throws -> String {
        let snapshot = Snapshot.make {
            $0.server.version = ServerVersion(150020)
            $0.server.database = "shop"
            $0.server.target = target
            $0.takenAt = Date(timeIntervalSince1970: 1_772_615_647)
            $0.settings = [("fsync", "off", nil), ("shared_buffers", "524288", "8kB")].map { name, value, unit in
                .make {
                    $0.name = name
                    $0.value = value
                    $0.unit = unit
                }
            }
        }
        let path = try scratch.file("case.json")
        try SnapshotFile.write(snapshot, to: path)
        return path
    }

    private func entry(_ path: String, _ fingerprint: String) async throws -> String {
        let printed = try await Program.medic("diagnose", "--from", path, "--print-suppression", fingerprint)
        try #require(printed.status == 0, "\(printed.error)")
        return printed.out
    }

    private func completed(_ entry: String) -> String {
        entry.replacing("reason: ", with: "reason: staging").replacing(
            "owner: ", with: "owner: ann.of.ops")
    }

    private func fingerprint(_ path: String) async throws -> String {
        let ended = try await Program.medic("diagnose", "--from", path, "--format", "json")
        return try #require(try JSONReport(ended.out).first(Self.rule)).fingerprint
    }

    @Test func aPrintedEntryIsCompletedAndSuppresses() async throws {
        let scratch = try Scratch()
        let path = try snapshot(in: scratch)
        let print = try await fingerprint(path)
        let entry = try await entry(path, print)
        let bare = try scratch.file("bare.yaml", entry)
        let refused = try await Program.medic("diagnose", "--from", path, "--suppressions", bare)
        #expect(refused.status == 2 && refused.out.isEmpty)
        #expect(refused.error.contains("bare.yaml:") && refused.error.contains("reason: is empty"))

        let file = try scratch.file("ok.yaml", completed(entry))
        let before = try await Program.medic("diagnose", "--from", path, "--fail-on", "critical", "--quiet")
        #expect(before.status == 1)
        for format in ["terminal", "markdown", "html", "json"] {
            let ended = try await Program.medic(
                ["diagnose", "--from", path, "--suppressions", file, "--fail-on", "critical", "--format", format]
                    + (format == "terminal" ? ["--verbose"] : []))
            #expect(ended.status == 0, "\(format): \(ended.error)")
            for part in ["staging", "ann.of.ops", print] {
                #expect(ended.out.contains(part), "\(format) does not say \(part)")
            }
        }
        let short = try await Program.medic("diagnose", "--from", path, "--suppressions", file, "--quiet")
        #expect(short.out.contains("suppressed  1 finding (1 critical)"))
        let shown = try await Program.medic("diagnose", "--from", path, "--suppressions", file, "--no-suppressions")
        #expect(shown.status == 2, "one or the other")
        let again = try await Program.medic(
            "diagnose", "--from", path, "--suppressions", file, "--print-suppression", print)
        #expect(again.status == 2 && again.error.contains("is suppressed already, at \(file):2"))
        let unknown = try await Program.medic("diagnose", "--from", path, "--print-suppression", "00000000")
        #expect(unknown.status == 2 && unknown.error.contains("no finding has the fingerprint"))
    }

    @Test func whatDoesNotHoldAnyMoreIsShownAndTold() async throws {
        let scratch = try Scratch()
        let path = try snapshot(in: scratch)
        let entry = completed(try await entry(path, try await fingerprint(path)))
        let cases = [
            (entry.replacing("severity: critical", with: "severity: warning"), "accepted as warning"),
            (entry.replacing(/until: .*/, with: "until: 2026-01-01"), "which is over"),
        ]
        for (text, says) in cases {
            let file = try scratch.file("s.yaml", text)
            let ended = try await Program.medic(
                "diagnose", "--from", path, "--suppressions", file, "--fail-on", "critical", "--format", "markdown")
            #expect(ended.status == 1 && ended.out.contains(says), "\(ended.out)")
        }
    }

    @Test func theProjectFileHoldsForItsTarget() async throws {
        let scratch = try Scratch()
        let path = try snapshot(in: scratch, target: "shop")
        let entry = completed(try await entry(path, try await fingerprint(path)))
        let indented = entry.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        let config = try scratch.file(
            "pgmedic.yaml",
            "targets:\n  shop:\n    dsn: host=db1\n    suppressions:\n\(indented)\n  other: {dsn: host=db2}\n")
        let call = ["diagnose", "--from", path, "--fail-on", "critical", "--quiet"]
        #expect(try await Program.medic(call + ["--config", config]).status == 0)
        #expect(try await Program.medic(call + ["--config", config, "--no-suppressions"]).status == 1)
        let other = try snapshot(in: scratch, target: "other")
        #expect(
            try await Program.medic(["diagnose", "--from", other] + call.dropFirst(3) + ["--config", config]).status
                == 1)
        // Found by itself where it belongs.
        try FileManager.default.createDirectory(atPath: scratch.path + "/pgmedic", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: config, toPath: scratch.path + "/pgmedic/pgmedic.yaml")
        _ = try snapshot(in: scratch, target: "shop")
        let found = try await Program.medic(call, environment: ["XDG_CONFIG_HOME": scratch.path])
        #expect(found.status == 0, "\(found.error)")
    }

    @Test func aTargetsNameStandsForItsDSN() async throws {
        let scratch = try Scratch()
        let config = try scratch.file(
            "pgmedic.yaml", "targets:\n  shop:\n    dsn: host=127.0.0.1 port=1 dbname=orders connect_timeout=2\n")
        for command in ["diagnose", "locks", "statements", "doctor", "indexes"] {
            let ended = try await Program.medic(command, "shop", "--config", config)
            #expect(ended.status == 3, "\(command): \(ended.error)")
            #expect(ended.error.contains("127.0.0.1"), "\(command): \(ended.error)")
        }
    }

    @Test func aBrokenProjectFileEndsTheRun() async throws {
        let scratch = try Scratch()
        let path = try snapshot(in: scratch)
        for (text, says) in [("tagets: {}", "did you mean targets?"), ("a: [", "no YAML")] {
            let config = try scratch.file("pgmedic.yaml", text)
            let ended = try await Program.medic("diagnose", "--from", path, "--config", config)
            #expect(ended.status == 2 && ended.out.isEmpty)
            #expect(ended.error.contains("pgmedic.yaml:") && ended.error.contains(says), "\(ended.error)")
        }
        let none = try await Program.medic("diagnose", "--from", path, "--config", scratch.path + "/none.yaml")
        #expect(none.status == 2 && none.error.contains("there is no such file"))
    }

    @Test func hostFactsAreTakenOverAndNonsenseIsRefused() async throws {
        let scratch = try Scratch()
        let path = try snapshot(in: scratch)
        let told = try await Program.medic(
            "diagnose", "--from", path, "--host-facts", "ram=32GB,disk=ssd", "--cores", "8", "--format", "json")
        let root = try JSONReport(told.out).root
        let target = try #require(root["target"] as? [String: Any])
        #expect(target["memoryBytes"] as? Int64 == 0x8_0000_0000 && target["disk"] as? String == "ssd")
        #expect(target["cores"] as? Int == 8)
        #expect((root["command"] as? String)?.contains("ram=32GB,disk=ssd") == true)
        for (facts, says) in [
            ("cores=none", "1 to 4096"), ("ram=1GB", "shared_buffers of 4.0 GB"), ("rum=1GB", "ram?"),
        ] {
            let ended = try await Program.medic("diagnose", "--from", path, "--host-facts", facts)
            #expect(ended.status == 2 && ended.out.isEmpty && ended.error.contains(says), "\(facts): \(ended.error)")
        }
        let twice = try await Program.medic("diagnose", "--from", path, "--host-facts", "cores=4", "--cores", "8")
        #expect(twice.status == 2 && twice.error.contains("give one of them"))
    }
}
