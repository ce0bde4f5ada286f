import Diagnosing
import Foundation
import Model

/// What the suppressions did to a diagnosis, and which of them need somebody.
package struct SuppressionOutcome: Sendable {
    /// A finding that is left out, with who accepted it.
    package struct Suppressed: Sendable {
        package var finding: Finding
        package var entry: Suppression
        /// What it brings about and nobody accepted: shown in its own right.
        package var shown: [Finding]
    }

    /// Why an entry hides nothing though somebody wrote it to.
    package enum Trouble: Sendable, Equatable {
        /// Its last day is over; the finding is still there, or is not.
        case lapsed(stillThere: Bool)
        /// The finding is graver than what was accepted.
        case graver(Severity)
        /// Several findings answer to it.
        case ambiguous([String])
        /// Nothing answers to it; perhaps the near name was meant.
        case unmatched(near: String?)
    }

    /// An entry that hides nothing.
    package struct Told: Sendable {
        package var entry: Suppression
        package var trouble: Trouble
        /// The finding that is shown though an entry is there for it.
        package var finding: Finding?
    }

    /// In the order of their severity.
    package internal(set) var suppressed: [Suppressed] = []
    package internal(set) var told: [Told] = []
    /// Entries that hide something for a few days more.
    package internal(set) var lapsingSoon: [Suppression] = []

    package init() {}

    package func count(_ severity: Severity) -> Int { suppressed.count { $0.finding.severity == severity } }
}

/// Which entry answers to which finding, before the severities are known.
struct SuppressionMatching {
    /// Days before its end in which an entry is told to lapse.
    static let soon = 14.0

    /// By the finding's place: the entry that may hide it.
    private(set) var entries: [Int: Suppression] = [:]
    private(set) var outcome = SuppressionOutcome()

    /// - Parameter moment: the snapshot's: a file is judged as it was then.
    init(_ suppressions: [Suppression], _ findings: [Finding], _ judgement: Judgement, at moment: Date) {
        for entry in suppressions {
            let places = findings.indices.filter { entry.means(findings[$0]) }
            let isOver = entry.until.flatMap(CalendarDay.end).map { moment >= $0 } ?? false
            if places.isEmpty {
                if isOver {
                    tell(entry, .lapsed(stillThere: false))
                } else if Self.wasLookedFor(entry, judgement) {
                    tell(entry, .unmatched(near: Self.near(entry, findings)))
                }
            } else if isOver {
                tell(entry, .lapsed(stillThere: true), findings[places[0]])
            } else if places.count > 1, Set(places.map { findings[$0].fingerprint }).count > 1 {
                tell(entry, .ambiguous(places.map { findings[$0].fingerprint }), findings[places[0]])
            } else {
                for place in places where entries[place].map({ $0.severity < entry.severity }) ?? true {
                    entries[place] = entry
                }
            }
        }
    }

    private mutating func tell(_ entry: Suppression, _ trouble: SuppressionOutcome.Trouble, _ finding: Finding? = nil) {
        outcome.told.append(.init(entry: entry, trouble: trouble, finding: finding))
    }

    /// Where its rule could not judge, or was not asked, nobody knows whether the finding is gone. One that a threshold keeps
    /// quiet is not.
    private static func wasLookedFor(_ entry: Suppression, _ judgement: Judgement) -> Bool {
        guard !judgement.silenced.contains(where: entry.means) else { return false }
        guard let rule = entry.rule else { return judgement.skipped.isEmpty && judgement.inconclusive.isEmpty }
        return judgement.evaluated.contains(rule)
    }

    private static func near(_ entry: Suppression, _ findings: [Finding]) -> String? {
        switch entry.subject {
        case .fingerprint(let print, let rule):
            return findings.first { $0.fingerprint == print && $0.rule != rule }.map { "\(print) of \($0.rule)" }
                ?? NearName.nearest(to: print, among: findings.map(\.fingerprint))
        case .object(let name, let rule, _):
            let names = findings.filter { $0.rule == rule }.compactMap { $0.objects.first?.name }
            return names.first { $0.hasSuffix("." + name) } ?? NearName.nearest(to: name, among: names)
        }
    }

    /// After the severities are known: `hidden` are left out, of the others with an entry it is told why they are not.
    mutating func finish(
        hidden: [(place: Int, shown: [Int])], severity: [Severity], _ findings: [Finding], at moment: Date
    ) {
        outcome.suppressed = hidden.compactMap { place, shown in
            entries[place].map { .init(finding: findings[place], entry: $0, shown: shown.map { findings[$0] }) }
        }
        .sorted { left, right in
            (left.finding.severity, right.finding.fingerprint) > (right.finding.severity, left.finding.fingerprint)
        }
        let left = Set(hidden.map(\.place))
        for (place, entry) in entries.sorted(by: { $0.key < $1.key }) where !left.contains(place) {
            tell(entry, .graver(severity[place]), findings[place])
        }
        var seen: [Suppression] = []
        for one in outcome.suppressed where !seen.contains(one.entry) {
            seen.append(one.entry)
            guard let end = one.entry.until.flatMap(CalendarDay.end) else { continue }
            if end.timeIntervalSince(moment) <= Self.soon * 86_400 { outcome.lapsingSoon.append(one.entry) }
        }
    }
}
