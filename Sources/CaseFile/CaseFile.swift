import Foundation
import Model

/// A case: evidence of one incident in a ZIP file, or in the folder that it was extracted to. It is opened only after all of
/// it was verified; nothing in it is believed before that, and a hostile one costs bounded memory and no file.
package struct CaseFile: Sendable {
    package let path: String
    package let manifest: CaseManifest
    /// SHA-256 of `manifest.json`, which holds those of all the rest: 64 hexadecimal digits.
    package let checksum: String
    private let rawManifest: Data
    private let limits: CaseLimits
    private let place: Place

    private enum Place {
        case archive(ZipArchive)
        case folder(CaseFolder)
    }

    /// The first 80 bits of the checksum, to be compared over the telephone: `7f3a 91c2 04be 55d0 a1e9`.
    package var shortChecksum: String {
        stride(from: 0, to: 20, by: 4).map { String(checksum.dropFirst($0).prefix(4)) }.joined(separator: " ")
    }

    /// Whether `path` is to be opened as a case and not as a snapshot: by its first bytes, or by its manifest.
    package static func looksLikeOne(_ path: String) -> Bool {
        if isFolder(path) { return access("\(path)/\(CaseManifest.Name.manifest)", F_OK) == 0 }
        let descriptor = Foundation.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        var magic = [UInt8](repeating: 0, count: 4)
        return read(descriptor, &magic, 4) == 4 && magic.starts(with: [0x50, 0x4b])
    }

    /// Verifies all of it: structure, names, sizes, and each checksum.
    ///
    /// - Throws: `CaseRefusal`.
    package static func open(path: String, limits: CaseLimits = .standard) throws -> CaseFile {
        do {
            if isFolder(path) { return try CaseFile(folder: CaseFolder(path: path), path: path, limits: limits) }
            return try CaseFile(archive: try load(path, limits), path: path, limits: limits)
        } catch let reason as CaseRefusal.Reason {
            throw CaseRefusal(path: path, reason: reason)
        }
    }

    /// The same for a file in memory.
    static func open(_ data: Data, path: String, limits: CaseLimits = .standard) throws -> CaseFile {
        do {
            return try CaseFile(archive: data, path: path, limits: limits)
        } catch let reason as CaseRefusal.Reason {
            throw CaseRefusal(path: path, reason: reason)
        }
    }

    /// An entry as it is stored, verified once more.
    ///
    /// - Throws: `CaseRefusal`.
    package func data(of name: String) throws -> Data {
        do {
            return try content(of: name)
        } catch let reason as CaseRefusal.Reason {
            throw CaseRefusal(path: path, reason: reason)
        }
    }

    /// An entry without its gzip, if it has one. JSON that is nested too deep for a parser is refused.
    ///
    /// - Throws: `CaseRefusal`.
    package func unpacked(_ name: String) throws -> Data {
        let raw = try data(of: name)
        var content = raw
        if Gzip.isCompressed(raw) {
            do {
                content = try Gzip.decompress(raw, limit: limits.unpacked)
            } catch let error as Gzip.Failure {
                throw CaseRefusal(path: path, reason: .content(name, why: error.reason))
            }
        }
        if name.contains(".json"), JSONNesting.deepest(content, atMost: limits.nesting) == nil {
            throw CaseRefusal(path: path, reason: .content(name, why: "it is nested more than \(limits.nesting) deep"))
        }
        return content
    }

    /// The manifest and its sums, as they are.
    var bookkeeping: [(name: String, content: Data)] {
        [(CaseManifest.Name.manifest, rawManifest), (CaseManifest.Name.sums, manifest.sums(manifestSum: checksum))]
    }
}

