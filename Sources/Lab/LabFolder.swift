import Foundation

/// Where a lab lies: `data`, `log`, and the server's unix socket.
struct LabFolder: Sendable {
    /// Of the socket's name: nothing listens on TCP.
    static let port = 5432
    /// Bytes of a socket's path, less than `sockaddr_un.sun_path` holds on Linux and macOS.
    private static let longestSocketPath = 103

    let path: String

    var data: String { path + "/data" }
    var log: String { path + "/log" }

    /// Makes it, for the server's user alone.
    ///
    /// - Throws: `LabError` when it exists and is not empty, or its path is too long for a socket.
    init(making path: String) throws(LabError) {
        let path = URL(fileURLWithPath: path).standardizedFileURL.path
        guard "\(path)/.s.PGSQL.\(Self.port)".utf8.count <= Self.longestSocketPath else {
            throw LabError("\(path): the path is too long for a unix socket; choose a shorter one")
        }
        guard !path.contains(where: { "\"'\\\n".contains($0) }) else {
            throw LabError("\(path): a lab's folder can have no quote, backslash or line break in its name")
        }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: path), !names.isEmpty {
            throw LabError("\(path) is not empty; choose a folder that does not exist yet")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw LabError("\(path) could not be made: \(error.localizedDescription)")
        }
        try ServerUser.own(path)
        self.path = path
    }

    func remove() throws(LabError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            if FileManager.default.fileExists(atPath: path) {
                throw LabError("\(path) could not be removed: \(error.localizedDescription)")
            }
        }
    }

    /// The end of the server's log, for messages.
    var lastWords: String {
        let log = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return log.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}
