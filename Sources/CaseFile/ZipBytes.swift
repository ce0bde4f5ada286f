import Foundation

/// Little-endian numbers of a ZIP, read within its bounds only (APPNOTE.TXT 6.3.10, 4.3 and 4.4).
struct ZipBytes {
    let bytes: UnsafeRawBufferPointer

    static let localHeader: UInt32 = 0x0403_4b50
    static let centralHeader: UInt32 = 0x0201_4b50
    static let descriptor: UInt32 = 0x0807_4b50
    static let end: UInt32 = 0x0605_4b50
    static let zip64Locator: UInt32 = 0x0706_4b50
    static let localSize = 30
    static let centralSize = 46
    static let endSize = 22

    func two(_ offset: Int) throws(CaseRefusal.Reason) -> Int {
        guard offset >= 0 && offset + 2 <= bytes.count else { throw .truncated }
        return Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
    }

    func four(_ offset: Int) throws(CaseRefusal.Reason) -> UInt32 {
        UInt32(try two(offset)) | UInt32(try two(offset + 2)) << 16
    }

    func size(_ offset: Int) throws(CaseRefusal.Reason) -> Int { Int(try four(offset)) }

    func slice(_ offset: Int, _ count: Int) throws(CaseRefusal.Reason) -> UnsafeRawBufferPointer {
        guard offset >= 0 && count >= 0 && offset + count <= bytes.count else { throw .truncated }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// A name as it can be shown; what is not UTF-8 becomes U+FFFD, which is no safe name.
    func text(_ offset: Int, _ count: Int) throws(CaseRefusal.Reason) -> String {
        String(decoding: try slice(offset, count), as: UTF8.self)
    }
}
