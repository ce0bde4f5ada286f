import Foundation
import Model

/// When autovacuum would go to work on a relation: its own options, else the server's settings.
/// https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
struct AutovacuumThreshold {
    private let relation: Relation
    private let observation: Observation

    init(_ relation: Relation, _ observation: Observation) {
        self.relation = relation
        self.observation = observation
    }

    /// Dead rows at which VACUUM is due; 18 caps it by autovacuum_vacuum_max_threshold.
    var deadRows: Double {
        let rows = max(0, relation.rows)
        let due = base + scaleFactor * rows
        let cap = value("autovacuum_vacuum_max_threshold", -1)
        return cap >= 0 ? min(due, cap) : due
    }

    /// autovacuum_vacuum_threshold as it holds for the relation, rows.
    var base: Double { value("autovacuum_vacuum_threshold", 50) }

    /// autovacuum_vacuum_scale_factor as it holds for the relation, 0…1 and more.
    var scaleFactor: Double { value("autovacuum_vacuum_scale_factor", 0.2) }

    /// Rows changed at which ANALYZE is due.
    var modifiedRows: Double {
        value("autovacuum_analyze_threshold", 50) + value("autovacuum_analyze_scale_factor", 0.1)
            * max(0, relation.rows)
    }

    /// Rows inserted at which VACUUM is due; nil where inserts never make it due (-1).
    var insertedRows: Double? {
        let base = value("autovacuum_vacuum_insert_threshold", 1000)
        guard base >= 0 else { return nil }
        // 18 takes the share of pages that are not frozen in place of all rows: it is due earlier, never later.
        return base + value("autovacuum_vacuum_insert_scale_factor", 0.2) * max(0, relation.rows)
    }

    /// Dead rows, or inserted ones, over their thresholds: 1 and more is due.
    var need: Double {
        // Of ten thousand tables most have nothing to do: their thresholds need not be looked up.
        let dead = relation.deadTuples > 0 ? Double(relation.deadTuples) / max(1, deadRows) : 0
        guard relation.insertedSinceVacuum > 0, let insertedRows else { return dead }
        return max(dead, Double(relation.insertedSinceVacuum) / max(1, insertedRows))
    }

    /// Autovacuum has to come, and may.
    var isDue: Bool { !isDisabled && need > 1 }

    var isDisabled: Bool {
        guard let option = relation.options["autovacuum_enabled"]?.lowercased() else { return false }
        return ["false", "off", "no", "0"].contains(option)
    }

    private func value(_ name: String, _ standard: Double) -> Double {
        relation.options[name].flatMap(Double.init) ?? observation.setting(name)?.number ?? standard
    }
}

extension Relation {
    /// VACUUM works on it by itself.
    var isVacuumed: Bool { [.table, .materializedView, .toast].contains(kind) && persistence != "t" }

    /// When VACUUM came last, by hand or by itself; nil: never since the statistics' reset.
    var lastVisit: Date? { [lastAutovacuum, lastVacuum].compactMap(\.self).max() }

    /// Dead rows of all, 0…1.
    var deadShare: Double { Double(deadTuples) / max(1, Double(deadTuples + liveTuples)) }
}

extension Observation {
    /// When VACUUM came last: `3 h ago`.
    func lastVisit(of relation: Relation) -> String {
        age(of: relation.lastVisit).map { "\(Quantity.seconds($0)) ago" } ?? "never since the statistics' reset"
    }

    /// Relations that a VACUUM is at work on now, of all databases.
    var beingVacuumed: Set<Int64> {
        Set(snapshot.progress.filter { $0.command == "vacuum" }.compactMap(\.relationOID))
    }

    /// Tables that autovacuum has to come to and has not, most in need first, with their database.
    func dueForVacuum() -> [(relation: Relation, need: Double, database: String)] {
        let vacuuming = beingVacuumed
        return snapshot.catalogs.flatMap { catalog in
            catalog.relations.compactMap { relation -> (relation: Relation, need: Double, database: String)? in
                let threshold = AutovacuumThreshold(relation, self)
                guard relation.isVacuumed, !vacuuming.contains(relation.oid), threshold.isDue else { return nil }
                return (relation, threshold.need, catalog.database)
            }
        }
        .sorted { ($0.need, $1.relation.oid) > ($1.need, $0.relation.oid) }
    }

    /// Statistics that autovacuum decides by are kept, and it is switched on for the server.
    var runsAutovacuum: Bool {
        !snapshot.server.isInRecovery
            && !["autovacuum", "track_counts"].contains { serverSetting($0)?.value == "off" }
    }
}

extension Snapshot {
    /// A table for the examples of rules about vacuum and statistics.
    mutating func addTable(
        _ name: String, rows: Double, dead: Int64 = 0, _ configure: (inout Relation) -> Void = { _ in }
    ) {
        let now = takenAt
        var relation = Relation.make {
            $0.oid = 16_400 + Int64(catalogs[0].relations.count)
            $0.name = QualifiedName("public", name)
            $0.estimatedRows = rows
            $0.liveTuples = Int64(rows)
            $0.deadTuples = dead
            $0.pages = Int64(rows / 60) + 1
            $0.counters.inserted = Int64(rows)
            $0.counters.updated = dead
            $0.frozenXIDAge = 1_000_000
            $0.lastAutovacuum = now.addingTimeInterval(-3600)
            $0.lastAutoanalyze = now.addingTimeInterval(-3600)
        }
        configure(&relation)
        catalogs[0].relations.append(relation)
    }
}
