import Configuration
import Foundation
import Synchronization

/// Posts a sweep's result as JSON.
///
/// By the program curl: it brings TLS, proxies and the system's certificates, and pgmedic starts as fast as without it
/// (FoundationNetworking would load libcurl and its thirty libraries at each start). The URL goes to it over its standard
/// input, so that no list of processes shows it, and is never part of a message.
package struct Webhook: Sendable {
    package struct PostError: Error, CustomStringConvertible {
        package let description: String
    }

    package var settings: SweepSettings.Webhook
    /// s before the first further attempt; twice as long before each next.
    package var firstPause = 1.0
    package var program = "curl"

    package init(_ settings: SweepSettings.Webhook) { self.settings = settings }

    /// Tries until it is taken: again after a failed connection and an answer of 5xx, 408 or 429, not after any other.
    ///
    /// - Throws: `PostError`, without the URL.
    package func post(_ json: String) async throws {
        let url = try address()
        var pause = firstPause
        for attempt in 0...settings.retries {
            let ended = try await attemptOnce(url, json)
            guard let problem = ended.problem else { return }
            guard ended.isWorthAnother, attempt < settings.retries else {
                let tries = attempt == 0 ? "" : " (\(attempt + 1) attempts)"
                throw PostError(description: "the webhook was not taken: \(problem)\(tries)")
            }
            try await Task.sleep(for: .seconds(pause))
            pause *= 2
        }
    }

    package func address() throws -> String {
        let url: String
        switch settings.address {
        case .url(let text): url = text
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path), data.count < 10_000 else {
                throw PostError(description: "the webhook's URL cannot be read from \(path)")
            }
            url = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if let problem = WebhookURL.problem(url) { throw PostError(description: "the webhook's address \(problem)") }
        return url
    }

    private struct Ended {
        /// nil: it was taken.
        var problem: String?
        var isWorthAnother = false
    }

    private func attemptOnce(_ url: String, _ json: String) async throws -> Ended {
        let payload = FileManager.default.temporaryDirectory.appending(path: "pgmedic-webhook-\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: payload.path, contents: Data(json.utf8), attributes: [.posixPermissions: 0o600])
        else { throw PostError(description: "cannot write \(payload.path)") }
        defer { try? FileManager.default.removeItem(at: payload) }
        // https://curl.se/docs/manpage.html#-K: the whole call as a file on standard input.
        let call = """
            url = "\(url)"
            data-binary = "@\(payload.path)"
            header = "Content-Type: application/json"
            header = "Expect:"
            user-agent = "pgmedic"
            max-time = \(settings.timeout)
            proto = "=http,https"
            output = "/dev/null"
            write-out = "%{http_code}"
            silent
            """
        let (status, code) = try await run(call)
        switch (status, code) {
        case (0, 200..<300): return Ended()
        case (0, 500...), (0, 408), (0, 429): return Ended(problem: "it answered \(code)", isWorthAnother: true)
        case (0, _): return Ended(problem: "it answered \(code)")
        default: return Ended(problem: Self.reason(status), isWorthAnother: true)
        }
    }

    /// curl's status and the answer's; `-q`: without the user's own settings.
    private func run(_ call: String) async throws -> (status: Int32, code: Int) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-q", "--config", "-"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // Before anybody reads: it fits into the pipe, and a curl that ended at once cannot end us by SIGPIPE.
        try input.fileHandleForWriting.write(contentsOf: Data(call.utf8))
        try input.fileHandleForWriting.close()
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: PostError(description: "curl cannot be started"))
            }
        }
        guard status != 127 else {
            throw PostError(description: "the webhook needs the program curl, which is not installed")
        }
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        return (status, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
    }

    /// https://curl.se/docs/manpage.html#EXIT
    private static func reason(_ status: Int32) -> String {
        switch status {
        case 5, 6: "its host's name is not known"
        case 7: "nobody listens there"
        case 28: "no answer in time"
        case 35, 51, 58, 60, 77: "TLS failed (curl \(status))"
        default: "curl ended with \(status)"
        }
    }
}
