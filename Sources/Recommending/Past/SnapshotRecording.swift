import Diagnosing
import Foundation
import History
import Model

extension RecordedSnapshot {
    /// A snapshot with what was made of it, on its way into a history.
    package init(_ observation: Observation, _ judgement: Judgement, recordedAt: Date?) throws {
        let snapshot = observation.snapshot
        let thresholds = Dictionary(grouping: judgement.adjusted, by: \.rule).mapValues { adjusted in
            Dictionary(adjusted.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        var sighting = FindingLifecycle.Sighting(
            findings: judgement.findings.map { finding in
                var record = FindingRecord(finding)
                record.thresholds = thresholds[finding.rule]
                return record
            }, judged: Set(judgement.evaluated), at: snapshot.takenAt, change: Self.change(observation))
        sighting.thresholds = thresholds
        sighting.silenced = Set(judgement.silenced.map(\.fingerprint))
        try self.init(
            snapshot, target: HistoryTarget(snapshot.server), frame: Frame(observation), recordedAt: recordedAt,
            sighting: sighting)
    }

    /// What fixes are seen by; nil: the earlier reading is no sweep, but the beginning of a sample.
    private static func change(_ observation: Observation) -> FixDetection.Change? {
        guard let earlier = observation.earlier, observation.window.basis == .earlierSnapshot else { return nil }
        return FixDetection.Change(
            from: FixDetection.Facts(earlier), at: earlier.takenAt, to: FixDetection.Facts(observation.snapshot))
    }
}

extension FindingRecord {
    /// A finding as a history follows it.
    package init(_ finding: Finding) {
        self.init()
        fingerprint = finding.fingerprint
        rule = finding.rule
        severity = finding.severity.rawValue
        tier = finding.tier.rawValue
        ruleTier = finding.tier.rawValue
        title = finding.title
        objects = finding.objects.map { "\($0.kind.rawValue):\($0.name)" }
        database = finding.objects.lazy.compactMap(\.database).first
        impact = finding.impact.text
        impactValue = finding.impact.growing
        impactUnit = finding.impact.unit.rawValue
        let advised = FixDetection.Advice.all(in: finding)
        if !advised.isEmpty { advice = advised }
    }
}

extension Impact {
    /// Greater is worse; days left are turned round.
    fileprivate var growing: Double { unit == .days ? 1 / max(value, 0.01) : value }
}

extension Judgement {
    /// With what a history knows of each finding: since when, how often, at which tier.
    package func told(by recorded: Recorded) -> Judgement {
        let records = Dictionary(
            recorded.findings.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        let events = Dictionary(
            recorded.events.map { ($0.fingerprint, $0.event) }, uniquingKeysWith: { first, _ in first })
        var judgement = self
        for place in findings.indices {
            let finding = findings[place]
            guard let record = records[finding.fingerprint] else { continue }
            let tier = Tier(rawValue: record.tier) ?? finding.tier
            let event = events[finding.fingerprint]
            judgement.findings[place].past = FindingPast(
                sightings: record.sightings, firstSeen: record.firstSeen, openedAt: record.openedAt,
                recurrences: record.recurrences,
                // Without a snapshot before nobody knows what is new.
                isNew: recorded.earlier != nil && (event == .opened || event == .recurred),
                isWorse: event == .worse, isFlapping: record.isFlapping,
                raisedFrom: tier == finding.tier ? nil : finding.tier)
            judgement.findings[place].past?.fix = record.fixes?.last?.text
            judgement.findings[place].past?.escalation = record.escalation
            let failed = (record.fixes ?? []).filter { $0.verdict == .noEffect }.compactMap(\.runbook)
            if !failed.isEmpty { judgement.findings[place].past?.failedRunbooks = failed }
            judgement.findings[place].tier = tier
        }
        return judgement
    }
}

extension FindingSummary {
    /// Of a finding that is not seen any more; nil where a newer pgmedic wrote it.
    package init?(_ record: FindingRecord) {
        guard let severity = Severity(rawValue: record.severity), let tier = Tier(rawValue: record.tier) else {
            return nil
        }
        self.init(
            fingerprint: record.fingerprint, rule: record.rule, severity: severity, tier: tier, title: record.title,
            impact: record.impact, firstSeen: record.firstSeen, recurrences: record.recurrences)
    }
}
