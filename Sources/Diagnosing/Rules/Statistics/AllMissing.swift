import Foundation
import Model

/// A database in which the planner knows nothing of any table: restored, or upgraded, and never analysed.
struct AllMissing: Rule {
    private static let size = Threshold(
        "bytes of the tables without statistics", 104_857_600, "bytes",
        source: "our choice: what is smaller is read from memory at once, whatever the plan")
    private static let share = Threshold(
        "share of the tables, by bytes", 0.5, "share",
        source:
            "our choice: single tables are told by statistics.never-analyzed; a restore or an upgrade leaves all of them so"
    )
    private static let naps = Threshold(
        "autovacuum_naptime passed since the server's start, times", 10, "times",
        source: "our choice: autovacuum looks at a database once in that time, and analyses what it has counted rows of"
    )

    static let metadata = RuleMetadata(
        id: "statistics.all-missing",
        title: "Database without statistics, as after pg_upgrade or a restore",
        area: .statistics,
        needs: [.relations],
        looksAt:
            "tables whose reltuples is -1 (neither vacuumed nor analysed since they were made) by the size of their files, "
            + "against all tables of the database",
        why:
            "pg_upgrade to 17 and before, and every restore of a dump, leave the planner without statistics. Autovacuum "
            + "analyses what was loaded through it within minutes, but after pg_upgrade it has counted no rows, so that it "
            + "comes to most tables never. Until then every plan is a guess, and the first hours after the upgrade are slow.",
        limits:
            "pg_upgrade to 18 keeps the statistics of columns, not those of CREATE STATISTICS. The sizes of the 200 largest tables "
            + "are read. That pg_stats shows no rows is no sign: a role without SELECT on the table sees none.",
        thresholds: [size, share, naps],
        references: [
            "https://www.postgresql.org/docs/current/pgupgrade.html",
            "https://www.postgresql.org/docs/current/app-vacuumdb.html",
        ],
        explains: [Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.compactMap { catalog in
                let tables = catalog.relations.filter {
                    ($0.kind == .table || $0.kind == .materializedView) && !$0.isSystem && $0.persistence != "t"
                }
                let blank = tables.filter {
                    $0.estimatedRows < 0 && $0.lastAnalyze == nil && $0.lastAutoanalyze == nil && $0.sizeOrEstimate > 0
                }
                let bytes = blank.reduce(0) { $0 + $1.sizeOrEstimate }
                let all = tables.reduce(0) { $0 + $1.sizeOrEstimate }
                guard blank.count > 1, Double(bytes) >= Self.size.value,
                    Double(bytes) >= Self.share.value * Double(all)
                else { return nil }
                return finding(blank, bytes, all, catalog.database, observation)
            })
    }

    private func finding(
        _ blank: [Relation], _ bytes: Int64, _ all: Int64, _ database: String, _ observation: Observation
    ) -> Finding {
        let nap = observation.setting("autovacuum_naptime")?.seconds ?? 60
        let since = observation.age(of: observation.snapshot.server.startedAt) ?? 0
        // A restore that has just ended is analysed by itself.
        let isLeft = since >= Self.naps.value * nap && blank.allSatisfy { $0.modifiedSinceAnalyze == 0 }
        let isOff = observation.setting("autovacuum")?.isOn == false
        let largest = blank.sorted { $0.sizeOrEstimate > $1.sizeOrEstimate }
        return Finding(
            Self.metadata, severity: isLeft || isOff ? .warning : .notice, tier: .containment,
            title: "no statistics of \(Quantity.plural(blank.count, "table")) of \(database), \(Quantity.bytes(bytes))",
            objects: [ObjectReference(.database, database)], impact: Impact(0, .none, "plans misguided"),
            confidence: .high,
            summary:
                "The planner knows nothing of \(Quantity.percent(Double(bytes) / Double(max(1, all)))) of \(database): "
                + "\(Quantity.plural(blank.count, "table")) with \(Quantity.bytes(bytes)) were neither vacuumed nor analysed since they "
                + "were made, as after pg_upgrade or a restore.",
            evidence: [
                Evidence("tables", "tables without statistics", .count(Int64(blank.count))),
                Evidence("tableSize", "their size", .bytes(bytes)),
                Evidence("share", "share of the database's tables", .share(Double(bytes) / Double(max(1, all)))),
                Evidence("largest", "the largest", .list(largest.prefix(5).map(\.name.description))),
                Evidence("started", "server started before", .seconds(since)),
            ],
            notIf: "a restore has just ended and autovacuum is on its way",
            actions: [
                Action(
                    .containment, "analyse the largest tables now",
                    sql: largest.prefix(3).map { "ANALYZE \($0.name.quoted);" }, lock: .analyze,
                    gain: Gain("the planner knows the tables that matter within minutes", .estimated),
                    verify:
                        "SELECT relname, last_analyze FROM pg_catalog.pg_stat_user_tables WHERE last_analyze IS NOT NULL;",
                    caution: "plans may change at once"),
                Action(
                    .fix, "analyse the whole database, roughly first",
                    steps: [
                        "vacuumdb --analyze-in-stages --dbname=\(Shell.argument(database)) (--jobs=4 where the disks can bear it): three rounds, with "
                            + "1, 10 and all common values, so that there are usable plans within minutes.",
                        "Not where good statistics exist: the first round replaces them by poor ones."
                            + (observation.snapshot.server.version >= .v18
                                ? " From 18 on: --missing-stats-only." : ""),
                    ],
                    lock: .analyze, gain: Gain("plans by what the tables hold", .estimated),
                    verify:
                        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE relkind = 'r' AND reltuples = -1;",
                    caution: "reads a sample of every table: the disks are busy meanwhile"),
                Action(
                    .cure, "make it part of every upgrade and restore",
                    steps: [
                        "In the plan of the upgrade: vacuumdb --analyze-in-stages before the application comes back, with its time "
                            + "measured in the rehearsal; to 18 and later --missing-stats-only suffices.",
                        "After every pg_restore: ANALYZE; pg_dump of 18 can carry statistics (--statistics).",
                    ],
                    gain: Gain("no slow hours after the next one", .ruleOfThumb)),
            ],
            explains: Set(blank.map { .statistics($0.name, database: database) }))
    }

    static let examples: [RuleExample] = [
        .fires("after pg_upgrade: no rows counted either", on: "shop") {
            $0.addBlank("orders", megabytes: 800)
            $0.addBlank("items", megabytes: 900)
            $0.addTable("rates", rows: 100)
        },
        .silent("one table is new") {
            $0.addBlank("orders", megabytes: 200)
            $0.addTable("items", rows: 50_000_000)
        },
        .silent("a small database") {
            $0.addBlank("orders", megabytes: 2)
            $0.addBlank("items", megabytes: 3)
        },
        .silent("analysed") {
            $0.addTable("orders", rows: 50_000_000)
            $0.addTable("items", rows: 50_000_000)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addBlank(_ name: String, megabytes: Int64) {
        addTable(name, rows: -1) {
            $0.liveTuples = 0
            $0.pages = 0
            $0.size = megabytes << 20
            $0.lastAutovacuum = nil
            $0.lastAutoanalyze = nil
        }
    }
}
