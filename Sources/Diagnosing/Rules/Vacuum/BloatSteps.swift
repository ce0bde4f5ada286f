import Model

/// What the rules about bloat share: from which size it matters, and the ladder.
enum BloatSteps {
    static let share = Threshold(
        "share wasted at least", 0.25, "share", source: "pgx_scripts: 25 % of what has a gigabyte and more")
    static let bytes = Threshold(
        "bytes wasted at least, for a warning", 1_073_741_824, "bytes",
        source: "check_postgres' warning, and Box-of-Tricks' floor: what is less is not worth a rewrite")
    static let notedShare = Threshold(
        "share wasted at least, for a notice", 0.5, "share", source: "pgx_scripts: 50 % of smaller ones")
    static let notedBytes = Threshold(
        "bytes wasted at least, for a notice", 104_857_600, "bytes",
        source: "our choice: ten times what pgx_scripts takes; below, nobody feels it")

    /// How grave so much waste is; nil: it is not worth a word. The least of an estimate counts, not its middle.
    static func severity(share: Double, bytes: Double) -> Severity? {
        if share >= Self.share.value && bytes >= Self.bytes.value { return .warning }
        return share >= notedShare.value && bytes >= notedBytes.value ? .notice : nil
    }

    static func measure(_ name: QualifiedName, index: Bool = false, in catalog: DatabaseCatalog) -> Action {
        let schema = catalog.extensions.first { $0.name == "pgstattuple" }?.schema
        let function = index ? "pgstatindex" : "pgstattuple_approx"
        return Action(
            .containment, "measure it before anything is changed",
            sql: schema.map {
                ["SELECT * FROM \(SQL.identifier($0)).\(function)(\(SQL.literal(name.quoted)));"]
            } ?? [],
            steps: schema == nil
                ? [
                    "CREATE EXTENSION pgstattuple (a superuser or the database's owner), then pgmedic diagnose --measure-bloat."
                ] : [],
            lock: LockNote("ACCESS SHARE", "reads and writes go on; reads what is not all-visible from disk"),
            gain: Gain("a figure in place of an estimate", .byDefinition), verify: "the share that is free or dead")
    }

    /// - Parameter hasKey: what pg_repack asks for, see `hasRowKey`.
    static func rewrite(_ table: QualifiedName, database: String, hasKey: Bool) -> Action {
        let command = "pg_repack -d \(Shell.argument(database)) -t \(Shell.argument(table.quoted))"
        return Action(
            .fix, "give the room back while the table stays in use",
            steps: [
                hasKey
                    ? "\(command) --dry-run first, then without; its extension must be there, of the program's version."
                    : "pg_repack needs a primary key, or a unique index over columns that are NOT NULL: make one first. Then \(command).",
                "Free disk as large as the table and its indexes together must be there; it writes as much WAL, which standbys have to take.",
                "Give the room back only where it will not be filled again: free room inside the file is used before the file grows.",
            ],
            lock: LockNote(
                "ACCESS EXCLUSIVE", "for an instant at its beginning and end; reads and writes go on in between"),
            gain: Gain("a file as small as its rows", .estimated),
            verify: "SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(\(SQL.literal(table.quoted))));",
            undo:
                "none is needed: the rows are the same; when it breaks off, DROP EXTENSION pg_repack CASCADE removes its trigger",
            caution: "not VACUUM FULL or CLUSTER while it is in use: they lock out even reads for as long as they run")
    }

    /// A materialised view is written anew by its own command.
    static func refresh(_ view: QualifiedName) -> Action {
        Action(
            .fix, "fill it anew, at a quiet hour", sql: ["REFRESH MATERIALIZED VIEW \(view.quoted);"],
            steps: [
                "It runs the view's query and writes a new file; CONCURRENTLY lets reads go on, but changes the rows in the old file."
            ],
            lock: LockNote("ACCESS EXCLUSIVE", "even reads of it wait until its query has run"),
            gain: Gain("a file as small as its rows", .estimated),
            verify: "SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(\(SQL.literal(view.quoted))));",
            undo: "none is needed: the rows are those of its query", caution: "its rows are then those of now")
    }

