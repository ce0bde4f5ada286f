import Foundation
import History
import Model
import Testing

/// A threshold that is moved between two sweeps mends nothing.
@Suite struct ThresholdLifecycleTests {
    /// Sweeps five minutes apart, in a history of one finding.
    private struct Moved {
        var known: [FindingRecord] = []
        var events: [FindingEvent] = []
        var number = 0

        var record: FindingRecord { known.first ?? FindingRecord() }

        /// - Parameters:
        ///   - threshold: what the rule's is adjusted to; nil: it is the documented one.
        ///   - isSilenced: the documented one would still have the finding.
        mutating func sweep(
            _ isSeen: Bool, threshold: Double? = nil, isSilenced: Bool = false, times: Int = 1
        ) {
            for _ in 0..<times {
                var found = Sweeps.finding(5, tier: "L1")
                found.thresholds = threshold.map { ["rows": $0] }
                var sighting = FindingLifecycle.Sighting(
                    findings: isSeen ? [found] : [], judged: [Sweeps.rule],
                    at: Sweeps.start.addingTimeInterval(Double(number) * 300))
                sighting.thresholds = threshold.map { [Sweeps.rule: ["rows": $0]] } ?? [:]
                sighting.silenced = isSilenced ? [found.fingerprint] : []
                let outcome = FindingLifecycle.advance(known, by: sighting)
                if let record = outcome.records.first { known = [record] }
                events += outcome.events.map(\.event)
                number += 1
            }
        }

        mutating func fix() {
            let at = Sweeps.start.addingTimeInterval(Double(number) * 300 - 10)
            known[0].apply(.make { $0.appliedAt = at })
        }
    }

    @Test func aRaisedThresholdResolvesNothingUntilItIsGone() {
        var moved = Moved()
        moved.sweep(true, times: 2)
        moved.sweep(false, threshold: 900, isSilenced: true, times: 20)
        #expect(moved.record.state == .quiet && moved.events == [.opened])
        moved.sweep(true, times: 2)
        #expect(moved.record.state == .open && moved.events == [.opened], "it never went, so it does not come back")
        moved.sweep(false, threshold: 900, isSilenced: true, times: 5)
        moved.sweep(false, threshold: 900, times: 2)
        #expect(moved.record.state == .resolved && moved.events == [.opened, .resolved], "by the documented one too")
        moved.sweep(true)
        #expect(moved.events.last == .recurred && moved.record.recurrences == 1)
    }

    @Test func whatTheAdjustedThresholdSawAndSeesNoMoreIsResolved() {
        var moved = Moved()
        moved.sweep(true, threshold: 900, times: 2)
        moved.sweep(false, threshold: 900, isSilenced: true, times: 2)
        #expect(moved.events == [.opened, .resolved])
    }

    @Test func aLoweredThresholdThatIsTakenBackTellsNothing() {
        var moved = Moved()
        moved.sweep(true, threshold: 1, times: 3)
        moved.sweep(false, times: 20)
        #expect(moved.record.state == .resolved && moved.record.resolvedAt == Sweeps.start.addingTimeInterval(900))
        moved.sweep(true, threshold: 1, times: 2)
        #expect(moved.record.state == .open && moved.events == [.opened])
        #expect(moved.record.recurrences == 0 && moved.record.tier == "L1")
    }

    @Test func noFixIsVerifiedByAThreshold() {
        var raised = Moved()
        raised.sweep(true, times: 5)
        raised.fix()
        raised.sweep(false, threshold: 900, isSilenced: true, times: 20)
        #expect(raised.record.isBeingVerified && !raised.events.contains(.verified))
        raised.sweep(false, threshold: 900, times: 6)
        #expect(raised.events.contains(.verified), "it is gone by the documented one: \(raised.events)")

        var lowered = Moved()
        lowered.sweep(true, threshold: 1, times: 5)
        lowered.fix()
        lowered.sweep(false, times: 20)
        #expect(lowered.record.fixes?.last?.verdict == .unclear && lowered.events == [.opened])
    }
}
