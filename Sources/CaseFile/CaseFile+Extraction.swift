import Foundation
import Model

extension CaseFile {
    /// Why a case was not extracted; nothing of it is on disk then.
    package struct ExtractionError: Error, CustomStringConvertible {
        package let folder: String
        package let reason: String
        package var description: String { "cannot extract into \(folder): \(reason)" }
    }

    /// Writes the case into a folder of its own (0700, files 0600): all of it or nothing. It is written beside, under a name
    /// that nobody can know before, and renamed at the end.
    ///
    /// - Parameter isForced: also where there is something; that is kept beside, under another name.
    /// - Returns: where the former folder is now; nil if there was none, or an empty one.
    /// - Throws: `ExtractionError`, `CaseRefusal`.
    @discardableResult
    package func extract(to folder: String, isForced: Bool = false) throws -> String? {
        var target = folder
        // With a slash at its end a symlink would be followed.
        while target.count > 1 && target.hasSuffix("/") { target.removeLast() }
        func failure(_ reason: String) -> ExtractionError { ExtractionError(folder: folder, reason: reason) }
        func lastError() -> ExtractionError { failure(String(cString: strerror(errno))) }
        let name = (target as NSString).lastPathComponent
        guard !["", ".", "..", "/"].contains(name) else { throw failure("name the folder itself") }
        let isThere = try Self.isOccupied(target, failure: failure)
        guard isThere != true || isForced else {
            throw failure(
                "it is not empty; choose another folder, or --force, which keeps what is there under another name")
        }

        var template = Array("\(target).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw lastError() }
        let beside = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var former: String?
        do {
            try write(into: beside)
            if isThere == true {
                former = Self.freeName(target)
                guard rename(target, former!) == 0 else { throw lastError() }
            }
            // Replaces an empty folder, and nothing else.
            guard rename(beside, target) == 0 else {
                let error = lastError()
                if let former { rename(former, target) }
                throw error
            }
        } catch {
            try? FileManager.default.removeItem(atPath: beside)
            if let error = error as? AtomicFile.WriteError { throw failure(error.reason) }
            throw error
        }
        return former
    }

    private func write(into folder: String) throws {
        for entry in manifest.entries { try write(data(of: entry.name), entry.name, folder) }
        for (name, content) in bookkeeping { try write(content, name, folder) }
    }

    private func write(_ content: Data, _ name: String, _ folder: String) throws {
        let path = "\(folder)/\(name)"
        try AtomicFile.makeFolder((path as NSString).deletingLastPathComponent)
        try AtomicFile.write(content, to: path)
    }

    /// Whether there is a folder with something in it; nil: nothing there.
    private static func isOccupied(_ target: String, failure: (String) -> ExtractionError) throws -> Bool? {
        var status = stat()
        guard lstat(target, &status) == 0 else {
            guard errno == ENOENT else { throw failure(String(cString: strerror(errno))) }
            return nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFLNK: throw failure("it is a symlink; name the folder that it leads to")
        case S_IFDIR: break
        default: throw failure("it is a file")
        }
        guard let inside = try? FileManager.default.contentsOfDirectory(atPath: target) else {
            throw failure("it cannot be read")
        }
        return !inside.isEmpty
    }

    private static func freeName(_ target: String) -> String {
        var number = 1
        var status = stat()
        while lstat("\(target).before-\(number)", &status) == 0 { number += 1 }
        return "\(target).before-\(number)"
    }
}
