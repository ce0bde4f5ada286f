import Model
import Plans

/// Hashes go to disk though sorts do not: they get no more memory than a sort, and need more.
struct HashMemoryMultiplierOne: Rule {
    private static let most = Threshold(
        "hash_mem_multiplier that is too small for hashes", 1, "times",
        source:
            "PostgreSQL 15's release notes: the default went from 1.0 to 2.0, as hashes lose more by spilling than sorts do"
    )
    private static let advised = Threshold(
        "hash_mem_multiplier that is advised", 2, "times", source: "default since PostgreSQL 15")
    private static let share = Threshold(
        "share of time", 0.01, "share", source: "our choice: below a hundredth of the time nobody feels the files")
    private static let written = Threshold(
        "temporary files in the window", 104_857_600, "bytes",
        source: "our choice: less stays in the operating system's cache and costs next to nothing")

    static let metadata = RuleMetadata(
        id: "configuration.hash-memory-multiplier-one",
        title: "Hashes get no more memory than sorts, and spill",
        area: .configuration,
        needs: [.statements, .settings, .plans],
        looksAt:
            "hash_mem_multiplier of the server and of roles; statements that write temporary files and whose plan hashes and does not "
            + "sort",
        why:
            "A hash join or a hashed GROUP BY works in work_mem × hash_mem_multiplier. At 1, the default of 14 and of settings "
            + "that were carried on from there, it spills at the size at which a sort spills, and loses more by it. 2 gives hashes the memory "
            + "without giving it to every sort.",
        limits:
            "By the planner's plan: which of its hashes spilled is not told. Statements that also sort are left out; "
            + "workload.spilling-statement speaks of work_mem.",
        thresholds: [most, advised, share, written],
        references: ["https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER"],
        explains: [.spills])

    func evaluate(_ observation: Observation) -> Outcome {
        let block = Int64(observation.pageSize)
        let spilled = observation.workload.statements.filter { load in
            load.share >= Self.share.value && load.isQuery && load.counters.calls > 0
                && Double(load.counters.temporaryBlocksWritten * block) >= Self.written.value
                && !starvedRoles(of: load, observation).isEmpty
        }
        let (known, unknown) = (spilled.filter { $0.plan != nil }, spilled.filter { $0.plan == nil })
        let hashing = known.filter { load in
            guard let plan = load.readPlan() else { return false }
            let types = plan.root.all { _ in true }
            let hashes = types.contains { $0.type == "Hash" || $0.type == "Aggregate" && $0.strategy == "Hashed" }
            return hashes
                && !types.contains { $0.type == "Sort" || $0.type == "Incremental Sort" || $0.type == "WindowAgg" }
        }
        // The setting is given to roles in their database.
        let findings = Dictionary(grouping: hashing, by: \.database).sorted { $0.key < $1.key }
            .map { finding($0.value, block, observation) }
        guard findings.isEmpty, !unknown.isEmpty else { return .findings(findings) }
        return .inconclusive(
            "hash_mem_multiplier is 1 and \(Quantity.plural(unknown.count, "statement")) that spill were not explained: nobody knows "
                + "whether they hash or sort")
    }

    private func starvedRoles(of load: StatementLoad, _ observation: Observation) -> [String] {
        load.roles.filter {
            let setting = observation.effectiveSetting("hash_mem_multiplier", role: $0, database: load.database)
            return setting?.number.map { $0 <= Self.most.value } ?? false
        }
    }

