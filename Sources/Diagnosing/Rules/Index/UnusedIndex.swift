import Foundation
import IndexAdvising
import Model

/// An index that nothing has read for a month.
struct UnusedIndex: Rule {
    static let metadata = RuleMetadata(
        id: "index.unused",
        title: "Index that nothing reads",
        area: .index,
        needs: [.indexes, .relations, .constraints, .databases],
        looksAt: "pg_stat_all_indexes.idx_scan since the statistics' reset (never a short window), summed over "
            + "partitions; pg_index and pg_constraint for what the index does beside being read",
        why:
            "An index that is never read still costs every insert and every update that is not HOT, WAL, cache, vacuum "
            + "time and backup space.",
        limits: "Needs a month of statistics: month-end jobs read seldom. Never names what enforces a constraint, is a "
            + "replica identity, is unique (the planner learns from it) or serves a foreign key. Standbys count their own "
            + "scans: with standbys the finding says so and asks to look there first.",
        thresholds: [days, size, felt],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
            "https://wiki.postgresql.org/wiki/Index_Maintenance#Unused_Indexes",
        ])

    private static let days = Threshold(
        "days of statistics", RemovalLimits.unusedDays, "days",
        source: "pganalyze waits 35 days; 30 is one month end, the longest business cycle that is common")
    private static let size = Threshold(
        "size from which it is worth a word", RemovalLimits.unusedSize, "bytes",
        source: "check_pgactivity and pgx_scripts judge index waste from 10 MB")
    private static let felt = Threshold(
        "size from which it is a warning and not a notice", 1_073_741_824, "bytes",
        source: "our choice: below 1 GB an index in vain is tidying up, not trouble")

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var tooYoung: [String] = []
        var candidates = 0
        for survey in observation.indexSurveys {
            let (catalog, tree) = (survey.catalog, survey.tree)
            let unread = unread(survey)
            candidates += unread.count
            guard !unread.isEmpty else { continue }
            guard let age = observation.statisticsAge(of: catalog.database), age >= Self.days.value else {
                tooYoung.append(catalog.database)
                continue
            }
            findings += unread.map { finding($0, tree, catalog.database, age: age, observation) }
        }
        if candidates > 0, observation.snapshot.server.isInRecovery {
            return .inconclusive("this is a standby: what nobody reads here may be read on the primary")
        }
        guard !tooYoung.isEmpty else { return .findings(findings) }
        let reason =
            "statistics of \(tooYoung.joined(separator: ", ")) cover less than \(Int(Self.days.value)) days: too little "
            + "to call an index unused"
        return findings.isEmpty ? .inconclusive(reason) : .partial(findings, reason)
    }

    private func unread(_ survey: IndexSurvey) -> [Index] {
        let tree = survey.tree
        let candidates = tree.roots { index in
            tree.scans(index) == 0 && Double(tree.size(index)) >= Self.size.value && doesNothingElse(index)
        }
        guard !candidates.isEmpty else { return [] }
        let elsewhere = survey.needless.involved
        let foreignKeys = Dictionary(
            grouping: survey.catalog.constraints.filter { $0.kind == .foreignKey }, by: \.relation)
        return candidates.filter { index in
            !elsewhere.contains(index.name)
                && !(foreignKeys[index.relation] ?? []).contains { index.serves($0) }
        }
    }

    private func doesNothingElse(_ index: Index) -> Bool {
        index.isUsable && index.purpose == nil
    }

    private func finding(
        _ index: Index, _ tree: IndexTree, _ database: String, age: Double, _ observation: Observation
    ) -> Finding {
        let size = tree.size(index)
        let entries = tree.entriesWritten(index)
        let standbys = observation.snapshot.standbys.count
        let days = Int(age)
        return Finding(
            Self.metadata,
            severity: Double(size) >= Self.felt.value && entries > 0 && standbys == 0 ? .warning : .notice, tier: .fix,
            title: "\(index.name) on \(index.relation) was not read in \(days) days",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: .bytes(size, "to gain"), confidence: standbys > 0 ? .low : .medium,
            summary: "No statement has read \(index.name) \(index.keyList) in \(days) days; it takes "
                + "\(Quantity.bytes(size)), and \(Quantity.about(Double(entries))) entries were written into it."
                + (standbys > 0 ? " \(Quantity.plural(standbys, "standby", "standbys")) count their own scans." : ""),
            evidence: [
                Evidence("scans", "scans", .count(0)),
                Evidence("statisticsAge", "age of the statistics", .seconds(age * 86_400)),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("entriesWritten", "entries written into it", .count(entries)),
                Evidence("standbys", "standbys that count apart", .count(Int64(standbys))),
                Evidence("keys", "keys", .text(index.keyList)),
            ],
            notIf: "it is younger than its statistics, or made for a job that runs once a quarter or once a year",
            actions: actions(index, tree, standbys: standbys, size: size, entries: entries),
            explains: [.index(index.name, database: database)])
    }

    private func actions(_ index: Index, _ tree: IndexTree, standbys: Int, size: Int64, entries: Int64) -> [Action] {
        var actions: [Action] = []
        if standbys > 0 {
            let leaves = tree.leaves(index).prefix(20).map { SQL.literal($0.name.quoted) + "::regclass" }
            actions.append(
                Action(
                    .containment, "look for its scans on each standby",
                    sql: [
                        "SELECT sum(idx_scan) FROM pg_catalog.pg_stat_user_indexes WHERE indexrelid IN "
                            + "(\(leaves.joined(separator: ", ")));"
                    ],
                    lock: LockNote.none, gain: Gain("certainty: the index goes from all of them", .ruleOfThumb)))
        }
        actions.append(
            DropIndex(
                index: index,
                gain: Gain("\(Quantity.bytes(size)), and one index less to write", .measured)
            ).action(title: "drop \(index.name)", verify: "statements on \(index.relation) keep their mean time"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("40 days without a scan", on: "public.orders_note") {
            $0.addIndex("orders_note", on: "note", scans: 0)
        },
        .fires("no partition's part was read", on: "public.events_note") {
            $0.addPartitionedIndex(scans: [0, 0])
        },
        .silent("one partition's part was read") { $0.addPartitionedIndex(scans: [0, 7]) },
        .silent("small") { $0.addIndex("orders_note", on: "note", megabytes: 5, scans: 0) },
        .silent("read once") { $0.addIndex("orders_note", on: "note", scans: 1) },
        .silent("a primary key that nobody looks up") {
            $0.addIndex("orders_pkey", on: "id", scans: 0) {
                $0.isUnique = true
                $0.isPrimary = true
                $0.constraint = "orders_pkey"
            }
        },
        .silent("serves a foreign key: deletes of the parent would read the table") {
            $0.addIndex("orders_customer", on: "customer_id", scans: 0)
            $0.catalogs[0].constraints = [
                .make {
                    $0.name = "orders_customer_fkey"
                    $0.kind = .foreignKey
                    $0.relation = QualifiedName("public", "orders")
                    $0.columns = ["customer_id"]
                    $0.referencedRelation = QualifiedName("public", "customers")
                }
            ]
        },
        .silent("the copy of another index is that rule's case") {
            $0.addIndex("a", on: "note", scans: 0)
            $0.addIndex("b", on: "note", scans: 0)
        },
        .inconclusive("statistics were reset last week") {
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-7 * 86_400)
            $0.addIndex("orders_note", on: "note", scans: 0)
        },
        .inconclusive("on a standby") {
            $0.server.isInRecovery = true
            $0.addIndex("orders_note", on: "note", scans: 0)
        },
        .silent("statistics are young, but all indexes were read") {
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-7 * 86_400)
            $0.addIndex("orders_note", on: "note", scans: 3)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPartitionedIndex(scans: [Int64]) {
        addIndex("events_note", on: "note", table: "events", megabytes: 0, scans: 0) {
            $0.isPartitioned = true
            $0.definition = "CREATE INDEX events_note ON ONLY public.events USING btree (note)"
        }
        for (number, scans) in scans.enumerated() {
            addIndex("events_\(number)_note", on: "note", table: "events_\(number)", scans: scans) {
                $0.parent = QualifiedName("public", "events_note")
            }
        }
    }
}
