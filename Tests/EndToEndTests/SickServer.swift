import Foundation
import TestKit
import Testing

/// The demo's sick server, started once for all tests that need it and stopped when the process ends.
actor SickServer {
    static let shared = SickServer()

    private var started: Task<String, any Error>?
    private static let folder = "/tmp/pgmedic-e2e-\(getpid())"
    private static let port = Result { try freePort() }

    private struct NotStarted: Error, CustomStringConvertible { var description: String }

    /// The DSN, once it is up.
    func dsn() async throws -> String {
        if let started { return try await started.value }
        let task = Task {
            atexit { SickServer.stop() }
            let up = try await Self.script("up")
            // Not #require: its failure counts once, and all tests that wait for the server after the first would pass.
            guard up.status == 0 else { throw NotStarted(description: "demo/server up failed: \(up.error)") }
            return try await Self.script("dsn").out.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        started = task
        return try await task.value
    }

    private static func script(_ action: String) async throws -> Command.Output {
        try await Command(
            Program.root + "/demo/server", [action, folder],
            environment: ["PGMEDIC_DEMO_PORT": "\(try port.get())", "PGMEDIC_DEMO_SECONDS": "15"]
        ).run()
    }

    private static func stop() {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.root + "/demo/server")
        process.arguments = ["down", folder]
        try? process.run()
        process.waitUntilExit()
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

    func first(_ rule: String) -> Finding? { findings.first { $0.rule == rule } }

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
