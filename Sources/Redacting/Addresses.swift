/// `inet` and `cidr` values in PostgreSQL's order: family, then the bits that both networks have, then the netmask's length, then
/// the whole address (network_cmp_internal in network.c).
struct NetworkAddress: Hashable, Comparable {
    /// Four or sixteen.
    var bytes: [UInt8]
    var bits: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = parts[0].contains(":") ? Self.long(parts[0]) : Self.short(parts[0]) else { return nil }
        self.bytes = bytes
        bits = bytes.count * 8
        guard parts.count == 2 else { return }
        guard let length = Int(parts[1]), (0...bits).contains(length) else { return nil }
        bits = length
    }

    /// `10.1.2.3`
    static func short(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && !parts.contains(nil) ? parts.compactMap(\.self) : nil
    }

    /// `fe80::1`, also with an IPv4 address at its end.
    static func long(_ text: Substring) -> [UInt8]? {
        let halves = String(text).split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var parts: [[UInt8]] = []
        for half in halves {
            var bytes: [UInt8] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: half.isEmpty) {
                if group.contains(".") {
                    guard let short = short(group) else { return nil }
                    bytes += short
                } else {
                    guard (1...4).contains(group.count), let number = UInt16(group, radix: 16) else { return nil }
                    bytes += [UInt8(number >> 8), UInt8(number & 0xff)]
                }
            }
            parts.append(bytes)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        guard parts.count == 2 ? count < 16 : count == 16 else { return nil }
        return parts[0] + [UInt8](repeating: 0, count: 16 - count) + (parts.count == 2 ? parts[1] : [])
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.bytes.count != right.bytes.count { return left.bytes.count < right.bytes.count }
        let common = min(left.bits, right.bits)
        let (first, second) = (left.masked(common), right.masked(common))
        if first != second { return first.lexicographicallyPrecedes(second) }
        if left.bits != right.bits { return left.bits < right.bits }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    private func masked(_ bits: Int) -> [UInt8] {
        bytes.enumerated().map { place, byte in
            let kept = min(8, max(0, bits - place * 8))
            return byte & UInt8(truncatingIfNeeded: 0xff << (8 - kept))
        }
    }
}
