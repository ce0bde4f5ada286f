import Foundation
import TestKit
import Testing

/// The whole way on the demo's sick server: what `make demo` shows is true.
@Suite(.serialized) struct SickServerTests {
    private func report(_ arguments: String...) async throws -> JSONReport {
        try await JSONReport.diagnosed(try await SickServer.dsn(), arguments)
    }

    /// Planted by demo/server, demo/shop.sql and demo/faults.sql.
    static let planted = [
        "locks.blocking-session", "locks.ddl-queue", "index.missing-for-predicate", "index.missing-on-foreign-key",
        "shape.not-in-nullable-subquery", "index.duplicate", "index.redundant-prefix", "index.invalid",
        "vacuum.autovacuum-disabled-on-table", "vacuum.horizon-held", "workload.spilling-statement",
        "workload.n-plus-one", "plan.parameter-sensitive", "capacity.sequence-exhaustion", "schema.disabled-trigger",
        "schema.constraint-not-validated", "configuration.checkpoints-requested",
    ]

    @Test func everyPlantedFaultIsFound() async throws {
        let found = Set(try await report().findings.map(\.rule))
        #expect(Set(Self.planted).subtracting(found).isEmpty)
    }

    @Test func thePileIsTheFirstThingSaid() async throws {
        let first = try #require(try await report().findings.first)
        #expect(first.rule == "locks.blocking-session")
        #expect(first.title.contains("orders"))
    }

    @Test func aSnapshotGivesTheSameFindings() async throws {
        let dsn = try await SickServer.dsn()
        let path = "/tmp/pgmedic-e2e-\(UUID().uuidString).json.gz"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let collected = try await Program.medic("collect", dsn, "-o", path)
        try #require(collected.status == 0, "\(collected.error)")
        let once = try await Program.medic("diagnose", "--from", path, "--format", "json")
        let again = try await Program.medic("diagnose", "--from", path, "--format", "json")
        #expect(once.status == 0 && once.out == again.out)
        let live = try await report()
        let replayed = try JSONReport(once.out)
        // The load goes on between the two readings: what hangs on shares of the time may cross its threshold meanwhile.
        let lasting = { (report: JSONReport) in
            Set(
                report.findings.filter { !$0.rule.hasPrefix("workload.") && !$0.rule.hasPrefix("waits.") }
                    .map(\.fingerprint))
        }
        #expect(lasting(live) == lasting(replayed) && lasting(live).count >= 10)
    }

    @Test func everyFormatIsWrittenToFilesThatOnlyTheOwnerReads() async throws {
        let dsn = try await SickServer.dsn()
        let folder = "/tmp/pgmedic-e2e-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = ["r.html", "r.md", "r.json", "r.txt"].map { "\(folder)/\($0)" }
        let ended = try await Program.medic(["diagnose", dsn, "--quiet"] + files.flatMap { ["-o", $0] })
        try #require(ended.status == 0, "\(ended.error)")
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect((attributes[.size] as? Int ?? 0) > 1000)
        }
        #expect(try FileManager.default.attributesOfItem(atPath: files[0])[.size] as? Int ?? 0 < 300_000)
        #expect(ended.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func statementsComeWithWhatIsWrongWithThem() async throws {
        let dsn = try await SickServer.dsn()
        let ended = try await Program.medic(["statements", dsn, "--text", "order_id = $1", "--format", "json"])
        try #require(ended.status == 0, "\(ended.error)")
        let root = try #require(JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any])
        let statement = try #require((root["statements"] as? [[String: Any]])?.first)
        let rules = (statement["insights"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
        #expect(rules.contains("index.missing-for-predicate"))
        let shape = try await Program.medic(["statements", dsn, "--text", "not in", "--format", "json"]).out
        #expect(shape.contains("NOT EXISTS"), "the rewrite is told")
        let report = try await Program.medic(["statements", dsn, "--role", "reporting", "--sort", "maximum", "--all"])
        #expect(report.status == 0 && report.out.contains("GROUP BY"))
        #expect(report.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
        // BEGIN and COMMIT are sent by others too: a statement is shown with all its roles.
        let theirs = try await Program.medic(
            ["statements", dsn, "--role", "reporting", "--all", "--format", "json"]
        ).out
        let listed = try #require(JSONSerialization.jsonObject(with: Data(theirs.utf8)) as? [String: Any])
        let roles = (listed["statements"] as? [[String: Any]] ?? []).map { $0["roles"] as? [String] ?? [] }
        #expect(!roles.isEmpty && roles.allSatisfy { $0.contains("reporting") }, "\(roles)")
    }

    @Test func failOnIsTheExitCode() async throws {
        let dsn = try await SickServer.dsn()
        #expect(try await Program.medic("diagnose", dsn, "--fail-on", "critical", "--quiet").status == 1)
        let other = try await Program.medic("diagnose", dsn, "--only", "shape", "--fail-on", "critical", "--quiet")
        #expect(other.status == 0)
    }

    @Test func aSampleJudgesTheDifference() async throws {
        let window = try await report("--sample", "2s").root["window"] as? [String: Any]
        #expect(window?["basis"] as? String == "sample")
        let seconds = try #require(window?["seconds"] as? Double)
        #expect(seconds >= 2 && seconds < 20)
    }
}

/// Runs what pgmedic advises. Last, because it mends the server.
@Suite(.serialized) struct AdviceTests {
    @Test func everyStatementThatIsPrintedRuns() async throws {
        let dsn = try await SickServer.dsn()
        let actions = try await JSONReport.diagnosed(dsn).findings.flatMap { finding in
            finding.actions.map {
                (rule: finding.rule, tier: $0["tier"] as? String ?? "", sql: $0["sql"] as? [String] ?? [])
            }
        }
        var ran = 0
        // Contain first, as the tiers are meant: index builds wait for the old transactions that L1 ends.
        for tier in ["L1", "L2", "L3"] {
            // What L1 showed of the failed unique index is put right by hand before L2 builds it again.
            if tier == "L2" { try await Self.numberInvoicesAnew(dsn) }
            for action in actions where action.tier == tier {
                for sql in action.sql {
                    let result = try await Command(
                        "/usr/bin/psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", sql],
                        environment: ["PGOPTIONS": "-c lock_timeout=20s -c statement_timeout=120s"]
                    ).run()
                    #expect(result.status == 0, "\(action.rule): \(sql)\n\(result.error)")
                    ran += 1
                }
            }
        }
        #expect(ran >= 15)
        // The pile is gone, and so is its finding.
        let after = try await JSONReport.diagnosed(dsn)
        #expect(after.first("locks.blocking-session") == nil)
    }

    private static func numberInvoicesAnew(_ dsn: String) async throws {
        let update = """
            UPDATE invoices i SET number = number || '-' || id
            WHERE EXISTS (SELECT FROM invoices o WHERE o.number = i.number AND o.id < i.id)
            """
        try await Command.psql(update, on: dsn)
    }
}
