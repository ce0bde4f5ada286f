/// The surrogates of one class of values.
enum SurrogateMap: Sendable {
    case integers([Int64: Int64])
    case decimals([DecimalNumber: DecimalNumber])
    case texts([String: String])
    case days([Int64: Int64])
    case timestamps([Int64: Int64])
    case times([Int64: Int64])
    case intervals([Int64: Int64])
    /// Of uuid, bytea and inet: the text in its plain form.
    case plain([String: String], ValueClass)

    /// nil: not a value of the class, or one that was not there when the map was made.
    func surrogate(of text: String) -> String? {
        if stays(text) { return text }
        switch self {
        case .integers(let map): return Int64(text).flatMap { map[$0] }.map(String.init)
        case .decimals(let map): return DecimalNumber(text).flatMap { map[$0] }?.text
        // bpchar is compared without the blanks at its end.
        case .texts(let map): return map[text] ?? map[text.withoutBlanksAtEnd]
        case .days(let map):
            return Moments.daysOfDate(text).flatMap { map[$0] }.map { Moments.date($0) }
        case .timestamps(let map):
            guard let (time, zone) = Moments.timestamp(text) else { return nil }
            return map[time].map { Moments.timestamp($0, zone: zone) }
        case .times(let map): return Moments.time(text).flatMap { map[$0] }.map(Moments.clock)
        case .intervals(let map): return Moments.interval(text).flatMap { map[$0] }.map { Moments.interval($0) }
        case .plain(let map, let kind): return Self.plain(text, kind).flatMap { map[$0] }
        }
    }

    /// NaN, infinity, the empty text.
    private func stays(_ text: String) -> Bool {
        switch self {
        case .integers: false
        case .decimals: ["NaN", "Infinity", "-Infinity"].contains(text)
        case .texts: text.allSatisfy { $0 == " " }
        case .days, .timestamps, .times, .intervals: Moments.special.contains(text)
        case .plain(_, let kind): kind == .bytes && text == "\\x"
        }
    }

    /// One spelling for equal values; nil: not of the class.
    private static func plain(_ text: String, _ kind: ValueClass) -> String? {
        switch kind {
        case .uuid:
            let digits = text.lowercased().filter { $0 != "-" && $0 != "{" && $0 != "}" }
            return digits.utf8.count == 32 && digits.allSatisfy(\.isHexDigit) ? digits : nil
        case .bytes:
            let digits = text.lowercased()
            return digits.hasPrefix("\\x") && digits.dropFirst(2).allSatisfy(\.isHexDigit) ? digits : nil
        case .address: return NetworkAddress(text).map { "\($0.bytes)/\($0.bits)" }
        default: return nil
        }
    }

    /// Of values that are no texts.
    init(_ kind: ValueClass, of texts: Set<String>, _ random: inout some RandomNumberGenerator) {
        switch kind {
        case .integer: self = .integers(Self.integers(Set(texts.compactMap { Int64($0) }), &random))
        case .decimal: self = .decimals(Self.decimals(Set(texts.compactMap { DecimalNumber($0) }), &random))
        case .text: self = .texts([:])
        case .date:
            let values = Set(texts.compactMap { Moments.daysOfDate($0) }).sorted()
            // 5874897-12-31, https://www.postgresql.org/docs/current/datatype-datetime.html
            let moved = Jitter.moved(values, steps: [1], reach: { _ in 30 }, limit: 2_145_031_948, &random)
            self = .days(Self.pairs(values, moved))
        case .timestamp:
            let values = Set(texts.compactMap { Moments.timestamp($0)?.time }).sorted()
            let moved = Jitter.moved(
                values, steps: [Moments.second, 1], reach: { _ in 30 * Moments.day },
                limit: 106_700_000 * Moments.day, &random)
            self = .timestamps(Self.pairs(values, moved))
        case .time:
            let values = Set(texts.compactMap { Moments.time($0) }).sorted()
            let moved = Jitter.moved(
                values, steps: [Moments.second, 1], reach: { _ in 3600 * Moments.second }, limit: Moments.day, &random)
            self = .times(Self.pairs(values, moved))
        case .interval: self = .intervals(Self.intervals(Set(texts.compactMap { Moments.interval($0) }), &random))
        case .uuid, .bytes: self = .plain(Self.bytes(texts, kind, &random), kind)
        case .address: self = .plain(Self.addresses(texts, &random), kind)
        }
    }

    /// Of texts in the order of their collation.
    ///
    /// - Parameter limits: see `Words`.
    init(
        textsInOrder texts: [String], limits: [String: Int], _ random: inout some RandomNumberGenerator
    ) {
        var places: [Int: Int] = [:]
        if !limits.isEmpty { for (place, text) in texts.enumerated() { places[place] = limits[text] } }
        self = .texts(Self.pairs(texts, Words.inOrder(texts.count, limits: places, &random)))
    }

    private static func pairs<Value: Hashable>(_ values: [Value], _ surrogates: [Value]) -> [Value: Value] {
        Dictionary(zip(values, surrogates)) { first, _ in first }
    }
}

extension SurrogateMap {
    /// What stays, so that an int2 remains one: the bounds of the types, 0 and 1.
    private static let fixed: [Int64] = [
        .min, -2_147_483_648, -32768, 0, 1, 32767, 2_147_483_647, 4_294_967_295, .max,
    ]

