import Foundation

/// A streaming standby of a test server, made with pg_basebackup.
package final class Standby: Sendable {
    package let port: Int
    private let folder: String
    private let programs: String
    private let keeper: Keeper

    package var dsn: String { "host=127.0.0.1 port=\(port) dbname=postgres user=postgres" }

    /// Waits until it accepts connections and receives WAL.
    package static func start(of primary: TestServer) async throws -> Standby {
        let programs = try ServerPrograms.folder(of: primary.version)
        let made = try await Command.asServerUser("/bin/mktemp", ["-d", "/tmp/pgm-standby-XXXXXX"]).check()
        let folder = made.trimmingCharacters(in: .whitespacesAndNewlines)
        let standby = try Standby(port: try freePort(), folder: folder, programs: programs)
        // The programs of a wheel look for its libraries at the wheel's own paths; so does what they load to receive WAL.
        let libraries = ["LD_LIBRARY_PATH": "\(programs)/../lib"]
        do {
            try await Command.asServerUser(
                "\(programs)/pg_basebackup",
                [
                    "-D", "\(folder)/data", "-d", primary.dsn(over: .socket), "-c", "fast", "-X", "stream", "-R",
                    "--no-sync",
                ], environment: libraries
            ).check()
            try await Command.asServerUser(
                "\(programs)/pg_ctl",
                [
                    "-D", "\(folder)/data", "-l", "\(folder)/log", "-w", "-t", "60",
                    "-o", "-p \(standby.port) -k \(folder)", "start",
                ], environment: libraries
            ).check()
            try await primary.wait(until: "EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')")
        } catch {
            standby.stop()
            throw error
        }
        return standby
    }

    package func stop() { keeper.end() }

    /// Stops and starts it again with its data, as an administrator would.
    package func restart() async throws {
        try await Command.asServerUser(
            "\(programs)/pg_ctl",
            ["-D", "\(folder)/data", "-l", "\(folder)/log", "-m", "fast", "-w", "-t", "60", "restart"],
            environment: ["LD_LIBRARY_PATH": "\(programs)/../lib"]
        ).check()
    }

    private init(port: Int, folder: String, programs: String) throws {
        self.port = port
        self.folder = folder
        self.programs = programs
        let stop = "'\(programs)/pg_ctl' -D '\(folder)/data' -m immediate -w stop"
        let asServerUser = getuid() == 0 ? "runuser -u postgres -- \(stop)" : stop
        keeper = try Keeper(atEnd: "\(asServerUser); rm -rf '\(folder)'")
    }
}
