import Model

/// Who waits for whom, as one reading of `pg_locks` and `pg_stat_activity` has it.
package struct WaitForest: Sendable {
    /// A session and the sessions that wait for it.
    package struct Node: Sendable {
        /// 0: a prepared transaction, which has no process.
        package var pid: Int
        /// Its gid, when it is one.
        package var preparedTransaction: String?
        /// The lock that it waits for; nil for a root.
        package var awaited: Lock?
        /// A lock that the node above holds, or awaits earlier in the queue, and that stands in the way.
        package var blockedBy: Lock?
        package var waiting: [Node]

        /// All sessions below it, itself not.
        package var descendants: [Node] { waiting.flatMap { [$0] + $0.descendants } }
    }

    /// Sessions that wait for nobody but are waited for; most victims first.
    package let roots: [Node]
    /// Cycles: deadlocks in the making. Each lists its pids.
    package let cycles: [[Int]]

    init(_ snapshot: Snapshot) {
        var builder = ForestBuilder(snapshot)
        builder.link()
        roots = builder.roots()
        cycles = builder.cycles
    }
}

/// Builds the forest: an edge from each waiter to the one that it has to wait for first.
private struct ForestBuilder {
    /// A process, or a prepared transaction.
    struct Holder: Hashable {
        var pid: Int
        var gid: String?
    }

    private struct Edge {
        var above: Holder
        var awaited: Lock
        var blockedBy: Lock
    }

    private var queues: [LockTag: [Lock]] = [:]
    private var leaders: [Int: Int] = [:]
    private var edges: [Holder: Edge] = [:]
    private(set) var cycles: [[Int]] = []

    init(_ snapshot: Snapshot) {
        for backend in snapshot.backends { if let leader = backend.leader { leaders[backend.pid] = leader } }
        let contended = Set(snapshot.locks.lazy.filter { !$0.isGranted }.map(LockTag.init))
        for lock in snapshot.locks {
            let tag = LockTag(lock)
            if contended.contains(tag) { queues[tag, default: []].append(lock) }
        }
    }

    /// Parallel workers wait and hold for their leader.
    private func holder(of lock: Lock) -> Holder {
        if let gid = lock.preparedTransaction { return Holder(pid: 0, gid: gid) }
        return Holder(pid: leaders[lock.pid] ?? lock.pid, gid: nil)
    }

    mutating func link() {
        for queue in queues.values {
            for awaited in queue where !awaited.isGranted {
                let waiter = holder(of: awaited)
                guard let blocking = blocker(of: awaited, waiter, in: queue) else { continue }
                let edge = Edge(above: holder(of: blocking), awaited: awaited, blockedBy: blocking)
                // A backend waits for one lock at a time; of a leader and its workers the longest waiting counts.
                if let known = edges[waiter], !precedes(awaited, known.awaited) { continue }
                edges[waiter] = edge
            }
        }
        breakCycles()
    }

    /// The holder that conflicts; where there is none, the first in the queue before it whose request conflicts.
    private func blocker(of awaited: Lock, _ waiter: Holder, in queue: [Lock]) -> Lock? {
        let others = queue.filter { holder(of: $0) != waiter && LockMode.conflicts(awaited.mode, $0.mode) }
        let holders = others.filter(\.isGranted).sorted { ($0.pid, $0.mode) < ($1.pid, $1.mode) }
        if let hard = holders.first { return hard }
        return others.filter { precedes($0, awaited) }.min(by: precedes)
    }

    private func precedes(_ left: Lock, _ right: Lock) -> Bool {
        switch (left.waitStart, right.waitStart) {
        case (let left?, let right?) where left != right: return left < right
        // waitstart is NULL for an instant after the wait began: it came last.
        case (_?, nil): return true
        case (nil, _?): return false
        default: return left.pid < right.pid
        }
    }

    private mutating func breakCycles() {
        var settled: Set<Holder> = []
        for start in edges.keys.sorted(by: { ($0.pid, $0.gid ?? "") < ($1.pid, $1.gid ?? "") }) {
            var path: [Holder] = []
            var next: Holder? = start
            while let holder = next, !settled.contains(holder) {
                if let place = path.firstIndex(of: holder) {
                    let cycle = path[place...]
                    cycles.append(cycle.map(\.pid))
                    edges[cycle.min { $0.pid < $1.pid }!] = nil
                    break
                }
                path.append(holder)
                next = edges[holder]?.above
            }
            settled.formUnion(path)
        }
    }

    func roots() -> [WaitForest.Node] {
        let below = Dictionary(grouping: edges.keys) { edges[$0]!.above }
        func node(_ holder: Holder) -> WaitForest.Node {
            let edge = edges[holder]
            let waiting = (below[holder] ?? []).map(node)
            return WaitForest.Node(
                pid: holder.pid, preparedTransaction: holder.gid, awaited: edge?.awaited, blockedBy: edge?.blockedBy,
                waiting: waiting.sorted { ($1.descendants.count, $0.pid) < ($0.descendants.count, $1.pid) })
        }
        return below.keys.filter { edges[$0] == nil }.map(node)
            .sorted { ($1.descendants.count, $0.pid) < ($0.descendants.count, $1.pid) }
    }
}
