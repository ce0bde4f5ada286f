import Model
import Statements

/// One statement that writes very many rows at once, again and again.
struct MassWrite: StatementRule {
    private static let rows = Threshold(
        "rows a call", 100_000, "rows",
        source:
            "measured on 15.18: UPDATE of 100,000 rows of 120 bytes, one index, wrote 49 MB of WAL and took 0.5 s from cache"
    )
    private static let time = Threshold(
        "mean time of a call", 1000, "ms",
        source: "deadlock_timeout's default: log_lock_waits reports waits from there")
    private static let calls = Threshold(
        "calls since it is counted", 2, "calls", source: "our choice: what ran once is a migration")

    static let metadata = RuleMetadata(
        id: "workload.mass-write",
        title: "Statement that writes very many rows at once",
        area: .workload,
        needs: [.statements, .statementTexts, .relations, .settings],
        looksAt:
            "rows and WAL a call of UPDATE, DELETE and INSERT … SELECT in pg_stat_statements within the window, against the "
            + "table's size and max_wal_size",
        why:
            "Every row that it updates or deletes stays locked until its transaction ends, and so do those who want one of them. "
            + "The WAL comes in one burst that checkpoints, replicas and the archive have to carry, the old versions are all dead "
            + "at once, and a failure at the end throws everything away. Batches hold each row for an instant and let VACUUM "
            + "keep up; a partition that is dropped writes next to nothing.",
        limits:
            "UPDATE and DELETE without WHERE are judged by shape.unconditional-update-or-delete. INSERT … SELECT locks nobody out: it counts "
            + "only where the WAL of one call exceeds max_wal_size, so that it brings on checkpoints by itself. Temporary and "
            + "foreign tables, and what ran once, are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, time, calls],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html",
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
            "https://www.postgresql.org/docs/current/wal-configuration.html",
        ],
        explains: [.costsTime, .makesDeadTuples, Edge(.writesWAL, "configuration.checkpoints-requested")])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let load = analysis.load
        guard load.counters.rowsPerCall >= Self.rows.value, load.counters.meanTime >= Self.time.value,
            Double(load.representative.counters.calls) >= Self.calls.value, let top = analysis.shape.top,
            let relation = top.relations.first?.target.flatMap(analysis.names.relation),
            [.table, .partitioned].contains(relation.kind), relation.persistence != "t"
        else { return nil }
        let write = Write(top, relation, load, observation)
        switch top.kind {
        case .update, .delete: guard !top.writesAllRows else { return nil }
        case .insert:
            guard top.valueRows == 0, let limit = write.walLimit, write.walPerCall >= limit else { return nil }
        default: return nil
        }
        return finding(write, analysis)
    }

    private struct Write {
        var top: QueryLevel
        var relation: Relation
        var rows: Double
        var walPerCall: Int64
        /// max_wal_size
        var walLimit: Int64?

        init(_ top: QueryLevel, _ relation: Relation, _ load: StatementLoad, _ observation: Observation) {
            self.top = top
            self.relation = relation
            rows = load.counters.rowsPerCall
            walPerCall = load.counters.walBytes / max(load.counters.calls, 1)
            walLimit = observation.setting("max_wal_size")?.bytes
        }

        var verb: String {
            switch top.kind {
            case .update: "updates"
            case .delete: "deletes"
            default: "inserts"
            }
        }
        /// Of the table's rows as they stand now, 0…1.
        var share: Double { min(1, rows / max(relation.rows, 1)) }
        var leavesDeadRows: Bool { top.kind != .insert }
    }

    private func finding(_ write: Write, _ analysis: StatementAnalysis) -> Finding {
        let counters = analysis.load.counters
        let rows = Quantity.about(write.rows)
        let bursts = write.walLimit.map { write.walPerCall >= $0 } ?? false
        let locks =
            write.leavesDeadRows
            ? " The rows stay locked for \(Quantity.milliseconds(counters.meanTime)) at least, and as many dead ones are left to VACUUM."
            : ""
        let checkpoints = bursts ? " That is more than max_wal_size: a call brings on checkpoints by itself." : ""
        return analysis.finding(
            Self.metadata, severity: bursts ? .warning : .notice, confidence: .medium,
            title: "A statement \(write.verb) \(rows) rows of \(write.relation.name) at once",
            about: [write.relation.name],
            summary:
                "A statement with \(analysis.cost) \(write.verb) \(rows) rows of \(write.relation.name) a call, with "
                + "\(Quantity.bytes(write.walPerCall)) of WAL.\(locks)\(checkpoints)",
            evidence: [
                Evidence("walPerCall", "WAL a call", .bytes(write.walPerCall)),
                Evidence("tableRows", "rows of the table", .number(write.relation.rows)),
                Evidence("deadRows", "dead rows of the table now", .count(write.relation.deadTuples)),
            ] + (write.walLimit.map { [Evidence("maxWALSize", "max_wal_size", .bytes($0))] } ?? []),
            notIf: "it runs when nobody else is there, and all or nothing is what is wanted",
            actions: [
                Action(
                    .containment, "see who waits for it while it runs",
                    sql: [
                        """
                        SELECT pid, usename, application_name, wait_event, pg_catalog.pg_blocking_pids(pid) AS blocked_by
                        FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY query_start;
                        """
                    ], lock: LockNote.none, gain: Gain("tells whether its locks hurt anybody", .ruleOfThumb)),
                Action.rewrite(
                    "write in batches", steps: steps(write, analysis),
                    gain: Gain(
                        "locks of seconds, WAL that comes evenly, dead rows that VACUUM keeps up with", .ruleOfThumb),
                    verify: "rows and WAL a call in the next diagnosis"),
            ],
            explains: Set(
                write.leavesDeadRows
                    ? [.wal, .deadTuples(write.relation.name, database: analysis.load.database)] : [.wal]))
    }

    // MARK: Steps

    private func steps(_ write: Write, _ analysis: StatementAnalysis) -> [String] {
        var steps: [String] = []
        if write.top.kind == .delete { steps += withoutDelete(write, analysis) }
        if let key = Self.rangeKey(of: analysis), let text = analysis.parsed.writingRange(of: key) {
            steps += [
                "Some 10,000 keys at a time, each call in a transaction of its own, until the highest key is passed "
                    + "(check: it is then no longer all or nothing, and rows that others change meanwhile are seen as they are by then):",
                text,
            ]
        } else {
            steps.append(
                "Go through the table by ranges of its key, some 10,000 rows at a time, each in a transaction of its own; "
                    + "remember the last key that was done.")
        }
        if write.top.kind == .update {
            steps.append("Leave out rows that have the value already: `AND \(unchanged(write.top))`.")
        }
        return steps
    }

    private func unchanged(_ top: QueryLevel) -> String {
        let columns = top.setColumns.map { "\(SQL.identifier($0)) IS DISTINCT FROM …" }
        return columns.count == 1 ? columns[0] : "(\(columns.joined(separator: " OR ")))"
    }

    /// The primary key's only column, where ranges of it leave the result as it is.
    static func rangeKey(of analysis: StatementAnalysis) -> String? {
        guard let top = analysis.shape.top, top.kind == .update || top.kind == .delete, top.relations.count == 1,
            let relation = top.relations[0].target, let key = analysis.names.primaryKey(of: relation), key.count == 1,
            !top.setColumns.contains(key[0]), top.sublinks.isEmpty, top.ctes.isEmpty
        else { return nil }
        return key[0]
    }

    /// What takes rows away without deleting them.
    private func withoutDelete(_ write: Write, _ analysis: StatementAnalysis) -> [String] {
        let name = write.relation.name
        let byTime = write.top.predicates.first {
            $0.operation == .range && !$0.isUnderOr && analysis.column(of: $0.column)?.typeCategory == "D"
        }.map { SQL.identifier(analysis.name(of: $0.column)) }
        if write.relation.kind == .partitioned {
            return [
                "\(name) is partitioned: where whole partitions go, ALTER TABLE \(name.quoted) DETACH PARTITION … CONCURRENTLY, then DROP TABLE, "
                    + "leave nothing to vacuum and write hardly any WAL."
            ]
        }
        guard let byTime else { return [] }
        return [
            "Rows go by age: partition \(name) by \(byTime) (PARTITION BY RANGE), and drop whole partitions. That leaves nothing to vacuum "
                + "and writes hardly any WAL."
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a nightly purge of half a million rows", on: "f1") {
            $0.addMassWrite("DELETE FROM log WHERE at < $1", rows: 500_000)
        },
        .fires("prices are recomputed every hour", on: "f1") {
            $0.addMassWrite("UPDATE log SET n = n * $1 WHERE kind = $2", rows: 300_000)
        },
        .fires("a copy that is larger than max_wal_size", on: "f1") {
            $0.addMassWrite("INSERT INTO log SELECT * FROM staging", rows: 5_000_000, megabytes: 2000)
        },
        .silent("a copy that max_wal_size holds") {
            $0.addMassWrite("INSERT INTO log SELECT * FROM staging", rows: 500_000, megabytes: 60)
        },
        .silent("some thousand rows") { $0.addMassWrite("DELETE FROM log WHERE at < $1", rows: 20_000) },
        .silent("it ran once, for a migration") {
            $0.addMassWrite("UPDATE log SET n = n * $1 WHERE kind = $2", rows: 300_000, calls: 1)
        },
        .silent("rare maintenance, a hundredth of the time") {
            $0.addMassWrite("DELETE FROM log WHERE at < $1", rows: 500_000, time: 9000)
        },
        .silent("it takes half a second") {
            $0.addMassWrite("DELETE FROM log WHERE at < $1", rows: 120_000, calls: 100, time: 50_000)
        },
        .silent("without WHERE: another rule's") { $0.addMassWrite("DELETE FROM log", rows: 500_000) },
        .silent("a temporary table") {
            $0.addMassWrite("DELETE FROM log WHERE at < $1", rows: 500_000)
            $0.catalogs[0].relations[0].persistence = "t"
        },
        .silent("a SELECT of many rows") { $0.addMassWrite("SELECT * FROM log WHERE at < $1", rows: 500_000) },
        .silent("rows that the application sends") {
            $0.addMassWrite("INSERT INTO log (id) VALUES ($1), ($2)", rows: 500_000, megabytes: 2000)
        },
    ]
}

extension CatalogNames {
    /// Columns of the primary key, in order; nil where there is none.
    func primaryKey(of relation: QualifiedName) -> [String]? {
        guard let index = indexes(of: relation).first(where: \.isPrimary) else { return nil }
        let columns = index.keys.compactMap(\.name)
        return columns.isEmpty || columns.count < index.keys.count ? nil : columns
    }
}

extension Snapshot {
    fileprivate mutating func addMassWrite(
        _ text: String, rows: Int64, calls: Int64 = 30, time: Double = 300_000, megabytes: Int64 = 200
    ) {
        addColumns("log", "id!", "at", "kind", "n")
        for place in catalogs[0].columns.indices where catalogs[0].columns[place].name == "at" {
            catalogs[0].columns[place].typeCategory = "D"
        }
        addKey("log", "id")
        addStatement("f1", text, calls: calls, time: time, rows: rows * calls) {
            $0.counters.walBytes = megabytes * calls << 20
        }
    }
}
