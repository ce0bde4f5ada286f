import Foundation

/// What a ZIP says it holds, read strictly before a library sees the file: every byte belongs to exactly one entry, what stands
/// beside the data is what the central directory says, and nothing that two programs could read in two ways is let in.
struct ZipDirectory {
    struct Entry {
        var name: String
        var isStored: Bool
        var crc: UInt32
        /// Bytes.
        var packed: Int
        /// Bytes.
        var size: Int
        /// Where its headers stand in the file.
        var localOffset: Int
        var centralOffset: Int

        fileprivate var flags: Int
    }

    /// In the order in which their data stand in the file.
    private(set) var entries: [Entry] = []

    init(_ data: Data, limits: CaseLimits) throws(CaseRefusal.Reason) {
        // Data's closure cannot throw a type of its own.
        let result = data.withUnsafeBytes { bytes in
            Result { () throws(CaseRefusal.Reason) in try Self.read(ZipBytes(bytes: bytes), limits) }
        }
        entries = try result.get()
        for entry in entries {
            if let fault = EntryName.fault(entry.name) { throw .unsafeName(entry.name, why: fault) }
        }
        if let (one, other) = EntryName.clash(entries.map(\.name)) { throw .sameName(one, other) }
    }

    private static func read(_ zip: ZipBytes, _ limits: CaseLimits) throws(CaseRefusal.Reason) -> [Entry] {
        let end = try endRecord(zip)
        let count = try zip.two(end + 10)
        let start = try zip.size(end + 16)
        guard try zip.two(end + 4) == 0, try zip.two(end + 6) == 0, try zip.two(end + 8) == count,
            start + (try zip.size(end + 12)) == end
        else { throw .damaged("its end record") }
        guard count <= limits.entries else { throw .tooManyEntries(count, limit: limits.entries) }
        var entries: [Entry] = []
        var offset = start
        for _ in 0..<count { entries.append(try central(zip, &offset)) }
        guard offset == end else { throw .damaged("its central directory") }
        try check(entries, limits)
        entries.sort { ($0.localOffset, $0.centralOffset) < ($1.localOffset, $1.centralOffset) }
        var next = 0
        for (index, entry) in entries.enumerated() {
            let limit = index + 1 < entries.count ? entries[index + 1].localOffset : start
            guard entry.localOffset == next else { throw .damaged("the place of \(entry.name)") }
            try local(zip, entry, upTo: limit)
            next = limit
        }
        guard next == start else { throw .damaged("the place of its central directory") }
        return entries
    }

    private static func endRecord(_ zip: ZipBytes) throws(CaseRefusal.Reason) -> Int {
        guard zip.bytes.count >= 4 else { throw .notAZip }
        let first = try zip.four(0)
        guard first == ZipBytes.localHeader || first == ZipBytes.end else { throw .notAZip }
        let end = zip.bytes.count - ZipBytes.endSize
        guard end >= 0, try zip.four(end) == ZipBytes.end else {
            // Its comment may be up to 65,535 bytes long.
            var place = end - 1
            while place >= max(0, end - 65_535) {
                if try zip.four(place) == ZipBytes.end { throw .damaged("something follows its end") }
                place -= 1
            }
            throw .truncated
        }
        guard try zip.two(end + 20) == 0 else { throw .damaged("its end record") }
        // A reader that knows ZIP64 would follow it to another directory.
        if end >= 20, try zip.four(end - 20) == ZipBytes.zip64Locator {
            throw .unsupported("the file", why: "ZIP64 records")
        }
        return end
    }

    private static func central(_ zip: ZipBytes, _ offset: inout Int) throws(CaseRefusal.Reason) -> Entry {
        guard try zip.four(offset) == ZipBytes.centralHeader else { throw .damaged("its central directory") }
        let nameSize = try zip.two(offset + 28)
        let extraSize = try zip.two(offset + 30)
        let name = try zip.text(offset + ZipBytes.centralSize, nameSize)
        let entry = Entry(
            name: name, isStored: try zip.two(offset + 10) == 0, crc: try zip.four(offset + 16),
            packed: try zip.size(offset + 20), size: try zip.size(offset + 24), localOffset: try zip.size(offset + 42),
            centralOffset: offset, flags: try zip.two(offset + 8))
        // Bits 0, 6 and 13: encrypted, strongly, and the directory itself.
        guard entry.flags & 0x2041 == 0 else { throw .encrypted(name) }
        // Left are 1 and 2 (how hard it was packed), 3 (sizes follow the data) and 11 (the name is UTF-8).
        guard entry.flags & ~0x080e == 0 else { throw .unsupported(name, why: "flags \(entry.flags)") }
        let method = try zip.two(offset + 10)
        guard method == 0 || method == 8 else { throw .unsupported(name, why: "packing method \(method)") }
        // The upper half is the mode of Unix; a folder of DOS is bit 4 of the lower one.
        let attributes = try zip.four(offset + 38)
        let type = attributes >> 16 & 0o170_000
        guard type == 0 || type == 0o100_000, attributes & 0x10 == 0, !name.hasSuffix("/") else {
            throw .notARegularFile(name)
        }
        guard try zip.two(offset + 32) == 0, try zip.two(offset + 34) == 0 else {
            throw .unsupported(name, why: "a comment or a second disk")
        }
        try checkExtra(zip, offset + ZipBytes.centralSize + nameSize, extraSize, name)
        offset += ZipBytes.centralSize + nameSize + extraSize
        return entry
    }

