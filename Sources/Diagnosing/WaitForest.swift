import Model

/// Who waits for whom, as one reading of `pg_locks` and `pg_stat_activity` has it.
package struct WaitForest: Sendable {
    /// A session and the sessions that wait for it.
    package struct Node: Sendable {
        package var pid: Int
        /// The lock that it waits for; nil for a root.
        package var awaited: Lock?
        /// A lock that it holds, or awaits earlier in the queue, and that stands in the way.
        package var blockedBy: Lock?
        package var waiting: [Node]

        /// All sessions below it, itself not.
        package var descendants: [Node] { waiting.flatMap { [$0] + $0.descendants } }
    }

    /// Sessions that wait for nobody but are waited for; most victims first. pid 0 stands for prepared transactions.
    package let roots: [Node]
    /// Cycles: deadlocks in the making. Each lists its pids.
    package let cycles: [[Int]]

    init(_ snapshot: Snapshot) {
        roots = []
        cycles = []
    }
}
