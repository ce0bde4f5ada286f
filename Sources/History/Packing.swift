/// Integers in as few bytes as they need: seven bits a byte, least first, the highest bit saying that more follow (LEB128).
struct PackedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ count: Int) { append(UInt64(count)) }

    /// Signed: small ones of either sign stay small.
    mutating func append(signed value: Int64) {
        append(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func append(_ text: String) {
        append(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ block: [UInt8]) {
        append(block.count)
        bytes.append(contentsOf: block)
    }
}

/// Reads what `PackedWriter` wrote. Bytes that end too early or make no sense are an error and never a trap.
struct PackedReader {
    struct Damaged: Error {}

    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    /// - Parameter bytes: must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    @inline(__always)
    mutating func integer() throws -> UInt64 {
        guard position < bytes.count else { throw Damaged() }
        let first = bytes[position]
        position += 1
        if first < 0x80 { return UInt64(first) }
        return try rest(of: UInt64(first & 0x7F))
    }

    private mutating func rest(of low: UInt64) throws -> UInt64 {
        var value = low
        var shift: UInt64 = 7
        while true {
            guard position < bytes.count, shift < 64 else { throw Damaged() }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    @inline(__always)
    mutating func signed() throws -> Int64 {
        let value = try integer()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// - Parameter limit: a larger one is damage: it would fill the memory.
    mutating func count(limit: Int = 1 << 24) throws -> Int {
        let value = try integer()
        guard value <= UInt64(limit) else { throw Damaged() }
        return Int(value)
    }

    mutating func text() throws -> String {
        let length = try count()
        guard position + length <= bytes.count else { throw Damaged() }
        defer { position += length }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]), as: UTF8.self)
    }

    mutating func block() throws -> UnsafeRawBufferPointer {
        let length = try count(limit: 1 << 30)
        guard position + length <= bytes.count else { throw Damaged() }
        defer { position += length }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    }
}
