import Redacting
import TestKit

/// Values of each class as PostgreSQL prints them, many of them equal, dense or at the bounds of their type.
enum RandomValues {
    static func make(_ kind: ValueClass, _ count: Int, _ random: inout SeededGenerator) -> [String] {
        (0..<count).map { _ in value(kind, &random) } + edges(kind)
    }

    /// The type that the server is to read them as.
    static func type(_ kind: ValueClass) -> String {
        switch kind {
        case .integer: "int8"
        case .decimal: "numeric"
        case .text: "text"
        case .date: "date"
        case .timestamp: "timestamptz"
        case .time: "time"
        case .interval: "interval"
        case .uuid: "uuid"
        case .bytes: "bytea"
        case .address: "inet"
        }
    }

    private static func edges(_ kind: ValueClass) -> [String] {
        switch kind {
        case .integer:
            ["0", "1", "-1", "32767", "32768", "-32768", "-32769", "2147483647", "-2147483648", "4294967295"]
                + ["9223372036854775807", "-9223372036854775808", "2", "3", "4", "5"]
        case .decimal:
            [
                "0", "1", "0.00", "1.0", "9", "2", "3", "-1", "0.5", "1e+20", "1e-20", "NaN", "99.99",
                "12345678901234567890.1",
            ]
        case .text:
            [
                "a", "b", "ab", "é", "ß", "Z", "~", "zz top", "O'Brien", #"back\slash"#, "日本", "\"quoted\"", "{braces}",
                "NULL",
            ]
        case .date:
            [
                "2024-01-01", "2024-01-02", "2024-01-03", "0044-03-15 BC", "9999-12-31", "infinity", "-infinity",
                "2000-02-29", "5874897-12-30",
            ]
        case .timestamp:
            [
                "2024-01-01 00:00:00+00", "2024-01-01 00:00:00.000001+00", "2024-01-01 02:00:00+02", "infinity",
                "0001-01-01 00:00:00+00 BC",
            ]
                + ["2024-06-01 12:00:00.5-09:30", "1999-12-31 23:59:59+00"]
        case .time: ["00:00:00", "23:59:59", "23:59:59.999999", "12:00:00", "12:00:01", "12:00:00.5"]
        case .interval:
            [
                "00:00:00", "1 day", "24:00:00", "1 mon", "30 days", "-3 days -04:05:06",
                "1 year 2 mons 3 days 04:05:06.789", "-00:00:01",
            ]
        case .uuid: ["00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
        case .bytes: ["\\x", "\\x00", "\\x0000", "\\xff", "\\xdeadbeef"]
        case .address:
            [
                "10.0.0.1", "10.0.0.0/8", "192.168.1.0/24", "192.168.1.5", "::1", "fe80::1:2", "2001:db8::/32",
                "0.0.0.0/0",
            ]
        }
    }

    private static func value(_ kind: ValueClass, _ random: inout SeededGenerator) -> String {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func padded(_ number: Int, _ digits: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        switch kind {
        case .integer:
            return String(number(0...3) == 0 ? number(Int.min...Int.max) : number(-300...70_000))
        case .decimal:
            let digits = number(0...4)
            let whole = number(0...2) == 0 ? number(-1_000_000...1_000_000) : number(-20...20)
            return digits == 0 ? "\(whole)" : "\(whole).\(padded(number(0...9999), 4).prefix(digits))"
        case .text:
            let letters = Array("abcdeXYZ 019-_äöç")
            return String((0..<number(1...9)).map { _ in letters.randomElement(using: &random)! } + ["x"])
        case .date: return "\(padded(number(1970...2030), 4))-\(padded(number(1...12), 2))-\(padded(number(1...28), 2))"
        case .timestamp:
            let fraction = number(0...2) == 0 ? ".\(padded(number(1...999), 3))" : ""
            return value(.date, &random)
                + " \(padded(number(0...23), 2)):\(padded(number(0...59), 2)):\(padded(number(0...59), 2))\(fraction)+00"
        case .time: return "\(padded(number(0...23), 2)):\(padded(number(0...59), 2)):\(padded(number(0...59), 2))"
        case .interval:
            return number(0...1) == 0
                ? "\(number(-40...400)) days" : "\(padded(number(0...300), 2)):\(padded(number(0...59), 2)):00"
        case .uuid:
            let hex = (0..<32).map { _ in String(number(0...15), radix: 16) }.joined()
            let all = Array(hex)
            return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }.joined(separator: "-")
        case .bytes:
            return "\\x"
                + (0..<number(1...12)).map { _ in padded(number(0...255), 3) }.map {
                    String(Int($0)! + 256, radix: 16).suffix(2)
                }.joined()
        case .address:
            return number(0...3) == 0
                ? "fe80::\(String(number(1...65535), radix: 16))"
                : "10.\(number(0...3)).\(number(0...255)).\(number(0...255))"
        }
    }
}
