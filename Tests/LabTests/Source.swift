import Foundation
import Imaging
import Lab
import Model
import PostgresClient
import TestKit

/// A shop on a real server, its image, and the plans of its statements, made once for all tests of a version.
struct Source: Sendable {
    /// As a role with pg_monitor and pg_read_all_data reads it.
    var image: PlannerImage
    /// As the tables' owner does.
    var ownersImage: PlannerImage
    /// Statement → EXPLAIN's JSON.
    var plans: [String: String]

    /// Of which some are the planner's, so that small tables are read in parallel.
    private static let settings = [
        "work_mem": "3MB", "min_parallel_table_scan_size": "1MB", "parallel_setup_cost": "50", "wal_level": "minimal",
        "max_wal_senders": "0",
    ]

    private static let made = MadeOnce<TestServer.Version, Source>()

    static func shared(_ version: TestServer.Version) async throws -> Source {
        try await made.value(version) {
            let server = try await TestServer.start(version: version, settings: settings)
            defer { server.stop() }
            try await server.psql("CREATE DATABASE shop;")
            // In one transaction with its table, what is inserted is not logged.
            try await server.psql("BEGIN;" + Shop.schema + "COMMIT;", database: "shop")
            try await server.psql("VACUUM ANALYZE;", database: "shop")
            try await server.psql(
                "CREATE ROLE watcher LOGIN; GRANT pg_monitor, pg_read_all_data TO watcher;", database: "shop")
            let image = try await Self.image(server.dsn(database: "shop", role: "watcher"))
            let ownersImage = try await Self.image(server.dsn(database: "shop"))
            return Source(image: image, ownersImage: ownersImage, plans: try await plans(server))
        }
    }

    static func image(_ dsn: String) async throws -> PlannerImage {
        let session = try await TargetSession.connect(try ConnectionTarget(dsn: dsn))
        let image = try await PlannerImageReader().read(session)
        await session.close()
        return image
    }

    private static func plans(_ server: TestServer) async throws -> [String: String] {
        let mark = "-- next"
        let script = Workload.statements.map { statement in
            let count = (1...9).last { statement.contains("$\($0)") } ?? 0
            let nulls = count == 0 ? "" : "(" + Array(repeating: "NULL", count: count).joined(separator: ", ") + ")"
            return """
                PREPARE p AS \(statement);
                EXPLAIN (FORMAT JSON) EXECUTE p\(nulls);
                DEALLOCATE p;
                \\echo '\(mark)'

                """
        }
        let printed = try await server.psql(
            "SET plan_cache_mode = force_generic_plan;\n" + script.joined(), database: "shop")
        return Dictionary(uniqueKeysWithValues: zip(Workload.statements, printed.components(separatedBy: mark)))
    }
}

extension Lab {
    /// One in a folder of its own, which is gone when the test is.
    static func withLab<Value>(
        _ image: PlannerImage, _ version: TestServer.Version,
        isolation: isolated (any Actor)? = #isolation, _ body: (Lab) async throws -> Value
    ) async throws -> Value {
        let lab = try await build(
            image, programs: try await LabPrograms.find(version), at: "/tmp/pgm-lab-" + UUID().uuidString.prefix(8))
        do {
            let value = try await body(lab)
            try await lab.remove()
            return value
        } catch {
            try await lab.remove()
            throw error
        }
    }

    func likeness(_ source: Source) async throws -> Likeness {
        var likeness = Likeness()
        for statement in Workload.statements {
            do {
                likeness.compare(statement, source: source.plans[statement] ?? "", lab: try await explain(statement))
            } catch let refusal as LabRefusal {
                likeness.unplanned(statement, reason: refusal.message)
            }
        }
        return likeness
    }
}

extension LabPrograms {
    static func find(_ version: TestServer.Version) async throws -> LabPrograms {
        let root = ProcessInfo.processInfo.environment["PGMEDIC_TEST_SERVERS"] ?? "/var/tmp/pgmedic-tests-\(getuid())"
        let wheel = "\(root)/postgresql-\(version.rawValue)/bin"
        return FileManager.default.fileExists(atPath: wheel)
            ? try await LabPrograms(folder: wheel) : try await find(major: version.rawValue)
    }
}