    /// Only times and Unix owners: the other fields can give an entry another name or size than its header does.
    private static func checkExtra(
        _ zip: ZipBytes, _ start: Int, _ count: Int, _ name: String
    ) throws(CaseRefusal.Reason) {
        var offset = start
        while offset < start + count {
            let identifier = try zip.two(offset)
            guard identifier == 0x5455 || identifier == 0x7875 else {
                throw .unsupported(name, why: "the extra field \(identifier)")
            }
            offset += 4 + (try zip.two(offset + 2))
        }
        guard offset == start + count else { throw .damaged("the header of \(name)") }
    }

    private static func local(_ zip: ZipBytes, _ entry: Entry, upTo limit: Int) throws(CaseRefusal.Reason) {
        let offset = entry.localOffset
        let nameSize = try zip.two(offset + 26)
        let extraSize = try zip.two(offset + 28)
        let isDescribed = entry.flags & 8 != 0
        guard try zip.four(offset) == ZipBytes.localHeader, try zip.two(offset + 6) == entry.flags,
            try zip.two(offset + 8) == (entry.isStored ? 0 : 8),
            // By bytes: to Swift's String, K and the Kelvin sign are equal.
            try zip.slice(offset + ZipBytes.localSize, nameSize).elementsEqual(
                zip.slice(entry.centralOffset + ZipBytes.centralSize, try zip.two(entry.centralOffset + 28)))
        else { throw .damaged("the header of \(entry.name)") }
        func agrees(_ place: Int, canBeZero: Bool) throws(CaseRefusal.Reason) -> Bool {
            let values = [try zip.four(place), try zip.four(place + 4), try zip.four(place + 8)]
            return matches(values, [entry.crc, UInt32(entry.packed), UInt32(entry.size)], canBeZero)
        }
        guard try agrees(offset + 14, canBeZero: isDescribed) else { throw .damaged("the header of \(entry.name)") }
        try checkExtra(zip, offset + ZipBytes.localSize + nameSize, extraSize, entry.name)
        let end = offset + ZipBytes.localSize + nameSize + extraSize + entry.packed
        if !isDescribed {
            guard end == limit else { throw .damaged("the place of \(entry.name)") }
            return
        }
        let hasSignature = limit - end == 16
        let signature = hasSignature ? try zip.four(end) : ZipBytes.descriptor
        guard hasSignature || limit - end == 12, signature == ZipBytes.descriptor,
            try agrees(limit - 12, canBeZero: false)
        else { throw .damaged("the end of \(entry.name)") }
    }

    private static func matches(_ values: [UInt32], _ expected: [UInt32], _ canBeZero: Bool) -> Bool {
        zip(values, expected).allSatisfy { $0 == $1 || canBeZero && $0 == 0 }
    }

    private static func check(_ entries: [Entry], _ limits: CaseLimits) throws(CaseRefusal.Reason) {
        var total = 0
        for entry in entries {
            let limit = entry.name == CaseManifest.Name.manifest ? limits.manifest : limits.entry
            guard entry.size <= limit else { throw .tooLarge(entry.name, size: entry.size, limit: limit) }
            guard !entry.isStored || entry.packed == entry.size else { throw .damaged("the size of \(entry.name)") }
            guard entry.size <= limits.ratioFloor || entry.size / limits.ratio <= entry.packed else {
                throw .bomb(entry: entry.name, ratio: entry.size / max(1, entry.packed))
            }
            total += entry.size
        }
        guard total <= limits.total else { throw .tooLarge("what it holds", size: total, limit: limits.total) }
    }
}
