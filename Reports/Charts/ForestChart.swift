import Diagnosing
import Foundation
import Model

/// Who waits for whom, as a tree of sessions.
extension Page {
    static func forestChart(_ observation: Observation) -> Chart? {
        let roots = observation.forest.roots
        guard !roots.isEmpty else { return nil }
        let backends = Dictionary(
            observation.snapshot.backends.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
        let drawing = ForestDrawing(observation: observation, backends: backends)
        let waiting = roots.reduce(0) { $0 + $1.descendants.count }
        let tree = TreeChart(
            label: "Sessions and the sessions that wait for them", roots: roots.map { drawing.node($0) })
        return Chart(
            kind: "wide", title: "Who waits for whom",
            note:
                "\(Quantity.plural(waiting, "session")) \(waiting == 1 ? "waits" : "wait") for a lock, each below the one that it waits for",
            trees: [tree.svg])
    }
}

/// Words and folding for the nodes of a lock forest.
struct ForestDrawing {
    /// Levels below this one are counted, not drawn.
    static let deepest = 6

    let observation: Observation
    let backends: [Int: Backend]

    func node(_ node: WaitForest.Node, depth: Int = 0) -> TreeChart.Node {
        let tone = node.awaited == nil ? "critical" : ""
        guard depth < Self.deepest || node.waiting.isEmpty else {
            let title = title([node]) + " · and \(Quantity.count(node.descendants.count)) behind it"
            return TreeChart.Node(title: title, detail: detail([node]), tone: tone)
        }
        return TreeChart.Node(
            title: title([node]), detail: detail([node]), tone: tone, children: children(of: node, depth: depth + 1))
    }

    /// Sessions that wait for the same, do the same and keep nobody waiting share one box.
    private func children(of node: WaitForest.Node, depth: Int) -> [TreeChart.Node] {
        var order: [Likeness] = []
        var groups: [Likeness: [WaitForest.Node]] = [:]
        for child in node.waiting {
            let likeness = likeness(child)
            if groups[likeness] == nil { order.append(likeness) }
            groups[likeness, default: []].append(child)
        }
        return order.map { likeness in
            let group = groups[likeness]!
            if group.count == 1 { return self.node(group[0], depth: depth) }
            return TreeChart.Node(title: title(group), detail: detail(group))
        }
    }

    private struct Likeness: Hashable {
        var role: String?
        var statement: String?
        var mode: String?
        /// Of a session that keeps others waiting: it stands alone.
        var pid: Int?
    }

    private func likeness(_ node: WaitForest.Node) -> Likeness {
        let backend = backends[node.pid]
        return Likeness(
            role: backend?.role, statement: backend?.fingerprint ?? backend?.query, mode: node.awaited?.mode,
            pid: node.waiting.isEmpty ? nil : node.pid)
    }

    /// Names of applications written out for one box.
    private static let namedApplications = 3

    /// `4127 · billing-worker · idle in transaction for 4 min 20 s`
    private func title(_ nodes: [WaitForest.Node]) -> String {
        let node = nodes[0]
        let backend = backends[node.pid]
        var parts = [node.pid == 0 ? "prepared transaction" : "\(node.pid)"]
        if nodes.count > 1 { parts = [Quantity.plural(nodes.count, "session")] }
        if let applications = applications(nodes) { parts.append(applications) }
        if nodes.count == 1, let backend, let state = state(backend, waits: node.awaited != nil) { parts.append(state) }
        if let awaited = node.awaited {
            let ages = nodes.compactMap { observation.age(of: $0.awaited?.waitStart) }
            let place = awaited.relation.map { " on \($0)" } ?? ""
            let longest = ages.max().map { (nodes.count > 1 ? ", up to " : " for ") + Quantity.seconds($0) } ?? ""
            parts.append("waits for \(awaited.mode)\(place)\(longest)")
        }
        return Visible.folded(parts.joined(separator: " · "))
    }

    private func applications(_ nodes: [WaitForest.Node]) -> String? {
        var names: [String] = []
        for name in nodes.compactMap({ backends[$0.pid]?.application }) where !name.isEmpty && !names.contains(name) {
            names.append(name)
        }
        guard !names.isEmpty else { return nil }
        names.sort()
        let more = names.count - Self.namedApplications
        return names.prefix(Self.namedApplications).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private func state(_ backend: Backend, waits: Bool) -> String? {
        guard !waits, let state = backend.state else { return nil }
        let since = backend.isIdleInTransaction ? backend.stateChange : backend.queryStart
        return state + (observation.age(of: since).map { " for " + Quantity.seconds($0) } ?? "")
    }

    private func detail(_ nodes: [WaitForest.Node]) -> String {
        guard let backend = backends[nodes[0].pid] else { return "" }
        return Visible.folded(backend.query ?? (backend.isHidden ? "its statement is hidden from our role" : ""))
    }
}
