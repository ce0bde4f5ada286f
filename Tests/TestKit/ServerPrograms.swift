import Foundation

/// Where PostgreSQL's programs are on this machine.
enum ServerPrograms {
    /// The psql of our own libpq's version, for all servers.
    static let psql = "/usr/lib/postgresql/15/bin/psql"

    static func folder(of version: TestServer.Version) throws -> String {
        let candidates = ["/usr/lib/postgresql/\(version.rawValue)/bin", wheelFolder(of: version)]
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") })
        else {
            throw Command.Failure(
                description: """
                    PostgreSQL \(version.rawValue) is not installed: looked in \(candidates.joined(separator: " and ")). \
                    Run `make setup`, or set PGMEDIC_TEST_SERVERS to the folder that holds \
                    postgresql-\(version.rawValue)/bin.
                    """)
        }
        return found
    }

    private static func wheelFolder(of version: TestServer.Version) -> String {
        let root =
            ProcessInfo.processInfo.environment["PGMEDIC_TEST_SERVERS"] ?? "/var/tmp/pgmedic-tests-\(getuid())"
        return "\(root)/postgresql-\(version.rawValue)/bin"
    }
}

extension TestServer.Version {
    /// The SQL files that the server is shipped with: those that initdb runs, and those of its extensions.
    package func scripts() throws -> [String] {
        let programs = try ServerPrograms.folder(of: self)
        let shares = [
            "\(programs)/../share", "\(programs)/../share/postgresql", "/usr/share/postgresql/\(rawValue)",
        ]
        return shares.flatMap { [$0, "\($0)/extension"] }.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".sql") }
                .map { "\(folder)/\($0)" }
        }.sorted()
    }
}
