import Model
import Statements

/// Maintenance under a strong lock, on tables that others use.
struct DisruptiveMaintenance: Rule {
    static let metadata = RuleMetadata(
        id: "workload.disruptive-maintenance",
        title: "Maintenance that keeps others from their tables",
        area: .workload,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "VACUUM FULL, CLUSTER, REINDEX, CREATE INDEX, REFRESH MATERIALIZED VIEW, ALTER TABLE and LOCK TABLE in "
            + "pg_stat_statements within the window, with their time, and the other statements on the same tables",
        why:
            "Each of them holds its lock until its end: SHARE keeps writers out, ACCESS EXCLUSIVE readers too. While it waits "
            + "for that lock itself, everybody who comes later queues behind it. All of them have a form that lets others "
            + "work.",
        limits: "pg_stat_statements does not tell the hour: at night, with nobody there, none of it matters. Whether "
            + "others waited is concluded from their longest runs; waiters that gave up are not counted. A new table's first "
            + "indexes look the same. pg_stat_statements.track_utility must be on.",
        thresholds: [mean, longest, spread],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html",
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
            "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",
        ],
        explains: ["workload.erratic-statement"])

    private static let mean = Threshold(
        "mean time of the command", 1000, "ms",
        source: "deadlock_timeout's default: log_lock_waits reports waits from there")
    private static let longest = Threshold(
        "longest run of another statement, against the command's", 0.5, "share",
        source: "our choice: who comes while it runs waits for half of it on average")
    private static let spread = Threshold(
        "longest run of that statement, against its own mean", 10, "times",
        source: "our choice: a statement that is always slow did not wait")

    func evaluate(_ observation: Observation) -> Outcome {
        let commands = observation.workload.statements.compactMap { load -> (StatementLoad, DisruptiveCommand)? in
            guard load.counters.calls > 0, load.counters.meanTime >= Self.mean.value,
                let command = load.parsed.flatMap({ DisruptiveCommand($0.root) })
            else { return nil }
            return (load, command)
        }
        guard !commands.isEmpty else { return .findings([]) }
        let users = observation.workload.statements.filter { $0.isQuery && $0.text != nil && $0.counters.calls > 0 }
        return .findings(
            commands.compactMap { load, command in
                let tables = tables(of: load, in: observation.snapshot)
                let others = users.filter { other in
                    other.database == load.database && isHindered(other, by: command)
                        && !other.relations(in: observation.snapshot).isDisjoint(with: tables)
                }
                return others.isEmpty ? nil : finding(load, command, tables, others, observation)
            })
    }

    /// The tables that it locks: those it names, those of the indexes it names, all of the database where it names none.
    private func tables(of load: StatementLoad, in snapshot: Snapshot) -> Set<QualifiedName> {
        guard let catalog = snapshot.catalogs.first(where: { $0.database == load.database }), let parsed = load.parsed
        else { return [] }
        let named = load.relations(in: snapshot)
        if !named.isEmpty { return named }
        let names = parsed.root.all("RangeVar").compactMap { $0.string("relname") }
        if names.isEmpty { return Set(catalog.relations.map(\.name)) }
        return Set(catalog.indexes.filter { names.contains($0.name.name) }.map(\.relation))
    }

    private func isHindered(_ other: StatementLoad, by command: DisruptiveCommand) -> Bool {
        !command.admitsReaders || other.parsed.map { $0.writes } ?? false
    }

    /// The statement that ran as long as the command once, and mostly much shorter.
    private func waiter(_ load: StatementLoad, _ others: [StatementLoad]) -> StatementLoad? {
        others.filter { other in
            let longest = other.representative.maximumTime
            return longest >= load.counters.meanTime * Self.longest.value
                && longest >= other.representative.meanTime * Self.spread.value
        }
        .max { $0.representative.maximumTime < $1.representative.maximumTime }
    }

    private func finding(
        _ load: StatementLoad, _ command: DisruptiveCommand, _ tables: Set<QualifiedName>, _ others: [StatementLoad],
        _ observation: Observation
    ) -> Finding {
        let waiter = waiter(load, others)
        let counters = load.counters
        let mean = Quantity.milliseconds(counters.meanTime)
        let name = tables.count == 1 ? tables.first!.description : "\(Quantity.count(tables.count)) tables"
        let blocked = command.admitsReaders ? "writers" : "readers and writers"
        var evidence = [
            Evidence("calls", "runs", .count(counters.calls)),
            Evidence("meanTime", "mean time of a run", .milliseconds(counters.meanTime)),
            Evidence("lock", "lock", .text(command.mode)),
            Evidence("statements", "statements that use the tables", .list(others.prefix(3).map { $0.label(80) })),
        ]
        if let waiter {
            evidence.append(
                Evidence(
                    "longestRun", "longest run of one of them", .milliseconds(waiter.representative.maximumTime)))
        }
        evidence.append(Evidence("statement", "statement", .text(load.text ?? load.key.name)))
        return Finding(
            Self.metadata, severity: waiter == nil ? .notice : .warning, tier: .fix,
            title: "\(command.name) locks \(name) for \(mean), and others use it",
            objects: [load.object]
                + tables.sorted().prefix(3).map { .relation($0, in: load.database) },
            impact: .share(load.share), confidence: waiter == nil ? .low : .medium,
            summary:
                "\(command.name) ran \(Quantity.plural(Int(counters.calls), "time")), for \(mean) on average, under a "
                + "lock (\(command.mode)) that keeps \(blocked) of \(name) waiting."
                + (waiter.map {
                    " \($0.label(40)) took up to \(Quantity.milliseconds($0.representative.maximumTime)), "
                        + "\(Quantity.milliseconds($0.representative.meanTime)) on average."
                } ?? ""),
            evidence: evidence, notIf: "it runs when nobody else is there, or on a table that was just made",
            actions: actions(load, command),
            explains: Set(others.filter { $0.key == waiter?.key }.map(\.link)).union([load.link]))
    }

    private func actions(_ load: StatementLoad, _ command: DisruptiveCommand) -> [Action] {
        let role = load.roles.sorted()[0]
        let scope = "ALTER ROLE \(SQL.identifier(role)) IN DATABASE \(SQL.identifier(load.database))"
        return [
            Action(
                .containment, "let it give up rather than queue others behind it",
                steps: [
                    "Begin the job with `SET lock_timeout = '2s';` and try again later when it fails: a command that waits for "
                        + "its lock holds up all who come after it.",
                    "Move the job to the hours in which its tables are idle; `\(scope)` sets lock_timeout for a role of its own.",
                ],
                lock: LockNote.none, gain: Gain("others wait two seconds at most before it starts", .ruleOfThumb)),
            Action(
                .fix, "use the form that lets others work", sql: command.sql, steps: command.harmless,
                lock: command.sql.isEmpty
                    ? nil : LockNote("SHARE UPDATE EXCLUSIVE", "reads go on, and writes of tables"),
                gain: Gain("nobody waits for it", .ruleOfThumb), verify: "the statement's next diagnosis"),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("VACUUM FULL of a table that is read", on: "m1") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM orders WHERE id = $1")
        },
        .fires("somebody waited for it", on: "m1") {
            $0.addMaintenance("VACUUM (FULL, ANALYZE) orders", user: "SELECT * FROM orders WHERE id = $1")
            $0.statementStatistics!.statements[1].maximumTime = 30_000
        },
        .fires("CREATE INDEX, and the table is written", on: "m1") {
            $0.addMaintenance("CREATE INDEX ON orders (id)", user: "UPDATE orders SET id = $1")
        },
        .fires("REINDEX of one of its indexes", on: "m1") {
            $0.addMaintenance("REINDEX INDEX orders_idx", user: "SELECT * FROM orders WHERE id = $1")
        },
        .fires("a type is changed", on: "m1") {
            $0.addMaintenance("ALTER TABLE orders ALTER id TYPE text", user: "SELECT * FROM orders WHERE id = $1")
        },
        .fires("LOCK TABLE that waits long itself", on: "m1") {
            $0.addMaintenance("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("CREATE INDEX while others only read") {
            $0.addMaintenance("CREATE INDEX ON orders (id)", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("CREATE INDEX CONCURRENTLY") {
            $0.addMaintenance("CREATE INDEX CONCURRENTLY ON orders (id)", user: "UPDATE orders SET id = $1")
        },
        .silent("REINDEX CONCURRENTLY") {
            $0.addMaintenance("REINDEX TABLE CONCURRENTLY orders", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("plain VACUUM") {
            $0.addMaintenance("VACUUM (ANALYZE, FULL false) orders", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("a constraint is validated") {
            $0.addMaintenance("ALTER TABLE orders VALIDATE CONSTRAINT c", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("a constraint that is added without a look at the rows") {
            $0.addMaintenance(
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
                user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("an instant") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM orders WHERE id = $1", mean: 40)
        },
        .silent("nobody else uses the table") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM customers WHERE id = $1")
        },
        .silent("a weaker lock by hand") {
            $0.addMaintenance("LOCK TABLE orders IN SHARE MODE", user: "SELECT * FROM orders WHERE id = $1")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addMaintenance(_ command: String, user: String, mean: Double = 40_000) {
        addTable("orders")
        addTable("customers")
        addIndex("orders_idx", on: "id")
        addStatement("m1", command, role: "admin", calls: 3, time: 3 * mean)
        addStatement("f1", user, calls: 100_000, time: 50_000)
    }
}
