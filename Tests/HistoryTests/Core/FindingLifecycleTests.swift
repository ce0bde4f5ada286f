import Foundation
import History
import Model
import Testing

@Suite struct FindingLifecycleTests {
    private static let start = Date(timeIntervalSince1970: 1_772_409_600)

    private func finding(_ impact: Double = 1, severity: String = "warning", tier: String = "L1") -> FindingRecord {
        .make {
            $0.fingerprint = "00000001"
            $0.rule = "locks.root-blocker"
            $0.severity = severity
            $0.tier = tier
            $0.impactValue = impact
        }
    }

    /// Sightings five minutes apart: true where the finding is seen.
    private func follow(_ seen: [Bool], judged: Set<String> = ["locks.root-blocker"]) -> (
        record: FindingRecord?, events: [FindingEvent]
    ) {
        var known: [FindingRecord] = []
        var events: [FindingEvent] = []
        for (number, isSeen) in seen.enumerated() {
            let outcome = FindingLifecycle.advance(
                known,
                by: FindingLifecycle.Sighting(
                    findings: isSeen ? [finding()] : [], judged: judged,
                    at: Self.start.addingTimeInterval(Double(number) * 300)))
            for record in outcome.records {
                known.removeAll { $0.fingerprint == record.fingerprint }
                known.append(record)
            }
            events += outcome.events.map(\.event)
        }
        return (known.first, events)
    }

    @Test func itOpensStaysAndIsResolvedWhenItIsMissedTwice() {
        let (record, events) = follow([true, true, false, false, false])
        #expect(events == [.opened, .resolved])
        #expect(record?.state == .resolved && record?.sightings == 2)
        #expect(record?.resolvedAt == Self.start.addingTimeInterval(900))
    }

    @Test func oneMissAloneIsNothing() {
        let (record, events) = follow([true, false, true])
        #expect(events == [.opened] && record?.recurrences == 0 && record?.state == .open)
    }

    @Test func aRuleThatCouldNotJudgeResolvesNothing() {
        let (record, _) = follow([true, false, false, false], judged: [])
        #expect(record?.state == .open)
    }

    @Test func whatComesBackRisesByATier() {
        let (record, events) = follow([true, false, false, true])
        #expect(events == [.opened, .resolved, .recurred])
        #expect(record?.recurrences == 1 && record?.tier == "L2" && record?.ruleTier == "L1")
        #expect(record?.firstSeen == Self.start && record?.openedAt == Self.start.addingTimeInterval(900))
    }

    @Test func whatFlapsIsToldNoMore() {
        let pattern = [Bool](repeating: true, count: 1) + (0..<8).flatMap { _ in [false, false, true] }
        let (record, events) = follow(pattern)
        #expect(record?.isFlapping == true)
        #expect(events.count { $0 == .recurred } == FindingLifecycle.openingsToFlap - 2)
    }

    @Test func worseIsToldOnceALevel() {
        var known = FindingLifecycle.advance([], by: .init(findings: [finding(1)], judged: [], at: Self.start)).records
        var events: [FindingEvent] = []
        for impact in [1.2, 1.6, 1.7, 2.5] {
            let outcome = FindingLifecycle.advance(
                known, by: .init(findings: [finding(impact)], judged: [], at: Self.start.addingTimeInterval(300)))
            known = outcome.records
            events += outcome.events.map(\.event)
        }
        #expect(events == [.worse, .worse])
        let graver = FindingLifecycle.advance(
            known, by: .init(findings: [finding(2.5, severity: "critical")], judged: [], at: Self.start))
        #expect(graver.events.map(\.event) == [.worse])
    }
}
