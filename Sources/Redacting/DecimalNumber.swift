/// A finite number of any size as PostgreSQL prints it, compared by its value: `-12.50`, `1e+20`.
struct DecimalNumber: Hashable, Comparable {
    var isNegative = false
    /// Without zeros at either end; empty of 0.
    var digits: [UInt8] = []
    /// Of the first digit: 2 in 123, -1 in 0.5.
    var exponent = 0

    init?(_ text: String) {
        var bytes = text.utf8[...]
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            bytes.removeFirst()
        }
        var point: Int?
        var count = 0
        var power = 0
        while let byte = bytes.popFirst() {
            switch byte {
            case 0x30...0x39:
                digits.append(byte - 0x30)
                count += 1
            case UInt8(ascii: ".") where point == nil: point = count
            case UInt8(ascii: "e") where count > 0, UInt8(ascii: "E") where count > 0:
                guard let number = Int(String(decoding: bytes, as: UTF8.self)), abs(number) < 1_000_000 else {
                    return nil
                }
                power = number
                bytes = bytes.suffix(0)
            default: return nil
            }
        }
        guard count > 0 else { return nil }
        exponent = (point ?? count) - 1 + power
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    /// Of an integer's digits, the first of which has the given power of ten.
    init(isNegative: Bool, mantissa: UInt64, exponent: Int) {
        self.isNegative = isNegative
        digits = String(mantissa).utf8.map { $0 - 0x30 }
        while digits.last == 0 { digits.removeLast() }
        self.exponent = exponent
    }

    /// Digits behind the point.
    var scale: Int { max(0, digits.count - 1 - exponent) }
    var isZero: Bool { digits.isEmpty }
    var isOne: Bool { !isNegative && digits == [1] && exponent == 0 }

    static func < (left: Self, right: Self) -> Bool {
        if left.sign != right.sign { return left.sign < right.sign }
        return left.isNegative ? right.isCloserToZero(than: left) : left.isCloserToZero(than: right)
    }

    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    private func isCloserToZero(than other: Self) -> Bool {
        if exponent != other.exponent { return exponent < other.exponent }
        return digits.lexicographicallyPrecedes(other.digits)
    }

    /// As numeric and float8 read it.
    var text: String {
        guard !isZero else { return "0" }
        let all = digits.map { Character(Unicode.Scalar($0 + 0x30)) }
        let sign = isNegative ? "-" : ""
        if exponent > 25 || exponent < -25 {
            return sign + String(all[0]) + (all.count > 1 ? "." + String(all[1...]) : "") + "e\(exponent)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + String(all) }
        let whole = String(all.prefix(exponent + 1)) + String(repeating: "0", count: max(0, exponent + 1 - all.count))
        return sign + whole + (all.count > exponent + 1 ? "." + String(all[(exponent + 1)...]) : "")
    }
}
