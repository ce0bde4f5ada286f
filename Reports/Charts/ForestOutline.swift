import Diagnosing
import Foundation
import Model

/// A lock forest folded until it can be read: sessions that wait for the same and do the same share a line, at first those
/// that keep nobody waiting, then the others with all that is behind them, and what is left is counted.
struct ForestOutline {
    /// How far it is folded.
    private struct Folding {
        /// Sessions that keep others waiting share a line too.
        var foldsBlockers = false
        /// Lines below one.
        var most = Int.max
    }

    private static let foldings = [
        Folding(), Folding(foldsBlockers: true), Folding(foldsBlockers: true, most: 8),
        Folding(foldsBlockers: true, most: 4), Folding(foldsBlockers: true, most: 2),
        Folding(foldsBlockers: true, most: 1),
    ]
    /// Levels below this one are counted, not drawn.
    private static let deepest = 10
    /// Names of applications written out on one line.
    private static let namedApplications = 3

    let nodes: [TreeChart.Node]
    private let observation: Observation

    /// - Parameter most: lines beside those of the roots; more only where there are more roots.
    init(_ roots: [WaitForest.Node], _ observation: Observation, most: Int) {
        self.observation = observation
        var drawing = ForestOutline(observation, nodes: [])
        for folding in Self.foldings {
            drawing = ForestOutline(
                observation, nodes: roots.map { ForestOutline(observation, nodes: []).line([$0], folding, depth: 0) })
            if drawing.nodes.reduce(0, { $0 + $1.count }) <= most { break }
        }
        nodes = drawing.nodes
    }

    private init(_ observation: Observation, nodes: [TreeChart.Node]) {
        self.observation = observation
        self.nodes = nodes
    }

    /// One session, or some that are alike.
    private func line(_ group: [WaitForest.Node], _ folding: Folding, depth: Int) -> TreeChart.Node {
        let (group, below) = folding.foldsBlockers ? queued(group) : (group, group.flatMap(\.waiting))
        let tone = group[0].awaited == nil ? "critical" : ""
        let isCounted = depth >= Self.deepest && !below.isEmpty
        let behind = isCounted || group.count > 1 ? below.reduce(below.count) { $0 + $1.descendants.count } : 0
        return TreeChart.Node(
            title: title(group, behind: behind), detail: detail(group), tone: tone,
            children: isCounted ? [] : lines(below, folding, depth: depth + 1))
    }

    /// With those that queue for the same row: the first of them waits for the row's holder, the others for the first.
    private func queued(_ group: [WaitForest.Node]) -> (group: [WaitForest.Node], below: [WaitForest.Node]) {
        guard group[0].awaited != nil else { return (group, group.flatMap(\.waiting)) }
        let kind = likeness(group[0], Folding(foldsBlockers: true))
        var all = group
        var below: [WaitForest.Node] = []
        var open = group.flatMap(\.waiting)
        while let node = open.popLast() {
            if node.awaited?.type == "tuple" && likeness(node, Folding(foldsBlockers: true)) == kind {
                all.append(node)
                open += node.waiting
            } else {
                below.append(node)
            }
        }
        return (all, below.sorted { ($1.descendants.count, $0.pid) < ($0.descendants.count, $1.pid) })
    }

