import Foundation
import Model

/// Compares a finding's impact before and after a fix.
///
/// Readings of one server that follow each other are more alike than drawn ones, so that the test alone would find effects too
/// easily: a least size of the effect is asked for beside it.
package enum FixVerification {
    /// Sweeps after the fix at which it is judged first.
    package static let firstLook = 3
    /// Sweeps at which it is judged for good.
    package static let lastLook = 6
    /// The same of a finding that comes and goes: it stays away for a while by itself.
    package static let lastLookWhileFlapping = FindingLifecycle.missesWhileFlapping
    /// Chances of a false alarm at the two looks, 0.05 together (Bonferroni). Three readings after four can just show the first:
    /// 1/35 = 0.029.
    package static let levels = (first: 0.03, last: 0.02)
    /// Share by which the impact must fall (our choice: less is the load's ordinary change).
    package static let leastFall = 0.2
    /// Readings before the fix that are compared.
    package static let readingsBefore = 16

    package struct Outcome: Sendable, Equatable {
        package var verdict: FixRecord.Verdict
        package var effect: FixEffect
    }

    /// What the readings say of a fix; nil: too early.
    package static func judge(before: [Double], after: [Double], isFlapping: Bool = false) -> Outcome? {
        let before = Array(before.suffix(readingsBefore))
        guard after.count >= firstLook else { return nil }
        if let outcome = first(before, Array(after.prefix(firstLook))) { return outcome }
        let last = isFlapping ? lastLookWhileFlapping : lastLook
        return after.count < last ? nil : final(before, Array(after.prefix(last)))
    }

    private static func first(_ before: [Double], _ after: [Double]) -> Outcome? {
        let effect = effect(before, after, level: levels.first)
        let isGone = after.allSatisfy { $0 == 0 }
        if holds(effect, levels.first) { return Outcome(verdict: .verified, effect: effect) }
        guard effect.chance == nil else {
            // A fall that may be chance gets more readings.
            return falls(effect) ? nil : Outcome(verdict: .noEffect, effect: effect)
        }
        if isGone { return Outcome(verdict: .gone, effect: effect) }
        let isThereAsBefore = !before.isEmpty && !falls(effect) && after.allSatisfy { $0 > 0 }
        return isThereAsBefore ? Outcome(verdict: .noEffect, effect: effect) : nil
    }

    private static func final(_ before: [Double], _ after: [Double]) -> Outcome {
        let effect = effect(before, after, level: levels.last)
        if holds(effect, levels.last) { return Outcome(verdict: .verified, effect: effect) }
        if after.allSatisfy({ $0 == 0 }) { return Outcome(verdict: .gone, effect: effect) }
        if before.isEmpty || falls(effect) { return Outcome(verdict: .unclear, effect: effect) }
        return Outcome(verdict: .noEffect, effect: effect)
    }

    private static func falls(_ effect: FixEffect) -> Bool { (effect.change ?? 0) <= -leastFall }

    private static func holds(_ effect: FixEffect, _ level: Double) -> Bool {
        effect.chance.map { $0 <= level } ?? false && falls(effect)
    }

    private static func effect(_ before: [Double], _ after: [Double], level: Double) -> FixEffect {
        // What is not there most of the time has a median of nothing.
        let usual = median(before) > 0 ? median : mean
        return .make {
            $0.before = usual(before)
            $0.after = usual(after)
            $0.readingsBefore = before.count
            $0.sweeps = after.count
            $0.chance =
                RankTest.leastChance(after.count, below: before.count) <= level
                ? RankTest.chance(of: after, below: before) : nil
        }
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}

// MARK: What else changed

extension FixVerification {
    /// The time a call of one statement, ms, at the snapshots before a fix and after it.
    package struct StatementTimes: Sendable {
        package var fingerprint: String
        package var title: String
        /// The relation that it shares with the fixed finding: `relation:public.orders`.
        package var object: String
        package var before: [Double]
        package var after: [Double]

        package init(_ fingerprint: String, title: String, object: String, before: [Double], after: [Double]) {
            self.fingerprint = fingerprint
            self.title = title
            self.object = object
            self.before = before
            self.after = after
        }
    }

    /// The statements whose time a call rose by at least `leastFall`, the worst first. All are tested together at 0.05: five of
    /// them need six readings after six.
    package static func slower(_ statements: [StatementTimes], at moment: Date) -> [Worsened] {
        let tested = statements.filter { RankTest.leastChance($0.after.count, below: $0.before.count) <= 0.05 }
        let chances = tested.map { RankTest.chance(of: $0.before, below: $0.after) }
        let holding = RankTest.holding(chances, level: 0.05)
        var found: [Worsened] = []
        for (place, statement) in tested.enumerated() where holding[place] {
            let (before, after) = (median(statement.before), median(statement.after))
            guard before > 0, after / before - 1 >= leastFall else { continue }
            found.append(
                .make {
                    $0.statement = statement.fingerprint
                    $0.title = statement.title
                    $0.object = statement.object
                    $0.at = moment
                    $0.change = after / before - 1
                    $0.chance = chances[place]
                })
        }
        return found.sorted { ($1.change ?? 0, $0.title) < ($0.change ?? 0, $1.title) }
    }
}

// MARK: Records

extension FindingRecord {
    /// A fix of it waits for its verdict.
    package var isBeingVerified: Bool { fixes?.last?.verdict == .pending }

    /// Readings before and after its last fix; those that hold some of both are left out.
    package func readings(around fix: FixRecord) -> (before: [Double], after: [Double]) {
        let impacts = impacts ?? []
        let last = fix.lastWithout.milliseconds
        let applied = fix.appliedAt.milliseconds
        var before = impacts.filter { $0.at.milliseconds <= last }
        // An earlier spell, and the time between, are not what this fix found; one that flaps has no spells to speak of.
        if !isFlapping, let opened = openings.last(where: { $0.milliseconds <= last }) {
            before = before.filter { $0.at >= opened }
        }
        // Another fix stands between: what came after it is the level that this one found.
        if let fixes, let place = fixes.lastIndex(of: fix), place > 0 {
            let since = fixes[place - 1].appliedAt
            let own = before.filter { $0.at > since }
            if own.count > FixVerification.firstLook { before = own }
        }
        // A reading is of the time since the one before it.
        let after = zip(impacts, impacts.dropFirst()).filter { $0.0.at.milliseconds >= applied }.map(\.1.value)
        return (before.map(\.value), after)
    }

    /// Judges its last fix where it waits for that. Returns what is to be told.
    mutating func verify(at moment: Date) -> FindingEvent? {
        guard isBeingVerified, var fixes, var fix = fixes.last else { return nil }
        let (before, after) = readings(around: fix)
        guard let outcome = FixVerification.judge(before: before, after: after, isFlapping: isFlapping) else {
            return nil
        }
        fix.verdict = outcome.verdict
        fix.effect = outcome.effect
        fix.judgedAt = moment
        fixes[fixes.count - 1] = fix
        self.fixes = fixes
        guard outcome.verdict == .noEffect else { return outcome.verdict == .verified ? .verified : nil }
        let from = tier
        tier = FindingLifecycle.raised(ruleTier, recurrences: recurrences, failed: failedTiers)
        if tier != from { self.fixes?[fixes.count - 1].raisedTo = tier }
        climb(.withoutEffect, by: fix.tier ?? from, what: fix.what, at: moment)
        return .reopened
    }

    /// The tiers whose fixes had no effect.
    var failedTiers: [String] { (fixes ?? []).filter { $0.verdict == .noEffect }.map { $0.tier ?? ruleTier } }

    /// Adds a step, which led to the tier that it has now.
    mutating func climb(_ kind: TierStep.Kind, by tier: String, what: String?, at moment: Date) {
        let step = TierStep.make {
            $0.at = moment
            $0.kind = kind
            $0.tier = tier
            $0.what = what
            $0.to = self.tier
        }
        climbs = ((climbs ?? []) + [step]).suffix(FindingLifecycle.stepsKept)
    }
}
