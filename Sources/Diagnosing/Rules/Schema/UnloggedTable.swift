import Model

/// A table that a crash empties.
struct UnloggedTable: Rule {
    static let metadata = RuleMetadata(
        id: "schema.unlogged-table",
        title: "Large unlogged table",
        area: .schema,
        needs: [.relations],
        looksAt: "pg_class.relpersistence and size; whether there are standbys",
        why:
            "An unlogged table writes no WAL: it is empty after a crash, empty on every standby and so after a failover, "
            + "and not in a base backup.",
        limits: "Many are unlogged on purpose (caches, staging): only large ones are named, as a notice.",
        thresholds: [size],
        references: ["https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED"])

    private static let size = Threshold(
        "size", 104_857_600, "bytes", source: "our choice: 100 MB of rows is seldom a scratch table")

    func evaluate(_ observation: Observation) -> Outcome {
        let standbys = observation.snapshot.standbys.count
        return .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.relations
                    .filter {
                        $0.kind == .table && $0.persistence == "u" && Double($0.sizeOrEstimate) >= Self.size.value
                    }
                    .map { finding($0, standbys: standbys, catalog.database) }
            })
    }

    private func finding(_ table: Relation, standbys: Int, _ database: String) -> Finding {
        let size = table.sizeOrEstimate
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(table.name) is unlogged: a crash\(standbys > 0 ? " or failover" : "") empties it",
            objects: [.relation(table.name, in: database)], impact: .bytes(size, "lost in a crash"),
            confidence: .medium,
            summary: "\(table.name) (\(Quantity.bytes(size)), \(Quantity.about(table.rows)) rows) is unlogged. After a "
                + "crash it is empty"
                + (standbys > 0 ? ", and \(Quantity.plural(standbys, "standby", "standbys")) hold none of it." : "."),
            evidence: [
                Evidence("tableSize", "size", .bytes(size)), Evidence("rows", "rows", .number(table.rows)),
                Evidence("standbys", "standbys", .count(Int64(standbys))),
            ],
            notIf: "it is a cache or staging table that can be filled again",
            actions: [
                Action(
                    .fix, "write it to the WAL", sql: ["ALTER TABLE \(table.name.quoted) SET LOGGED;"],
                    lock: LockNote("ACCESS EXCLUSIVE", "nobody reads or writes it while it is written anew"),
                    gain: Gain("survives crashes, and is on standbys and in backups", .ruleOfThumb),
                    verify: "SELECT relpersistence FROM pg_catalog.pg_class WHERE oid = "
                        + "\(SQL.literal(table.name.quoted))::regclass;",
                    undo: "ALTER TABLE \(table.name.quoted) SET UNLOGGED;",
                    caution: "writes \(Quantity.bytes(size)) and its indexes to the WAL at once; fails while it refers "
                        + "to another unlogged table")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("a million sessions", on: "public.sessions") { $0.addTable("sessions") { $0.persistence = "u" } },
        .silent("small") {
            $0.addTable("sessions") {
                $0.persistence = "u"
                $0.pages = 100
            }
        },
        .silent("logged") { $0.addTable("sessions") },
        .silent("temporary") { $0.addTable("sessions") { $0.persistence = "t" } },
    ]
}
