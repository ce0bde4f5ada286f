import Foundation
import History
import Model
import Testing

@Suite struct EscalationLifecycleTests {
    @Test func containedTwiceThenAFixWithoutEffect() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 5, 5, 5], tier: "L1")
        for _ in 0..<2 {
            sweeps.resolve(tier: "L1", what: "ended the session", runbook: nil)
            sweeps.sweep([nil, nil, nil, nil], tier: "L1")
            sweeps.number += 100
            sweeps.sweep([5, 5, 5, 5], tier: "L1")
        }
        #expect(sweeps.record.tier == "L2" && sweeps.record.escalation == "L1 contained it twice, now L2")
        sweeps.resolve(tier: "L2", what: "an index")
        sweeps.sweep([5, 5, 5, 5], tier: "L1")
        #expect(
            sweeps.record.escalation == "L1 contained it twice, L2 tried an index without effect, now L3")
        #expect(sweeps.record.climbs?.map(\.to) == ["L2", "L2", "L3"])
        #expect(sweeps.record.fixes?.first?.text.contains("but it came back after") == true)
    }

    @Test func whatWentAndCameBackByItself() {
        var sweeps = Sweeps()
        sweeps.sweep([5, nil, nil, 5, nil, nil, 5], tier: "L1")
        #expect(sweeps.record.escalation == "came back once at L1, came back once at L2, now L2")
    }

    @Test func theTierRisesByRecurrenceAndByFailureAndNeverFalls() {
        #expect(FindingLifecycle.raised("L1", recurrences: 0) == "L1")
        #expect(FindingLifecycle.raised("L1", recurrences: 0, failed: ["L1"]) == "L2")
        #expect(FindingLifecycle.raised("L1", recurrences: 1, failed: ["L2"]) == "L3")
        #expect(FindingLifecycle.raised("L2", recurrences: 5, failed: ["L1"]) == "L2")
        #expect(FindingLifecycle.raised("L3", recurrences: 1, failed: ["L1"]) == "L3")
    }

    @Test func recordsOfOlderVersionsAreReadAndBoundedOnesStayBounded() throws {
        var sweeps = Sweeps()
        sweeps.sweep([Double](repeating: 123.456_789_1, count: 50))
        for number in 0..<30 { sweeps.resolve(runbook: "r\(number)", less: 1) }
        #expect(sweeps.record.impacts?.count == 32 && sweeps.record.fixes?.count == 16)
        #expect(sweeps.record.impacts?.last?.value == 123.457)
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        let body = try encoder.encode(sweeps.record)
        #expect(try decoder.decode(FindingRecord.self, from: body) == sweeps.record)
        var old = try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        for key in ["fixes", "impacts", "climbs"] { old[key] = nil }
        let read = try decoder.decode(FindingRecord.self, from: JSONSerialization.data(withJSONObject: old))
        #expect(read.fixes == nil && read.impacts == nil && read.sightings == 50)
    }

    @Test func readingsKeepSixDigits() {
        for (value, kept) in [(0.000_123_456_789, 0.000_123_457), (1.5e300, 1.5e300), (-2.0, -2.0), (.nan, 0), (0, 0)] {
            #expect(ImpactReading(at: Sweeps.start, value: value).value == kept)
        }
    }
}
