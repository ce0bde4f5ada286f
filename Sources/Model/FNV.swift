/// FNV-1a, 64 bits (https://datatracker.ietf.org/doc/html/rfc9923): short names for texts, the same in each run.
package enum FNV {
    package static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
