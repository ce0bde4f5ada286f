import Model
import Synchronization

/// The thresholds that somebody set, rule by rule.
///
/// An adjustment is one rule's: where several rules share a threshold, the others keep theirs. It holds while that rule
/// judges: what is worked out before any rule is asked (an `Observation`) has no thresholds of rules in it.
package struct ThresholdAdjustments: Sendable, Equatable {
    typealias ByName = [String: AdjustedThreshold]

    private var byRule: [String: ByName] = [:]

    /// Of two for the same threshold, the first stands.
    package init(_ thresholds: [AdjustedThreshold] = []) {
        for one in thresholds where byRule[one.rule]?[one.name] == nil {
            byRule[one.rule, default: [:]][one.name] = one
        }
        if !byRule.isEmpty { Self.wereMade.store(true, ordering: .relaxed) }
    }

    package var all: [AdjustedThreshold] {
        byRule.values.flatMap(\.values).sorted { ($0.rule, $0.name) < ($1.rule, $1.name) }
    }

    /// Those that differ from what the rules have by themselves.
    package var effective: [AdjustedThreshold] { all.filter { !$0.isAsDocumented } }

    /// With what others say of thresholds of which this says nothing.
    package func filled(from weaker: Self) -> Self { Self(all + weaker.all) }

    /// Those of one rule that differ from what it has by itself.
    func effective(of rule: String) -> [AdjustedThreshold] {
        guard let own = byRule[rule] else { return [] }
        return own.values.filter { !$0.isAsDocumented }.sorted { $0.name < $1.name }
    }

    // MARK: While a rule judges

    /// Judges by the rule's thresholds as they were adjusted.
    func judging<Result>(_ rule: String, _ judge: () -> Result) -> Result {
        guard let own = byRule[rule] else { return judge() }
        return Self.$current.withValue(own, operation: judge)
    }

    @TaskLocal private static var current: ByName?

    /// Thresholds are asked for in loops over statements and rows: as long as nobody adjusts any, this is all that they pay.
    private static let wereMade = Atomic(false)

    /// nil: as documented.
    @inline(__always)
    static func value(of threshold: Threshold) -> Double? {
        wereMade.load(ordering: .relaxed) ? adjusted(threshold) : nil
    }

    /// Another rule's threshold may have the name of one of this rule's: their numbers tell them apart.
    private static func adjusted(_ threshold: Threshold) -> Double? {
        guard let found = current?[threshold.name], found.documented == threshold.documented else { return nil }
        return found.value
    }
}
