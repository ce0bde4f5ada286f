import Foundation

/// A text that the user names: a file, or `-` for stdin.
struct InputFile {
    let path: String

    var name: String { path == "-" ? "stdin" : path }

    /// The whole text.
    ///
    /// - Parameter limit: bytes; what is larger is refused before it fills the memory.
    /// - Throws: `Failure`, with the file's name, when it is not there, not readable, too large or not in UTF-8.
    func text(limit: Int = .max) throws -> String {
        let data = try data(limit: limit)
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw Failure(
                .unusable, "\(name): line \(Self.lineThatIsNoText(data)): binary, or not in UTF-8 (iconv -t UTF-8)")
        }
        return text
    }

    /// All its bytes.
    ///
    /// - Throws: `Failure`, with the file's name, when it is not there, not readable or larger than `limit`.
    func data(limit: Int) throws -> Data {
        let handle = try opened()
        var data = Data()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            data += chunk
            guard data.count <= limit else {
                throw Failure(.unusable, "\(name): larger than \(limit >> 20) MB, the most that is read")
            }
        }
        return data
    }

    /// Throws `Failure` where it is not there, not readable or compressed: said before a server is asked.
    func check() throws {
        guard path != "-", let start = try opened().read(upToCount: 2) else { return }
        if start.elementsEqual([0x1f, 0x8b]) {
            throw Failure(.unusable, "\(name): compressed; unpack it to stdin (gunzip -c) and give -")
        }
    }

    /// Its bytes, a part at a time: it may be larger than memory.
    ///
    /// - Throws: `Failure`, with the file's name, when it is not there or not readable; what `each` throws.
    func chunks(_ each: (Data) throws -> Void) throws {
        let handle = try opened()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { try each(chunk) }
    }

    private func opened() throws -> FileHandle {
        if path == "-" { return .standardInput }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure(.unusable, "\(path): there is no such file")
        }
        guard !isFolder.boolValue else { throw Failure(.unusable, "\(path): this is a directory") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Failure(.unusable, "\(path): the file cannot be read")
        }
        return handle
    }

    /// The line at which it stops being UTF-8.
    private static func lineThatIsNoText(_ data: Data) -> Int {
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return (lines.firstIndex { String(bytes: $0, encoding: .utf8) == nil } ?? lines.count) + 1
    }
}
