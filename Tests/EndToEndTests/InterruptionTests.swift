import Foundation
import TestKit
import Testing

/// Ctrl-C, as a terminal sends it.
@Suite struct InterruptionTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func theRunningWorkIsCancelledAndSaysSo(_ signal: Int32) async throws {
        let server = try await TestServer.shared()
        try await server.withDatabase { database in
            let visits = "SELECT coalesce(sum(sessions), 0) FROM pg_stat_database WHERE datname = '\(database.name)'"
            let before = try await server.psql(visits)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.path)
            process.arguments = ["diagnose", database.dsn(), "--sample", "10min"]
            let errors = Pipe()
            process.standardError = errors
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            // Its first visit is over, and a session of its own reads activity until the second.
            try await server.wait(until: "(\(visits)) >= \(before) + 2")
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130)
            let message = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            #expect(message.contains("interrupted"))
        }
    }
}
