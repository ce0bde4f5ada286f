import Foundation
import Model

/// Something that was done against a finding, and what the sweeps after it say of that.
package struct FixRecord: Noun {
    /// How we know of it.
    package enum Source: String, Codable, Sendable, CaseIterable {
        /// Somebody said so: `pgmedic resolve`.
        case resolve
        /// A sweep saw that the advised index or setting had appeared.
        case seen
    }

    /// What it did to its own finding. What it did to others is `worsened`.
    package enum Verdict: String, Codable, Sendable, CaseIterable {
        case pending
        /// The test says that the impact fell.
        case verified
        /// Not seen any more; before the fix it was read too seldom for a test.
        case gone
        case noEffect = "no effect"
        /// It may have fallen, or that was chance.
        case unclear
        /// Another fix followed before this one could be judged.
        case superseded
    }

    /// When it was there first.
    package var appliedAt = Date(timeIntervalSince1970: 0)
    /// The last moment at which it was not there yet; nil: `appliedAt` is the moment itself.
    package var appliedAfter: Date?
    /// Who applied it; nil: not known.
    package var by: String?
    /// `L1`, `L2` or `L3`: of whoever applied it; where that was not told, the tier that had the finding then.
    package var tier: String?
    /// The identifier of the runbook that it followed.
    package var runbook: String?
    /// That runbook as it was written then, so that it is known where its folder is not.
    package var runbookText: String?
    /// What it is, in a few words: `an index on orders (status)`.
    package var what: String?
    package var ticket: String?
    package var source = Source.resolve
    package var verdict = Verdict.pending
    package var judgedAt: Date?
    /// nil: not judged, or nothing to compare.
    package var effect: FixEffect?
    /// The tier that the finding was raised to because this had no effect.
    package var raisedTo: String?
    /// What opened or got worse since, and shares an object with the finding; bounded.
    package var worsened: [Worsened] = []
    /// When its finding came back after it was gone.
    package var cameBackAt: Date?

    package init() {}

    /// The last moment at which it was not there, as far as is known.
    var lastWithout: Date { appliedAfter ?? appliedAt }

    /// Its finding got better by it, as far as could be told.
    package var worked: Bool { verdict == .verified || verdict == .gone }

    /// `verified, −97 % over 3 sweeps`.
    package var text: String {
        var text = verdictText
        if let cameBackAt {
            text += ", but it came back after \(Quantity.seconds(cameBackAt.timeIntervalSince(appliedAt)))"
        }
        guard !worsened.isEmpty else { return text }
        return text + "; made something else worse: " + worsened.map(\.text).joined(separator: ", ")
    }

    private var verdictText: String {
        let sweeps = effect.map { Quantity.plural($0.sweeps, "sweep") } ?? ""
        let change = effect?.changeText.map { "\($0) over \(sweeps)" }
        switch verdict {
        case .pending: return "the sweeps that follow will verify it"
        case .verified: return "verified, \(change ?? "gone")"
        case .gone: return "gone for \(sweeps), too few before to test"
        case .noEffect:
            return "no effect" + (change.map { " (\($0))" } ?? "") + ": reopened"
                + (raisedTo.map { " and raised to \($0)" } ?? "")
        case .unclear:
            guard let change else { return "cannot be judged: it was read too seldom before" }
            let chance = effect?.chance.map { " (p = \(Quantity.decimal($0, places: 2)))" } ?? ""
            return "unclear: \(change), which chance may do too" + chance
        case .superseded: return "not judged, another fix followed"
        }
    }
}

/// A finding's impact before and after a fix, in the unit of the impact.
package struct FixEffect: Noun {
    /// Medians; means where the finding was not there in most readings before.
    package var before = 0.0
    package var after = 0.0
    /// Readings that were compared.
    package var readingsBefore = 0
    package var sweeps = 0
    /// The chance that the readings after lie so low when the fix changed nothing (see `RankTest`); nil: too few to test.
    package var chance: Double?

    package init() {}

    /// -0.97: 97 % less; nil where there was nothing before.
    package var change: Double? { before > 0 ? (after - before) / before : nil }

    /// `−97 %`
    package var changeText: String? {
        change.map { ($0 < 0 ? "−" : "+") + Quantity.percent(abs($0)) }
    }
}

/// A finding or a statement that got worse after a fix.
package struct Worsened: Noun {
    /// Of the finding; nil: it is a statement.
    package var finding: String?
    /// Of the statement, its fingerprint; nil: it is a finding.
    package var statement: String?
    package var title = ""
    /// What it shares with the fixed finding: `relation:public.orders`.
    package var object = ""
    package var at = Date(timeIntervalSince1970: 0)
    /// Of a statement's time a call: 0.4 is 40 % more.
    package var change: Double?
    /// As `FixEffect.chance`, for more instead of less.
    package var chance: Double?

    package init() {}

    package var text: String { title + (change.map { " (+\(Quantity.percent($0)) a call)" } ?? "") }
}
