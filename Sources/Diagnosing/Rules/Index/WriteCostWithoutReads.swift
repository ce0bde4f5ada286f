import Foundation
import IndexAdvising
import Model

/// An index that is written all the time and read next to never.
struct WriteCostWithoutReads: Rule {
    static let metadata = RuleMetadata(
        id: "index.write-cost-without-reads",
        title: "Index that is written often and read next to never",
        area: .index,
        needs: [.indexes, .relations, .constraints, .databases],
        looksAt: "idx_scan of the index against the entries written into it (inserts, and updates that were not HOT) "
            + "since the statistics' reset, summed over partitions",
        why:
            "Each entry costs a descent of the tree, a dirty page and WAL. Where thousands are written for one read, the "
            + "index is a tax on every write for the sake of a statement that could be done another way.",
        limits:
            "The few reads may be what matters (a month-end report): the finding asks who they are before anything is "
            + "dropped. Constraints, unique indexes and those of foreign keys are left out.",
        thresholds: [writes, ratio, size, days],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
            "https://github.com/pgexperts/pgx_scripts/blob/master/indexes/unused_indexes.sql",
        ])

    private static let writes = Threshold(
        "entries written", 1_000_000, "rows", source: "our choice: a million entries are some GB of WAL and page writes"
    )
    private static let ratio = Threshold(
        "entries written for each scan", 10_000, "rows",
        source: "our choice, stricter than pgx_scripts (one scan a write or less): one scan saves at most what reading "
            + "the table costs, and that seldom pays for 10,000 writes")
    private static let size = Threshold(
        "size", 104_857_600, "bytes", source: "pgx_scripts: rarely used and over 100 MB")
    private static let days = Threshold(
        "days of statistics", 30, "days", source: "as for index.unused: one month end must have passed")

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var tooYoung: [String] = []
        for survey in observation.indexSurveys {
            let (catalog, tree) = (survey.catalog, survey.tree)
            let costly = costly(survey)
            guard !costly.isEmpty else { continue }
            guard let age = observation.statisticsAge(of: catalog.database), age >= Self.days.value else {
                tooYoung.append(catalog.database)
                continue
            }
            findings += costly.map { finding($0, tree, catalog.database, age: age) }
        }
        guard !tooYoung.isEmpty else { return .findings(findings) }
        let reason = "statistics of \(tooYoung.joined(separator: ", ")) cover less than \(Int(Self.days.value)) days"
        return findings.isEmpty ? .inconclusive(reason) : .partial(findings, reason)
    }

    private func costly(_ survey: IndexSurvey) -> [Index] {
        let tree = survey.tree
        let candidates = tree.roots { Self.isCostly($0, tree) }
        guard !candidates.isEmpty else { return [] }
        let needless = survey.needless.involved
        let foreignKeys = Dictionary(
            grouping: survey.catalog.constraints.filter { $0.kind == .foreignKey }, by: \.relation)
        return candidates.filter { index in
            let first = index.leadingColumns.first
            return !needless.contains(index.name)
                && !(foreignKeys[index.relation] ?? []).contains { key in first.map(key.columns.contains) ?? false }
        }
    }

    /// Written so often for each scan, and needed for nothing but reads.
    static func isCostly(_ index: Index, _ tree: IndexTree) -> Bool {
        let scans = tree.scans(index)
        guard scans > 0 else { return false }
        let entries = tree.entriesWritten(index)
        return Double(entries) >= Self.writes.value
            && Double(entries) >= Double(scans) * Self.ratio.value
            && Double(tree.size(index)) >= Self.size.value
            && index.isValid && !index.isUnique && !index.isExclusion && index.constraint == nil
            && !index.isReplicaIdentity
    }

    private func finding(_ index: Index, _ tree: IndexTree, _ database: String, age: Double) -> Finding {
        let size = tree.size(index)
        let scans = tree.scans(index)
        let entries = tree.entriesWritten(index)
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(index.name) on \(index.relation): \(Quantity.about(Double(entries))) writes for "
                + Quantity.plural(Int(scans), "read"),
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: .bytes(size, "seldom read"), confidence: .medium,
            summary: "In \(Int(age)) days \(Quantity.about(Double(entries))) entries were written into \(index.name) "
                + "\(index.keyList), and it was read \(Quantity.plural(Int(scans), "time")).",
            evidence: [
                Evidence("scans", "scans", .count(scans)),
                Evidence("entriesWritten", "entries written into it", .count(entries)),
                Evidence("tuplesRead", "entries read by scans", .count(index.counters.tuplesRead)),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("statisticsAge", "age of the statistics", .seconds(age * 86_400)),
                Evidence("keys", "keys", .text(index.keyList)),
            ],
            notIf: "the few reads are a report that must be fast, or happen on a standby as well",
            actions: [
                DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)), and faster writes", .estimated))
                    .action(
                        title: "find who reads it; drop \(index.name) when they can do without",
                        verify: "the reports that used it still end in time")
            ],
            explains: [.index(index.name, database: database)])
    }

    static let examples: [RuleExample] = [
        .fires("two million entries, three scans", on: "public.orders_note") {
            $0.addIndex("orders_note", on: "note", scans: 3)
        },
        .silent("read as often as it should be") { $0.addIndex("orders_note", on: "note", scans: 2_000) },
        .silent("never read: index.unused says so") { $0.addIndex("orders_note", on: "note", scans: 0) },
        .silent("updates were HOT and left the index alone") {
            $0.addIndex("orders_note", on: "note", scans: 3)
            $0.addTable("orders") {
                $0.counters.inserted = 1000
                $0.counters.updated = 5_000_000
                $0.counters.hotUpdated = 4_999_000
            }
        },
        .inconclusive("statistics of a week") {
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-7 * 86_400)
            $0.addIndex("orders_note", on: "note", scans: 3)
        },
    ]
}
