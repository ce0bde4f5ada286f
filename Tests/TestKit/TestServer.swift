import Foundation
import Testing

/// A real PostgreSQL server in a temporary folder, gone with the test process at the latest.
package final class TestServer: Sendable {
    package enum Version: Int, Sendable, CaseIterable, CustomTestStringConvertible {
        case v15 = 15
        case v17 = 17
        case v18 = 18

        /// For what takes long; all with PGMEDIC_LONG_TESTS.
        package static let oldestAndNewest: [Self] =
            ProcessInfo.processInfo.environment["PGMEDIC_LONG_TESTS"] == nil ? [.v15, .v18] : allCases
        /// For what takes longest: a load of half a minute. With PGMEDIC_LONG_TESTS the newest too.
        package static let underLoad: [Self] =
            ProcessInfo.processInfo.environment["PGMEDIC_LONG_TESTS"] == nil ? [.v15] : [.v15, .v18]

        package var testDescription: String { "PostgreSQL \(rawValue)" }
    }

    /// How clients prove who they are over TCP; the unix socket always trusts.
    package enum Authentication: Sendable {
        case trust
        /// SCRAM, with this password of the role `postgres`.
        case scram(password: String)
    }

    package let version: Version
    /// Holds `data`, the unix socket, and `log`.
    package let folder: String
    package let port: Int
    private let programs: String
    private let keeper: Keeper

    private init(version: Version, folder: String, port: Int, programs: String) throws {
        self.version = version
        self.folder = folder
        self.port = port
        self.programs = programs
        let stop = "'\(programs)/pg_ctl' -D '\(folder)/data' -m immediate -w stop"
        let asServerUser = getuid() == 0 ? "runuser -u postgres -- \(stop)" : stop
        keeper = try Keeper(atEnd: "\(asServerUser); rm -rf '\(folder)'")
    }

    /// Makes a cluster and waits until it accepts connections.
    ///
    /// `extensions` are created in `postgres` and in `template1`, so every database made later has them.
    package static func start(
        version: Version = .v15, settings: [String: String] = [:], extensions: [String] = [],
        authentication: Authentication = .trust, tls: Bool = false
    ) async throws -> TestServer {
        let programs = try ServerPrograms.folder(of: version)
        let folder = try await makeFolder()
        let server = try TestServer(version: version, folder: folder, port: try freePort(), programs: programs)
        do {
            try await server.initialise(settings: settings, authentication: authentication, tls: tls)
            try await server.launch()
            for database in extensions.isEmpty ? [] : ["postgres", "template1"] {
                try await server.psql(
                    extensions.map { "CREATE EXTENSION \"\($0)\" CASCADE;" }.joined(), database: database)
            }
        } catch {
            server.stop()
            throw error
        }
        return server
    }

    /// A server with the data of another, which was shut down: cheaper than making them anew.
    package static func start(copyOf original: TestServer, settings: [String: String] = [:]) async throws -> TestServer
    {
        let folder = try await makeFolder()
        let server = try TestServer(
            version: original.version, folder: folder, port: try freePort(), programs: original.programs)
        do {
            try await Command.asServerUser("/bin/cp", ["-a", "\(original.folder)/data", folder]).check()
            try server.writeSettings(settings)
            try await server.launch()
        } catch {
            server.stop()
            throw error
        }
        return server
    }

    /// Shuts it down and keeps its data.
    package func shutDown() async throws { try await pgCtl(["-m", "fast", "-w", "stop"]) }

    /// Stops it at once and deletes its folder.
    package func stop() { keeper.end() }

    /// Kills the postmaster as the kernel's OOM killer would; its children notice and leave.
    package func crash() throws {
        kill(try postmasterPID(), SIGKILL)
    }

    /// Stops all its processes where they stand (SIGSTOP): the network answers, the server does not.
    package func freeze() throws { kill(try postmasterPID(), SIGSTOP) }

    package func thaw() throws { kill(try postmasterPID(), SIGCONT) }

    /// Stops and starts it again with its data, as an administrator would.
    package func restart() async throws {
        try await pgCtl(["-m", "fast", "-w", "-l", "\(folder)/log", "restart"])
    }

    /// What the server has logged.
    package func log() throws -> String { try String(contentsOfFile: "\(folder)/log", encoding: .utf8) }

    private func postmasterPID() throws -> pid_t {
        let file = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
        guard let pid = file.split(separator: "\n").first.flatMap({ pid_t($0) }) else {
            throw Command.Failure(description: "no process id in \(folder)/data/postmaster.pid")
        }
        return pid
    }

    private static func makeFolder() async throws -> String {
        let folder = try await Command.asServerUser("/bin/mktemp", ["-d", "/tmp/pgm-test-XXXXXX"]).check()
        return folder.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func initialise(
        settings: [String: String], authentication: Authentication, tls: Bool
    ) async throws {
        var arguments = [
            "-D", "\(folder)/data", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            "--auth-local=trust",
        ]
        switch authentication {
        case .trust: arguments.append("--auth-host=trust")
        case .scram(let password):
            let file = "\(folder)/password"
            try Data("\(password)\n".utf8).write(to: URL(fileURLWithPath: file))
            arguments += ["--auth-host=scram-sha-256", "--pwfile=\(file)"]
        }
        // The programs of a wheel look for its libraries at the wheel's own paths.
        let libraries = ["LD_LIBRARY_PATH": "\(programs)/../lib"]
        try await Command.asServerUser("\(programs)/initdb", arguments, environment: libraries).check()
        if tls { try await makeCertificate() }
        try writeSettings(settings.merging(tls ? ["ssl": "on"] : [:]) { mine, _ in mine })
    }

    private func makeCertificate() async throws {
        try await Command.asServerUser(
            "/usr/bin/openssl",
            [
                "req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=localhost", "-out",
                "\(folder)/data/server.crt", "-keyout", "\(folder)/data/server.key",
            ]
        ).check()
    }

    private func writeSettings(_ settings: [String: String]) throws {
        let ours = [
            "port": "\(port)", "listen_addresses": "127.0.0.1", "unix_socket_directories": folder,
            "shared_preload_libraries": "pg_stat_statements,auto_explain",
            "fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "32MB",
            "timezone": "UTC", "log_line_prefix": "%m [%p] %q%u@%d/%a ",
        ]
        let lines = ours.merging(settings) { _, theirs in theirs }.sorted { $0.key < $1.key }.map {
            "\($0.key) = '\($0.value.replacingOccurrences(of: "'", with: "''"))'\n"
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/data/postgresql.conf"))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data(lines.joined().utf8))
    }

    private func launch() async throws {
        do {
            try await pgCtl(["-w", "-t", "60", "-l", "\(folder)/log", "start"])
        } catch {
            throw Command.Failure(description: "\(error)\n\((try? log()) ?? "")")
        }
    }

    private func pgCtl(_ arguments: [String]) async throws {
        try await Command.asServerUser("\(programs)/pg_ctl", ["-D", "\(folder)/data"] + arguments).check()
    }
}

/// A TCP port of 127.0.0.1 that is free now.
package func freePort() throws -> Int {
    let listener = try ListeningSocket()
    defer { listener.close() }
    return listener.port
}
