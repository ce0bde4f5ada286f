import CZlib
import Foundation

/// The gzip format through zlib.
package enum Gzip {
    package struct Failure: Error {
        package var reason: String
    }

    /// 16 tells zlib to write gzip's header, 32 to recognise it (zlib.h, `deflateInit2` and `inflateInit2`).
    private static let writeGzip: Int32 = 15 + 16
    private static let readGzip: Int32 = 15 + 32
    private static let chunk = 262_144

    package static func isCompressed(_ data: Data) -> Bool { data.starts(with: [0x1f, 0x8b]) }

    /// - Parameter level: zlib's, from 1, the quickest, to 9; 6 is its own middle.
    package static func compress(_ data: Data, level: Int32 = 6) throws -> Data {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(&stream, level, Z_DEFLATED, writeGzip, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { throw Failure(reason: "zlib cannot start") }
        defer { deflateEnd(&stream) }
        return try run(&stream, over: data, limit: .max) { deflate(&$0, Z_FINISH) }
    }

    /// Throws on damaged or truncated input, and on more than `limit` bytes of output.
    package static func decompress(_ data: Data, limit: Int) throws -> Data {
        var stream = z_stream()
        guard inflateInit2_(&stream, readGzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Failure(reason: "zlib cannot start")
        }
        defer { inflateEnd(&stream) }
        return try run(&stream, over: data, limit: limit) { inflate(&$0, Z_NO_FLUSH) }
    }

    private static func run(
        _ stream: inout z_stream, over data: Data, limit: Int, step: (inout z_stream) -> Int32
    ) throws -> Data {
        var output = Data()
        // Thousands of short texts are packed too: room for what can come of them and no more.
        var buffer = [UInt8](repeating: 0, count: min(chunk, 4 * data.count + 256))
        try data.withUnsafeBytes { (input: UnsafeRawBufferPointer) in
            stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(input.count)
            var status = Z_OK
            while status != Z_STREAM_END {
                let room = buffer.count
                let produced = buffer.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(room)
                    status = step(&stream)
                    return room - Int(stream.avail_out)
                }
                guard status == Z_OK || status == Z_STREAM_END else { throw Failure(reason: "the data are damaged") }
                if status == Z_OK && produced == 0 && stream.avail_in == 0 { throw Failure(reason: "it is cut short") }
                output.append(buffer, count: produced)
                if output.count > limit {
                    throw Failure(reason: "it unpacks to more than \(Quantity.bytes(Int64(limit)))")
                }
            }
        }
        return output
    }
}
