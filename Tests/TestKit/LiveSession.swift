import Foundation

/// A psql that holds a session open: to hold locks, to idle in a transaction, to wait.
package actor LiveSession {
    private let process: ChildProcess
    private let input: Int32
    private var isOpen = true
    private var lines: AsyncThrowingStream<String, any Error>.AsyncIterator
    private var count = 0
    /// The backend's process id on the server.
    package private(set) var pid = 0

    package static func open(
        _ server: TestServer, database: String = "postgres", role: String = "postgres", application: String = "test"
    ) async throws -> LiveSession {
        let dsn = server.dsn(database: database, role: role, over: .socket) + " application_name='\(application)'"
        let session = try LiveSession(dsn: dsn)
        try await session.learnPID()
        return session
    }

    /// Opens one through a pooler, or to another server.
    package static func open(dsn: String, application: String = "test") async throws -> LiveSession {
        let session = try LiveSession(dsn: dsn + " application_name='\(application)'")
        try await session.learnPID()
        return session
    }

    private init(dsn: String) throws {
        let (input, output) = (try ClosedOnExecPipe(), try ClosedOnExecPipe())
        // Line-buffered, else psql keeps short results to itself.
        let arguments = ["-oL", ServerPrograms.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=0", "-d", dsn]
        process = try ChildProcess(
            "/usr/bin/stdbuf", arguments, input: input.reading, output: output.writing, error: output.writing)
        Foundation.close(input.reading)
        Foundation.close(output.writing)
        self.input = input.writing
        lines = Self.lines(of: FileHandle(fileDescriptor: output.reading, closeOnDealloc: true)).makeAsyncIterator()
    }

    private func learnPID() async throws {
        pid = Int(try await run("SELECT pg_backend_pid();")) ?? 0
    }

    /// Sends SQL and waits for its end; answers with the rows and messages it printed.
    @discardableResult
    package func run(_ sql: String) async throws -> String {
        try start(sql)
        return try await finish()
    }

    /// Sends SQL without waiting: for statements that are meant to block. `finish()` waits for it.
    package func start(_ sql: String) throws {
        count += 1
        try write(Array("\(sql)\n;\n\\echo \(marker)\n".utf8))
    }

    /// Waits for the end of what was started last, and answers with what it printed.
    package func finish() async throws -> String {
        var text: [String] = []
        while true {
            var iterator = lines
            guard let line = try await iterator.next(isolation: self) else {
                throw Command.Failure(description: "psql ended: \(text.joined(separator: "\n"))")
            }
            lines = iterator
            if line == marker { return text.joined(separator: "\n") }
            text.append(line)
        }
    }

    /// Ends the session; an open transaction is rolled back by the server.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        Foundation.close(input)
        kill(process.pid, SIGTERM)
        process.waitUntilExit()
    }

    /// Without SIGPIPE: a psql whose backend was terminated is gone.
    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(input, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard isOpen, count > 0 else { throw Command.Failure(description: "psql has ended") }
            sent += count
        }
    }

    private var marker: String { "-- end of \(count)" }

    private static func lines(of handle: FileHandle) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { continuation in
            let thread = Thread {
                var rest = Data()
                while case let chunk = handle.availableData, !chunk.isEmpty {
                    rest.append(chunk)
                    while let end = rest.firstIndex(of: 10) {
                        continuation.yield(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                        rest = Data(rest[rest.index(after: end)...])
                    }
                }
                continuation.finish()
            }
            thread.start()
        }
    }
}
