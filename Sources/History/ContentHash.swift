/// FNV-1a, 128 bits (https://datatracker.ietf.org/doc/html/rfc9923): names a text by what is in it. Not against somebody who
/// wants two texts to meet: that would show him his other text.
enum ContentHash {
    static func of(_ text: String) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
