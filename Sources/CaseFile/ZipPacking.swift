import CArchive
import Foundation
import Model

/// Makes the bytes of a ZIP by libarchive: the same entries and date give the same bytes, in whatever time zone.
enum ZipPacking {
    struct Failure: Error, CustomStringConvertible {
        var reason: String
        var description: String { "cannot pack the case: \(reason)" }
    }

    struct Item {
        var name: String
        var content: Data
        var isStored: Bool
    }

    static func pack(_ items: [Item], at date: Date) throws -> Data {
        guard let writer = archive_write_new() else { throw Failure(reason: "no memory") }
        defer { archive_write_free(writer) }
        let sink = Sink()
        try check(archive_write_set_format_zip(writer), writer)
        try check(archive_write_set_options(writer, "zip:!zip64"), writer)
        // Without padding at the end.
        try check(archive_write_set_bytes_in_last_block(writer, 1), writer)
        try check(
            archive_write_open(
                writer, Unmanaged.passUnretained(sink).toOpaque(), nil,
                { _, client, bytes, count in
                    guard let client, let bytes else { return -1 }
                    Unmanaged<Sink>.fromOpaque(client).takeUnretainedValue()
                        .data.append(bytes.assumingMemoryBound(to: UInt8.self), count: count)
                    return count
                }, nil), writer)
        for item in items { try add(item, at: date, to: writer) }
        try check(archive_write_close(writer), writer)
        return try withExtendedLifetime(sink) { try inUniversalTime(sink.data, date) }
    }

    private final class Sink {
        var data = Data()
    }

    private static func add(_ item: Item, at date: Date, to writer: OpaquePointer) throws {
        try check(
            item.isStored
                ? archive_write_zip_set_compression_store(writer) : archive_write_zip_set_compression_deflate(writer),
            writer)
        guard let entry = archive_entry_new() else { throw Failure(reason: "no memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, item.name)
        archive_entry_set_size(entry, Int64(item.content.count))
        archive_entry_set_filetype(entry, S_IFREG as mode_t)
        archive_entry_set_perm(entry, 0o600)
        archive_entry_set_mtime(entry, Int(date.timeIntervalSince1970), 0)
        try check(archive_write_header(writer, entry), writer)
        try item.content.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = archive_write_data(
                    writer, bytes.baseAddress! + offset, min(bytes.count - offset, 1 << 20))
                guard written > 0 else { throw Failure(reason: message(writer)) }
                offset += written
            }
        }
        try check(archive_write_finish_entry(writer), writer)
    }

    /// libarchive writes DOS times in the process's time zone. In UTC they are the same everywhere; the exact time stands
    /// beside them in any case.
    private static func inUniversalTime(_ packed: Data, _ date: Date) throws -> Data {
        var limits = CaseLimits()
        (limits.file, limits.entry, limits.total, limits.manifest) = (.max, .max, .max, .max)
        let directory = try ZipDirectory(packed, limits: limits)
        let stamp = dosTime(date)
        var result = packed
        for entry in directory.entries {
            for place in [entry.localOffset + 10, entry.centralOffset + 12] {
                result.replaceSubrange(place..<place + 4, with: stamp)
            }
        }
        return result
    }

    /// Seconds by two, and years from 1980 to 2107 (APPNOTE.TXT 4.4.6).
    static func dosTime(_ date: Date) -> [UInt8] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0)!
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let year = min(max(parts.year! - 1980, 0), 127)
        let day = year << 9 | parts.month! << 5 | parts.day!
        let time = parts.hour! << 11 | parts.minute! << 5 | parts.second! / 2
        return [UInt8(time & 255), UInt8(time >> 8), UInt8(day & 255), UInt8(day >> 8)]
    }

    /// By its first bytes: gzip, ZIP, PNG, JPEG, GIF, WebP, xz, Zstandard, bzip2.
    static func isCompressed(_ content: Data) -> Bool {
        let magics: [[UInt8]] = [
            [0x1f, 0x8b], [0x50, 0x4b, 3, 4], [0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff], Array("GIF8".utf8),
            [0xfd, 0x37, 0x7a, 0x58, 0x5a], [0x28, 0xb5, 0x2f, 0xfd], Array("BZh".utf8),
        ]
        return magics.contains { content.starts(with: $0) }
            || content.starts(with: Array("RIFF".utf8)) && content.dropFirst(8).starts(with: Array("WEBP".utf8))
    }

    /// Bytes that it takes in the file, without its headers: gzip's header and trailer are 18.
    static func deflatedSize(_ content: Data) throws -> Int {
        do {
            return try Gzip.compress(content).count - 18
        } catch let error as Gzip.Failure {
            throw Failure(reason: error.reason)
        }
    }

    private static func check(_ status: Int32, _ writer: OpaquePointer) throws {
        guard status == ARCHIVE_OK else { throw Failure(reason: message(writer)) }
    }

    private static func message(_ writer: OpaquePointer) -> String {
        archive_error_string(writer).map { String(cString: $0) } ?? "no reason given"
    }
}
