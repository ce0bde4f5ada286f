import Foundation
import Model

/// Who waits for whom, as one reading of `pg_locks` and `pg_stat_activity` has it: locks of every kind, queues as well as
/// what is held, parallel workers as one with their leader, prepared transactions among the holders.
package struct WaitForest: Sendable {
    /// Who can hold a lock: a process (of a parallel query its leader), or a prepared transaction, whose pid is 0.
    package struct Holder: Hashable, Sendable, Comparable {
        package var pid: Int
        package var preparedTransaction: String?

        package init(pid: Int, preparedTransaction: String? = nil) {
            self.pid = pid
            self.preparedTransaction = preparedTransaction
        }

        package static func < (left: Self, right: Self) -> Bool {
            (left.pid, left.preparedTransaction ?? "") < (right.pid, right.preparedTransaction ?? "")
        }
    }

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
        /// Others that hold the lock in a conflicting mode: the session goes on when all of them have let go, not the node
        /// above alone.
        package var alsoBehind: [Holder] = []
        package var waiting: [Node]

        package var holder: Holder { Holder(pid: pid, preparedTransaction: preparedTransaction) }

        /// All sessions below it, itself not.
        package var descendants: [Node] {
            var all: [Node] = []
            var open = Array(waiting.reversed())
            while let next = open.popLast() {
                all.append(next)
                open += next.waiting.reversed()
            }
            return all
        }

        /// Those that wait for its request, which waits itself: the holder above would not disturb them.
        package var heldUp: [Node] { waiting.filter { $0.blockedBy?.isGranted == false } }

        /// s that it has waited until the moment; nil where the server does not say.
        package func waited(until moment: Date) -> Double? {
            awaited?.waitStart.map { max(0, moment.timeIntervalSince($0)) }
        }
    }

    /// What ending a root would give.
    package struct Release: Sendable {
        /// Sessions that would go on.
        package var freed: [Node]
        /// Who must let go as well before the rest goes on.
        package var others: [Holder]
    }

    /// Sessions that wait for nobody but are waited for; most victims first. Of a cycle one stands here too.
    package let roots: [Node]
    /// Deadlocks in the making: each waits for the one before it, and the first for the last. `waiting` is empty in them.
    package let deadlocks: [[Node]]

    /// The pids of each deadlock in the making.
    package var cycles: [[Int]] { deadlocks.map { $0.map(\.pid) } }

    /// All that wait, in the order of the roots.
    package var waiting: [Node] { roots.flatMap(\.descendants) }

    package init(_ snapshot: Snapshot) {
        var builder = ForestBuilder(snapshot)
        builder.link()
        roots = builder.roots()
        deadlocks = builder.deadlocks
    }

    /// Session seconds lost so far: the waits of all that wait at the moment, added up.
    package func secondsBlocked(until moment: Date) -> Double {
        waiting.reduce(0) { $0 + ($1.waited(until: moment) ?? 0) }
    }

    /// Who goes on when the root lets go: those that are behind it alone, and behind sessions that go on themselves.
    package func release(of root: Node) -> Release {
        let all = root.descendants
        var gone: Set<Holder> = [root.holder]
        var freed: [Node] = []
        var isSettled = false
        while !isSettled {
            isSettled = true
            var open = root.waiting
            while let node = open.popLast() {
                guard gone.contains(node.holder) || node.alsoBehind.allSatisfy(gone.contains) else { continue }
                if gone.insert(node.holder).inserted {
                    freed.append(node)
                    isSettled = false
                }
                open += node.waiting
            }
        }
        let below = Set(all.map(\.holder))
        let others = Set(all.flatMap(\.alsoBehind)).subtracting(gone).subtracting(below)
        return Release(freed: freed, others: others.sorted())
    }
}
