import CCrypto
import Foundation

/// SHA-256 by libcrypto, in pieces.
struct SHA256: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        var description: String { "libcrypto cannot compute SHA-256" }
    }

    private let context: OpaquePointer

    init() throws {
        guard let context = EVP_MD_CTX_new() else { throw Failure() }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw Failure()
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) throws {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw Failure() }
    }

    /// 64 hexadecimal digits, in lower case. Nothing can be added afterwards.
    consuming func finish() throws -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &digest, &length) == 1 else { throw Failure() }
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.prefix(Int(length)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    static func of(_ data: Data) throws -> String {
        var hash = try SHA256()
        try data.withUnsafeBytes { try hash.update($0) }
        return try hash.finish()
    }
}
