import Foundation
import History
import Model

/// How often a runbook was applied, and what came of it: counted over the fixes that histories know.
package struct RunbookRecord: Noun {
    package var applied = 0
    /// Verified, or gone.
    package var worked = 0
    package var withoutEffect = 0
    package var pending = 0
    /// Worked, and the finding came back.
    package var cameBack = 0
    /// Something else got worse since.
    package var madeWorse = 0
    package var lastApplied: Date?

    package init() {}

    /// Judged so often without having worked once that it is no advice any more (our choice).
    package static let triesToBeBad = 3

    package var isBad: Bool { worked == 0 && withoutEffect >= Self.triesToBeBad }

    /// Share of those judged that worked, 0…1; nil: none was judged.
    package var successShare: Double? {
        worked + withoutEffect > 0 ? Double(worked) / Double(worked + withoutEffect) : nil
    }

    /// `applied 4 times, worked 3`
    package var text: String {
        guard applied > 0 else { return "not applied yet" }
        if isBad { return "tried \(applied), worked 0" }
        var parts = ["applied \(TierStep.times(applied))"]
        if worked + withoutEffect > 0 {
            parts.append("worked \(applied == 1 && worked == 1 ? "once" : Quantity.count(worked))")
        }
        if pending > 0 { parts.append("\(Quantity.count(pending)) not judged yet") }
        if cameBack > 0 { parts.append("came back after \(Quantity.count(cameBack))") }
        if madeWorse > 0 { parts.append("made something else worse \(TierStep.times(madeWorse))") }
        return parts.joined(separator: ", ")
    }

    /// By the runbooks' identifiers, of the findings of one history or of several.
    package static func counted(_ findings: some Sequence<FindingRecord>) -> [String: RunbookRecord] {
        var records: [String: RunbookRecord] = [:]
        for fix in findings.lazy.compactMap(\.fixes).joined() {
            guard let runbook = fix.runbook else { continue }
            var record = records[runbook] ?? RunbookRecord()
            record.applied += 1
            record.worked += fix.worked ? 1 : 0
            record.withoutEffect += fix.verdict == .noEffect ? 1 : 0
            record.pending += fix.verdict == .pending ? 1 : 0
            record.cameBack += fix.worked && fix.cameBackAt != nil ? 1 : 0
            record.madeWorse += fix.worsened.isEmpty ? 0 : 1
            record.lastApplied = max(record.lastApplied ?? fix.appliedAt, fix.appliedAt)
            records[runbook] = record
        }
        return records
    }
}
