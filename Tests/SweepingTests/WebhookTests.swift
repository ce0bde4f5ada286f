import Configuration
import Foundation
import TestKit
import Testing

@testable import Sweeping

/// Against a real HTTP server on the loopback.
@Suite struct WebhookTests {
    /// Answers with the statuses given, one after another, and writes each request down; the port stands in a file.
    private static let server = """
        import http.server, json, os, sys, threading
        folder, statuses = sys.argv[1], [int(s) for s in sys.argv[2].split(",")]
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = statuses.pop(0)
                with open(folder + "/log", "a") as log:
                    log.write(json.dumps({"path": self.path, "type": self.headers["Content-Type"], "body": body}) + "\\n")
                self.send_response(status)
                self.end_headers()
                if not statuses: threading.Thread(target=self.server.shutdown).start()
            def log_message(self, *args): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
        with open(folder + "/part", "w") as file: file.write(str(server.server_port))
        os.rename(folder + "/part", folder + "/port")
        server.serve_forever()
        """

    private struct Request: Decodable, Equatable {
        var path: String
        var type: String
        var body: String
    }

    private func posted(_ statuses: String, retries: Int = 3) async throws -> (error: String?, requests: [Request]) {
        let folder = "/tmp/pgmedic-hook-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.server, folder, statuses]
        try process.run()
        defer { process.terminate() }
        let port = try await Command(
            "/bin/sh", ["-c", "until [ -s \(folder)/port ]; do sleep 0.02; done; cat \(folder)/port"]
        )
        .check()
        try Data("http://127.0.0.1:\(port)/hook/s3cret-token\n".utf8).write(to: URL(fileURLWithPath: folder + "/url"))
        var settings = SweepSettings.Webhook(.file(folder + "/url"))
        settings.retries = retries
        var webhook = Webhook(settings)
        webhook.firstPause = 0.01
        var told: String?
        do { try await webhook.post(#"{"a":"\u00fc"}"#) } catch { told = "\(error)" }
        let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        let requests = try log.split(separator: "\n").map {
            try JSONDecoder().decode(Request.self, from: Data($0.utf8))
        }
        return (told, requests)
    }

    @Test func theJSONArrivesAsItIs() async throws {
        let (error, requests) = try await posted("204")
        #expect(error == nil)
        #expect(
            requests == [Request(path: "/hook/s3cret-token", type: "application/json", body: #"{"a":"\u00fc"}"#)])
    }

    @Test func whatMayPassIsTriedAgain() async throws {
        let (error, requests) = try await posted("503,429,200")
        #expect(error == nil && requests.count == 3)
    }

    @Test func whatWillNotPassIsToldWithoutTheAddress() async throws {
        let (refused, once) = try await posted("404")
        #expect(refused == "the webhook was not taken: it answered 404" && once.count == 1)
        let (down, twice) = try await posted("500,500", retries: 1)
        #expect(down == "the webhook was not taken: it answered 500 (2 attempts)" && twice.count == 2)
    }

    @Test func nobodyThereIsToldWithoutTheAddress() async throws {
        var settings = SweepSettings.Webhook(.url("http://127.0.0.1:\(try freePort())/s3cret"))
        settings.retries = 1
        var webhook = Webhook(settings)
        webhook.firstPause = 0.01
        do {
            try await webhook.post("{}")
            Issue.record("posted")
        } catch {
            #expect("\(error)" == "the webhook was not taken: nobody listens there (2 attempts)")
        }
        webhook.program = "no-such-curl"
        await #expect(throws: Webhook.PostError.self) { try await webhook.post("{}") }
    }

    @Test(arguments: ["ftp://x/y", "https://", "https://u:p@host/", "https://h/a\"b", "https://h/\n", "x"])
    func whatIsNoAddressIsRefusedAndNotRepeated(url: String) {
        #expect(WebhookURL.problem(url) != nil)
    }
}
