import Foundation
import Model

/// Builds the forest: an edge from each waiter to the one that it is shown below.
struct ForestBuilder {
    typealias Holder = WaitForest.Holder

    /// A lock with who holds or wants it.
    private struct Claim {
        var lock: Lock
        var holder: Holder
        var mode: Int?
    }

    /// A lock that somebody waits for: who has it, and who waits, first come first.
    private struct Queue {
        var granted: [Claim] = []
        var waiting: [Claim] = []
    }

    /// What a waiter waits for, and who has it in a conflicting mode.
    private struct Wait {
        var claim: Claim
        var holders: [Claim]
        /// Where no holder conflicts: the first in the queue before it whose request does.
        var ahead: Claim?
    }

    private struct Edge {
        var above: Holder
        var awaited: Lock
        var blockedBy: Lock
        var alsoBehind: [Holder]
    }

    private let queues: [Queue]
    /// When the holder's transaction began.
    private let began: [Holder: Date]
    private var edges: [Holder: Edge] = [:]
    private(set) var deadlocks: [[WaitForest.Node]] = []

    init(_ snapshot: Snapshot) {
        var leaders: [Int: Int] = [:]
        var began: [Holder: Date] = [:]
        for backend in snapshot.backends {
            // A parallel apply worker has a leader too, but holds and waits for itself.
            if let leader = backend.leader, backend.type == "parallel worker" { leaders[backend.pid] = leader }
            began[Holder(pid: backend.pid)] = backend.transactionStart
        }
        for prepared in snapshot.preparedTransactions {
            began[Holder(pid: 0, preparedTransaction: prepared.gid)] = prepared.prepared
        }
        self.began = began
        var places: [LockTag: Int] = [:]
        var queues: [Queue] = []
        for lock in snapshot.locks where !lock.isGranted {
            let tag = LockTag(lock)
            if places[tag] == nil {
                places[tag] = queues.count
                queues.append(Queue())
            }
        }
        for lock in snapshot.locks {
            guard let place = places[LockTag(lock)] else { continue }
            let holder =
                lock.preparedTransaction.map { Holder(pid: 0, preparedTransaction: $0) }
                ?? Holder(pid: leaders[lock.pid] ?? lock.pid)
            let claim = Claim(lock: lock, holder: holder, mode: LockMode.number(lock.mode))
            if lock.isGranted { queues[place].granted.append(claim) } else { queues[place].waiting.append(claim) }
        }
        for place in queues.indices { queues[place].waiting.sort { Self.precedes($0.lock, $1.lock) } }
        self.queues = queues
    }

    mutating func link() {
        let waits = waits()
        let stuck = stuck(waits)
        for (waiter, wait) in waits {
            var holders: [Holder] = []
            var locks: [Holder: Lock] = [:]
            for claim in wait.holders where locks[claim.holder] == nil {
                locks[claim.holder] = claim.lock
                holders.append(claim.holder)
            }
            holders.sort { isBetter($0, $1, waits, stuck) }
            if let above = holders.first {
                edges[waiter] = Edge(
                    above: above, awaited: wait.claim.lock, blockedBy: locks[above]!,
                    alsoBehind: holders.dropFirst().sorted())
            } else if let ahead = wait.ahead {
                edges[waiter] = Edge(
                    above: ahead.holder, awaited: wait.claim.lock, blockedBy: ahead.lock, alsoBehind: [])
            }
        }
        cutCycles()
    }

    /// Of a leader and its workers the longest waiting counts; any other process waits for one lock at a time.
    private func waits() -> [Holder: Wait] {
        var waits: [Holder: Wait] = [:]
        for queue in queues {
            for (place, claim) in queue.waiting.enumerated() {
                guard let wait = wait(of: claim, at: place, in: queue) else { continue }
                if let known = waits[claim.holder], !Self.precedes(claim.lock, known.claim.lock) { continue }
                waits[claim.holder] = wait
            }
        }
        return waits
    }