    private static func integers(
        _ values: Set<Int64>, _ random: inout some RandomNumberGenerator
    ) -> [Int64: Int64] {
        var map = pairs(fixed, fixed)
        for (below, above) in zip(fixed, fixed.dropFirst()) where above &- below != 1 {
            let inside = values.filter { $0 > below && $0 < above }.sorted()
            let size = UInt64(bitPattern: above &- below) - 1
            let drawn = Spread.draw(inside.count, from: UInt64(bitPattern: below &+ 1), size: size, &random)
            for (value, surrogate) in zip(inside, drawn) { map[value] = Int64(bitPattern: surrogate) }
        }
        return map
    }

    /// Sign and number of digits before the point stay, and no surrogate has more digits behind it than the values of its size have:
    /// so it fits where the value fitted (`numeric(6,2)`).
    private static func decimals(
        _ values: Set<DecimalNumber>, _ random: inout some RandomNumberGenerator
    ) -> [DecimalNumber: DecimalNumber] {
        var map: [DecimalNumber: DecimalNumber] = [:]
        for value in values where value.isZero || value.isOne { map[value] = value }
        let others = Dictionary(grouping: values.filter { map[$0] == nil }) {
            DecimalSize(isNegative: $0.isNegative, exponent: $0.exponent)
        }
        // In a fixed order: the numbers drawn are the same in each run of a test.
        for (size, members) in others.sorted(by: { $0.key < $1.key }) {
            let scale = members.map { $0.scale }.max() ?? 0
            // 1 itself stays.
            let isAboveOne = !size.isNegative && size.exponent == 0
            // float4 tells six digits apart.
            var digits = max(1, min(scale + size.exponent + 1, 6))
            while capacity(digits, isAboveOne) < UInt64(members.count), digits < 18 { digits += 1 }
            let least = power(digits - 1) + (isAboveOne ? 1 : 0)
            let drawn = Spread.draw(members.count, from: least, size: capacity(digits, isAboveOne), &random)
            // Of negative ones the greatest comes first.
            let sorted = size.isNegative ? members.sorted().reversed() : members.sorted()
            for (value, mantissa) in zip(sorted, drawn) {
                map[value] = DecimalNumber(isNegative: size.isNegative, mantissa: mantissa, exponent: size.exponent)
            }
        }
        return map
    }

    private static func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    private static func capacity(_ digits: Int, _ isAboveOne: Bool) -> UInt64 {
        9 * power(digits - 1) - (isAboveOne ? 1 : 0)
    }

    /// Negative ones mirror positive ones, 0 stays. By an eighth at most: plans depend on how long a week is.
    private static func intervals(
        _ values: Set<Int64>, _ random: inout some RandomNumberGenerator
    ) -> [Int64: Int64] {
        var map: [Int64: Int64] = [0: 0]
        let (up, down) = (values.filter { $0 > 0 }.sorted(), values.filter { $0 < 0 && $0 > .min }.map { -$0 }.sorted())
        for (sizes, sign) in [(up, Int64(1)), (down, -1)] {
            let moved = Jitter.moved(sizes, steps: [Moments.second, 1], reach: { $0 / 8 }, limit: .max, &random)
            for (size, surrogate) in zip(sizes, moved) { map[sign * size] = sign * surrogate }
        }
        return map
    }

    private static func bytes(
        _ texts: Set<String>, _ kind: ValueClass, _ random: inout some RandomNumberGenerator
    ) -> [String: String] {
        // Hexadecimal digits stand in the bytes' order.
        let values = Set(texts.compactMap { plain($0, kind) }).filter { $0 != "\\x" }.sorted()
        let high = Spread.draw(values.count, from: 0, size: .max, &random)
        var map: [String: String] = [:]
        for (value, number) in zip(values, high) {
            let digits = hexadecimal(number)
            guard kind == .uuid else {
                map[value] = "\\x" + digits
                continue
            }
            let all = Array(digits + hexadecimal(UInt64.random(in: 0 ... .max, using: &random)))
            map[value] = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }.joined(separator: "-")
        }
        return map
    }

    /// Hosts of the private networks 10.0.0.0/8 and fd00::/8.
    private static func addresses(
        _ texts: Set<String>, _ random: inout some RandomNumberGenerator
    ) -> [String: String] {
        let values = Set(texts.compactMap { NetworkAddress($0) })
        var map: [String: String] = [:]
        let short = values.filter { $0.bytes.count == 4 }.sorted()
        for (value, number) in zip(short, Spread.draw(short.count, from: 1, size: (1 << 24) - 2, &random)) {
            map["\(value.bytes)/\(value.bits)"] = "10.\(number >> 16).\(number >> 8 & 0xff).\(number & 0xff)"
        }
        let long = values.filter { $0.bytes.count == 16 }.sorted()
        for (value, number) in zip(long, Spread.draw(long.count, from: 1, size: (1 << 56) - 2, &random)) {
            let digits = Array("fd" + hexadecimal(number).suffix(14))
            let groups = stride(from: 0, to: 16, by: 4).map { String(digits[$0..<$0 + 4]) }
            map["\(value.bytes)/\(value.bits)"] = groups.joined(separator: ":") + "::1"
        }
        return map
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

private struct DecimalSize: Hashable, Comparable {
    var isNegative: Bool
    var exponent: Int

    static func < (left: Self, right: Self) -> Bool {
        (left.exponent, left.isNegative ? 0 : 1) < (right.exponent, right.isNegative ? 0 : 1)
    }
}

extension String {
    var withoutBlanksAtEnd: String {
        guard hasSuffix(" ") else { return self }
        var text = self[...]
        while text.hasSuffix(" ") { text = text.dropLast() }
        return String(text)
    }
}
