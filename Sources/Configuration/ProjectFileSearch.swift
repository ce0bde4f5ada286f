import Foundation

extension ProjectFile {
    package static let name = "pgmedic.yaml"

    /// The file that is meant: the one that was named, or else the first of those that are there: in the working directory, then
    /// in `$XDG_CONFIG_HOME/pgmedic/` (`~/.config` where that is not set). nil: there is none.
    package static func path(named: String?, environment: [String: String], directory: String) -> String? {
        if let named { return named }
        return candidates(environment, directory).first { FileManager.default.fileExists(atPath: $0) }
    }

    private static func candidates(_ environment: [String: String], _ directory: String) -> [String] {
        // https://specifications.freedesktop.org/basedir-spec/latest/: a relative path is to be ignored.
        let set = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = set ?? environment["HOME"].map { $0 + "/.config" }
        return [directory + "/" + name] + (home.map { ["\($0)/pgmedic/\(name)"] } ?? [])
    }
}
