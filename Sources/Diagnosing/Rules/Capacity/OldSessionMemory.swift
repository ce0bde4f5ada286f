import Foundation
import Model

/// Many old sessions on a large catalog: each remembers all that it ever touched.
struct OldSessionMemory: Rule {
    private static let age = Threshold(
        "age of a session", 86_400, "s", source: "our choice: a day brings it to all that its application does")
    private static let sessions = Threshold("old sessions", 20, "sessions", source: "our choice: fewer are no pool")
    private static let each = Threshold(
        "memory of a table with one index in a session", 12_000, "bytes",
        source:
            "measured on 15.20: 2,000 tables of five columns with a primary key, each read once, made a session 24 MB larger"
    )
    private static let bytes = Threshold(
        "memory that they could keep in all", 4_294_967_296, "bytes",
        source: "our choice: on a machine of 16 GB a quarter")

    static let metadata = RuleMetadata(
        id: "capacity.old-session-memory",
        title: "Old sessions on a large catalog: a hint at memory",
        area: .capacity,
        needs: [.backends, .relations], uses: [.backendDetails],
        looksAt:
            "sessions older than a day (pg_stat_activity) by database, and how many tables, partitions and indexes the database has",
        why:
            "A session keeps in its own memory what it learned of every table, index and partition it ever used, and its prepared "
            + "statements with their plans, until it ends. With tens of thousands of partitions and a pool that never closes a connection "
            + "that is gigabytes, which no setting bounds.",
        limits:
            "A hint, not a measurement: the memory of other sessions cannot be seen through SQL. It is the most that they could keep of "
            + "the catalog, if each touched all of it; prepared statements and temporary tables come on top.",
        thresholds: [age, sessions, each, bytes],
        references: [
            "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL",
            "https://www.postgresql.org/docs/current/view-pg-backend-memory-contexts.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let known = Set(observation.snapshot.catalogs.map(\.database))
        let all = Dictionary(grouping: old(observation)) { $0.database ?? "" }.filter {
            Double($0.value.count) >= Self.sessions.value
        }
        let findings = observation.snapshot.catalogs.compactMap { catalog -> Finding? in
            guard let sessions = all[catalog.database] else { return nil }
            let tables = catalog.relations.count {
                [.table, .partitioned, .materializedView].contains($0.kind) && !$0.isSystem && $0.persistence != "t"
            }
            let bytes = Double(sessions.count) * Double(tables) * Self.each.value
            let limit =
                observation.snapshot.server.memory.map { min(Self.bytes.value, Double($0) / 4) } ?? Self.bytes.value
            guard bytes >= limit else { return nil }
            return finding(sessions, tables, Int64(bytes), catalog, observation)
        }
        let unseen = all.keys.filter { !known.contains($0) }.sorted()
        guard findings.isEmpty, let first = unseen.first else { return .findings(findings) }
        return .inconclusive(
            "\(Quantity.plural(all[first]!.count, "session")) in \(first) are older than a day, and the catalog of that database was not read"
        )
    }

    private func old(_ observation: Observation) -> [Backend] {
        observation.clients.filter {
            observation.age(of: $0.backendStart).map { $0 >= Self.age.value } ?? false
        }
    }

    private func finding(
        _ sessions: [Backend], _ tables: Int, _ bytes: Int64, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding {
        let oldest = sessions.min {
            ($0.backendStart ?? .distantFuture, $0.pid) < ($1.backendStart ?? .distantFuture, $1.pid)
        }
        let age = observation.age(of: oldest?.backendStart) ?? 0
        let temporary = catalog.relations.count { $0.persistence == "t" && $0.kind == .table }
        let applications = Dictionary(grouping: sessions, by: \.application).map { "\($0.key): \($0.value.count)" }
            .sorted()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "a hint: \(Quantity.plural(sessions.count, "old session")) on \(Quantity.count(tables)) tables may keep "
                + Quantity.bytes(bytes),
            objects: [ObjectReference(.database, catalog.database)], impact: .bytes(bytes, "at most"), confidence: .low,
            summary:
                "\(Quantity.plural(sessions.count, "session")) in \(catalog.database) are older than a day, the oldest "
                + "\(Quantity.seconds(age)). If each has touched all of \(Quantity.count(tables)) tables and their indexes, they keep "
                + "\(Quantity.bytes(bytes)); their memory itself cannot be seen through SQL.",
            evidence: [
                Evidence("sessions", "sessions older than a day", .count(Int64(sessions.count))),
                Evidence("oldest", "the oldest", .seconds(age)),
                Evidence("tables", "tables and partitions", .count(Int64(tables))),
                Evidence("temporaryTables", "temporary tables now", .count(Int64(temporary))),
                Evidence("memory", "memory, at most", .bytes(bytes)),
                Evidence("applications", "applications", .list(Array(applications.prefix(3)))),
            ], notIf: "each session uses a few tables only",
            actions: [
                Action(
                    .containment, "let the pool renew its connections",
                    steps: [
                        "HikariCP maxLifetime = 1800000 ms; PgBouncer server_lifetime = 3600 s (its default); the pool closes each in a quiet "
                            + "moment, and nothing is interrupted."
                    ],
                    lock: LockNote.none, gain: Gain("the memory goes back with each session's end", .ruleOfThumb),
                    verify: "the oldest backend_start in pg_stat_activity", undo: "the former lifetime"),
                Action(
                    .fix, "have the oldest session tell its memory",
                    sql: oldest.map { ["SELECT pg_catalog.pg_log_backend_memory_contexts(\($0.pid));"] } ?? [],
                    steps: [
                        "As a superuser, or a role with EXECUTE on it. The server's log then has some hundred lines, \"level: 1; CacheMemoryContext\" and "
                            + "\"Grand total\" among them: compare a young session."
                    ],
                    lock: LockNote.none, gain: Gain("a measurement in place of the hint", .byDefinition),
                    verify: "\"Grand total\" in the server's log",
                    caution: "writes some hundred lines to the server's log"),
                Action(
                    .cure, "fewer sessions, or fewer tables",
                    steps: [
                        "A pooler in transaction mode serves hundreds of clients with some dozen sessions.",
                        "Larger partitions: months in place of days; old ones detached.",
                    ], gain: Gain("sessions × tables falls by as much", .estimated)),
            ], explains: [.cluster])
    }

    static let examples: [RuleExample] = [
        .fires("a pool of 100 on 9,000 partitions", on: "shop") { $0.addOldSessions(100, tables: 9000) },
        .silent("a small catalog") { $0.addOldSessions(100, tables: 300) },
        .silent("the pool renews them") { $0.addOldSessions(100, tables: 9000, days: 0.5) },
        .silent("a handful of sessions") { $0.addOldSessions(5, tables: 9000) },
        .inconclusive("the catalog was not read") {
            $0.addOldSessions(100, tables: 1)
            $0.catalogs[0].database = "other"
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addOldSessions(_ count: Int, tables: Int, days: Double = 9) {
        let start = takenAt.addingTimeInterval(-days * 86_400)
        for pid in 0..<count { addSession(7000 + pid, "web", state: "idle", for: 5) { $0.backendStart = start } }
        catalogs[0].relations += (0..<tables).map { number in
            Relation.make { $0.name = QualifiedName("public", "events_\(number)") }
        }
    }
}
