import CZlib
import Foundation

@testable import CaseFile

/// A ZIP byte by byte, so that it can lie in each place.
struct RawZip {
    struct Item {
        var name: [UInt8]
        var localName: [UInt8]?
        var packed: [UInt8]
        var size: UInt32
        var crc: UInt32
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// A plain file of Unix.
        var attributes: UInt32 = 0o100600 << 16
        var extra: [UInt8] = []
        var comment: [UInt8] = []
        /// Where the central directory says that it begins; nil: where it does.
        var offset: UInt32?
        /// Whether it stands in the central directory only.
        var isGhost = false

        init(_ name: String, _ content: [UInt8]) {
            self.name = Array(name.utf8)
            packed = content
            size = UInt32(content.count)
            crc = UInt32(crc32(0, content, UInt32(content.count)))
        }
    }

    var items: [Item]
    /// How many entries it says that it has; nil: the truth.
    var count: UInt16?
    /// What stands before the end record.
    var locator: [UInt8] = []

    /// A case that is right in all: its manifest and sums go by what is in it.
    static func sound(
        _ contents: [(String, [UInt8])] = [("summary.md", Array("# slow\n".utf8)), ("log.txt", Array("12:00\n".utf8))],
        named: Set<String>? = nil, change: (inout CaseManifest) -> Void = { _ in }
    ) throws -> RawZip {
        var manifest = SampleCase.writer().facts
        for (name, content) in contents where named?.contains(name) != false {
            let sum = try SHA256.of(Data(content))
            manifest.entries.append(.init(name: name, size: content.count, sha256: sum, kind: .other, about: "a part"))
        }
        change(&manifest)
        return try RawZip(contents: contents, manifest: manifest.encoded(), entries: manifest)
    }

    /// With a manifest that is no manifest.
    init(contents: [(String, [UInt8])] = [], manifest: Data, entries: CaseManifest? = nil) throws {
        let sum = try SHA256.of(manifest)
        let sums = (entries ?? SampleCase.writer().facts).sums(manifestSum: sum)
        items =
            contents.map { Item($0.0, $0.1) }
            + [Item(CaseManifest.Name.manifest, Array(manifest)), Item(CaseManifest.Name.sums, Array(sums))]
    }

    func with(_ change: (inout RawZip) -> Void) -> RawZip {
        var copy = self
        change(&copy)
        return copy
    }

    /// The same, the first entry changed.
    func first(_ change: (inout Item) -> Void) -> RawZip { with { change(&$0.items[0]) } }

    func renamed(_ name: String) -> RawZip { first { $0.name = Array(name.utf8) } }

    var data: Data {
        var out: [UInt8] = []
        var offsets: [UInt32] = []
        func two(_ value: UInt16) { out += [UInt8(value & 255), UInt8(value >> 8)] }
        func four(_ value: UInt32) {
            two(UInt16(value & 0xffff))
            two(UInt16(value >> 16))
        }
        func common(_ item: Item, _ name: [UInt8]) {
            two(20)
            two(item.flags)
            two(item.method)
            four(0x5c64_49c3)
            four(item.crc)
            four(UInt32(item.packed.count))
            four(item.size)
            two(UInt16(name.count))
            two(UInt16(item.extra.count))
        }
        for item in items {
            offsets.append(UInt32(out.count))
            guard !item.isGhost else { continue }
            let name = item.localName ?? item.name
            four(ZipBytes.localHeader)
            common(item, name)
            out += name + item.extra + item.packed
        }
        let start = UInt32(out.count)
        for (item, offset) in zip(items, offsets) {
            four(ZipBytes.centralHeader)
            two(0x0314)
            common(item, item.name)
            two(UInt16(item.comment.count))
            four(0)
            four(item.attributes)
            four(item.offset ?? offset)
            out += item.name + item.extra + item.comment
        }
        out += locator
        let size = UInt32(out.count) - start
        four(ZipBytes.end)
        four(0)
        two(count ?? UInt16(items.count))
        two(count ?? UInt16(items.count))
        four(size)
        four(start)
        two(0)
        return Data(out)
    }
}

/// Zeros, deflated without taking their time: blocks that end on whole bytes can be repeated.
enum Zeros {
    /// - Parameters:
    ///   - megabytes: at least 2.
    ///   - isGzip: with gzip's header and trailer, else as ZIP has it.
    static func deflated(megabytes: Int, isGzip: Bool = false) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        deflateInit2_(&stream, 9, Z_DEFLATED, isGzip ? 31 : -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        defer { deflateEnd(&stream) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        func step(_ flush: Int32) -> [UInt8] {
            var out = [UInt8](repeating: 0, count: 1 << 16)
            return zeros.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                let left = out.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    deflate(&stream, flush)
                    return Int(stream.avail_out)
                }
                return Array(out.dropLast(left))
            }
        }
        let first = step(Z_FULL_FLUSH)
        let middle = step(Z_FULL_FLUSH)
        let last = step(Z_FINISH)
        return first + Array(repeatElement(middle, count: megabytes - 2).joined()) + last
    }
}
