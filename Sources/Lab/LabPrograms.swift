import Foundation

/// PostgreSQL's own programs on this machine.
package struct LabPrograms: Sendable {
    /// Holds `postgres` and `initdb`.
    package let folder: String
    /// 15
    package let major: Int

    /// - Throws: `LabError` when the folder does not hold them.
    package init(folder: String) async throws(LabError) {
        let folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        for name in ["postgres", "initdb"] where !FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            throw LabError("\(folder) does not hold PostgreSQL's program \(name); name its folder of programs")
        }
        self.folder = folder
        // "postgres (PostgreSQL) 15.8 (Debian …)", "18rc1"
        let said = try await ServerUser.run("\(folder)/postgres", ["--version"], programs: folder)
        let number = said.split(separator: ") ").dropFirst().first?.prefix { $0.isNumber }
        guard let major = number.flatMap({ Int($0) }), major >= 14 else {
            throw LabError("\(folder)/postgres is no PostgreSQL of version 14 or later: it says \(said)")
        }
        self.major = major
    }

    /// Those of the wanted major version, else of the nearest later one, else of the latest there is.
    ///
    /// - Throws: `LabError` when the machine has none.
    package static func find(major: Int) async throws(LabError) -> LabPrograms {
        let folders = candidates.filter { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
        var found: [LabPrograms] = []
        for folder in folders {
            if let programs = try? await LabPrograms(folder: folder) { found.append(programs) }
        }
        found.sort { $0.major < $1.major }
        guard let best = found.first(where: { $0.major >= major }) ?? found.last else {
            throw LabError(
                "no PostgreSQL server is installed on this machine (looked for initdb in \(candidates.joined(separator: ", "))): "
                    + "install the package postgresql-\(major), or name the folder of its programs")
        }
        return best
    }

    private static var candidates: [String] {
        func below(_ folder: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map {
                "\(folder)/\($0)/bin"
            }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let others = ["/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql/bin"]
        return below("/usr/lib/postgresql") + (14...19).map { "/usr/pgsql-\($0)/bin" }
            + path.split(separator: ":").map(String.init) + others
    }
}
