/// Finds what looks like data of persons and keys in a text, byte by byte: a whole case has to be read in seconds.
struct SensitiveScan {
    enum Kind: String, Sendable, Codable, CaseIterable {
        case email, card, iban, phone, address, uuid, token
    }

    struct Found: Equatable {
        var kind: Kind
        /// Bytes of its UTF-8.
        var bytes: Range<Int>
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var found: [Found] = []
    /// What lies before belongs to something that was found.
    private var taken = 0
    /// Up to here no token begins: a run of a token's characters is looked at once.
    private var tokenless = 0

    /// In the order of the text; none overlaps another.
    static func findings(in text: String) -> [Found] {
        var text = text
        return text.withUTF8 { bytes in
            var scan = SensitiveScan(bytes)
            scan.run()
            return scan.found
        }
    }

    /// The text with other texts in place of what was found.
    static func replacing(in text: String, by change: (Kind, String) -> String) -> String {
        let findings = findings(in: text)
        guard !findings.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        for found in findings {
            result += bytes[position..<found.bytes.lowerBound]
            result += Array(change(found.kind, String(decoding: bytes[found.bytes], as: UTF8.self)).utf8)
            position = found.bytes.upperBound
        }
        result += bytes[position...]
        return String(decoding: result, as: UTF8.self)
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func run() {
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "@") {
                email(place)
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(") {
                phone(place)
            } else if place == 0 || !Self.isWord(bytes[place - 1]), Self.isWord(byte) || byte == UInt8(ascii: ":") {
                word(place)
            }
            place = max(place + 1, taken)
        }
    }

    private mutating func add(_ kind: Kind, _ range: Range<Int>) {
        while let last = found.last, last.bytes.upperBound > range.lowerBound { found.removeLast() }
        found.append(Found(kind: kind, bytes: range))
        taken = range.upperBound
    }

    private mutating func email(_ place: Int) {
        var start = place
        while start > 0, Self.isWord(bytes[start - 1]) || ".%+-".utf8.contains(bytes[start - 1]) { start -= 1 }
        let end = end(of: place + 1) { Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        var host = bytes[place + 1..<end]
        while host.last == UInt8(ascii: ".") || host.last == UInt8(ascii: "-") { host = host.dropLast() }
        guard start < place, let dot = host.lastIndex(of: UInt8(ascii: ".")), dot > place + 1, host.endIndex - dot > 2,
            host[(dot + 1)...].allSatisfy(Self.isLetter)
        else { return }
        add(.email, start..<host.endIndex)
    }

    private mutating func word(_ place: Int) {
        if let end = networkAddress(place) { return add(.address, place..<end) }
        if Self.isDigit(bytes[place]) {
            if let end = card(place) { return add(.card, place..<end) }
            phone(place)
            if taken > place { return }
        }
        if let end = uuid(place) { return add(.uuid, place..<end) }
        if let end = iban(place) { return add(.iban, place..<end) }
        if let end = token(place) { return add(.token, place..<end) }
    }

    private func end(of start: Int, most: Int = .max, _ belongs: (UInt8) -> Bool) -> Int {
        var end = start
        while end < bytes.count, end - start < most, belongs(bytes[end]) { end += 1 }
        return end
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a }
    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66) }
    static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte == 0x5f || byte >= 0x80 }
}

