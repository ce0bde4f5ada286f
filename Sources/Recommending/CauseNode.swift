import Diagnosing

/// A finding in the causal graph with what it brings about: the graph as a tree, in which each symptom appears once, under
/// the cause that is surest. What else could be its cause is told beside it.
package struct CauseNode: Sendable {
    /// Another cause that would do, and what would tell it apart.
    package struct Alternative: Sendable {
        package let cause: Finding
        package let link: CausalLink
        /// What would show that it is this one.
        package var test: String { link.mechanism.test }
    }

    package let finding: Finding
    /// The arrow from the finding above; nil for a root.
    package let link: CausalLink?
    /// Greatest first.
    package let effects: [CauseNode]
    package let alternatives: [Alternative]

    init(_ place: Int, in causality: Causality, _ findings: [Finding]) {
        finding = findings[place]
        link = causality.parent[place].flatMap { causality.link(from: $0, to: place) }
        alternatives = causality.alternatives(of: place).compactMap { other in
            causality.link(from: other, to: place).map { Alternative(cause: findings[other], link: $0) }
        }
        effects = causality.effects(of: place).map { CauseNode($0, in: causality, findings) }
    }

    /// Itself, then all below it, each before what it brings about.
    package var all: [CauseNode] { [self] + effects.flatMap(\.all) }
}
