import Foundation

/// A snapshot on disk: JSON, gzipped when the name ends in `.gz`; mode 0600.
package enum SnapshotFile {
    /// Why a file cannot be used as a snapshot; safe to show.
    package struct ReadError: Error, CustomStringConvertible {
        package let path: String
        package let reason: String
        package var description: String { "cannot use \(path) as a snapshot: \(reason)" }
    }

    /// Larger files are refused before they fill the memory. A catalog of 10,000 tables takes about 40 MB.
    package static let sizeLimit = 1 << 30

    package static func write(_ snapshot: Snapshot, to path: String) throws {
        try AtomicFile.write(path.hasSuffix(".gz") ? encode(snapshot) : json(snapshot), to: path)
    }

    /// Gzipped JSON.
    ///
    /// By its keys in order, so that the same snapshot gives the same bytes.
    package static func encode(_ snapshot: Snapshot) throws -> Data {
        try Gzip.compress(json(snapshot))
    }

    /// Half as dear and a little longer: for what is kept until the next one comes.
    package static func encodeQuickly(_ snapshot: Snapshot) throws -> Data {
        try Gzip.compress(json(snapshot, isSorted: false), level: 1)
    }

    private static func json(_ snapshot: Snapshot, isSorted: Bool = true) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        encoder.outputFormatting = isSorted ? [.sortedKeys, .withoutEscapingSlashes] : .withoutEscapingSlashes
        return try encoder.encode(snapshot)
    }

    /// `-` reads standard input.
    package static func read(_ path: String) throws -> Snapshot {
        let name = path == "-" ? "standard input" : path
        do {
            return try decode(load(path), name: name)
        } catch let error as ReadError {
            throw error
        } catch let error as Gzip.Failure {
            throw ReadError(path: name, reason: error.reason + "; collect it again, or copy it anew in binary mode")
        } catch is DecodingError {
            throw ReadError(
                path: name, reason: "it is not a snapshot of pgmedic; `pgmedic collect DSN -o snap.json.gz` makes one")
        }

        func load(_ path: String) throws -> Data {
            if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw ReadError(path: path, reason: String(cString: strerror(errno)))
            }
            guard status.st_mode & S_IFMT != S_IFDIR else { throw ReadError(path: path, reason: "is a directory") }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ReadError(path: path, reason: "it cannot be read: check its rights")
            }
            return data
        }
    }

    /// What `encode` made, or the plain JSON of it.
    ///
    /// - Throws: `ReadError`, `Gzip.Failure`, `DecodingError`.
    package static func decode(_ raw: Data, name: String = "the snapshot") throws -> Snapshot {
        let data = Gzip.isCompressed(raw) ? try Gzip.decompress(raw, limit: sizeLimit) : raw
        guard !data.isEmpty else { throw ReadError(path: name, reason: "it is empty") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        let result = Result { try decoder.decode(Snapshot.self, from: data) }
        // A newer one may be readable all the same, and mean something else; the format alone is read where it is not.
        struct Head: Decodable { var format: Int }
        let format = try (try? result.get())?.format ?? decoder.decode(Head.self, from: data).format
        guard format <= Snapshot.currentFormat else {
            throw ReadError(
                path: name,
                reason: "its format \(format) is newer than this pgmedic reads (\(Snapshot.currentFormat)); "
                    + "use the pgmedic that made it, or a newer one")
        }
        return try result.get()
    }
}