    private func lines(_ nodes: [WaitForest.Node], _ folding: Folding, depth: Int) -> [TreeChart.Node] {
        var order: [Likeness] = []
        var groups: [Likeness: [WaitForest.Node]] = [:]
        for node in nodes {
            let likeness = likeness(node, folding)
            if groups[likeness] == nil { order.append(likeness) }
            groups[likeness, default: []].append(node)
        }
        var shown = order.map { groups[$0]! }
        guard shown.count > folding.most else { return shown.map { line($0, folding, depth: depth) } }
        // What keeps most waiting, itself among them.
        let weights = shown.map { group in group.reduce(group.count) { $0 + $1.descendants.count } }
        let places = shown.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }.prefix(folding.most)
        let rest = shown.indices.filter { !places.contains($0) }.flatMap { shown[$0] }
        shown = places.sorted().map { shown[$0] }
        let more = rest.reduce(rest.count) { $0 + $1.descendants.count }
        return shown.map { line($0, folding, depth: depth) }
            + [
                TreeChart.Node(
                    title:
                        "\(Quantity.plural(more, "more session")) here and behind\(longest(rest).map { ", up to \($0)" } ?? "")",
                    detail: "")
            ]
    }

    private struct Likeness: Hashable {
        var role: String?
        var statement: String?
        var want: String?
        var relation: QualifiedName?
        /// Of a session that keeps others waiting, where it stands alone.
        var pid: Int?
    }

    private func likeness(_ node: WaitForest.Node, _ folding: Folding) -> Likeness {
        let backend = observation.backend(node.pid)
        let standsAlone = !node.waiting.isEmpty && !folding.foldsBlockers
        let isRow = ["transactionid", "tuple"].contains(node.awaited?.type)
        return Likeness(
            role: backend?.role, statement: backend?.fingerprint ?? backend?.query,
            want: isRow ? "row" : node.awaited.map { "\($0.type) \($0.mode)" },
            relation: node.awaited?.relation ?? observation.rowLock(of: node.pid)?.relation,
            pid: standsAlone ? node.pid : nil)
    }

    // MARK: Words

    /// `4127 · idle in transaction for 4 min 20 s · billing-worker`,
    /// `12 sessions, 36 behind them · wait up to 3 min for rows of orders · UPDATE · web`
    private func title(_ nodes: [WaitForest.Node], behind: Int) -> String {
        let node = nodes[0]
        let backend = observation.backend(node.pid)
        var who = node.preparedTransaction.map { "prepared transaction \($0)" } ?? "\(node.pid)"
        if nodes.count > 1 { who = Quantity.plural(nodes.count, "session") }
        if behind > 0 { who += ", \(Quantity.count(behind)) behind \(nodes.count > 1 ? "them" : "it")" }
        var parts = [who]
        if let awaited = node.awaited {
            let want = nodes.count > 1 ? kind(of: awaited, nodes) : observation.want(awaited, node)
            let time = longest(nodes).map { " \(nodes.count > 1 ? "up to " : "")\($0)" } ?? ""
            parts.append("\(nodes.count > 1 ? "wait" : "waits")\(time) for \(want)")
            if let command = backend?.command { parts.append(command) }
        } else if let backend {
            parts += state(backend)
        }
        if let backend, !backend.isClient { parts.append(backend.type) }
        if let applications = applications(nodes) { parts.append(applications) }
        if nodes.count == 1 && !node.alsoBehind.isEmpty { parts.append("also behind \(others(node.alsoBehind))") }
        return Visible.folded(parts.joined(separator: " · "))
    }

    private func others(_ holders: [WaitForest.Holder]) -> String {
        let names = holders.prefix(3).map { $0.preparedTransaction ?? String($0.pid) }.joined(separator: ", ")
        return holders.count > 3 ? "\(names) and \(holders.count - 3) more" : names
    }

    /// Of several that wait for different rows: what these have in common.
    private func kind(of awaited: Lock, _ nodes: [WaitForest.Node]) -> String {
        let wants = Set(nodes.map { node in node.awaited.map { observation.want($0, node) } ?? "" })
        if let one = wants.first, wants.count == 1 { return one }
        switch awaited.type {
        case "transactionid", "tuple":
            let relations = Set(nodes.compactMap { observation.rowLock(of: $0.pid)?.relation ?? $0.awaited?.relation })
            return "rows" + (relations.count == 1 ? " of \(relations.first!)" : "")
        case "advisory": return "advisory locks"
        default: return "locks"
        }
    }

    private func longest(_ nodes: [WaitForest.Node]) -> String? {
        nodes.compactMap { $0.waited(until: observation.snapshot.takenAt) }.max().map(Quantity.seconds)
    }

    private func applications(_ nodes: [WaitForest.Node]) -> String? {
        let names = Set(nodes.compactMap { observation.backend($0.pid)?.application }.filter { !$0.isEmpty }).sorted()
        guard !names.isEmpty else { return nil }
        let more = names.count - Self.namedApplications
        return names.prefix(Self.namedApplications).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private func state(_ backend: Backend) -> [String] {
        guard let state = backend.state else { return [] }
        let since = state == "active" ? backend.queryStart : backend.stateChange
        return [state + (observation.age(of: since).map { " for " + Quantity.seconds($0) } ?? "")]
    }

    private func detail(_ nodes: [WaitForest.Node]) -> String {
        guard let backend = observation.backend(nodes[0].pid) else { return "" }
        return Visible.folded(backend.query ?? (backend.isHidden ? "its statement is hidden from our role" : ""))
    }
}

extension TreeChart.Node {
    /// Itself and all below it.
    var count: Int { children.reduce(1) { $0 + $1.count } }
}
