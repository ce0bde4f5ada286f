import Foundation
import Model

/// What sessions keep from others by having a transaction open.
struct HeldSnapshot {
    static let old = Threshold(
        "age of the snapshot that is harm", 100_000, "transactions",
        source: "our choice: ten times what vacuum.horizon-held looks at; dead rows of that many transactions are kept")

    /// It has a transaction identifier: what it wrote is locked.
    var writes: Bool
    /// Transactions; nil: none holds a snapshot.
    var age: Int64?

    init(_ sessions: [Backend]) {
        writes = sessions.contains { $0.transactionIDAge != nil }
        age = sessions.compactMap { [$0.xminAge, $0.transactionIDAge].compactMap(\.self).max() }.max()
    }

    var isOld: Bool { age.map { Double($0) >= Self.old.value } ?? false }

    var text: String {
        let parts = [
            writes ? "the locks of what it wrote" : nil,
            age.map { "a snapshot that is \(Quantity.about(Double($0))) transactions old" },
        ].compactMap(\.self)
        return parts.isEmpty ? "its connection" : parts.joined(separator: " and ")
    }

    var evidence: [Evidence] {
        age.map { [Evidence("xminAge", "age of its snapshot, in transactions", .count($0))] } ?? []
    }
}

extension Observation {
    /// Sessions whose transaction has been open for so many s, and that work in it: none that waits for a lock or that
    /// others wait for, no dump or maintenance, no consumer of a slot, no person at a prompt.
    func longRunning(than seconds: Double) -> [Backend] {
        let told = Set(blockers.map(\.root.pid)).union(forest.roots.flatMap(\.descendants).map(\.pid))
        let consumers = Set(snapshot.replicationSlots.compactMap(\.activePID))
        let maintenance = maintenance
        return clients.filter { backend in
            (age(of: backend.transactionStart) ?? 0) >= seconds && !backend.waitsForLock && !backend.isCopyOfAll
                && !backend.isConsole && backend.leader == nil && !told.contains(backend.pid)
                && !consumers.contains(backend.pid) && !maintenance.contains(backend.pid)
                && (backend.state == "active"
                    || backend.isIdleInTransaction && (age(of: backend.stateChange) ?? 0) < seconds)
        }
    }
}

extension Backend {
    /// It has been in its first statement since its transaction began, within a second.
    var isSingleStatement: Bool {
        guard state == "active", let queryStart, let transactionStart else { return false }
        return abs(queryStart.timeIntervalSince(transactionStart)) < 1
    }
}
