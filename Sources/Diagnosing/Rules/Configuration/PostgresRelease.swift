import Foundation
import Model

/// What the project says of its major versions, https://www.postgresql.org/support/versioning/ and the announcement of
/// 2026-08-13. The table ages with the program: rules say its date.
struct PostgresRelease {
    var major: Int
    var latestMinor: Int
    /// Day of the last release.
    var endOfLife: String

    static let tableDate = "2026-08-13"

    static let all = [
        PostgresRelease(major: 10, latestMinor: 23, endOfLife: "2022-11-10"),
        PostgresRelease(major: 11, latestMinor: 22, endOfLife: "2023-11-09"),
        PostgresRelease(major: 12, latestMinor: 22, endOfLife: "2024-11-21"),
        PostgresRelease(major: 13, latestMinor: 23, endOfLife: "2025-11-13"),
        PostgresRelease(major: 14, latestMinor: 24, endOfLife: "2026-11-12"),
        PostgresRelease(major: 15, latestMinor: 19, endOfLife: "2027-11-11"),
        PostgresRelease(major: 16, latestMinor: 15, endOfLife: "2028-11-09"),
        PostgresRelease(major: 17, latestMinor: 11, endOfLife: "2029-11-08"),
        PostgresRelease(major: 18, latestMinor: 6, endOfLife: "2030-11-14"),
    ]

    static func of(_ version: ServerVersion) -> PostgresRelease? { all.first { $0.major == version.major } }

    /// Days from a moment to the end of life; negative afterwards.
    func daysLeft(at moment: Date) -> Double? {
        (try? Date(endOfLife, strategy: .iso8601.year().month().day())).map { $0.timeIntervalSince(moment) / 86_400 }
    }
}
