import Foundation

/// Goes through the strings of a JSON text, in its order, without reading it into memory as a tree: numbers stay digit by digit.
struct JSONStrings {
    /// Where a string stands.
    struct Place {
        fileprivate(set) var steps: [Step] = []

        enum Step: Equatable {
            case key(String)
            case index(Int)
        }

        /// Names of members alone.
        fileprivate(set) var keys: [String] = []

        /// `$.backends[3].query`
        var text: String {
            steps.reduce(into: "$") { text, step in
                switch step {
                case .key(let name):
                    text += name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? ".\(name)" : "['\(name)']"
                case .index(let number): text += "[\(number)]"
                }
            }
        }
    }

    /// Levels of nesting; a text with more is refused.
    static let deepest = 512

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var copied = 0
    private var place = Place()
    private var result: [UInt8] = []

    /// Calls `change` for each string that is a value, and puts back what it answers; nil leaves it as it is. Names of members stay.
    ///
    /// - Returns: nil where the text is no JSON or nested too deep.
    static func changing(_ json: [UInt8], _ change: (Place, String) throws -> String?) rethrows -> [UInt8]? {
        try json.withUnsafeBufferPointer { buffer in
            var reader = JSONStrings(buffer)
            reader.result.reserveCapacity(json.count)
            guard try reader.value(change, 0) else { return nil }
            reader.skipSpace()
            guard reader.position == json.count else { return nil }
            reader.result += buffer[reader.copied...]
            return reader.result
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

    /// `,`, `]`, `}`
    private static func endsValue(_ byte: UInt8) -> Bool { byte == 0x2c || byte == 0x5d || byte == 0x7d }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(_ change: (Place, String) throws -> String?, _ depth: Int) rethrows -> Bool {
        skipSpace()
        guard position < bytes.count, depth < Self.deepest else { return false }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            position += 1
            return try members(change, depth)
        case UInt8(ascii: "["):
            position += 1
            return try elements(change, depth)
        case UInt8(ascii: "\""):
            let start = position
            guard let text = string() else { return false }
            guard let new = try change(place, text) else { return true }
            result += bytes[copied..<start]
            Self.write(new, to: &result)
            copied = position
            return true
        default:
            let start = position
            while position < bytes.count, !Self.isSpace(bytes[position]), !Self.endsValue(bytes[position]) {
                position += 1
            }
            return position > start
        }
    }

    private mutating func members(_ change: (Place, String) throws -> String?, _ depth: Int) rethrows -> Bool {
        if take("}") { return true }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\""), let name = string(), take(":") else {
                return false
            }
            place.steps.append(.key(name))
            place.keys.append(name)
            guard try value(change, depth + 1) else { return false }
            place.steps.removeLast()
            place.keys.removeLast()
        } while take(",")
        return take("}")
    }

    private mutating func elements(_ change: (Place, String) throws -> String?, _ depth: Int) rethrows -> Bool {
        if take("]") { return true }
        var number = 0
        repeat {
            place.steps.append(.index(number))
            guard try value(change, depth + 1) else { return false }
            place.steps.removeLast()
            number += 1
        } while take(",")
        return take("]")
    }

    /// nil: it has no end, or an escape that JSON does not know.
    private mutating func string() -> String? {
        position += 1
        let start = position
        var hasEscapes = false
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        let inside = UnsafeBufferPointer(rebasing: bytes[start..<position])
        if !hasEscapes { return String(decoding: inside, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data([0x22] + inside + [0x22]))
    }

    private static func write(_ text: String, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                result += Array(("\\u00" + (byte < 0x10 ? "0" : "") + digits).utf8)
            default: result.append(byte)
            }
        }
        result.append(UInt8(ascii: "\""))
    }
}
