/// A number that decides, with where it comes from. `value` is used by the rule's code: what is documented is what runs,
/// unless somebody adjusted it, which the judgement tells.
package struct Threshold: Sendable {
    /// Its name within the rule, by which it is adjusted.
    package var name: String
    /// What decides where nobody adjusted it.
    package var documented: Double
    /// `rows`, `ms`, `s`, `bytes`, `share`, `calls`, `days`, …
    package var unit: String
    /// The manual's page, a paper, a peer's default, a measurement, or `our choice: …` with the reason.
    package var source: String

    package init(_ name: String, _ value: Double, _ unit: String, source: String) {
        self.name = name
        documented = value
        self.unit = unit
        self.source = source
    }

    /// What decides now: the documented number, or the one that it was adjusted to for the rule that judges.
    package var value: Double { ThresholdAdjustments.value(of: self) ?? documented }
}
