import Foundation

/// Findings whose thresholds were moved between two snapshots: that one is not seen any more does not say that it is mended.
extension FindingLifecycle.Sighting {
    /// Whether a finding that is not seen may be there all the same, by the thresholds that it was seen by.
    func looksElsewhere(than record: FindingRecord) -> Bool {
        if (record.thresholds ?? [:]) == (thresholds[record.rule] ?? [:]) { return false }
        // What was seen by the documented thresholds was looked for by them again. By what others would say, nobody asked.
        return record.thresholds != nil || silenced.contains(record.fingerprint)
    }
}

extension FindingRecord {
    /// Not looked for any more: no reading, no verdict on a fix, nothing to tell.
    ///
    /// - Parameter isStillThere: by the documented thresholds. Else nobody knows, and will not: it is closed.
    func outOfSight(isStillThere: Bool, at moment: Date) -> FindingRecord {
        guard state != .resolved || isBeingVerified else { return self }
        var record = self
        record.isOutOfSight = true
        record.missed = 0
        guard !isStillThere else {
            record.state = .quiet
            return record
        }
        record.state = .resolved
        record.resolvedAt = resolvedAt ?? moment
        if isBeingVerified, let place = record.fixes?.indices.last {
            record.fixes?[place].verdict = .unclear
            record.fixes?[place].judgedAt = moment
        }
        return record
    }
}
