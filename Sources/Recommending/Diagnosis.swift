import Diagnosing
import Model

/// The product: what is wrong, ranked, causes above their symptoms, with what was looked at and what was not.
package struct Diagnosis: Sendable {
    package let observation: Observation
    /// Causes and findings that no other explains, most urgent first.
    package let ranked: [RankedFinding]
    package let judgement: Judgement
    /// One to three sentences: effect, cause, object, since when.
    package let headline: String

    package var snapshot: Snapshot { observation.snapshot }
    /// All findings in the order of the report: each cause followed by its symptoms.
    package var findings: [Finding] { ranked.flatMap { [$0.finding] + $0.symptoms } }
}

/// A finding with its place among the others.
package struct RankedFinding: Sendable {
    package var finding: Finding
    /// The findings that this one explains, directly or through others; greatest first.
    package var symptoms: [Finding]
    /// What the order was made from: severity first, then this; see `Ranking`.
    package var score: Double
}
