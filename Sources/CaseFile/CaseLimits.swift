/// What a case file may hold. Whatever is beyond is refused before it takes memory or disk.
package struct CaseLimits: Sendable {
    /// Bytes of the file.
    package var file = 128 << 20
    package var entries = 2000
    /// Bytes of one entry, unpacked from the ZIP.
    package var entry = 256 << 20
    /// Bytes of all entries, unpacked from the ZIP.
    package var total = 1 << 30
    /// Bytes of `manifest.json`. An entry takes about 300.
    package var manifest = 4 << 20
    /// Unpacked to packed, of what unpacks to more than `ratioFloor`. deflate reaches 1,032 at most; plain logs stay under 100.
    package var ratio = 500
    /// Bytes.
    package var ratioFloor = 1 << 20
    /// Bytes of what a gzip entry unpacks to. A snapshot of 10,000 tables takes about 40 MB.
    package var unpacked = 256 << 20
    /// Of JSON. Foundation refuses beyond 512.
    package var nesting = 512

    package init() {}

    package static let standard = CaseLimits()
}
