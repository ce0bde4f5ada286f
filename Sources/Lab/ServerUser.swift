import Foundation

/// Programs of PostgreSQL's server, which refuse to be run by root: then they run as the user `postgres`.
enum ServerUser {
    static let name = "postgres"

    static var isNeeded: Bool { geteuid() == 0 }

    /// The command, as the server's user and then from `/`: it may not enter our working directory.
    static func command(_ path: String, _ arguments: [String]) -> [String] {
        (isNeeded ? ["/usr/bin/env", "-C", "/", "runuser", "-u", name, "--"] : []) + [path] + arguments
    }

    /// Programs that were moved look for their libraries where they once lay.
    static func environment(programs: String) -> [String: String] {
        ["LD_LIBRARY_PATH": "\(programs)/../lib", "LC_ALL": "C"]
    }

    /// Gives a folder or file to the server's user.
    static func own(_ path: String) throws(LabError) {
        guard isNeeded else { return }
        guard let entry = getpwnam(name) else {
            throw LabError("root cannot run PostgreSQL, and this machine has no user \(name): run it as another user")
        }
        guard chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
            throw LabError("\(path) could not be given to the user \(name): \(String(cString: strerror(errno)))")
        }
    }

    /// Runs a program to its end and answers with its standard output.
    ///
    /// - Throws: `LabError` with what it wrote when its status is not 0.
    static func run(_ path: String, _ arguments: [String], programs: String) async throws(LabError) -> String {
        let child = try LabProcess(command(path, arguments), environment: environment(programs: programs))
        let (output, status) = await child.outcome()
        guard status == 0 else {
            throw LabError("\(path) failed (status \(status)): \(output.suffix(2000))")
        }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
