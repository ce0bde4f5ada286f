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
    /// With what recurrence made of it.
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

    package init() {}
}

/// What a snapshot made of a finding.
package enum FindingEvent: String, Codable, Sendable, CaseIterable {
    case opened, recurred, resolved, worse, better
}
