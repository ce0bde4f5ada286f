import Foundation
import Testing
import Yams

@testable import Configuration

/// The schema that editors check a file by says what the reader says.
@Suite struct ProjectSchemaTests {
    @Test func whatIsReadIsValid() throws {
        for text in [
            ProjectFileTests.whole, SweepFileTests.whole, ProjectFile.example, SweepFileTests.opened,
            ThresholdFileTests.whole,
        ] {
            #expect(try complaints(text) == "")
        }
    }

    /// What a schema can tell; that a rule or a day exists, it cannot.
    @Test(arguments: [
        ("tagets: {}", "'tagets' was unexpected"),
        ("targets:\n  shop:\n    dns: x", "'dns' was unexpected"),
        ("targets:\n  shop: {dsn: a, service: b}", "targets.shop"),
        ("hostFacts: {cores: -2}", "hostFacts.cores"),
        ("hostFacts: {disk: floppy}", "hostFacts.disk"),
        ("sweep: {paralel: 4}", "'paralel' was unexpected"),
        ("sweep: {parallel: 0}", "sweep.parallel"),
        ("sweep: {deadline: 30}", "sweep.deadline"),
        ("sweep: {failOn: fatal}", "sweep.failOn"),
        ("sweep: {reports: {folder: reports}}", "sweep.reports.folder"),
        ("sweep: {webhook: {timeout: 1s}}", "sweep.webhook"),
        ("sweep: {mail: {to: ['a@b, c@d']}}", "sweep.mail.to"),
        ("history: history.db", "history"),
        ("targets:\n  a: {dsn: x, tags: ['a b']}", "targets.a.tags"),
        ("targets:\n  a: {dsn: x}\ngroups:\n  g: []", "groups.g"),
        ("thresholds: [locks.rollback-rate]", "thresholds"),
        ("thresholds: {locks: {a: 1}}", "thresholds"),
        ("thresholds: {locks.rollback-rate: {rollbacks a day: -1}}", "thresholds"),
        ("suppressions:\n  - {fingerprint: '4f2a91c0', severity: notice, reason: r}", "'owner' is a required property"),
        ("suppressions:\n  - {rule: index.unused, severity: notice, reason: r, owner: o}", "suppressions[0]"),
    ])
    func whatIsRefusedIsNot(text: String, complaint: String) throws {
        #expect(throws: ConfigurationError.self) {
            try ProjectFile(text: text, file: "f", rules: ProjectFileTests.rules)
        }
        #expect(try complaints(text).contains(complaint))
    }

    private func complaints(_ yaml: String) throws -> String {
        let json = try JSONSerialization.data(
            withJSONObject: try plain(#require(try Yams.compose(yaml: yaml))), options: [.fragmentsAllowed])
        let file = FileManager.default.temporaryDirectory.appending(path: "pgmedic-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try json.write(to: file)
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", tests.appending(path: "../ReportingTests/validate.py").standardized.path,
            tests.appending(path: "../../Reports/Schema/pgmedic-yaml-1.schema.json").standardized.path, file.path,
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return output.isEmpty && process.terminationStatus != 0 ? "failed" : output
    }

    /// Scalars as an editor takes them: numbers as numbers, and days as the texts that they are.
    private func plain(_ node: Node) -> Any {
        if let mapping = node.mapping {
            return Dictionary(
                mapping.map { ($0.key.scalar?.string ?? "", plain($0.value)) }, uniquingKeysWith: { first, _ in first })
        }
        if let sequence = node.sequence { return sequence.map(plain) }
        guard let scalar = node.scalar else { return NSNull() }
        if scalar.style == .plain, ["", "~", "null"].contains(scalar.string) { return NSNull() }
        if scalar.style == .plain, let number = Int(scalar.string) { return number }
        if scalar.style == .plain, let flag = Bool(scalar.string) { return flag }
        return scalar.string
    }
}
