import Foundation

/// A program that ran to its end.
struct Ended: Sendable {
    var code: Int32
    var output: String
    var error: String
}

/// Programs as a user starts them: the built pgmedic, psql, the demo's server.
enum Program {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The pgmedic that was built with these tests: it lies beside the test bundle.
    static let pgmedic: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [bundle.path, root + "/.build/debug", root + "/.build/x86_64-unknown-linux-gnu/debug"]
        return candidates.map { $0 + "/pgmedic" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? root + "/.build/debug/pgmedic"
    }()

    /// Runs and waits; both outputs are read while it runs, so that a full pipe cannot hold it up.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) async throws -> Ended {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try runNow(path, arguments, environment, input) })
            }
        }
    }

    static func medic(_ arguments: String..., environment: [String: String] = [:]) async throws -> Ended {
        try await run(pgmedic, arguments, environment: environment)
    }

    private static func runNow(
        _ path: String, _ arguments: [String], _ environment: [String: String], _ input: String?
    ) throws -> Ended {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ text: String = "") throws -> URL {
            let url = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: url)
            return url
        }
        let (output, error) = (try file("out"), try file("err"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: file("in", input ?? ""))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        try process.run()
        process.waitUntilExit()
        return Ended(
            code: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
    }
}
