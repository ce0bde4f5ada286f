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
        let due = value("autovacuum_vacuum_threshold", 50) + value("autovacuum_vacuum_scale_factor", 0.2) * rows
        let cap = value("autovacuum_vacuum_max_threshold", -1)
        return cap >= 0 ? min(due, cap) : due
    }

    /// Rows changed at which ANALYZE is due.
    var modifiedRows: Double {
        value("autovacuum_analyze_threshold", 50) + value("autovacuum_analyze_scale_factor", 0.1)
            * max(0, relation.rows)
    }

    var isDisabled: Bool {
        guard let option = relation.options["autovacuum_enabled"]?.lowercased() else { return false }
        return ["false", "off", "no", "0"].contains(option)
    }

    private func value(_ name: String, _ standard: Double) -> Double {
        relation.options[name].flatMap(Double.init) ?? observation.setting(name)?.number ?? standard
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
