/// The version of a server as `server_version_num` has it: 150020 is 15.20.
package struct ServerVersion: Codable, Sendable, Hashable, Comparable, CustomStringConvertible {
    package var number: Int

    package init(_ number: Int) { self.number = number }

    package init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    package static let v14 = ServerVersion(140000)
    package static let v15 = ServerVersion(150000)
    package static let v16 = ServerVersion(160000)
    package static let v17 = ServerVersion(170000)
    package static let v18 = ServerVersion(180000)

    /// 15 of 15.20.
    package var major: Int { number / 10000 }
    /// 20 of 15.20.
    package var minor: Int { number % 10000 }

    package func isAtLeast(_ other: ServerVersion) -> Bool { number >= other.number }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    package var description: String { "\(major).\(minor)" }
}
