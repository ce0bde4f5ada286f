import Foundation
import Model

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
    /// A record is written at each snapshot, so what it carries is bounded: readings, fixes, steps up, and what a fix made worse.
    package static let readingsKept = 32
    package static let fixesKept = 16
    package static let stepsKept = 16
    package static let worsenedKept = 8

    /// What a snapshot has to say of findings.
    package struct Sighting: Sendable {
        /// Those that it has, with what they are about; the history fills in the rest.
        package var findings: [FindingRecord]
        /// Rules that judged all that they look at: of others, what is not seen is not gone.
        package var judged: Set<String>
        /// What thresholds were adjusted to, by rule and name; of others the documented ones hold.
        package var thresholds: [String: [String: Double]] = [:]
        /// Fingerprints of what the documented thresholds would have, and the adjusted ones do not.
        package var silenced: Set<String> = []
        package var at: Date
        /// What it and the snapshot before it had, by which fixes are seen; nil: there was none before, or it was not looked at.
        package var change: FixDetection.Change?

        package init(
            findings: [FindingRecord], judged: Set<String>, at: Date, change: FixDetection.Change? = nil
        ) {
            self.findings = findings
            self.judged = judged
            self.at = at
            self.change = change
        }
    }

    package struct Outcome: Sendable {
        /// Those that changed in any way: to be stored.
        package var records: [FindingRecord] = []
        /// A finding's own change stands before the verdict on its fix.
        package var events: [(fingerprint: String, event: FindingEvent)] = []
    }

    package static func advance(_ known: [FindingRecord], by sighting: Sighting) -> Outcome {
        var outcome = Outcome()
        var before = Dictionary(known.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        if let change = sighting.change {
            for record in known {
                guard let fix = FixDetection.fix(of: record, in: change, at: sighting.at) else { continue }
                before[record.fingerprint]?.apply(fix)
            }
        }
        let seen = Set(sighting.findings.map(\.fingerprint))
        for record in known where !seen.contains(record.fingerprint) {
            guard let record = before[record.fingerprint] else { continue }
            let isJudged = sighting.judged.contains(record.rule)
            if isJudged, sighting.looksElsewhere(than: record) {
                let isStillThere = sighting.silenced.contains(record.fingerprint)
                let lost = record.outOfSight(isStillThere: isStillThere, at: sighting.at)
                if lost != record || lost.isBeingVerified { outcome.records.append(lost) }
                continue
            }
            guard isJudged, record.state != .resolved || record.isBeingVerified else {
                // A fix of it may have come, or something that it made worse.
                if record.isBeingVerified { outcome.records.append(record) }
                continue
            }
            let missed = miss(record, at: sighting.at)
            outcome.records.append(missed)
            if missed.state == .resolved && record.state != .resolved && !missed.isFlapping {
                outcome.events.append((record.fingerprint, .resolved))
            }
        }
        for finding in sighting.findings {
            let (record, event) = see(finding, before[finding.fingerprint], at: sighting.at)
            outcome.records.append(record)
            if let event { outcome.events.append((record.fingerprint, event)) }
        }
        noteWorse(&outcome, at: sighting.at)
        for place in outcome.records.indices {
            guard let event = outcome.records[place].verify(at: sighting.at) else { continue }
            outcome.events.append((outcome.records[place].fingerprint, event))
        }
        return outcome
    }

    /// What opened or got worse while a fix waits for its verdict, and shares an object with what it fixed.
    private static func noteWorse(_ outcome: inout Outcome, at moment: Date) {
        let worse = Set(
            outcome.events.filter { [.opened, .recurred, .worse].contains($0.event) }.map(\.fingerprint))
        guard !worse.isEmpty else { return }
        // A statement's share of all time grows when another's shrinks, which is what the fix is for: of statements their own
        // times are tested, by the history that has them (`History.noteSlowerStatements`).
        let suspects = outcome.records.filter { worse.contains($0.fingerprint) && $0.impactUnit != "shareOfTime" }
        for place in outcome.records.indices where outcome.records[place].isBeingVerified {
            let record = outcome.records[place]
            guard let fix = record.fixes?.last, fix.appliedAt < moment else { continue }
            outcome.records[place].note(
                suspects.compactMap { suspect in
                    guard suspect.fingerprint != record.fingerprint, let object = record.shared(with: suspect) else {
                        return nil
                    }
                    return .make {
                        $0.finding = suspect.fingerprint
                        $0.title = suspect.title
                        $0.object = object
                        $0.at = moment
                    }
                })
        }
    }

    private static func miss(_ record: FindingRecord, at moment: Date) -> FindingRecord {
        var record = record
        record.read(0, at: moment)
        record.isOutOfSight = nil
        guard record.state != .resolved else { return record }
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
        record.impacts = before?.impacts
        // Where the rule gives no number, it is there or it is not.
        record.read(finding.impactValue > 0 ? finding.impactValue : 1, at: moment)
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
        record.fixes = before.fixes
        record.climbs = before.climbs
        var event: FindingEvent?
        // One that is looked for again was perhaps never gone.
        let wasGone = before.state == .resolved && before.isOutOfSight != true
        if wasGone {
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
        record.tier = raised(finding.tier, recurrences: record.recurrences, failed: record.failedTiers)
        if wasGone { record.cameBack(from: before, at: moment) }
        return (record, event)
    }

    private static let severities = ["notice", "warning", "critical"]

    private static func graver(_ finding: FindingRecord, than before: FindingRecord) -> FindingEvent? {
        let now = severities.firstIndex(of: finding.severity) ?? 0
        let then = severities.firstIndex(of: before.severity) ?? 0
        if now != then { return now > then ? .worse : .better }
        return before.toldImpact > 0 && finding.impactValue >= before.toldImpact * worseFactor ? .worse : nil
    }

    /// What was contained and came back needs the next tier, and so does what a fix did not change (DESIGN, "The tiers").
    ///
    /// - Parameter failed: the tiers whose fixes had no effect.
    package static func raised(_ tier: String, recurrences: Int, failed: [String] = []) -> String {
        let byRecurrence = tier == "L1" && recurrences > 0 ? (recurrences < 3 ? "L2" : "L3") : tier
        let byFailure = failed.map { $0 == "L1" ? "L2" : "L3" }
        return ([byRecurrence] + byFailure).max() ?? tier
    }
}

extension FindingRecord {
    fileprivate mutating func read(_ value: Double, at moment: Date) {
        impacts = ((impacts ?? []) + [ImpactReading(at: moment, value: value)]).suffix(FindingLifecycle.readingsKept)
    }
}
