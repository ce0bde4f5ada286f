import Foundation
import Model

/// The numbers of a target's series by the series' numbers in the store; what was read at one moment. Zeros at the end are left
/// out, so that what is equal is the same.
typealias NumberedFrame = [Int64: [Int64]]

/// A snapshot's numbers as the store keeps them until they go into chunks: what changed against the snapshot before (`delta`), or
/// that after the whole of the snapshot before (`whole`).
///
///     kind · [whole: count, series…] · gone: count, numbers · changed: count, series…
///
/// A series is its number, a mask of measures, and their differences. Numbers ascend and are kept as steps. All are LEB128, then
/// deflated.
enum FrameCodec {
    private static let whole: UInt64 = 1
    private static let delta: UInt64 = 2

    /// - Parameters:
    ///   - isWhole: with all of the earlier frame, so that a reader needs nothing before it.
    ///   - isBrief: it is kept until the next one comes: packed quickly rather than small.
    static func encode(
        _ frame: NumberedFrame, since earlier: NumberedFrame, isWhole: Bool, isBrief: Bool = false
    ) throws -> [UInt8] {
        var writer = PackedWriter()
        writer.append(isWhole ? whole : delta)
        if isWhole { append(earlier, since: [:], to: &writer) }
        let gone = earlier.keys.filter { frame[$0] == nil }.sorted()
        writer.append(gone.count)
        var last: Int64 = 0
        for number in gone {
            writer.append(signed: number - last)
            last = number
        }
        append(frame, since: earlier, to: &writer)
        return Array(try Gzip.compress(Data(writer.bytes), level: isBrief ? 1 : 6))
    }

    private static func append(_ frame: NumberedFrame, since earlier: NumberedFrame, to writer: inout PackedWriter) {
        // One that stood still is not written; one that is new is, though all its numbers are 0.
        let changed = frame.filter { earlier[$0.key] != $0.value }.sorted { $0.key < $1.key }
        writer.append(changed.count)
        var last: Int64 = 0
        for (number, now) in changed {
            writer.append(signed: number - last)
            last = number
            append(now, since: earlier[number] ?? [], to: &writer)
        }
    }

    private static func append(_ now: [Int64], since then: [Int64], to writer: inout PackedWriter) {
        var mask: UInt64 = 0
        for place in now.indices where now[place] != then.value(at: place) { mask |= 1 << UInt64(place) }
        writer.append(mask)
        for place in now.indices where mask & (1 << UInt64(place)) != 0 {
            writer.append(signed: now[place] &- then.value(at: place))
        }
    }

    /// Takes a body into the numbers before it.
    ///
    /// - Parameter before: is handed the whole of the snapshot before, where the body has it.
    /// - Throws: `PackedReader.Damaged`.
    static func decode(
        _ bytes: [UInt8], into frame: inout NumberedFrame, before: (NumberedFrame) -> Void = { _ in }
    ) throws {
        let plain = try Stored.inflate(Data(bytes), limit: 1 << 28)
        try plain.withUnsafeBytes { buffer in
            var reader = PackedReader(buffer)
            switch try reader.integer() {
            case whole:
                frame = [:]
                try take(&reader, into: &frame)
                before(frame)
            case delta: break
            default: throw PackedReader.Damaged()
            }
            var number: Int64 = 0
            for _ in 0..<(try reader.count()) {
                number &+= try reader.signed()
                frame[number] = nil
            }
            try take(&reader, into: &frame)
            guard reader.isAtEnd else { throw PackedReader.Damaged() }
        }
    }

    private static func take(_ reader: inout PackedReader, into frame: inout NumberedFrame) throws {
        var number: Int64 = 0
        for _ in 0..<(try reader.count()) {
            number &+= try reader.signed()
            try take(&reader, into: &frame[number, default: []])
        }
    }

    private static func take(_ reader: inout PackedReader, into values: inout [Int64]) throws {
        var mask = try reader.integer()
        while mask != 0 {
            let place = mask.trailingZeroBitCount
            while values.count <= place { values.append(0) }
            values[place] &+= try reader.signed()
            mask &= mask - 1
        }
    }
}

extension [Int64] {
    /// What is left out at the end, or a store of an older pgmedic has not got, is 0.
    func value(at place: Int) -> Int64 { place < count ? self[place] : 0 }

    /// Without zeros at the end.
    var trimmed: [Int64] { lastIndex { $0 != 0 }.map { Array(self[...$0]) } ?? [] }
}
