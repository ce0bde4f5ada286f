import Diagnosing
import Foundation
import Model

/// Puts impacts of different units on one scale, so that a missing index and a full disk can be compared: the number of
/// sessions that the trouble keeps busy or waiting. Documentation/Ranking.md explains the formulas to users.
package struct ImpactScale: Sendable {
    /// Average number of active sessions, of which a share of time is a part.
    package let activeSessions: Double

    package init(activeSessions: Double) { self.activeSessions = activeSessions }

    init(_ observation: Observation, _ load: Load?) {
        var average = load?.total ?? 0
        if let seconds = observation.window.seconds, seconds > 0 {
            average = max(average, observation.workload.totalTime / 1000 / seconds)
        }
        // Neither samples nor statements: shares are kept comparable among themselves as if one session were busy.
        activeSessions = average > 0 ? average : 1
    }

    /// Sessions that the impact is worth, before the discount for confidence.
    package func sessions(_ impact: Impact) -> Double {
        guard impact.value.isFinite else { return 0 }
        let value = max(0, impact.value)
        switch impact.unit {
        case .shareOfTime: return value * activeSessions
        case .sessions: return value
        // Bytes hurt slowly: a tenth of a session for the first GiB, one for a TiB.
        case .bytes: return 0.1 * log2(1 + value / 1_073_741_824)
        // A wall: three sessions today, one and a half tomorrow, a tenth of one in a month.
        case .days: return 3 / (1 + value)
        // Lost data or no service at all cannot be counted in sessions: above what is merely slow, below a pile of
        // sessions that stand still now, which is what the reader was called for.
        case .risk: return 3
        case .none: return 0
        }
    }

    /// What the finding weighs alone.
    package func score(_ finding: Finding) -> Double { sessions(finding.impact) * finding.confidence.weight }
}
