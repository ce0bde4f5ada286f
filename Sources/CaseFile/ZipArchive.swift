import CArchive
import Foundation

/// The entries of a ZIP in memory, unpacked by libarchive one at a time and in pieces.
struct ZipArchive: Sendable {
    private let data: Data
    let names: [String]
    private let entries: [String: ZipDirectory.Entry]

    init(_ data: Data, limits: CaseLimits) throws(CaseRefusal.Reason) {
        let directory = try ZipDirectory(data, limits: limits)
        self.data = data
        names = directory.entries.map(\.name)
        entries = Dictionary(uniqueKeysWithValues: directory.entries.map { ($0.name, $0) })
    }

    /// Bytes, as the directory says; `pieces` holds them to it.
    func size(of name: String) -> Int? { entries[name]?.size }

    func contents(of name: String) throws -> Data {
        guard let entry = entries[name] else { throw CaseRefusal.Reason.noEntry(name) }
        var content = Data(capacity: entry.size)
        try forEach(where: { $0 == name }) { _, pieces in try pieces { content.append(contentsOf: $0) } }
        return content
    }

    /// The SHA-256 of each entry.
    func sums() throws -> [String: String] {
        var sums: [String: String] = [:]
        try forEach(where: { _ in true }) { name, pieces in
            var hash = try SHA256()
            try pieces { try hash.update($0) }
            sums[name] = try hash.finish()
        }
        return sums
    }

    private typealias Pieces = ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    private func forEach(where isWanted: (String) -> Bool, _ body: (String, Pieces) throws -> Void) throws {
        try data.withUnsafeBytes { bytes in
            guard let reader = archive_read_new() else { throw CaseRefusal.Reason.unreadable("no memory") }
            defer { archive_read_free(reader) }
            // No other format, no filter: only what ZipDirectory has checked.
            guard archive_read_support_format_zip_seekable(reader) == ARCHIVE_OK,
                archive_read_open_memory(reader, bytes.baseAddress, bytes.count) == ARCHIVE_OK
            else { throw CaseRefusal.Reason.damaged("the ZIP (\(Self.message(reader)))") }
            for name in names {
                var header: OpaquePointer?
                guard archive_read_next_header(reader, &header) == ARCHIVE_OK, let header,
                    let found = archive_entry_pathname(header), String(cString: found) == name,
                    archive_entry_filetype(header) == S_IFREG
                else { throw CaseRefusal.Reason.damaged("the header of \(name)") }
                guard isWanted(name) else { continue }
                try body(name) { piece in try Self.read(reader, entries[name]!, piece) }
            }
        }
    }

    private static func read(
        _ reader: OpaquePointer, _ entry: ZipDirectory.Entry, _ piece: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var count = 0
        while true {
            var start: UnsafeRawPointer?
            var length = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(reader, &start, &length, &offset)
            if status == ARCHIVE_EOF { break }
            // libarchive only warns of a wrong CRC or size.
            guard status == ARCHIVE_OK, offset == count else {
                throw CaseRefusal.Reason.damaged("\(entry.name) (\(message(reader)))")
            }
            count += length
            guard count <= entry.size else {
                throw CaseRefusal.Reason.damaged("\(entry.name) unpacks to more than it says")
            }
            try piece(UnsafeRawBufferPointer(start: start, count: length))
        }
        guard count == entry.size else {
            throw CaseRefusal.Reason.damaged("\(entry.name) (it is shorter than it says)")
        }
    }

    private static func message(_ reader: OpaquePointer) -> String {
        archive_error_string(reader).map { String(cString: $0) } ?? "no reason given"
    }
}
