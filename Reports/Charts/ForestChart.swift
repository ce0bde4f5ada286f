import Diagnosing
import Foundation
import Model

/// Who waits for whom, as a tree of sessions.
extension Page {
    /// Boxes that can be looked through at a glance.
    static let forestBoxes = 40

    static func forestChart(_ observation: Observation) -> Chart? {
        forestChart(observation.forest.roots, observation)
    }

    static func forestChart(_ roots: [WaitForest.Node], _ observation: Observation) -> Chart? {
        guard !roots.isEmpty else { return nil }
        let waiting = roots.reduce(0) { $0 + $1.descendants.count }
        let outline = ForestOutline(roots, observation, most: forestBoxes)
        let tree = TreeChart(label: "Sessions and the sessions that wait for them", roots: outline.nodes)
        return Chart(
            kind: "wide", title: "Who waits for whom",
            note:
                "\(Quantity.plural(waiting, "session")) \(waiting == 1 ? "waits" : "wait") for a lock, each below the one that it waits for",
            trees: [tree.svg])
    }
}
