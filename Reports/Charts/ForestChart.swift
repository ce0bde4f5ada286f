import Diagnosing
import Foundation
import Model

/// Who waits for whom, as a tree of sessions.
extension Page {
    /// Boxes that can be looked through at a glance.
    static let forestBoxes = 40
    /// Beside all else that a diagnosis has to show.
    static let forestBoxesOfMany = 16

    static func forestChart(_ observation: Observation) -> Chart? {
        forestChart(observation.forest.roots, observation, most: forestBoxesOfMany)
    }

    static func forestChart(
        _ roots: [WaitForest.Node], _ observation: Observation, most: Int = forestBoxes
    ) -> Chart? {
        guard !roots.isEmpty else { return nil }
        let waiting = roots.reduce(0) { $0 + $1.descendants.count }
        let outline = ForestOutline(roots, observation, most: most)
        let tree = TreeChart(label: "Sessions and the sessions that wait for them", roots: outline.nodes)
        return Chart(
            kind: "wide", title: "Who waits for whom",
            note:
                "\(Quantity.plural(waiting, "session")) \(waiting == 1 ? "waits" : "wait") for a lock, each below the one that it waits for",
            trees: [tree.svg])
    }
}
