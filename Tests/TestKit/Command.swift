import Foundation

/// A program run to its end.
package struct Command: Sendable {
    package struct Output: Sendable {
        package var status: Int32
        package var out: String
        package var error: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private var path: String
    private var arguments: [String]
    private var environment: [String: String]

    package init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// The same, as the user `postgres` when we are root: PostgreSQL's and PgBouncer's servers refuse root.
    package static func asServerUser(
        _ path: String, _ arguments: [String], environment: [String: String] = [:]
    ) -> Command {
        // From /: postgres may not enter our working directory.
        let call = ["-C", "/"] + (getuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []) + [path] + arguments
        return Command("/usr/bin/env", call, environment: environment)
    }

    /// Runs it and answers with what it wrote, whatever its status.
    package func run(input: String = "") async throws -> Output {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-cmd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        try Data().write(to: files[1])
        try Data().write(to: files[2])
        // Files, not pipes: a daemon started by the program may keep a pipe open for ever.
        let descriptors = [
            open(files[0].path, O_RDONLY | O_CLOEXEC), open(files[1].path, O_WRONLY | O_CLOEXEC),
            open(files[2].path, O_WRONLY | O_CLOEXEC),
        ]
        defer { for descriptor in descriptors { close(descriptor) } }
        let process = try ChildProcess(
            path, arguments, input: descriptors[0], output: descriptors[1], error: descriptors[2],
            environment: environment)
        let status = await process.exitStatus()
        return Output(
            status: status, out: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// Runs it and answers with its standard output; a status other than 0 is a failure.
    @discardableResult
    package func check(input: String = "") async throws -> String {
        let output = try await run(input: input)
        guard output.status == 0 else {
            let call = ([path] + arguments).joined(separator: " ")
            throw Failure(description: "\(call): status \(output.status)\n\(output.out)\(output.error)")
        }
        return output.out
    }
}
