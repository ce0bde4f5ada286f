import Model
import Statements

/// Maintenance under a strong lock, on tables that others use.
struct DisruptiveMaintenance: Rule {
    static let metadata = RuleMetadata(
        id: "workload.disruptive-maintenance",
        title: "Maintenance that keeps others from their tables",
        area: .workload,
        needs: [.statements, .statementTexts, .relations], uses: [.indexes],
        looksAt:
            "VACUUM FULL, CLUSTER, REINDEX, CREATE INDEX, REFRESH MATERIALIZED VIEW, ALTER TABLE and LOCK TABLE in "
            + "pg_stat_statements within the window, with their time, and the other statements on the same tables",
        why:
            "Each of them holds its lock until its end: SHARE keeps writers out, ACCESS EXCLUSIVE readers too. While it waits "
            + "for that lock itself, everybody who comes later queues behind it. All of them have a form that lets others "
            + "work.",
        limits:
            "pg_stat_statements does not tell the hour: at night, with nobody there, none of it matters. How many others "
            + "came meanwhile is worked out from their calls over the whole window: their waiting is counted nowhere, as a "
            + "table's lock is waited for before execution begins (measured on 15.18). A new table's first indexes look the "
            + "same. pg_stat_statements.track_utility must be on.",
        thresholds: [mean, arrivals, crowd],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html",
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
            "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",
        ],
        explains: [.keepsLocksLonger])

    private static let mean = Threshold(
        "mean time of the command", 1000, "ms",
        source: "deadlock_timeout's default: log_lock_waits reports waits from there")
    private static let arrivals = Threshold(
        "calls of others that are to be expected during a run", 1, "calls",
        source: "our choice: below, it mostly runs when nobody comes")
    private static let crowd = Threshold(
        "calls of others during a run that make it a warning", 100, "calls",
        source: "max_connections' default: as many would fill the server")

    func evaluate(_ observation: Observation) -> Outcome {
        let commands = observation.workload.statements.compactMap { load -> (StatementLoad, DisruptiveCommand)? in
            guard load.counters.calls > 0, load.counters.meanTime >= Self.mean.value,
                let command = load.parsed.flatMap({ DisruptiveCommand($0.root) })
            else { return nil }
            return (load, command)
        }
        guard !commands.isEmpty else { return .findings([]) }
        guard let seconds = observation.knownSeconds else {
            return .inconclusive("it is not known since when calls are counted")
        }
        let users = observation.workload.statements.filter { $0.isQuery && $0.text != nil && $0.counters.calls > 0 }
        return .findings(
            commands.compactMap { load, command in
                let tables = tables(of: load, in: observation.snapshot)
                let others = users.filter { other in
                    other.database == load.database && isHindered(other, by: command)
                        && !other.relations(in: observation.snapshot).isDisjoint(with: tables)
                }
                let perSecond = others.reduce(0) { $0 + Double($1.counters.calls) } / seconds
                let expected = perSecond * load.counters.meanTime / 1000
                guard expected >= Self.arrivals.value else { return nil }
                return finding(load, command, Hindered(tables: tables, others: others, expected: expected), observation)
            })
    }

    private struct Hindered {
        var tables: Set<QualifiedName>
        /// Greatest first.
        var others: [StatementLoad]
        /// Calls of theirs during a run.
        var expected: Double
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

    private func finding(
        _ load: StatementLoad, _ command: DisruptiveCommand, _ hindered: Hindered, _ observation: Observation
    ) -> Finding {
        let counters = load.counters
        let tables = hindered.tables
        let mean = Quantity.milliseconds(counters.meanTime)
        let name = tables.count == 1 ? tables.first!.description : "\(Quantity.count(tables.count)) tables"
        let blocked = command.admitsReaders ? "writers" : "readers and writers"
        let expected = Quantity.about(hindered.expected)
        return Finding(
            Self.metadata, severity: hindered.expected >= Self.crowd.value ? .warning : .notice, tier: .fix,
            title: "\(command.name) locks \(name) for \(mean), and others use it",
            objects: [load.object] + tables.sorted().prefix(3).map { .relation($0, in: load.database) },
            impact: .share(load.share), confidence: observation.earlier == nil ? .low : .medium,
            summary:
                "\(command.name) ran \(Quantity.plural(Int(counters.calls), "time")), for \(mean) on average, under a "
                + "lock (\(command.mode)) that keeps \(blocked) of \(name) waiting: about \(expected) of their calls come in "
                + "that time, if they come evenly.",
            evidence: [
                Evidence("calls", "runs", .count(counters.calls)),
                Evidence("meanTime", "mean time of a run", .milliseconds(counters.meanTime)),
                Evidence("lock", "lock", .text(command.mode)),
                Evidence("expectedCalls", "calls of others expected during a run", .number(hindered.expected)),
                Evidence(
                    "statements", "statements that use the tables",
                    .list(hindered.others.prefix(3).map { $0.text ?? $0.key.name })),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "it runs when nobody else is there, or on a table that was just made",
            actions: actions(load, command, observation.snapshot), explains: [load.link])
    }

    /// The names that the harmless form takes, as it stands in the text: of tables and views, or of indexes.
    private func targets(of load: StatementLoad, _ form: String, in snapshot: Snapshot) -> [QualifiedName] {
        guard let catalog = snapshot.catalogs.first(where: { $0.database == load.database }) else { return [] }
        let named = load.relations(in: snapshot).sorted()
        if form.hasPrefix("REFRESH") {
            return named.filter { view in
                catalog.indexes.contains {
                    $0.relation == view && $0.isUnique && $0.predicate == nil
                        && $0.columns.allSatisfy { $0.name != nil }
                }
            }
        }
        guard form.hasPrefix("REINDEX INDEX") else { return named }
        let names = load.parsed?.root.all("RangeVar").compactMap { $0.string("relname") } ?? []
        let found = catalog.indexes.map(\.name).filter { names.contains($0.name) }
        return found.count == 1 ? found : []
    }

    private func actions(_ load: StatementLoad, _ command: DisruptiveCommand, _ snapshot: Snapshot) -> [Action] {
        let sql =
            command.form.map { form in
                targets(of: load, form, in: snapshot).map { "\(form) \($0.quoted);" }
            } ?? []
        let role = load.roles.sorted()[0]
        let scope = "ALTER ROLE \(SQL.identifier(role)) IN DATABASE \(SQL.identifier(load.database))"
        return [
            Action(
                .containment, "let it give up rather than queue others behind it",
                steps: [
                    "Begin the job with `SET lock_timeout = '2s';` and try again later when it fails: a command that waits for "
                        + "its lock holds up all who come after it.",
                    "Where the job has a role of its own: `\(scope) SET lock_timeout = '2s';`, in new sessions; taken back by "
                        + "`\(scope) RESET lock_timeout;`.",
                    "Move it to the hours in which its tables are idle.",
                ],
                lock: LockNote.none, gain: Gain("others wait two seconds at most before it starts", .ruleOfThumb)),
            Action(
                .fix, "use the form that lets others work", sql: sql, steps: command.harmless,
                lock: sql.isEmpty ? nil : command.lock,
                gain: Gain("nobody waits for it", .ruleOfThumb), verify: "the statement's next diagnosis"),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("VACUUM FULL of a table that is read", on: "m1") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM orders WHERE id = $1")
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
        .fires("a view is refreshed while it is read", on: "m1") {
            $0.addMaintenance("REFRESH MATERIALIZED VIEW orders", user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("a foreign key, while others only read") {
            $0.addMaintenance(
                "ALTER TABLE orders ADD FOREIGN KEY (c) REFERENCES customers",
                user: "SELECT * FROM orders WHERE id = $1")
        },
        .silent("a column without a default") {
            $0.addMaintenance("ALTER TABLE orders ADD COLUMN c int", user: "SELECT * FROM orders WHERE id = $1")
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
        .silent("others come once an hour") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM orders WHERE id = $1", calls: 840)
        },
        .silent("nobody else uses the table") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM customers WHERE id = $1")
        },
        .inconclusive("it is not known since when calls are counted") {
            $0.addMaintenance("VACUUM FULL orders", user: "SELECT * FROM orders WHERE id = $1")
            $0.statementStatistics!.reset = nil
        },
        .silent("a weaker lock by hand") {
            $0.addMaintenance("LOCK TABLE orders IN SHARE MODE", user: "SELECT * FROM orders WHERE id = $1")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addMaintenance(
        _ command: String, user: String, mean: Double = 40_000, calls: Int64 = 10_000_000
    ) {
        addTable("orders")
        addTable("customers")
        addIndex("orders_idx", on: "id")
        addStatement("m1", command, role: "admin", calls: 3, time: 3 * mean)
        addStatement("f1", user, calls: calls, time: 50_000)
    }
}
