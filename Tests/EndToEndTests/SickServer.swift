import Foundation
import TestKit
import Testing

/// The demo's sick server, started once for all tests that need it; gone with the test process, however that ends.
enum SickServer {
    private static let started: Task<(dsn: String, keeper: Keeper), any Error> = Task { try await start() }

    /// The DSN, once it is up.
    static func dsn() async throws -> String { try await started.value.dsn }

    private static func start() async throws -> (dsn: String, keeper: Keeper) {
        let script = Program.root + "/demo/server"
        let folder = "/tmp/pgmedic-e2e-\(getpid())"
        let keeper = try Keeper(atEnd: "'\(script)' down '\(folder)'")
        let environment = ["PGMEDIC_DEMO_PORT": "\(try freePort())", "PGMEDIC_DEMO_SECONDS": "15"]
        // Not #require: its failure counts once, and all tests that wait for the server after the first would pass.
        try await Command(script, ["up", folder], environment: environment).check()
        let dsn = try await Command(script, ["dsn", folder], environment: environment).check()
        return (dsn.trimmingCharacters(in: .whitespacesAndNewlines), keeper)
    }
}

/// A report in JSON, as a machine reads it.
struct JSONReport {
    struct Finding {
        var fields: [String: Any]
        var rule: String { fields["rule"] as? String ?? "" }
        var title: String { fields["title"] as? String ?? "" }
        var severity: String { fields["severity"] as? String ?? "" }
        var fingerprint: String { fields["fingerprint"] as? String ?? "" }
        var symptoms: [String] { fields["symptoms"] as? [String] ?? [] }
        var actions: [[String: Any]] { fields["actions"] as? [[String: Any]] ?? [] }
    }

    let root: [String: Any]
    var findings: [Finding] { (root["findings"] as? [[String: Any]] ?? []).map(Finding.init) }

    init(_ text: String) throws {
        root = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// What `pgmedic diagnose` says of a server.
    static func diagnosed(_ dsn: String, _ options: [String] = []) async throws -> JSONReport {
        let ended = try await Program.medic(["diagnose", dsn, "--format", "json"] + options)
        try #require(ended.status == 0, "\(ended.error)")
        return try JSONReport(ended.out)
    }

    func first(_ rule: String) -> Finding? { findings.first { $0.rule == rule } }

    /// What is louder than a notice.
    var loud: [String] {
        findings.filter { $0.severity != "notice" }.map { "\($0.rule) (\($0.severity)): \($0.title)" }
    }

    /// Which rules judged, and why the others did not.
    struct Coverage {
        var evaluated: Set<String>
        /// Reasons by rule.
        var inconclusive: [String: String]
        var skipped: [String: String]
        var cleared: Set<String>
        var reasons: [String] { Array(inconclusive.values) + Array(skipped.values) }
    }

    var coverage: Coverage? {
        guard let object = root["coverage"] as? [String: Any] else { return nil }
        func reasons(_ key: String) -> [String: String] {
            let entries = (object[key] as? [[String: Any]] ?? []).compactMap { entry in
                (entry["rule"] as? String).map { ($0, entry["reason"] as? String ?? "") }
            }
            return Dictionary(entries, uniquingKeysWith: { first, _ in first })
        }
        return Coverage(
            evaluated: Set(object["evaluated"] as? [String] ?? []), inconclusive: reasons("inconclusive"),
            skipped: reasons("skipped"), cleared: Set(object["cleared"] as? [String] ?? []))
    }
}
