import Diagnosing
import Foundation

/// A finding in one line, as a sweep tells it.
package struct FindingSummary: Codable, Sendable, Hashable {
    package var fingerprint: String
    package var rule: String
    package var severity: Severity
    package var tier: Tier
    package var title: String
    /// `38 % of time`
    package var impact: String
    /// nil: not known.
    package var firstSeen: Date?
    /// How often it came back after it was resolved.
    package var recurrences = 0
    /// What became of its last fix: `verified, −97 % over 3 sweeps`.
    package var fix: String?

    package init(
        fingerprint: String, rule: String, severity: Severity, tier: Tier, title: String, impact: String,
        firstSeen: Date? = nil, recurrences: Int = 0
    ) {
        self.fingerprint = fingerprint
        self.rule = rule
        self.severity = severity
        self.tier = tier
        self.title = title
        self.impact = impact
        self.firstSeen = firstSeen
        self.recurrences = recurrences
    }

    package init(_ finding: Finding, firstSeen: Date? = nil) {
        self.init(
            fingerprint: finding.fingerprint, rule: finding.rule, severity: finding.severity, tier: finding.tier,
            title: finding.title, impact: finding.impact.text, firstSeen: firstSeen)
    }
}
