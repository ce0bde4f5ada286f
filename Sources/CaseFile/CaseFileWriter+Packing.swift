import Foundation
import Model

extension CaseFileWriter {
    /// A case that is ready to be written.
    package struct Packed: Sendable {
        package var data: Data
        package var manifest: CaseManifest
        /// SHA-256 of the manifest.
        package var checksum: String
    }

    /// Writes the case, whole or not at all, for its owner alone (0600).
    ///
    /// - Throws: `Failure`, `AtomicFile.WriteError`, `ZipPacking.Failure`.
    @discardableResult
    package func write(to path: String) throws -> Packed {
        let packed = try packed()
        try AtomicFile.write(packed.data, to: path)
        return packed
    }

    /// - Throws: `Failure`, `ZipPacking.Failure`.
    package func packed() throws -> Packed {
        guard bound <= limits.file else { throw Failure.boundTooLarge(bound: bound, limit: limits.file) }
        let count = parts.count + 3
        guard count <= limits.entries else { throw Failure.tooManyEntries(count, limit: limits.entries) }
        var sized: [Sized] = []
        // deflate adds less than a thousandth to what it cannot pack.
        let most = parts.reduce(try bookkeepingSize()) {
            $0 + $1.content.count * 1001 / 1000 + Self.overhead($1.entry.name)
        }
        for part in parts { sized.append(try measure(part, isNeeded: most > bound)) }
        // What was measured may be off by a few bytes, so a result beyond the bound is packed once more with less in it.
        var room = bound
        while true {
            let choice = try choose(sized, room: room)
            let packed = try pack(choice)
            if packed.data.count <= bound { return packed }
            room = choice.size - (packed.data.count - bound)
        }
    }

    private struct Sized {
        var part: Part
        var isStored: Bool
        /// Bytes in the file, with headers.
        var packed: Int
    }

    private struct Choice {
        var parts: [Sized] = []
        var leftOut: [CaseManifest.Omission] = []
        /// Bytes that the file is thought to have.
        var size = 0
    }

    /// An estimate where all fits anyway and it is no bomb.
    private func measure(_ part: Part, isNeeded: Bool) throws -> Sized {
        let size = part.content.count
        let overhead = Self.overhead(part.entry.name)
        let whole = Sized(part: part, isStored: true, packed: size + overhead)
        if ZipPacking.isCompressed(part.content) { return whole }
        guard isNeeded || size > limits.ratioFloor else {
            return Sized(part: part, isStored: false, packed: size + overhead)
        }
        let deflated = try ZipPacking.deflatedSize(part.content)
        // Nearly nothing but one byte: a reader would take it for a bomb.
        if size > limits.ratioFloor && size / limits.ratio >= deflated { return whole }
        return deflated < size ? Sized(part: part, isStored: false, packed: deflated + overhead) : whole
    }

    private func choose(_ all: [Sized], room: Int) throws -> Choice {
        var choice = Choice(leftOut: tooLarge)
        var free = room - (try bookkeepingSize())
        var unpacked = limits.total - limits.manifest * 3
        let ranked = all.enumerated().sorted {
            ($0.element.part.priority, $0.offset) < ($1.element.part.priority, $1.offset)
        }
        for (_, sized) in ranked {
            let entry = sized.part.entry
            if sized.packed <= free && entry.size <= unpacked || sized.part.priority == .essential {
                free -= sized.packed
                unpacked -= entry.size
                choice.parts.append(sized)
            } else {
                choice.leftOut.append(
                    CaseManifest.Omission(
                        name: entry.name, size: entry.size, kind: entry.kind, about: entry.about,
                        why: "packed it takes \(Quantity.bytes(Int64(sized.packed))), and of the "
                            + "\(Quantity.bytes(Int64(bound))) that the case may have \(Quantity.bytes(Int64(max(0, free)))) were left"
                    ))
            }
        }
        let isEmpty = !choice.parts.contains { $0.part.priority != .essential }
        if isEmpty && (free < 0 || unpacked < 0) {
            throw Failure.essentialsTooLarge(size: room - free, bound: bound)
        }
        choice.size = room - free
        return choice
    }

    private func pack(_ choice: Choice) throws -> Packed {
        let parts = choice.parts.sorted { Self.rank($0.part.entry.name) < Self.rank($1.part.entry.name) }
        var items = parts.map {
            ZipPacking.Item(name: $0.part.entry.name, content: $0.part.content, isStored: $0.isStored)
        }
        var manifest = facts
        manifest.entries = parts.map(\.part.entry)
        manifest.leftOut = choice.leftOut.sorted { $0.name < $1.name }
        let readme = Data(CaseReadme.text(manifest).utf8)
        manifest.entries.insert(
            CaseManifest.Entry(
                name: CaseManifest.Name.readme, size: readme.count, sha256: try SHA256.of(readme), kind: .readme,
                about: "what this file is and how to open it"), at: 0)
        items.insert(ZipPacking.Item(name: CaseManifest.Name.readme, content: readme, isStored: false), at: 0)
        let encoded = try manifest.encoded()
        let checksum = try SHA256.of(encoded)
        items.append(ZipPacking.Item(name: CaseManifest.Name.manifest, content: encoded, isStored: false))
        items.append(
            ZipPacking.Item(
                name: CaseManifest.Name.sums, content: manifest.sums(manifestSum: checksum), isStored: false))
        return Packed(data: try ZipPacking.pack(items, at: facts.madeAt), manifest: manifest, checksum: checksum)
    }

    /// Bytes in the file of the readme, the manifest and the sums, when each part stood there both as an entry and as left out.
    private func bookkeepingSize() throws -> Int {
        var all = facts
        all.entries = parts.map(\.entry)
        all.leftOut =
            tooLarge
            + parts.map {
                CaseManifest.Omission(
                    name: $0.entry.name, size: $0.entry.size, kind: $0.entry.kind, about: $0.entry.about,
                    why: String(repeating: "-", count: 120))
            }
        let contents = [
            try all.encoded(), Data(CaseReadme.text(all).utf8),
            all.sums(manifestSum: String(repeating: "0", count: 64)),
        ]
        // The readme's own entry, and the end record.
        return try contents.reduce(1024) {
            $0 + (try ZipPacking.deflatedSize($1)) + Self.overhead(CaseManifest.Name.manifest)
        }
    }

    /// Bytes of an entry's two headers, their extra fields and its descriptor, and some more.
    private static func overhead(_ name: String) -> Int {
        ZipBytes.localSize + ZipBytes.centralSize + 2 * (name.utf8.count + 24) + 16 + 64
    }

    /// What a person reads first comes first.
    private static func rank(_ name: String) -> (Int, String) {
        let first = CaseManifest.Name.first
        return (first.firstIndex(of: name) ?? first.count, name)
    }
}