extension SensitiveScan {
    /// IPv4 and IPv6 addresses but those that name no machine of anybody's: loopback, `0.0.0.0`, `::`.
    private func networkAddress(_ place: Int) -> Int? {
        guard place == 0 || !".:-".utf8.contains(bytes[place - 1]) else { return nil }
        let end = end(of: place, most: 50) { Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        guard end - place >= 3 else { return nil }
        var run = bytes[place..<end]
        while let last = run.last, ".:".utf8.contains(last) {
            if run.suffix(2).elementsEqual("::".utf8) { break }
            run = run.dropLast()
        }
        guard run.allSatisfy({ Self.isHex($0) || ".:".utf8.contains($0) }), run.contains(where: Self.isDigit) else {
            return nil
        }
        var text = Substring(decoding: run, as: UTF8.self)
        let isShort = text.prefix(while: { $0 != ":" }).contains(".")
        // A port may follow.
        if isShort { text = text.prefix { $0 != ":" } }
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        guard isShort ? NetworkAddress.short(text) != nil : text.contains("::") || colons == 7 else { return nil }
        guard NetworkAddress(String(text)) != nil, !Self.isNobodys(text) else { return nil }
        return place + text.utf8.count
    }

    static func isNobodys(_ address: some StringProtocol) -> Bool {
        address.hasPrefix("127.") || ["0.0.0.0", "255.255.255.255", "::1", "::", "::0"].contains(String(address))
            // Netmasks.
            || address.hasPrefix("255.")
    }

    /// Numbers of the length and with the first digits of the large networks, whose check digit is right
    /// (ISO/IEC 7812-1, annex B).
    private func card(_ place: Int) -> Int? {
        guard place == 0 || !".-+#:".utf8.contains(bytes[place - 1]) else { return nil }
        var digits: [UInt8] = []
        var end = place
        while end < bytes.count {
            if Self.isDigit(bytes[end]) {
                digits.append(bytes[end] - 0x30)
                end += 1
            } else if bytes[end] == 0x20 || bytes[end] == UInt8(ascii: "-"), end + 1 < bytes.count,
                Self.isDigit(bytes[end + 1])
            {
                end += 1
            } else {
                break
            }
            if digits.count > 16 { return nil }
        }
        guard digits.count >= 13, end == bytes.count || !Self.isWord(bytes[end]) else { return nil }
        guard
            end == bytes.count || bytes[end] != UInt8(ascii: ".") || end + 1 == bytes.count
                || !Self.isDigit(bytes[end + 1])
        else { return nil }
        let head = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        let isKnown =
            switch digits.count {
            case _ where digits[0] == 4: digits.count == 13 || digits.count == 16
            case 14: (3000...3059).contains(head) || head / 100 == 36 || head / 100 == 38
            case 15: head / 100 == 34 || head / 100 == 37
            case 16:
                (5100...5599).contains(head) || (2221...2720).contains(head) || head == 6011 || head / 100 == 65
                    || (3528...3589).contains(head) || head / 100 == 62
            default: false
            }
        return isKnown && Self.hasCheckDigit(digits) ? end : nil
    }

    static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = Int(digit.element) * 2
            return sum + (digit.offset % 2 == 0 ? Int(digit.element) : doubled > 9 ? doubled - 9 : doubled)
        }
        return sum % 10 == 0
    }

    /// `+49 30 1234567`, `(555) 123-4567`, `555-123-4567`.
    private mutating func phone(_ place: Int) {
        guard place == 0 || !(Self.isWord(bytes[place - 1]) || ".-:+/".utf8.contains(bytes[place - 1])) else { return }
        var groups: [Int] = []
        var isOpen = false
        var end = place
        let isInternational = bytes[place] == UInt8(ascii: "+")
        if isInternational { end += 1 }
        // No number is longer.
        while end < min(bytes.count, place + 40) {
            let byte = bytes[end]
            if Self.isDigit(byte) {
                if !isOpen { groups.append(0) }
                groups[groups.count - 1] += 1
                isOpen = true
            } else if " -().".utf8.contains(byte), end + 1 < bytes.count,
                Self.isDigit(bytes[end + 1]) || " (".utf8.contains(bytes[end + 1])
            {
                isOpen = false
            } else {
                break
            }
            end += 1
        }
        guard end == bytes.count || !Self.isWord(bytes[end]) else { return }
        let count = groups.reduce(0, +)
        if isInternational ? (9...15).contains(count) && groups.count <= 6 : groups == [3, 3, 4] {
            add(.phone, place..<end)
        }
    }

    private func uuid(_ place: Int) -> Int? {
        guard place + 36 <= bytes.count, place + 36 == bytes.count || !Self.isWord(bytes[place + 36]) else {
            return nil
        }
        for offset in 0..<36 {
            let isDash = [8, 13, 18, 23].contains(offset)
            guard isDash ? bytes[place + offset] == UInt8(ascii: "-") : Self.isHex(bytes[place + offset]) else {
                return nil
            }
        }
        return place + 36
    }

    /// Its two check digits are right (ISO 13616-1).
    private func iban(_ place: Int) -> Int? {
        guard place + 15 <= bytes.count, bytes[place..<place + 2].allSatisfy({ $0 >= 0x41 && $0 <= 0x5a }),
            bytes[place + 2..<place + 4].allSatisfy(Self.isDigit)
        else { return nil }
        var code: [UInt8] = []
        var end = place
        while end < bytes.count, code.count <= 34 {
            if Self.isDigit(bytes[end]) || (bytes[end] >= 0x41 && bytes[end] <= 0x5a) {
                code.append(bytes[end])
            } else if bytes[end] != 0x20 || code.count % 4 != 0 {
                break
            }
            end += 1
        }
        while end > place, bytes[end - 1] == 0x20 { end -= 1 }
        guard (15...34).contains(code.count), end == bytes.count || !Self.isWord(bytes[end]) else { return nil }
        let rest = (code.dropFirst(4) + code.prefix(4)).reduce(0) { rest, byte in
            Self.isDigit(byte) ? (rest * 10 + Int(byte - 0x30)) % 97 : (rest * 100 + Int(byte) - 55) % 97
        }
        return rest == 1 ? end : nil
    }

    /// Random letters and digits: kinds of characters change often. Long hexadecimal numbers too.
    private mutating func token(_ place: Int) -> Int? {
        guard place >= tokenless else { return nil }
        let end = end(of: place) { (Self.isWord($0) && $0 < 0x80) || "+/=-".utf8.contains($0) }
        tokenless = end
        let length = end - place
        guard length >= 20, length <= 2000 else { return nil }
        let run = bytes[place..<end]
        if run.starts(with: "eyJ".utf8), length >= 40 { return end }
        guard length <= 200 else { return nil }
        if run.allSatisfy(Self.isHex) { return length >= 32 ? end : nil }
        var changes = 0
        var digits = 0
        var last = 0
        for byte in run {
            let kind = Self.isDigit(byte) ? 1 : byte >= 0x61 && byte <= 0x7a ? 2 : Self.isLetter(byte) ? 3 : 4
            if kind == 1 { digits += 1 }
            if kind != last { changes += 1 }
            last = kind
        }
        let hasPath =
            run.count { $0 == UInt8(ascii: "/") } * 8 > length || run.count { $0 == 0x5f || $0 == 0x2d } * 8 > length
        return digits >= 3 && changes * 5 >= length * 2 && !hasPath ? end : nil
    }
}
