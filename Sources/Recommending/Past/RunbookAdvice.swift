import Diagnosing
import Model
import Runbooks

extension RunbookSubject {
    package init(_ finding: Finding) {
        self.init(
            rule: finding.rule, objects: finding.objects.map { "\($0.kind.rawValue):\($0.name)" },
            database: finding.objects.lazy.compactMap(\.database).first)
    }
}

extension Judgement {
    /// Each finding with the runbooks that fit it, the closest first, before the steps that its rule advises: what a team learnt of
    /// its own server comes before what holds for all. A runbook that may be applied by a lower tier brings the finding down to
    /// that one (DESIGN, "The tiers"); one that never worked, or changed nothing here, does not.
    ///
    /// - Parameter records: by the runbooks' identifiers (`RunbookRecord.counted`).
    package func advised(by runbooks: [Runbook], records: [String: RunbookRecord]) -> Judgement {
        guard !runbooks.isEmpty else { return self }
        var judgement = self
        for place in findings.indices {
            let matches = RunbookMatch.all(of: runbooks, for: RunbookSubject(findings[place]), records: records)
            guard !matches.isEmpty else { continue }
            let failed = Set(findings[place].past?.failedRunbooks ?? [])
            func isBad(_ match: RunbookMatch) -> Bool { match.record.isBad || failed.contains(match.runbook.id) }
            let (good, bad) = (matches.filter { !isBad($0) }, matches.filter(isBad))
            judgement.findings[place].actions =
                good.prefix(RunbookMatch.shown).map(Action.init) + findings[place].actions
                + bad.prefix(1).map(Action.init)
            if let tier = good.map({ Tier($0.tier) }).min(), tier < findings[place].tier {
                judgement.findings[place].tier = tier
            }
        }
        return judgement
    }
}

extension RunbookMatch {
    /// Of one finding: a ladder shall stay one that is read.
    static let shown = 2
}

extension Tier {
    init(_ tier: Runbook.Tier) {
        switch tier {
        case .containment: self = .containment
        case .fix: self = .fix
        case .cure: self = .cure
        }
    }
}

extension Action {
    /// A runbook as a step: its SQL as it stands, with the finding's own names put in.
    init(_ match: RunbookMatch) {
        let runbook = match.runbook
        let isKnown = match.record.worked > 0
        self.init(
            Tier(match.tier), "runbook “\(runbook.title)”", sql: match.fix.sql,
            steps: (match.fix.sql.isEmpty ? [match.fix.markdown] : [])
                + ["\(match.text) (runbook \(runbook.id), by \(runbook.writtenBy))"],
            gain: Gain(match.record.text, isKnown ? .measured : .ruleOfThumb),
            verify: match.verify.map { $0.sql.isEmpty ? $0.markdown : $0.sql.joined(separator: "\n") },
            undo: match.undo.map { $0.sql.isEmpty ? $0.markdown : $0.sql.joined(separator: "\n") },
            caution: match.caution)
    }
}
