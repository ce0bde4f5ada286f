import Foundation

/// Follows findings from snapshot to snapshot: open → gone → recurred → verified.
package enum FindingLifecycle {
    /// Snapshots that judged it and did not see it, after which a finding is resolved. One alone may have looked at the wrong
    /// moment: what comes and goes with the load is not mended between two readings (our choice).
    package static let missesToResolve = 2
    /// Openings within a day that make it flap (our choice; the idea is of Nagios' flap detection,
    /// https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/flapping.html).
    package static let openingsToFlap = 4
    private static let flapSpan = 86_400.0
    /// One that flaps is resolved when it stayed away so often.
    package static let missesWhileFlapping = 12
    /// Growth of the impact that is told as worse (our choice: less is the load's ordinary change).
    package static let worseFactor = 1.5
    private static let openingsKept = 16

    /// What a snapshot has to say of findings.
    package struct Sighting: Sendable {
        /// Those that it has, with what they are about; the history fills in the rest.
        package var findings: [FindingRecord]
        /// Rules that judged all that they look at: of others, what is not seen is not gone.
        package var judged: Set<String>
        package var at: Date

        package init(findings: [FindingRecord], judged: Set<String>, at: Date) {
            self.findings = findings
            self.judged = judged
            self.at = at
        }
    }

    package struct Outcome: Sendable {
        /// Those that changed in any way: to be stored.
        package var records: [FindingRecord] = []
        package var events: [(fingerprint: String, event: FindingEvent)] = []
    }

    package static func advance(_ known: [FindingRecord], by sighting: Sighting) -> Outcome {
        var outcome = Outcome()
        let seen = Dictionary(sighting.findings.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        for record in known where seen[record.fingerprint] == nil {
            guard record.state != .resolved, sighting.judged.contains(record.rule) else { continue }
            let missed = miss(record, at: sighting.at)
            outcome.records.append(missed)
            if missed.state == .resolved && !missed.isFlapping {
                outcome.events.append((record.fingerprint, .resolved))
            }
        }
        let before = Dictionary(known.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        for finding in sighting.findings {
            let (record, event) = see(finding, before[finding.fingerprint], at: sighting.at)
            outcome.records.append(record)
            if let event { outcome.events.append((record.fingerprint, event)) }
        }
        return outcome
    }

    private static func miss(_ record: FindingRecord, at moment: Date) -> FindingRecord {
        var record = record
        record.missed += 1
        record.state = .quiet
        if record.missed >= (record.isFlapping ? missesWhileFlapping : missesToResolve) {
            record.state = .resolved
            record.resolvedAt = moment
        }
        return record
    }

    private static func see(
        _ finding: FindingRecord, _ before: FindingRecord?, at moment: Date
    ) -> (FindingRecord, FindingEvent?) {
        var record = finding
        record.lastSeen = moment
        record.state = .open
        record.missed = 0
        record.ruleTier = finding.tier
        guard let before else {
            record.firstSeen = moment
            record.openedAt = moment
            record.openings = [moment]
            record.sightings = 1
            record.toldImpact = finding.impactValue
            return (record, .opened)
        }
        record.firstSeen = before.firstSeen
        record.openedAt = before.openedAt
        record.openings = before.openings
        record.sightings = before.sightings + 1
        record.recurrences = before.recurrences
        record.toldImpact = before.toldImpact
        record.isFlapping = before.isFlapping
        var event: FindingEvent?
        if before.state == .resolved {
            record.recurrences += 1
            record.openedAt = moment
            record.openings = (before.openings + [moment]).suffix(openingsKept)
            record.toldImpact = finding.impactValue
            record.isFlapping =
                record.openings.count { moment.timeIntervalSince($0) < flapSpan } >= openingsToFlap
            event = record.isFlapping ? nil : .recurred
        } else if let change = graver(finding, than: before) {
            event = change
            record.toldImpact = finding.impactValue
        }
        if let last = record.openings.last, moment.timeIntervalSince(last) >= flapSpan { record.isFlapping = false }
        record.tier = raised(finding.tier, recurrences: record.recurrences)
        return (record, event)
    }

    private static let severities = ["notice", "warning", "critical"]

    private static func graver(_ finding: FindingRecord, than before: FindingRecord) -> FindingEvent? {
        let now = severities.firstIndex(of: finding.severity) ?? 0
        let then = severities.firstIndex(of: before.severity) ?? 0
        if now != then { return now > then ? .worse : .better }
        return before.toldImpact > 0 && finding.impactValue >= before.toldImpact * worseFactor ? .worse : nil
    }

    /// What was contained and came back needs the next tier (DESIGN, "The tiers").
    package static func raised(_ tier: String, recurrences: Int) -> String {
        guard tier == "L1", recurrences > 0 else { return tier }
        return recurrences < 3 ? "L2" : "L3"
    }
}
