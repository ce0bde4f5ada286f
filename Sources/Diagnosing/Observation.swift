import Foundation
import Model
import Statements

/// What rules judge: a snapshot, what was counted within the window, and the analyses that several rules share.
///
/// A final class because it is built once, is immutable, and is handed to every rule.
package final class Observation: Sendable {
    package let snapshot: Snapshot
    package let window: Window
    package let workload: Workload
    package let forest: WaitForest
    let sessions: SessionIndex
    /// Busy sessions by what they were doing; nil without samples.
    package let load: Load?
    /// What pg_wait_sampling counted; nil without it.
    package let countedWaits: CountedWaits?
    let kernel: [KernelUse.Key: KernelUse]
    /// The statements whose text is known, parsed and resolved against the catalog.
    package let analyses: StatementAnalyses
    /// The snapshot at the beginning of the window; nil: counters since their reset are judged.
    package let earlier: Snapshot?
    /// Those of the rules that somebody adjusted for this server.
    package let thresholds: ThresholdAdjustments
    /// The calls that came before the window, as a history has them; nil: none is at hand.
    package let pastTraffic: PastTraffic?
    /// Another node of the cluster; nil: none is known.
    package let peer: Peer?
    let surveys: [String: IndexSurvey]
    private let settings: [String: Setting]
    private let earlierDatabases: [String: Database]
    private let earlierRelations: [String: [QualifiedName: RelationCounters]]
    private let earlierIndexes: [String: [QualifiedName: IndexCounters]]

    package init(
        _ snapshot: Snapshot, since earlier: Snapshot? = nil, basis: Window.Basis = .earlierSnapshot,
        thresholds: ThresholdAdjustments = ThresholdAdjustments(), past: PastTraffic? = nil, peer: Peer? = nil
    ) {
        self.snapshot = snapshot
        self.earlier = earlier
        self.thresholds = thresholds
        pastTraffic = past
        self.peer = peer
        settings = Dictionary(snapshot.settings.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        window = Window(snapshot, since: earlier, basis: basis)
        workload = Workload(snapshot, since: earlier)
        forest = WaitForest(snapshot)
        sessions = SessionIndex(snapshot)
        load = Load(snapshot, workload)
        countedWaits = CountedWaits(snapshot, since: earlier)
        kernel = KernelUse.all(snapshot, since: earlier)
        let names = Dictionary(
            snapshot.catalogs.map { ($0.database, CatalogNames($0)) }, uniquingKeysWith: { first, _ in first })
        surveys = names.mapValues(IndexSurvey.init)
        analyses = StatementAnalyses(workload, names)
        earlierDatabases = Dictionary(
            (earlier?.databases ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var relations: [String: [QualifiedName: RelationCounters]] = [:]
        var indexes: [String: [QualifiedName: IndexCounters]] = [:]
        for catalog in earlier?.catalogs ?? [] {
            relations[catalog.database] = Dictionary(
                catalog.relations.map { ($0.name, $0.counters) }, uniquingKeysWith: { first, _ in first })
            indexes[catalog.database] = Dictionary(
                catalog.indexes.map { ($0.name, $0.counters) }, uniquingKeysWith: { first, _ in first })
        }
        earlierRelations = relations
        earlierIndexes = indexes
    }

    /// The relation's counters within the window; since the statistics' reset where there is no earlier snapshot or the
    /// counters were reset in between.
    package func counters(of relation: Relation, in catalog: DatabaseCatalog) -> RelationCounters {
        guard let then = earlierRelations[catalog.database]?[relation.name] else { return relation.counters }
        return relation.counters.since(then) ?? relation.counters
    }

    package func counters(of index: Index, in catalog: DatabaseCatalog) -> IndexCounters {
        guard let then = earlierIndexes[catalog.database]?[index.name] else { return index.counters }
        return index.counters.since(then) ?? index.counters
    }

    package func counters(of database: Database) -> DatabaseCounters {
        guard let then = earlier(of: database) else { return database.counters }
        return database.counters.since(then.counters) ?? database.counters
    }

    /// The database at the beginning of the window; nil where there is no earlier snapshot, or it was not there.
    func earlier(of database: Database) -> Database? { earlierDatabases[database.name] }

    /// The setting's value as the server has it, in `unit` of `pg_settings`; nil when it was not read.
    package func setting(_ name: String) -> Setting? { settings[name] }

    /// Bytes of a page: `block_size`.
    var pageSize: Double { setting("block_size")?.number ?? 8192 }

    /// Seconds from a moment to the snapshot's; nil from nil.
    package func age(of moment: Date?) -> Double? { moment.map { max(0, snapshot.takenAt.timeIntervalSince($0)) } }

    /// Days for which the catalog's table and index counters have run: since the reset, or since the server's start.
    package func statisticsAge(of database: String) -> Double? {
        guard let found = snapshot.databases.first(where: { $0.name == database }) else { return nil }
        // Never reset: stats_reset is NULL (measured on 15.20). The server's start is the latest beginning that we
        // know; the counters survive a clean restart, so the true age may be longer, never shorter.
        return age(of: found.statisticsReset ?? snapshot.server.startedAt).map { $0 / 86_400 }
    }
}

/// The span of time over which counters are judged, and how we know it.
package struct Window: Codable, Sendable {
    package enum Basis: String, Codable, Sendable {
        /// Two readings of this visit (`--sample`).
        case sample
        /// An earlier snapshot.
        case earlierSnapshot = "earlier-snapshot"
        /// All since pg_stat_statements was reset.
        case sinceReset = "since-reset"
    }

    package var basis: Basis
    package var start: Date?
    package var end: Date
    /// nil: the beginning is not known.
    package var seconds: Double? { start.map { end.timeIntervalSince($0) } }

    /// `3 d since the statistics were reset`
    package var text: String {
        guard let seconds else { return "since the statistics began, nobody knows when" }
        let span = Quantity.seconds(seconds)
        return switch basis {
        case .sample: "\(span), sampled"
        case .earlierSnapshot: "\(span) since the last snapshot"
        case .sinceReset: "\(span) since the statistics were reset"
        }
    }

    init(_ snapshot: Snapshot, since earlier: Snapshot?, basis: Basis) {
        end = snapshot.takenAt
        if let earlier {
            self.basis = basis
            start = earlier.takenAt
        } else {
            self.basis = .sinceReset
            start = snapshot.statementStatistics?.reset ?? snapshot.server.startedAt
        }
    }
}

extension Setting {
    /// The value as a number in `unit`; nil for a text.
    package var number: Double? { Double(value) }
    package var isOn: Bool { value == "on" }

    /// The value in bytes, by its unit.
    package var bytes: Int64? {
        guard let number else { return nil }
        switch unit {
        case "B": return Int64(number)
        case "kB": return Int64(number * 1024)
        case "8kB": return Int64(number * 8192)
        case "16MB": return Int64(number * 16_777_216)
        case "MB": return Int64(number * 1_048_576)
        default: return nil
        }
    }

    /// The value in seconds, by its unit; 0 and -1 as they stand.
    package var seconds: Double? {
        guard let number, number > 0 else { return number }
        switch unit {
        case "us": return number / 1_000_000
        case "ms": return number / 1000
        case "s": return number
        case "min": return number * 60
        case "h": return number * 3600
        case "d": return number * 86_400
        default: return nil
        }
    }
}
