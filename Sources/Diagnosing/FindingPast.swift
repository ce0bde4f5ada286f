import Foundation

/// What a history knows of a finding.
package struct FindingPast: Codable, Sendable, Equatable {
    /// Snapshots in which it was seen, this one among them.
    package var sightings: Int
    package var firstSeen: Date
    /// The beginning of the spell that goes on.
    package var openedAt: Date
    /// How often it came back after it was gone.
    package var recurrences: Int
    /// It was not there at the snapshot before; false where there is none.
    package var isNew: Bool
    /// Its severity or its impact rose since it was told last.
    package var isWorse: Bool
    /// It comes and goes so often that each time tells nothing.
    package var isFlapping: Bool
    /// The tier that the rule gave, where recurrence has raised it.
    package var raisedFrom: Tier?
    /// What became of its last fix: `verified, −97 % over 3 sweeps`; nil: none is known.
    package var fix: String?
    /// How it worked its way up the tiers, in a sentence; nil: it never moved.
    package var escalation: String?
    /// Identifiers of runbooks that were applied to it and changed nothing.
    package var failedRunbooks: [String]?

    package init(
        sightings: Int, firstSeen: Date, openedAt: Date, recurrences: Int, isNew: Bool, isWorse: Bool,
        isFlapping: Bool = false, raisedFrom: Tier? = nil
    ) {
        self.sightings = sightings
        self.firstSeen = firstSeen
        self.openedAt = openedAt
        self.recurrences = recurrences
        self.isNew = isNew
        self.isWorse = isWorse
        self.isFlapping = isFlapping
        self.raisedFrom = raisedFrom
    }
}
