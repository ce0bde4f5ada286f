import Foundation
import Testing

@testable import Diagnosing

@Suite("The bound after the newest one") struct PartitionStepTests {
    private func moment(_ text: String) throws -> Date {
        try Date(text, strategy: .iso8601)
    }

    @Test(arguments: [
        ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"),
        ("2026-02-23T05:00:00Z", "2026-02-23T06:00:00Z", "2026-02-23T07:00:00Z"),
    ])
    func follows(_ start: String, _ end: String, _ next: String) throws {
        let step = PartitionStep(from: try moment(start), to: try moment(end))
        #expect(step.after(try moment(end)) == (try moment(next)))
    }
}
