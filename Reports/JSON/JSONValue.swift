import Foundation
import Model

/// JSON with its keys in the order in which they were given.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    static func optional(_ value: Int64?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
    static func moment(_ date: Date?) -> JSONValue { .optional(date.map(Moments.rfc3339)) }
    /// Times, shares and the like, freed from the noise of binary fractions.
    static func rounded(_ value: Double?, places: Int = 3) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        let scale = pow(10, Double(places))
        let rounded = (value * scale).rounded() / scale
        return .number(rounded.isFinite ? rounded : value)
    }

    /// Two blanks an indentation, a line feed at the end.
    var text: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    /// On one line, without a line feed at the end.
    var line: String {
        var text = ""
        writeLine(to: &text)
        return text
    }

    private func writeLine(to text: inout String) {
        switch self {
        case .array(let values):
            text += "["
            for (offset, value) in values.enumerated() {
                if offset > 0 { text += "," }
                value.writeLine(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (offset, member) in members.enumerated() {
                if offset > 0 { text += "," }
                Self.quote(member.key, to: &text)
                text += ":"
                member.value.writeLine(to: &text)
            }
            text += "}"
        default: write(to: &text, indentation: 0)
        }
    }

    private func write(to text: inout String, indentation: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += Self.digits(value)
        case .string(let value): Self.quote(value, to: &text)
        // Points of a series: a line each, not a line a number.
        case .array(let values) where values.count > 1 && values.allSatisfy(\.isNumber): writeLine(to: &text)
        case .array(let values):
            Self.write(values, between: "[", "]", to: &text, indentation: indentation) { value, text in
                value.write(to: &text, indentation: indentation + 1)
            }
        case .object(let members):
            Self.write(members, between: "{", "}", to: &text, indentation: indentation) { member, text in
                Self.quote(member.key, to: &text)
                text += ": "
                member.value.write(to: &text, indentation: indentation + 1)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], between open: String, _ close: String, to text: inout String, indentation: Int,
        item write: (Item, inout String) -> Void
    ) {
        text += open
        for (offset, item) in items.enumerated() {
            text += (offset == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indentation + 1)
            write(item, &text)
        }
        if !items.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += close
    }

    private var isNumber: Bool {
        switch self {
        case .null, .number: true
        case .bool, .integer, .string, .array, .object: false
        }
    }

    private static func digits(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded() && abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// Hidden characters are escaped, though JSON only asks it of some: the file may be shown on a terminal.
    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.isInvisible {
                    for unit in String(scalar).utf16 {
                        text += "\\u" + UInt32(unit).hexadecimal(digits: 4).lowercased()
                    }
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}

/// One `"key": value` of an object.
package struct JSONMember: Sendable, Equatable {
    package var key: String
    package var value: JSONValue

    init(_ key: String, _ value: JSONValue) {
        self.key = key
        self.value = value
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}
