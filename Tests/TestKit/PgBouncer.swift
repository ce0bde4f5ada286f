import Foundation

/// A PgBouncer in front of a test server, in transaction mode.
package final class PgBouncer: Sendable {
    package let port: Int
    private let keeper: Keeper

    /// Waits until it accepts connections.
    package static func start(for server: TestServer, poolSize: Int = 1) async throws -> PgBouncer {
        let program = "/usr/sbin/pgbouncer"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Command.Failure(description: "PgBouncer is not installed: run `apt-get install pgbouncer`")
        }
        let made = try await Command.asServerUser("/bin/mktemp", ["-d", "/tmp/pgm-bouncer-XXXXXX"]).check()
        let folder = made.trimmingCharacters(in: .whitespacesAndNewlines)
        let bouncer = try PgBouncer(port: try freePort(), folder: folder)
        try bouncer.configuration(server: server, folder: folder, poolSize: poolSize)
            .write(toFile: "\(folder)/pgbouncer.ini", atomically: false, encoding: .utf8)
        try "\"postgres\" \"\"\n".write(toFile: "\(folder)/users", atomically: false, encoding: .utf8)
        try await Command.asServerUser(program, ["-q", "-d", "\(folder)/pgbouncer.ini"]).check()
        // The daemon's start returns before it listens; psql's own retries are the event we have.
        try await bouncer.awaitReadiness()
        return bouncer
    }

    package func dsn(database: String) -> String {
        "host=127.0.0.1 port=\(port) dbname='\(database)' user='postgres'"
    }

    /// Runs a script through psql, as the next client of the pool.
    package func psql(_ sql: String, database: String) async throws -> String {
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn(database: database), "-f", "-"]
        let output = try await Command(ServerPrograms.psql, arguments).check(input: sql)
        return output.trimmingCharacters(in: .newlines)
    }

    package func stop() { keeper.end() }

    private init(port: Int, folder: String) throws {
        self.port = port
        keeper = try Keeper(atEnd: "kill -TERM $(cat '\(folder)/pid'); rm -rf '\(folder)'")
    }

    private func configuration(server: TestServer, folder: String, poolSize: Int) -> String {
        """
        [databases]
        * = host=127.0.0.1 port=\(server.port)
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = trust
        auth_file = \(folder)/users
        admin_users = postgres
        pool_mode = transaction
        default_pool_size = \(poolSize)
        logfile = \(folder)/log
        pidfile = \(folder)/pid
        """
    }

    private func awaitReadiness() async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(10)
        while clock.now < end {
            if let descriptor = ListeningSocket.connect(port: port) {
                Foundation.close(descriptor)
                return
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Command.Failure(description: "PgBouncer did not listen within 10 s")
    }
}
