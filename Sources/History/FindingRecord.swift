import Foundation
import Model

/// A finding through time: since when, how often it came back, whether a fix held.
package struct FindingRecord: Noun {
    package enum State: String, Codable, Sendable, CaseIterable {
        case open
        /// Not seen in the last snapshot, too lately to say that it is gone.
        case quiet
        case resolved
    }

    package var fingerprint = ""
    package var rule = ""
    /// As `Severity` and `Tier` have them.
    package var severity = ""
    /// With what recurrence, and fixes without effect, made of it.
    package var tier = ""
    /// The tier that the rule gave.
    package var ruleTier = ""
    package var title = ""
    /// Its objects, most important first: `relation:public.orders`.
    package var objects: [String] = []
    package var database: String?
    package var impact = ""
    package var impactValue = 0.0
    /// The impact when it was told last that it came up or got worse.
    package var toldImpact = 0.0
    package var state = State.open
    package var firstSeen = Date(timeIntervalSince1970: 0)
    package var lastSeen = Date(timeIntervalSince1970: 0)
    /// The beginning of the spell that goes on, or went on last.
    package var openedAt = Date(timeIntervalSince1970: 0)
    package var resolvedAt: Date?
    /// Snapshots in which it was seen.
    package var sightings = 0
    /// Snapshots that judged it and did not see it, since it was seen last.
    package var missed = 0
    /// When it opened or came back of late, newest last; bounded.
    package var openings: [Date] = []
    /// How often it came back after it was resolved.
    package var recurrences = 0
    /// Opened and resolved so often of late that each time tells nothing.
    package var isFlapping = false

    // Optional, as records of older versions are without them.

    /// Of `impactValue`, as `Impact.Unit` has it: `shareOfTime`.
    package var impactUnit: String?
    /// What would mend it, as far as a later snapshot can show that it was done.
    package var advice: [FixDetection.Advice]?
    /// What was done against it, oldest first; bounded.
    package var fixes: [FixRecord]?
    /// What it cost at each of the last snapshots that judged it, oldest first; bounded.
    package var impacts: [ImpactReading]?
    /// How it worked its way up the tiers, oldest first; bounded.
    package var climbs: [TierStep]?
    /// What its rule's thresholds were adjusted to when it was seen last, by their names; nil: they were the documented ones.
    package var thresholds: [String: Double]?
    /// Thresholds were moved so that it is not looked for any more: it neither went nor stayed.
    package var isOutOfSight: Bool?

    package init() {}
}

/// What a finding cost at one snapshot that judged it.
package struct ImpactReading: Codable, Sendable, Equatable {
    package var at: Date
    /// In the unit of the finding's impact, greater is worse; 1 where the rule gives no number; 0: it was not there.
    package var value: Double

    /// Six digits are kept of the value: there is one in each record for each of its last snapshots.
    package init(at: Date, value: Double) {
        self.at = at
        guard value.isFinite, value != 0 else {
            self.value = 0
            return
        }
        let digits = 5 - floor(log10(abs(value)))
        let scale = pow(10, min(300, abs(digits)))
        self.value = digits >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
    }

    package init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        at = Date(milliseconds: try pair.decode(Int64.self))
        value = try pair.decode(Double.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(at.milliseconds)
        try pair.encode(value)
    }
}

/// What a snapshot made of a finding.
package enum FindingEvent: String, Codable, Sendable, CaseIterable {
    case opened, recurred, resolved, worse, better
    /// A fix was tested by the sweeps after it, and held.
    case verified
    /// A fix was tested, and changed nothing.
    case reopened
}
