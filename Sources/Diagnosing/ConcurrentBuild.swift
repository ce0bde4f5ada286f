import Foundation
import Model

/// What CREATE, DROP and REINDEX INDEX CONCURRENTLY would wait for if they were started now: transactions of the same
/// database whose snapshot is older than theirs, however harmless they look.
///
/// https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY: "any transactions that have a
/// snapshot predating the second scan to terminate".
struct ConcurrentBuild {
    /// s; shorter transactions are over before anybody has read the report.
    static let patience = 10.0

    private let waits: [String: String]

    init(_ observation: Observation) {
        let old = observation.snapshot.backends.filter { backend in
            guard backend.isClient, !backend.isOurs, backend.xminAge ?? backend.transactionIDAge != nil else {
                return false
            }
            return backend.isIdleInTransaction || observation.age(of: backend.transactionStart) ?? 0 >= Self.patience
        }
        waits = Dictionary(grouping: old, by: { $0.database ?? "" }).mapValues { backends in
            let oldest = backends.sorted {
                ($0.transactionStart ?? .distantPast, $0.pid) < ($1.transactionStart ?? .distantPast, $1.pid)
            }
            let first = oldest[0]
            let age = observation.age(of: first.transactionStart).map { ", open for \(Quantity.seconds($0))" } ?? ""
            let more = oldest.count > 1 ? ", and \(Quantity.count(oldest.count - 1)) more" : ""
            return "would now wait for \(first.nameWithPID)\(age)\(more)"
        }
    }

    /// The finding, with its concurrent builds saying what they would wait for.
    func naming(_ finding: Finding) -> Finding {
        guard let database = finding.objects.lazy.compactMap(\.database).first, let wait = waits[database] else {
            return finding
        }
        var finding = finding
        for place in finding.actions.indices where finding.actions[place].lock == .concurrentIndex {
            finding.actions[place].lock?.blocks = "reads and writes go on; \(wait)"
        }
        return finding
    }
}