    private func wait(of claim: Claim, at place: Int, in queue: Queue) -> Wait? {
        let holders = queue.granted.filter {
            $0.holder != claim.holder && LockMode.conflicts(claim.mode, $0.mode)
        }
        guard holders.isEmpty else { return Wait(claim: claim, holders: holders) }
        let own = queue.granted.filter { $0.holder == claim.holder }
        let ahead = queue.waiting[..<place].first { other in
            guard other.holder != claim.holder, LockMode.conflicts(claim.mode, other.mode) else { return false }
            // Who has a lock that a waiter conflicts with is put before that waiter: ProcSleep in
            // https://github.com/postgres/postgres/blob/master/src/backend/storage/lmgr/README
            return !own.contains { LockMode.conflicts($0.mode, other.mode) }
        }
        return ahead.map { Wait(claim: claim, holders: [], ahead: $0) }
    }

    /// Waiters that cannot go on whoever lets go by itself: those of a cycle, and those behind them.
    private func stuck(_ waits: [Holder: Wait]) -> Set<Holder> {
        var open: [Holder: Int] = [:]
        var behind: [Holder: [Holder]] = [:]
        var free: [Holder] = []
        for (waiter, wait) in waits {
            let blockers = Set(wait.holders.map(\.holder) + (wait.ahead.map { [$0.holder] } ?? []))
            open[waiter] = blockers.count
            for blocker in blockers {
                behind[blocker, default: []].append(waiter)
                if waits[blocker] == nil && behind[blocker]!.count == 1 { free.append(blocker) }
            }
        }
        while let next = free.popLast() {
            for waiter in behind[next] ?? [] {
                open[waiter]! -= 1
                if open[waiter] == 0 { free.append(waiter) }
            }
        }
        return Set(open.filter { $0.value > 0 }.keys)
    }

    /// Of several holders the waiter is shown below one: who is part of a deadlock, else who waits for nobody, else who began
    /// first.
    private func isBetter(
        _ left: Holder, _ right: Holder, _ waits: [Holder: Wait], _ stuck: Set<Holder>
    ) -> Bool {
        if stuck.contains(left) != stuck.contains(right) { return stuck.contains(left) }
        if (waits[left] == nil) != (waits[right] == nil) { return waits[left] == nil }
        let (first, second) = (began[left] ?? .distantFuture, began[right] ?? .distantFuture)
        return first == second ? left < right : first < second
    }

    private static func precedes(_ left: Lock, _ right: Lock) -> Bool {
        switch (left.waitStart, right.waitStart) {
        case (let left?, let right?) where left != right: return left < right
        // waitstart is NULL for an instant after the wait began: it came last.
        case (_?, nil): return true
        case (nil, _?): return false
        default: return left.pid < right.pid
        }
    }

    private mutating func cutCycles() {
        var settled: Set<Holder> = []
        for start in edges.keys.sorted() {
            var path: [Holder] = []
            var places: [Holder: Int] = [:]
            var next: Holder? = start
            while let holder = next, !settled.contains(holder) {
                if let place = places[holder] {
                    let cycle = path[place...]
                    deadlocks.append(cycle.map { node($0, waiting: []) })
                    edges[cycle.min()!] = nil
                    break
                }
                places[holder] = path.count
                path.append(holder)
                next = edges[holder]?.above
            }
            settled.formUnion(path)
        }
    }

    private func node(_ holder: Holder, waiting: [WaitForest.Node]) -> WaitForest.Node {
        let edge = edges[holder]
        return WaitForest.Node(
            pid: holder.pid, preparedTransaction: holder.preparedTransaction, awaited: edge?.awaited,
            blockedBy: edge?.blockedBy, alsoBehind: edge?.alsoBehind ?? [], waiting: waiting)
    }

    func roots() -> [WaitForest.Node] {
        let below = Dictionary(grouping: edges.keys) { edges[$0]!.above }
        /// With the number of all below it, which decides the order.
        func tree(_ holder: Holder) -> (node: WaitForest.Node, count: Int) {
            let children = (below[holder] ?? []).map(tree).sorted {
                ($1.count, $0.node.pid) < ($0.count, $1.node.pid)
            }
            return (node(holder, waiting: children.map(\.node)), children.reduce(0) { $0 + $1.count + 1 })
        }
        return below.keys.filter { edges[$0] == nil }.map(tree)
            .sorted { ($1.count, $0.node.holder) < ($0.count, $1.node.holder) }.map(\.node)
    }
}
