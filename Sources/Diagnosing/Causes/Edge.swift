/// An arrow of the causal graph, declared beside the rule that is its cause: that rule's findings can bring about those of
/// `effect`, by the mechanism.
///
/// An arrow is drawn between two findings only where both name the same thing (`Finding.explains` of the cause meets
/// `Finding.symptomOf` of the effect): the same backend, statement, relation, horizon. What they share is its evidence.
package struct Edge: Sendable, Hashable {
    package let mechanism: Mechanism
    /// The rule whose findings are brought about.
    package let effect: String

    package init(_ mechanism: Mechanism, _ effect: String) {
        self.mechanism = mechanism
        self.effect = effect
    }
}

/// The arrows that many rules have.
extension Edge {
    package static let costsTime = Edge(.costsTime, "workload.heavy-statement")
    package static let variesTime = Edge(.variesTime, "workload.erratic-statement")
    package static let spills = Edge(.spills, "workload.spilling-statement")
    package static let keepsLocksLonger = Edge(.keepsLocksLonger, "locks.blocking-session")
    package static let makesDeadTuples = Edge(.makesDeadTuples, "vacuum.dead-rows-pile-up")
    package static let keepsDeadTuples = Edge(.keepsDeadTuples, "vacuum.dead-rows-pile-up")
    package static let keepsVacuumAway = Edge(.keepsVacuumAway, "vacuum.dead-rows-pile-up")
    package static let holdsHorizon = Edge(.holdsHorizon, "vacuum.horizon-held")
    package static let occupiesConnections = Edge(.occupiesConnections, "capacity.connection-limit-near")

    /// The arrows that follow from others: what makes a statement slow makes it hold its locks for longer too (but for what waits
    /// for locks itself), and who occupies the connections of a role or database occupies the server's.
    static func completed(_ declared: [Edge], of area: Area) -> [Edge] {
        var edges = declared
        let isSlow = declared.contains { [.costsTime, .variesTime].contains($0) }
        if isSlow && area != .locks { edges.append(.keepsLocksLonger) }
        if declared.contains(.occupiesConnections) {
            edges.append(Edge(.occupiesConnections, "locks.max-connections-near"))
            edges.append(Edge(.occupiesConnections, "capacity.connections-refused"))
        }
        var seen: Set<String> = []
        return edges.filter { seen.insert($0.effect).inserted }
    }
}
