import Diagnosing
import Foundation
import Model

/// A usual suspect that was checked and found well, with the number that clears it.
package struct RuledOut: Sendable, Equatable {
    /// As a DBA names it: `locks`, `checkpoints`.
    package var name: String
    /// `nobody waits, the oldest transaction is open for 3 s`; nil where no single number says it.
    package var figure: String?

    package init(_ name: String, _ figure: String? = nil) {
        self.name = name
        self.figure = figure
    }
}

/// The numbers that clear suspects.
struct ClearingFigures {
    private let observation: Observation
    private let load: Load?
    private var snapshot: Snapshot { observation.snapshot }

    init(_ observation: Observation, _ load: Load?) {
        self.observation = observation
        self.load = load
    }

    func figure(of subject: String) -> String? {
        switch subject {
        case "CPU": processors
        case "I/O": reads
        case "locks": locks
        case "connections": connections
        case "checkpoints": checkpoints
        case "autovacuum": autovacuum
        case "wraparound": wraparound
        case "horizon": horizon
        case "replication": replication
        case "plans": plans
        case "indexes": Quantity.plural(snapshot.catalogs.reduce(0) { $0 + $1.indexes.count }, "index", "indexes")
        case "query shapes": shapes
        default: nil
        }
    }

    /// Its number speaks against it, though it is too little, or seen too seldom, for a rule to fire: neither ill nor cleared.
    func contradicts(_ subject: String) -> Bool {
        switch subject {
        case "CPU": load.map { average(Load.cpu) > Double($0.cores ?? 0) } ?? true
        // One session on average, from which the rules about reads and WAL judge.
        case "I/O": average("IO") >= 1
        default: false
        }
    }

    private func average(_ name: String) -> Double { load?.byClass.first { $0.name == name }?.average ?? 0 }

    private var processors: String? {
        guard let load, let cores = load.cores else { return nil }
        return "\(Quantity.decimal(average(Load.cpu), places: 1)) of \(Quantity.plural(cores, "core")) busy"
    }

    private var reads: String? {
        guard load != nil else { return nil }
        return "\(Quantity.decimal(average("IO"), places: 1)) sessions wait for it"
    }

    private var locks: String {
        let waiting = observation.forest.roots.reduce(0) { $0 + $1.descendants.count }
        let clients = snapshot.backends.filter { $0.isClient && !$0.isOurs }
        let oldest = clients.compactMap { observation.age(of: $0.transactionStart) }.max()
        let who =
            waiting == 0 ? "nobody waits" : "\(Quantity.plural(waiting, "session waits", "sessions wait")) a moment"
        return who + (oldest.map { ", the oldest transaction is open for \(Quantity.seconds($0))" } ?? "")
    }

    private var connections: String? {
        guard let limit = observation.setting("max_connections")?.number else { return nil }
        let used = snapshot.backends.count { $0.isClient || $0.type.isEmpty }
        return "\(Quantity.count(Int64(used))) of \(Quantity.count(Int64(limit)))"
    }

    private var checkpoints: String? {
        let all = snapshot.checkpointer.timed + snapshot.checkpointer.requested
        guard all > 0 else { return nil }
        return "\(Quantity.count(snapshot.checkpointer.requested)) of \(Quantity.count(all)) requested"
    }

    private var autovacuum: String? {
        guard let workers = observation.setting("autovacuum_max_workers")?.number else { return nil }
        let busy = snapshot.backends.count { $0.isAutovacuumWorker }
        return "\(busy) of \(Quantity.plural(Int(workers), "worker")) busy"
    }

    private var wraparound: String? {
        guard let oldest = snapshot.databases.map(\.frozenXIDAge).max(), oldest > 0,
            let limit = observation.setting("autovacuum_freeze_max_age")?.number
        else { return nil }
        return "\(Quantity.about(Double(oldest))) of \(Quantity.about(limit)) transactions"
    }

    private var horizon: String? {
        let sessions = snapshot.backends.filter { !$0.isOurs }.flatMap { [$0.xminAge, $0.transactionIDAge] }
        let others =
            snapshot.preparedTransactions.map { Optional($0.transactionIDAge) }
            + snapshot.replicationSlots.flatMap { [$0.xminAge, $0.catalogXminAge] }
        let oldest = (sessions + others).compactMap(\.self).max() ?? 0
        return "\(Quantity.about(Double(oldest))) transactions back"
    }

    private var replication: String? {
        let lags = snapshot.standbys.compactMap(\.replayLag)
        guard let worst = lags.max() else { return nil }
        return "\(Quantity.plural(lags.count, "standby", "standbys")), at most \(Quantity.bytes(worst)) behind"
    }

    private var plans: String? {
        let statements = snapshot.statementStatistics?.statements ?? []
        let planned = statements.count { $0.plan != nil }
        guard planned > 0 else { return nil }
        return "\(Quantity.count(Int64(planned))) of \(Quantity.plural(statements.count, "statement")) planned"
    }

    private var shapes: String? {
        let read = snapshot.statementStatistics?.statements.count { $0.text != nil } ?? 0
        return read > 0 ? Quantity.plural(read, "statement") + " read" : nil
    }
}
