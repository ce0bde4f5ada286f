import Foundation
import Model

/// Which name has which pseudonym. It stays with those who may know: with it, an answer about `role_3` is understood, and the next
/// case calls the same role so.
package struct PseudonymKey: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
        case database, role, host, application
        /// An address of the network.
        case client
        /// The identifier of a prepared transaction.
        case transaction

        var prefix: String {
            switch self {
            case .database: "db"
            case .application: "app"
            default: rawValue
            }
        }
    }

    /// Why a key file cannot be used; safe to show.
    package struct FileError: Error, CustomStringConvertible {
        package let path: String
        package let reason: String
        package var description: String { "cannot use \(path) as key of pseudonyms: \(reason)" }
    }

    package var format = 1
    /// By kind: name → pseudonym.
    package var names: [Kind: [String: String]] = [:]

    package init() {}

    /// What stands for the name: `role_1`; made when it is asked for first.
    package mutating func pseudonym(of name: String, _ kind: Kind) -> String {
        if let known = names[kind]?[name] { return known }
        let new = "\(kind.prefix)_\((names[kind]?.count ?? 0) + 1)"
        names[kind, default: [:]][name] = new
        return new
    }

    /// The name behind a pseudonym.
    package func name(of pseudonym: String) -> String? {
        for known in names.values { if let pair = known.first(where: { $0.value == pseudonym }) { return pair.key } }
        return nil
    }

    /// `role_1`: a pseudonym already, of this key or another.
    static func isPseudonym(_ name: String) -> Bool {
        guard let dash = name.lastIndex(of: "_"), name[name.index(after: dash)...].allSatisfy(\.isNumber) else {
            return false
        }
        return dash != name.index(before: name.endIndex) && Kind.allCases.contains { $0.prefix == name[..<dash] }
    }

    /// Reads the key file, lets `use` add names, and writes it anew: whole or not at all, for its owner alone. Another process that
    /// wants the same file waits meanwhile.
    ///
    /// - Throws: `FileError`, `AtomicFile.WriteError`, and what `use` throws; the file is then as it was.
    package static func updating<Result>(_ path: String, _ use: (inout PseudonymKey) throws -> Result) throws -> Result
    {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw FileError(path: path, reason: String(cString: strerror(errno))) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw FileError(path: path, reason: String(cString: strerror(errno))) }
        var key = try read(path)
        let before = key
        let result = try use(&key)
        if key != before || !FileManager.default.fileExists(atPath: path) { try key.write(to: path) }
        return result
    }

    /// An empty key where there is no file.
    ///
    /// - Throws: `FileError`.
    package static func read(_ path: String) throws -> PseudonymKey {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw FileError(path: path, reason: String(cString: strerror(errno))) }
            return PseudonymKey()
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size < 1 << 28,
            let data = FileManager.default.contents(atPath: path)
        else { throw FileError(path: path, reason: "it is no file that can be read; name another by --key") }
        guard let key = try? JSONDecoder().decode(PseudonymKey.self, from: data) else {
            throw FileError(
                path: path, reason: "it is not a key that pgmedic wrote; name another by --key, or move it away")
        }
        guard key.format == 1 else {
            throw FileError(
                path: path, reason: "its format \(key.format) is newer than this pgmedic reads (1); use a newer pgmedic"
            )
        }
        return key
    }

    /// - Throws: `AtomicFile.WriteError`.
    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: path)
    }
}