extension CaseFile {
    private init(archive data: Data, path: String, limits: CaseLimits) throws {
        let archive = try ZipArchive(data, limits: limits)
        let (manifest, checksum, raw) = try Self.manifest(.archive(archive), limits)
        let named = Set(manifest.entries.map(\.name) + [CaseManifest.Name.manifest, CaseManifest.Name.sums])
        if let name = archive.names.first(where: { !named.contains($0) }) {
            throw CaseRefusal.Reason.unnamedEntry(name)
        }
        let present = Set(archive.names)
        if let entry = manifest.entries.first(where: { !present.contains($0.name) }) {
            throw CaseRefusal.Reason.missingEntry(entry.name)
        }
        let sums = try archive.sums()
        for entry in manifest.entries
        where entry.sha256 != sums[entry.name] || entry.size != archive.size(of: entry.name) {
            throw CaseRefusal.Reason.wrongChecksum(entry: entry.name)
        }
        self.init(
            path: path, manifest: manifest, checksum: checksum, rawManifest: raw, limits: limits,
            place: .archive(archive))
    }

    private init(folder: CaseFolder, path: String, limits: CaseLimits) throws {
        let (manifest, checksum, raw) = try Self.manifest(.folder(folder), limits)
        guard manifest.entries.count <= limits.entries else {
            throw CaseRefusal.Reason.tooManyEntries(manifest.entries.count, limit: limits.entries)
        }
        self.init(
            path: path, manifest: manifest, checksum: checksum, rawManifest: raw, limits: limits, place: .folder(folder)
        )
        for entry in manifest.entries { _ = try content(of: entry.name) }
    }

    private typealias Confirmed = (manifest: CaseManifest, checksum: String, raw: Data)

    /// The manifest, which `SHA256SUMS` must confirm, and with it all of `SHA256SUMS`.
    private static func manifest(_ place: Place, _ limits: CaseLimits) throws -> Confirmed {
        let raw = try Self.raw(CaseManifest.Name.manifest, place, limit: limits.manifest)
        let sums = try Self.raw(CaseManifest.Name.sums, place, limit: limits.manifest)
        let checksum = try SHA256.of(raw)
        guard
            sums.suffix(checksum.utf8.count + 2 + CaseManifest.Name.manifest.utf8.count + 1)
                == Data("\(checksum)  \(CaseManifest.Name.manifest)\n".utf8)
        else { throw CaseRefusal.Reason.wrongManifestChecksum }
        let manifest = try CaseManifest.decoded(raw)
        let names = manifest.entries.map(\.name)
        for name in names {
            if let fault = EntryName.fault(name) { throw CaseRefusal.Reason.unsafeName(name, why: fault) }
        }
        if let (one, other) = EntryName.clash(names + [CaseManifest.Name.manifest, CaseManifest.Name.sums]) {
            throw CaseRefusal.Reason.sameName(one, other)
        }
        guard sums == manifest.sums(manifestSum: checksum) else {
            throw CaseRefusal.Reason.wrongChecksum(entry: CaseManifest.Name.sums)
        }
        return (manifest, checksum, raw)
    }

    private func content(of name: String) throws -> Data {
        guard let entry = manifest.entries.first(where: { $0.name == name }) else {
            throw CaseRefusal.Reason.noEntry(name)
        }
        let content = try Self.raw(name, place, limit: limits.entry)
        guard content.count == entry.size, try SHA256.of(content) == entry.sha256 else {
            throw CaseRefusal.Reason.wrongChecksum(entry: name)
        }
        return content
    }

    private static func raw(_ name: String, _ place: Place, limit: Int) throws -> Data {
        switch place {
        case .folder(let folder): return try folder.contents(of: name, limit: limit)
        case .archive(let archive):
            guard let size = archive.size(of: name) else { throw CaseRefusal.Reason.missingEntry(name) }
            guard size <= limit else { throw CaseRefusal.Reason.tooLarge(name, size: size, limit: limit) }
            return try archive.contents(of: name)
        }
    }

    private static func load(_ path: String, _ limits: CaseLimits) throws(CaseRefusal.Reason) -> Data {
        do {
            return try PlainFile.read(path: path, limit: limits.file)
        } catch {
            switch error {
            case .notRegular: throw .unreadable("it is not a plain file")
            case .tooLarge(let size): throw .tooLarge("the file", size: size, limit: limits.file)
            case .failed(let why): throw .unreadable(why)
            }
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
