import Foundation
import Reporting
import Testing

@Suite("JSON keeps what the schema promises")
struct SchemaTests {
    @Test func everySampleIsValid() throws {
        #expect(try Schema.complaints(Sample.all.map { Sample.report($0).json() }) == "")
    }

    @Test func theValidatorNoticesABrokenReport() throws {
        let report = Sample.report(.sick).json().replacing("\"severity\": \"critical\"", with: "\"severity\": \"bad\"")
        let extra = Sample.report(.healthy).json().replacing(
            "\"schemaVersion\": 1,", with: "\"schemaVersion\": 1, \"x\": 2,")
        let complaint = try Schema.complaints([report, extra])
        #expect(complaint.contains("'bad' is not one of"))
        #expect(complaint.contains("'x' was unexpected"))
    }

    @Test func findingsComeByRankAndNameTheirCauses() throws {
        let findings = try #require(try object(.sick)["findings"] as? [[String: Any]])
        #expect(findings.first?["severity"] as? String == "critical")
        let names = findings.compactMap { $0["fingerprint"] as? String }
        #expect(findings[0]["symptoms"] as? [String] == [names[1], names[2]])
        #expect(findings[1]["causes"] as? [String] == [names[0]])
    }

    @Test func evidenceKeysCarryTheirUnits() throws {
        let findings = try #require(try object(.sick)["findings"] as? [[String: Any]])
        let evidence = try #require(findings[3]["evidence"] as? [String: Any])
        #expect(evidence["tableSizeBytes"] as? Int64 == 2_254_857_830)
        #expect(evidence["meanTimeMs"] as? Double == 412.3)
        #expect(evidence["sequentialScans"] as? Int == 1204)
    }

    @Test func queryidsAreTextSoThatNoReaderRoundsThem() throws {
        let statements = try #require(try object(.sick)["statements"] as? [[String: Any]])
        #expect(statements.first?["queryids"] as? [String] == ["7204331905172360411"])
    }

    @Test func hostileTextsSurviveUnchanged() throws {
        let target = try #require(try object(.hostile)["target"] as? [String: Any])
        #expect((target["database"] as? String)?.unicodeScalars.elementsEqual(Sample.evil.unicodeScalars) == true)
    }

    private func object(_ sample: Sample) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(Sample.report(sample).json().utf8)) as? [String: Any])
    }
}

/// The published schema, and the validator of Python's jsonschema.
enum Schema {
    /// What the validator complains of; empty when all is well.
    static func complaints(_ reports: [String], of name: String = "diagnosis-1") throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pgmedic-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try reports.enumerated().map { number, report in
            let file = folder.appending(path: "\(number).json")
            try Data(report.utf8).write(to: file)
            return file.path
        }
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let schema = tests.appending(path: "../../Reports/Schema/\(name).schema.json").standardized
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", tests.appending(path: "validate.py").path, schema.path] + files
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : "failed: " + output
    }
}
