import Diagnosing

/// A line of the first screen: `now  L1  end session 4127  frees 31 sessions  measured`.
package struct PlannedStep: Sendable, Equatable {
    package var tier: Tier
    package var title: String
    /// `frees 31 sessions`
    package var gain: String
    package var basis: Gain.Basis
    /// The finding whose ladder it is a step of.
    package var finding: String

    /// `now`, `next` or `cure`
    package var when: String {
        switch tier {
        case .containment: "now"
        case .fix: "next"
        case .cure: "cure"
        }
    }

    /// The first action of each tier, in the order of the ranking: causes before symptoms, and nothing for a notice.
    ///
    /// What comes next is the first fix that removes a cause (of a finding whose own tier is L2); a fix that only eases what
    /// L1 has just ended comes after it.
    static func plan(for ranked: [RankedFinding]) -> [PlannedStep] {
        let candidates = (ranked.map(\.finding) + ranked.flatMap(\.symptoms)).filter { $0.severity >= .warning }
        return Tier.allCases.sorted().compactMap { tier in
            let first = tier == .fix ? candidates.filter { $0.tier == .fix } : []
            return (first + candidates).lazy.compactMap { PlannedStep(first: tier, of: $0) }.first
        }
    }

    private init?(first tier: Tier, of finding: Finding) {
        guard let action = finding.actions.first(where: { $0.tier == tier }) else { return nil }
        self.tier = tier
        title = action.title
        gain = action.gain.text
        basis = action.gain.basis
        self.finding = finding.fingerprint
    }
}
