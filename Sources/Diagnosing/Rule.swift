import Foundation
import Model

/// A detector: one file with what it looks at, its thresholds and their sources, its judgement, its ladder, and examples
/// that are run as tests and printed as documentation.
///
/// A rule is a pure function of an observation. It opens no connection and reads no clock.
package protocol Rule: Sendable {
    static var metadata: RuleMetadata { get }
    /// At least one that fires and one that is silent.
    static var examples: [RuleExample] { get }
    init()
    func evaluate(_ observation: Observation) -> Outcome
}

extension Rule {
    package var metadata: RuleMetadata { Self.metadata }
}

/// What a rule makes of an observation. One more case, *skipped*, is the engine's: evidence was missing.
package enum Outcome: Sendable {
    /// Looked; none: all well.
    case findings([Finding])
    /// Evidence is there but too little to judge: `statistics cover 3 days, 30 are needed`.
    case inconclusive(String)
    /// There is nothing of the kind on this server (no standby, no archive): neither ill nor known to be well.
    case absent
    /// Some objects were judged, others could not be: findings and the reason for the rest.
    case partial([Finding], String)
}

package struct RuleMetadata: Sendable {
    /// `area.kebab-name`; names the pattern; never changes once released.
    package var id: String
    /// `Foreign key without an index`
    package var title: String
    package var area: Area
    /// Without these the engine skips the rule and says why.
    package var needs: [EvidenceKind]
    /// Widens its view: without these it judges what is left, and the engine says that it is not the whole.
    package var uses: [EvidenceKind]
    /// The views and columns it reads, in a sentence.
    package var looksAt: String
    /// Why it hurts: two to four sentences for somebody who meets it first.
    package var why: String
    /// What would make it wrong, and what it therefore leaves out.
    package var limits: String
    package var thresholds: [Threshold]
    /// The manual's pages and other sources.
    package var references: [String]
    /// What this rule's findings bring about, where their `LinkKey`s meet.
    package var explains: [Edge]

    package init(
        id: String, title: String, area: Area, needs: [EvidenceKind], uses: [EvidenceKind] = [], looksAt: String,
        why: String, limits: String,
        thresholds: [Threshold] = [], references: [String], explains: [Edge] = []
    ) {
        self.id = id
        self.title = title
        self.area = area
        self.needs = needs
        self.uses = uses
        self.looksAt = looksAt
        self.why = why
        self.limits = limits
        self.thresholds = thresholds
        self.references = references
        self.explains = Edge.completed(explains, of: area)
    }
}

/// A case of a rule: what it sees and what it must say.
package struct RuleExample: Sendable {
    package enum Expectation: Sendable {
        /// Exactly these objects lead the findings (the first object's name of each), in any order.
        case fires([String])
        case silent
        case inconclusive
    }

    package var title: String
    package var expectation: Expectation
    package var observation: @Sendable () -> Observation
    package var file: String
    package var line: Int

    /// `objects`: names of the first object of each expected finding.
    package static func fires(
        _ title: String, on objects: String..., file: String = #fileID, line: Int = #line,
        _ configure: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .fires(objects), file: file, line: line, configure)
    }

    package static func silent(
        _ title: String, file: String = #fileID, line: Int = #line,
        _ configure: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .silent, file: file, line: line, configure)
    }

    package static func inconclusive(
        _ title: String, file: String = #fileID, line: Int = #line,
        _ configure: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .inconclusive, file: file, line: line, configure)
    }

    /// An example over a window of a minute between two snapshots; the second starts as a copy of the first.
    ///
    /// - Parameter past: what a history has of the calls before it.
    package static func fires(
        _ title: String, on objects: String..., past: PastTraffic? = nil, file: String = #fileID, line: Int = #line,
        before: @escaping @Sendable (inout Snapshot) -> Void, after: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .fires(objects), past: past, file: file, line: line, before: before, after: after)
    }

    package static func silent(
        _ title: String, past: PastTraffic? = nil, file: String = #fileID, line: Int = #line,
        before: @escaping @Sendable (inout Snapshot) -> Void, after: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .silent, past: past, file: file, line: line, before: before, after: after)
    }

    package static func inconclusive(
        _ title: String, past: PastTraffic? = nil, file: String = #fileID, line: Int = #line,
        before: @escaping @Sendable (inout Snapshot) -> Void, after: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        Self(title, .inconclusive, past: past, file: file, line: line, before: before, after: after)
    }

    /// An example with another node of the cluster: both start as copies of the healthy server.
    package static func withPeer(
        _ title: String, _ expectation: Expectation, file: String = #fileID, line: Int = #line,
        peer: @escaping @Sendable (inout Snapshot) -> Void, _ configure: @escaping @Sendable (inout Snapshot) -> Void
    ) -> Self {
        var example = Self(title, expectation, file: file, line: line, configure)
        example.observation = {
            var (snapshot, other) = (Snapshot.healthyExample, Snapshot.healthyExample)
            configure(&snapshot)
            peer(&other)
            return Observation(snapshot, peer: Peer(other))
        }
        return example
    }

    private init(
        _ title: String, _ expectation: Expectation, file: String, line: Int,
        _ configure: @escaping @Sendable (inout Snapshot) -> Void
    ) {
        self.title = title
        self.expectation = expectation
        self.file = file
        self.line = line
        observation = {
            var snapshot = Snapshot.healthyExample
            configure(&snapshot)
            return Observation(snapshot)
        }
    }

    private init(
        _ title: String, _ expectation: Expectation, past: PastTraffic?, file: String, line: Int,
        before: @escaping @Sendable (inout Snapshot) -> Void, after: @escaping @Sendable (inout Snapshot) -> Void
    ) {
        self.title = title
        self.expectation = expectation
        self.file = file
        self.line = line
        observation = {
            var earlier = Snapshot.healthyExample
            before(&earlier)
            var later = earlier
            later.takenAt = earlier.takenAt.addingTimeInterval(60)
            after(&later)
            return Observation(later, since: earlier, basis: .sample, past: past)
        }
    }
}
