import Foundation
import Model
import Statements

/// How much of what tables have counted since their counters began falls into the workload's window.
package struct CounterShare: Sendable, Equatable {
    /// Counters × this = rows in the window.
    package var factor: Double

    package init(factor: Double) { self.factor = factor }

    /// Counters that are younger than a day say no rate: what filled the tables may be most of it (our choice).
    static let leastAge = 86_400.0

    /// nil: they say nothing of the window.
    ///
    /// - Parameters:
    ///   - window: seconds that the workload was counted for.
    ///   - reset: when the counters began; nil where they were never reset.
    ///   - start: the server's. Counters survive a clean restart, so that those never reset are as old as that or older.
    package init?(window: Double?, reset: Date?, start: Date?, now: Date) {
        guard let window, window > 0 else { return nil }
        if let reset {
            let age = now.timeIntervalSince(reset)
            guard age > 0 else { return nil }
            if age >= Self.leastAge {
                factor = window / age
            } else if age < window {
                // All of it was written in the window: that much at least.
                factor = 1
            } else {
                return nil
            }
        } else {
            guard let start else { return nil }
            let age = max(now.timeIntervalSince(start), window)
            guard age >= Self.leastAge else { return nil }
            factor = window / age
        }
    }
}

extension WriteModel {
    /// What is written, by relation, in the order of names: by the statements, and where the tables' own counters show more, by
    /// these. COPY, functions, triggers, foreign keys and statements that pg_stat_statements evicted write, too.
    package static func writes(
        of statements: [WorkloadStatement], counted share: CounterShare?, in names: CatalogNames
    ) -> [TableWrites] {
        let stated = writes(of: statements)
        guard let share else { return stated }
        var found = Dictionary(uniqueKeysWithValues: stated.map { ($0.relation, $0) })
        var counted: [QualifiedName: RelationCounters] = [:]
        for relation in names.catalog.relations where relation.kind == .table && !relation.isSystem {
            for name in [relation.name, relation.partitionRoot].compactMap(\.self) {
                var sum = counted[name] ?? RelationCounters()
                sum.inserted += relation.counters.inserted
                sum.updated += relation.counters.updated
                sum.deleted += relation.counters.deleted
                counted[name] = sum
            }
        }
        for (name, counters) in counted {
            var writes = found[name] ?? TableWrites(relation: name)
            writes.raise(to: counters, times: share.factor)
            if writes.isCounted || found[name] != nil { found[name] = writes }
        }
        return found.values.sorted { $0.relation < $1.relation }
    }
}

extension TableWrites {
    /// Where the counters show more than the statements do; which columns these updates set is not known.
    fileprivate mutating func raise(to counters: RelationCounters, times factor: Double) {
        let rows = Double(counters.inserted) * factor
        if rows > inserted { (inserted, isCounted) = (rows, true) }
        deleted = max(deleted, Double(counters.deleted) * factor)
        let more = Double(counters.updated) * factor - updated.values.reduce(0, +)
        if more > 0 {
            updated[[], default: 0] += more
            isCounted = true
        }
    }
}
