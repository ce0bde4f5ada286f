/// Reads JSON as a sequence of events, with the line of what is wrong. Lenient in what does not matter to a plan: a comma
/// too many is no error; it is what people leave when they cut a plan out of something larger.
struct JSONEvents {
    private let bytes: [UInt8]
    private let lineNumbers: [Int]
    private var position = 0
    private var row = 0
    /// Open brackets, innermost last; true for an object.
    private var isObject: [Bool] = []
    private var sink = StructuredPlan()

    /// All values of the text, one after the other. `lines`: the number of each line in the whole input.
    static func read(_ text: String, lines: [Int]) throws(ExplainError) -> StructuredPlan {
        var reader = JSONEvents(text, lines)
        try reader.run()
        return reader.sink
    }

    private init(_ text: String, _ lines: [Int]) {
        bytes = Array(text.utf8)
        lineNumbers = lines
    }

    private var line: Int { row < lineNumbers.count ? lineNumbers[row] : (lineNumbers.last ?? 1) }

    private mutating func run() throws(ExplainError) {
        var key: String?
        while let byte = nextToken() {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let opens = byte == UInt8(ascii: "{")
                try sink.open(try name(&key), isList: !opens, line: line)
                isObject.append(opens)
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let wasObject = isObject.popLast(), wasObject == (byte == UInt8(ascii: "}")) else {
                    throw ExplainError(line: line, "a bracket of the JSON closes what was not opened")
                }
                key = nil
                sink.close()
                position += 1
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "\""):
                let start = line
                let text = try string()
                if isObject.last == true, key == nil {
                    guard nextToken() == UInt8(ascii: ":") else {
                        throw ExplainError(line: line, "a key of the JSON has no value")
                    }
                    position += 1
                    key = text
                } else {
                    sink.scalar(try name(&key), text, line: start)
                }
            default: sink.scalar(try name(&key), try word(), line: line)
            }
        }
        guard isObject.isEmpty else {
            throw ExplainError(line: line, "the JSON ends before it is closed: it was cut off")
        }
    }

    /// The key under which a value stands; empty in a list.
    private func name(_ key: inout String?) throws(ExplainError) -> String {
        guard isObject.last == true else { return "" }
        guard let name = key else { throw ExplainError(line: line, "a value of the JSON has no key") }
        key = nil
        return name
    }

    private mutating func nextToken() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == UInt8(ascii: " ") || (9...13).contains(byte) else { return byte }
            if byte == UInt8(ascii: "\n") { row += 1 }
            position += 1
        }
        return nil
    }

    /// A number, true, false or null.
    private mutating func word() throws(ExplainError) -> String {
        let start = position
        while position < bytes.count, Self.isWordPart(bytes[position]) { position += 1 }
        guard position > start, !isObject.isEmpty else {
            throw ExplainError(line: line, "this is no JSON")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
    }

    private mutating func string() throws(ExplainError) -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try JSONEscape.bytes(bytes, &position, line: line)
            default:
                if byte == UInt8(ascii: "\n") { row += 1 }
                text.append(byte)
            }
        }
        throw ExplainError(line: line, "a text of the JSON is not closed: it was cut off")
    }
}

/// What stands behind a backslash; YAML's quoted texts are written the same way.
enum JSONEscape {
    /// `position`: behind the backslash; moved behind the escape.
    static func bytes(_ bytes: [UInt8], _ position: inout Int, line: Int) throws(ExplainError) -> [UInt8] {
        guard position < bytes.count else { throw ExplainError(line: line, "a text is cut off") }
        let kind = bytes[position]
        position += 1
        switch kind {
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "u"):
            var value = hexadecimal(bytes, &position)
            if (0xD800...0xDBFF).contains(value), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = hexadecimal(bytes, &position)
                value = 0x10000 + (value - 0xD800) << 10 + (low &- 0xDC00) & 0x3FF
            }
            return Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
        default: return [kind]
        }
    }

    private static func hexadecimal(_ bytes: [UInt8], _ position: inout Int) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                break
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
