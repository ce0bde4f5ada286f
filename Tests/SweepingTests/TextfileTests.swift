import Diagnosing
import Foundation
import Reporting
import TestKit
import Testing

@testable import Sweeping

@Suite struct TextfileTests {
    /// A strict reader of https://prometheus.io/docs/instrumenting/exposition_formats/: samples by name and labels.
    private func samples(_ text: String) throws -> [String: Double] {
        var found: [String: Double] = [:]
        var typed: Set<String> = []
        var current = ""
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let type = try /# TYPE ([a-z_]+) gauge/.wholeMatch(in: line) {
                current = String(type.output.1)
                #expect(typed.insert(current).inserted, "\(current) stands in two places")
                continue
            }
            if line.hasPrefix("# HELP ") { continue }
            let sample = try #require(
                try /([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)/.wholeMatch(
                    in: line),
                "\(line)")
            #expect(String(sample.output.1) == current, "\(line) stands without its type")
            let key = String(line.prefix(line.count - sample.output.3.count - 1))
            #expect(found.updateValue(try #require(Double(sample.output.3)), forKey: key) == nil)
        }
        return found
    }

    private func entry(_ name: String, _ state: FleetEntry.State) -> FleetEntry {
        var entry = FleetEntry(name)
        entry.state = state
        (entry.critical, entry.warnings) = (2, 1)
        entry.lastSuccess = Date(timeIntervalSince1970: 1_772_615_647)
        entry.failures = state == .unknown ? 3 : 0
        return entry
    }

    @Test func numbersStandUnderTheirNames() throws {
        let found = try samples(Textfile.metrics(of: entry("shop", .judged)).text)
        #expect(found[#"pgmedic_up{target="shop"}"#] == 1)
        #expect(found[#"pgmedic_findings{target="shop",severity="critical"}"#] == 2)
        #expect(found[#"pgmedic_last_success_timestamp_seconds{target="shop"}"#] == 1_772_615_647)
    }

    /// By Prometheus' own checker, where it is installed.
    @Test func promtoolHasNothingToSay() async throws {
        for state in [FleetEntry.State.judged, .unknown] {
            let text = Textfile.metrics(of: entry("shop", state)).text
            let checked = try await Command("/usr/bin/env", ["promtool", "check", "metrics"]).run(input: text)
            guard checked.status != 127 else { return }
            #expect(checked.status == 0 && (checked.out + checked.error).isEmpty, "\(checked)")
        }
    }

    @Test func unknownHasNoNumberOfFindings() throws {
        let found = try samples(Textfile.metrics(of: entry("shop", .unknown)).text)
        #expect(found[#"pgmedic_up{target="shop"}"#] == 0)
        #expect(found[#"pgmedic_consecutive_failures{target="shop"}"#] == 3)
        #expect(!found.keys.contains { $0.hasPrefix("pgmedic_findings") })
    }

    @Test func labelsAreEscaped() throws {
        let found = try samples(Textfile.metrics(of: entry("a\"b\\c\nd", .judged)).text)
        #expect(found[#"pgmedic_up{target="a\"b\\c\nd"}"#] == 1)
    }

    @Test func filesOfTargetsThatAreGoneGo() throws {
        let folder = "/tmp/pgmedic-prom-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["pgmedic_target_old.prom", "node_other.prom"] {
            try Data("x 1\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        let outcome = SweepOutcome(
            results: [SweepResult(course: .judged, entry: entry("shop", .judged))], startedAt: Date(), seconds: 1.5)
        try Textfile(folder: folder).write(outcome, known: ["shop", "other"])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["node_other.prom", "pgmedic_sweep.prom", "pgmedic_target_shop.prom"])
        let sweep = try samples(try String(contentsOfFile: "\(folder)/pgmedic_sweep.prom", encoding: .utf8))
        #expect(sweep["pgmedic_sweep_duration_seconds"] == 1.5)
        #expect(sweep[#"pgmedic_sweep_targets{course="judged"}"#] == 1)
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/pgmedic_target_shop.prom")
        #expect((mode[.posixPermissions] as? Int).map { $0 & 0o044 } == 0o044, "others cannot read it")
    }
}