    static let plan = Action(
        .cure, "let rows go by dropping partitions, not by DELETE",
        steps: [
            "Where rows leave by age: a new table, partitioned by the column that tells it (RANGE, a partition a day or a month).",
            "Swap: rename the old table, attach it as the partition of all that is past (with a CHECK constraint added NOT VALID and "
                + "validated before, so that ATTACH does not scan), in one short transaction with lock_timeout.",
            "From then on DROP (or DETACH … CONCURRENTLY) takes the place of DELETE, and no row dies.",
            "Where rows leave by state: a narrow table of its own for what is open, the rest is only ever inserted.",
        ],
        gain: Gain("no dead rows, hence no bloat", .ruleOfThumb), verify: "the estimate of a month later")

    static let references = [
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
        "https://www.postgresql.org/docs/current/storage-page-layout.html",
        "https://www.postgresql.org/docs/current/pgstattuple.html",
        "https://reorg.github.io/pg_repack/",
    ]
}

/// For a shell.
enum Shell {
    /// One argument, in single quotes.
    static func argument(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}

extension Action {
    /// Vacuumed at fewer dead rows: at 2 % of the rows, or at half of what is allowed where that is less already. nil where that
    /// would not be sooner, as of a table of few rows.
    static func vacuumSooner(_ relation: Relation, verify: String, _ observation: Observation) -> Action? {
        let threshold = AutovacuumThreshold(relation, observation)
        let factor = threshold.scaleFactor > 0.02 ? 0.02 : threshold.scaleFactor / 2
        let share = factor * max(0, relation.rows)
        let now = threshold.deadRows
        guard let base = [1000, threshold.base].first(where: { $0 + share < now }) else { return nil }
        return Action(
            .fix, "let autovacuum come sooner",
            sql: [
                "ALTER TABLE \(relation.name.quoted) SET (autovacuum_vacuum_scale_factor = \(decimal(factor)), autovacuum_vacuum_threshold = \(Int(base)));"
            ],
            lock: LockNote.tableOption,
            gain: Gain(
                "vacuumed at \(Quantity.about(base + share)) dead rows in place of \(Quantity.about(now))", .estimated),
            verify: verify,
            undo: relation.restoring(["autovacuum_vacuum_scale_factor", "autovacuum_vacuum_threshold"]))
    }

    /// As SQL has it, without an exponent.
    private static func decimal(_ value: Double) -> String {
        var text = Quantity.decimal(value, places: 5)
        while text.hasSuffix("0") && text.contains(".") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}

extension DatabaseCatalog {
    var columnsByRelation: [QualifiedName: [Column]] { Dictionary(grouping: columns, by: \.relation) }

    /// A primary key, or a unique index over whole columns that are NOT NULL: by which pg_repack tells rows apart.
    func hasRowKey(_ relation: QualifiedName) -> Bool {
        let unique = indexes.filter {
            $0.relation == relation && ($0.isUnique || $0.isPrimary) && $0.isValid && $0.predicate == nil
        }
        if unique.contains(where: \.isPrimary) { return true }
        guard !unique.isEmpty else { return false }
        let notNull = Set(columns.lazy.filter { $0.relation == relation && $0.isNotNull }.map(\.name))
        return unique.contains { index in index.keys.allSatisfy { $0.name.map(notNull.contains) ?? false } }
    }
}

extension Evidence {
    /// From the least to the most that an estimate allows.
    static func band(_ key: String, _ label: String, _ share: ClosedRange<Double>) -> [Evidence] {
        [
            Evidence(key + "Least", label + ", at least", .share(share.lowerBound)),
            Evidence(key + "Most", label + ", at most", .share(share.upperBound)),
        ]
    }
}
