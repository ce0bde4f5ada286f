import Model

/// Why a threshold cannot be adjusted as somebody wrote it.
package struct ThresholdProblem: Error, Equatable, CustomStringConvertible {
    package var problem: String
    /// What to write instead.
    package var remedy: String

    package init(_ problem: String, _ remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String { "\(problem); \(remedy)" }
}

extension RuleMetadata {
    /// The rule whose thresholds are to be adjusted.
    package static func adjustable(_ id: String) throws(ThresholdProblem) -> RuleMetadata {
        if let rule = allRules.first(where: { $0.metadata.id == id }) { return rule.metadata }
        if MeasuredPlan.insights.contains(where: { $0.metadata.id == id }) {
            throw ThresholdProblem(
                "\(id) judges measured plans for `pgmedic plan`, by fixed thresholds", "take it out")
        }
        let near = RuleName.nearest(to: id, among: allRules.map { $0.metadata.id })
        throw ThresholdProblem(
            "no rule is named \"\(id)\"", near.map { "did you mean \($0)?" } ?? "`pgmedic rules list` shows them")
    }

    package func threshold(named wanted: String) throws(ThresholdProblem) -> Threshold {
        if let found = thresholds.first(where: { $0.name == wanted }) { return found }
        guard !thresholds.isEmpty else { throw ThresholdProblem("\(id) has no threshold", "take it out") }
        let near = NearName.nearest(to: wanted, among: thresholds.map(\.name))
        let known = thresholds.map { "\"\($0.name)\" (\(WrittenQuantity.text($0.documented, $0.unit)))" }
        throw ThresholdProblem(
            "\(id) has no threshold \"\(wanted)\"",
            (near.map { "did you mean \"\($0)\"? " } ?? "") + "It has " + known.joined(separator: ", "))
    }
}

extension Threshold {
    /// How far it may be moved, in times of the documented number (our choice: no two servers differ by more, and rules reckon
    /// with their thresholds; a test moves each so far).
    private static let reach = 1000.0

    package var range: ClosedRange<Double> {
        documented / Self.reach...(unit == "share" ? 1 : documented * Self.reach)
    }

    /// - Parameters:
    ///   - value: in the threshold's unit.
    ///   - place: where it is written.
    package func adjusted(
        to value: Double, in rule: String, at place: String
    ) throws(ThresholdProblem) -> AdjustedThreshold {
        guard value.isFinite else { throw ThresholdProblem("is not finite", "write a number of \(unit)") }
        guard unit != "share" || value <= 1 else {
            throw ThresholdProblem("is more than all", "write a share: 0.4, or 40%")
        }
        guard range.contains(value) else {
            let ends = [range.lowerBound, range.upperBound].map { WrittenQuantity.text($0, unit) }
            throw ThresholdProblem(
                "is \(value < 0 ? "negative" : "beyond what the rule is made for")",
                "write \(ends[0]) to \(ends[1]) (documented: \(WrittenQuantity.text(documented, unit))), or leave the rule "
                    + "out by --skip \(rule)")
        }
        return AdjustedThreshold(
            rule: rule, name: name, unit: unit, documented: documented, value: value, place: place)
    }
}

/// Rules by names that are almost theirs.
package enum RuleName {
    /// `unused` for `index.unused` too; nil: none is near.
    package static func nearest(to wanted: String, among rules: [String]) -> String? {
        rules.first { $0.hasSuffix("." + wanted) } ?? NearName.nearest(to: wanted, among: rules)
    }
}
