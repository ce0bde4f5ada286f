import Foundation
import Model

/// One reading of locks: the trees that were asked for, and what is to be said of each.
package struct LockReading: Sendable {
    /// Which trees are wanted.
    package struct Selection: Sendable {
        /// Only those that hold up a session of this database.
        package var database: String?
        /// s; only those in which somebody has waited for as long.
        package var leastWait: Double

        package init(database: String? = nil, leastWait: Double = 0) {
            self.database = database
            self.leastWait = leastWait
        }
    }

    /// A transaction that holds a lock which would stand in the way of many.
    package struct OpenTransaction: Sendable {
        package var backend: Backend
        /// s
        package var age: Double
        package var held: HeldLocks
    }

    /// s; a younger transaction with a strong lock is nothing to speak of. Our choice: the deadlock_timeout that a wait has
    /// by default before the log tells of it, times five.
    private static let leastAge = 5.0
    private static let shownTransactions = 5

    package let observation: Observation
    package let trees: [BlockedSessions]
    /// Trees that were left out by the selection.
    package let hiddenTrees: Int
    package let deadlocks: [[WaitForest.Node]]
    /// Where nobody waits: the longest open transactions that hold strong locks.
    package let openTransactions: [OpenTransaction]

    package var takenAt: Date { observation.snapshot.takenAt }
    /// Sessions that wait.
    package var waiting: Int { trees.reduce(0) { $0 + $1.victims.count } }
    /// Session seconds: their waits so far, added up.
    package var secondsBlocked: Double { trees.reduce(0) { $0 + $1.secondsBlocked } }
    /// s
    package var longestWait: Double { trees.map(\.longestWait).max() ?? 0 }

    package init(_ snapshot: Snapshot, _ selection: Selection = Selection()) {
        self.init(Observation(snapshot), selection)
    }

    package init(_ observation: Observation, _ selection: Selection = Selection()) {
        self.observation = observation
        let all = observation.forest.roots.map { BlockedSessions($0, observation) }
        let wanted = all.filter { tree in
            guard tree.longestWait >= selection.leastWait else { return false }
            guard let database = selection.database else { return true }
            return tree.victims.contains { observation.backend($0.pid)?.database == database }
        }
        trees = wanted
        hiddenTrees = all.count - wanted.count
        let pids = Set(wanted.flatMap { [$0.root.pid] + $0.victims.map(\.pid) })
        deadlocks = observation.forest.deadlocks.filter { $0.contains { pids.contains($0.pid) } }
        openTransactions = wanted.isEmpty ? Self.openTransactions(observation, selection) : []
    }

    private static func openTransactions(_ observation: Observation, _ selection: Selection) -> [OpenTransaction] {
        let strong = observation.snapshot.locks.filter {
            $0.isGranted && $0.type == "relation" && ($0.relation.map { $0.schema != "pg_catalog" } ?? true)
                && (LockMode.number($0.mode) ?? 0) >= LockMode.number("ShareLock")!
        }
        let pids = Set(strong.map(\.pid))
        return observation.snapshot.backends.compactMap { backend -> OpenTransaction? in
            guard pids.contains(backend.pid), !backend.isOurs, let age = observation.age(of: backend.transactionStart),
                age >= leastAge, selection.database == nil || backend.database == selection.database
            else { return nil }
            let held = HeldLocks(
                of: WaitForest.Holder(pid: backend.pid), in: strong, awaited: observation.awaitedLocks)
            return OpenTransaction(backend: backend, age: age, held: held)
        }
        .sorted { ($1.age, $0.backend.pid) < ($0.age, $1.backend.pid) }.prefix(shownTransactions).map { $0 }
    }

    /// Why nothing can be said: locks or sessions were not read. nil: they were.
    package var unread: String? {
        observation.snapshot.notes.first { [.locks, .backends].contains($0.evidence) && $0.isTotal }?.text
    }

    /// What a DBA would say first.
    package var headline: String {
        if let unread { return "Whether anybody waits for a lock is not known. \(unread)" }
        guard let first = trees.first else {
            let left = hiddenTrees > 0 ? " of those asked for (\(Quantity.count(waitingInAll)) wait in all)" : ""
            return "Nobody\(left) waits for a lock."
        }

        let wait = first.longestWait > 0 ? " for up to \(Quantity.seconds(first.longestWait))" : ""
        let place = first.relation.map { " on \($0)" } ?? ""
        return "\(first.name) blocks \(Quantity.plural(first.victims.count, "session"))\(place)\(wait): "
            + "\(first.reason.label)\(trees.count > 1 ? "; \(Quantity.plural(trees.count - 1, "more root"))" : "")."
    }

    private var waitingInAll: Int { observation.forest.waiting.count }

    /// `32 sessions wait behind 2 roots`, `83 min of session time lost so far`, `longest wait 4 min 20 s`
    package var sums: [String] {
        guard !trees.isEmpty else { return [] }
        return [
            "\(Quantity.plural(waiting, "session")) \(waiting == 1 ? "waits" : "wait") behind \(Quantity.plural(trees.count, "root"))",
            "\(Quantity.seconds(secondsBlocked)) of session time lost so far",
            "longest wait \(Quantity.seconds(longestWait))",
        ]
    }

    /// Each deadlock in the making in a sentence.
    package var deadlockSentences: [String] {
        deadlocks.map { cycle in
            let links = cycle.map { node in
                let above = node.blockedBy.map(holder) ?? node.holder
                return "\(observation.name(of: node.holder)) waits for \(observation.name(of: above)) ("
                    + (node.awaited.map { observation.want($0, node) } ?? "") + ")"
            }
            return "Deadlock in the making: \(links.joined(separator: ", ")). The server ends one of them when "
                + "deadlock_timeout has passed."
        }
    }

    private func holder(of lock: Lock) -> WaitForest.Holder {
        WaitForest.Holder(pid: lock.pid, preparedTransaction: lock.preparedTransaction)
    }
}