    private func finding(_ loads: [StatementLoad], _ block: Int64, _ observation: Observation) -> Finding {
        let roles = Array(Set(loads.flatMap { starvedRoles(of: $0, observation) })).sorted().prefix(3)
        let first = loads[0]
        let written = loads.reduce(0) { $0 + $1.counters.temporaryBlocksWritten } * block
        let share = loads.reduce(0) { $0 + $1.share }
        let value = Quantity.decimal(Self.advised.value, places: 0)
        let scopes = roles.map { "ALTER ROLE \(SQL.identifier($0)) IN DATABASE \(SQL.identifier(first.database))" }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "hashes spill: hash_mem_multiplier is 1 for \(roles.joined(separator: ", "))",
            objects: [.setting("hash_mem_multiplier"), first.object], impact: .share(share), confidence: .medium,
            summary: "\(Quantity.plural(loads.count, "statement")) that hash and do not sort wrote "
                + "\(Quantity.bytes(written)) of temporary files: their hashes get work_mem and no more.",
            evidence: [
                Evidence("temporaryBytes", "temporary files in the window", .bytes(written)),
                Evidence("statements", "statements", .list(loads.prefix(3).map { $0.label(80) })),
                Evidence("roles", "roles", .list(Array(roles))),
            ], notIf: "memory is so short that work_mem is all a process may have",
            actions: [
                Action(
                    .fix, "give hashes of \(roles.joined(separator: ", ")) twice the memory",
                    sql: scopes.map { "\($0) SET hash_mem_multiplier = \(value);" },
                    steps: ["Have the application reconnect: the setting takes effect in new sessions."],
                    lock: LockNote.none, gain: Gain("hashes up to twice work_mem stay in memory", .estimated),
                    verify: "a new session of the role: SHOW hash_mem_multiplier; then temp_blks_written stops growing",
                    undo: roles.map {
                        observation.undoOfRoleSetting("hash_mem_multiplier", role: $0, database: first.database)
                    }.joined(separator: "\n"),
                    caution: observation.worstCase(
                        work: observation.effectiveSetting(
                            "work_mem", role: roles.first ?? "", database: first.database)?
                            .memory ?? 4 << 20, roles: Array(roles), database: first.database,
                        multiplier: Self.advised.value
                    ).words)
            ], explains: Set(loads.map(\.link)))
    }

    static let examples: [RuleExample] = [
        .fires("14, a hashed GROUP BY", on: "hash_mem_multiplier") { $0.addHashing("Aggregate", multiplier: "1") },
        .silent("2, the default since 15") { $0.addHashing("Aggregate", multiplier: "2") },
        .silent("it sorts: more for hashes does not help") { $0.addHashing("Sort", multiplier: "1") },
        .silent("hashes in memory") { $0.addHashing("Aggregate", multiplier: "1", blocks: 0) },
        .inconclusive("it was not explained") { $0.addHashing(nil, multiplier: "1") },
    ]
}

/// What sessions could take at once with so much work_mem.
struct MemoryWorstCase {
    /// Bytes: one sort, and one hash, in each of `sessions`.
    let sorts: Int64
    let hashes: Int64
    let sessions: Int
    /// Those of the roles in the database now.
    let now: Int
    let multiplier: Double
    /// Bytes of RAM; nil: nobody told.
    let memory: Int64?
    let shared: Int64

    /// More than the machine has; false where that is not known.
    var exceedsMemory: Bool { memory.map { shared + hashes > $0 } ?? false }

    var words: String {
        let machine =
            memory.map { ", the machine has \(Quantity.bytes($0))" }
            ?? "; the machine's memory is not known (--host-facts)"
        return "worst case: one sort in each of \(sessions) sessions is \(Quantity.bytes(sorts)), one hash "
            + "\(Quantity.bytes(hashes)) (hash_mem_multiplier \(Quantity.decimal(multiplier, places: 1)))\(machine); parallel workers take "
            + "the same again. The roles have \(Quantity.plural(now, "session")) now"
    }
}

extension Observation {
    /// One sort or hash in each session that the roles can have at once; a hash takes hash_mem_multiplier times as much.
    func worstCase(work: Int64, roles: [String], database: String, multiplier: Double? = nil) -> MemoryWorstCase {
        let most = Int(setting("max_connections")?.number ?? 100)
        let limits = roles.map { name in snapshot.roles.first { $0.name == name }.map(\.connectionLimit) ?? -1 }
        let sessions = limits.contains { $0 < 0 } ? most : min(most, limits.reduce(0, +))
        let now = snapshot.backends.count {
            $0.isClient && $0.database == database && $0.role.map(roles.contains) ?? false
        }
        let multiplier = multiplier ?? setting("hash_mem_multiplier")?.number ?? 1
        let sorts = Int64(sessions) * work
        return MemoryWorstCase(
            sorts: sorts, hashes: Int64(Double(sorts) * max(1, multiplier)), sessions: sessions, now: now,
            multiplier: multiplier,
            memory: snapshot.server.memory, shared: setting("shared_buffers")?.bytes ?? 0)
    }
}

extension Snapshot {
    fileprivate mutating func addHashing(_ node: String?, multiplier: String, blocks: Int64 = 2560) {
        set("hash_mem_multiplier", multiplier)
        addStatement(
            "f1", "SELECT customer_id, sum(total) FROM orders GROUP BY customer_id", calls: 1000, time: 200_000
        ) {
            $0.counters.temporaryBlocksWritten = blocks * 1000
        }
        guard let node else { return }
        explainLast(
            #"{"Node Type": "\#(node)", "Strategy": "Hashed", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders"}]}"#
        )
    }
}
