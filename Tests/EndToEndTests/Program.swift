import Foundation
import TestKit

/// Programs as a user starts them.
enum Program {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let path = BuiltProgram.pgmedic

    static func medic(
        _ arguments: [String], environment: [String: String] = [:], input: String = ""
    ) async throws -> Command.Output {
        try await Command(path, arguments, environment: environment).run(input: input)
    }

    /// What is wrong with a JSON text by a schema of ours; empty: nothing.
    static func problems(of json: String, by schema: String) async throws -> String {
        let scratch = try Scratch()
        let file = try scratch.file("report.json", json)
        let checked = try await Command(
            "/usr/bin/env",
            [
                "python3", root + "/Tests/ReportingTests/validate.py", root + "/Reports/Schema/\(schema).schema.json",
                file,
            ]
        ).run()
        return checked.status == 0 ? "" : checked.error + checked.out
    }

    static func medic(_ arguments: String...) async throws -> Command.Output { try await medic(arguments) }
}

/// A folder that is gone when the test is done.
struct Scratch: ~Copyable {
    let path: String

    init() throws {
        path = "/tmp/pgmedic-e2e-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ text: String? = nil) throws -> String {
        let file = "\(path)/\(name)"
        if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: file)) }
        return file
    }
}
