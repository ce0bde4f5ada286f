import Foundation
import Model

/// Something that moved a finding towards the next tier.
package struct TierStep: Noun {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// It was gone, nobody said by what, and came back.
        case cameBack = "came back"
        /// A fix made it go away, and it came back.
        case contained
        /// A fix changed nothing.
        case withoutEffect = "without effect"
    }

    package var at = Date(timeIntervalSince1970: 0)
    package var kind = Kind.cameBack
    /// Who had it, or tried: `L1`.
    package var tier = ""
    /// Of the fix, in a few words.
    package var what: String?
    /// The finding's tier from then on.
    package var to = ""

    package init() {}

    /// `once`, `twice`, `3 times`
    package static func times(_ count: Int) -> String {
        switch count {
        case 1: "once"
        case 2: "twice"
        default: "\(Quantity.count(count)) times"
        }
    }
}

extension FindingRecord {
    /// `L1 contained it twice, L2 tried an index on orders (status) without effect, now L3`; nil: it never moved.
    package var escalation: String? {
        guard let climbs, !climbs.isEmpty else { return nil }
        var groups: [(step: TierStep, count: Int)] = []
        for step in climbs {
            if let last = groups.last?.step, last.kind == step.kind, last.tier == step.tier,
                step.kind != .withoutEffect || last.what == step.what
            {
                groups[groups.count - 1].count += 1
            } else {
                groups.append((step, 1))
            }
        }
        let parts = groups.map { step, count in
            let times = TierStep.times(count)
            switch step.kind {
            case .cameBack: return "came back \(times) at \(step.tier)"
            case .contained: return "\(step.tier) contained it \(times)"
            case .withoutEffect:
                return "\(step.tier) tried \(step.what ?? "a fix") \(count > 1 ? times + " " : "")without effect"
            }
        }
        return parts.joined(separator: ", ") + ", now \(tier)"
    }
}
