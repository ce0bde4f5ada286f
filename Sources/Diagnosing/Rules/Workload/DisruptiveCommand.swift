import Model
import Statements

/// A command that keeps others from a table for as long as it runs, with the form that does not.
struct DisruptiveCommand {
    /// `VACUUM FULL`
    var name: String
    /// As the manual writes it. https://www.postgresql.org/docs/current/explicit-locking.html
    var mode: String
    /// Others may read meanwhile.
    var admitsReaders: Bool
    var harmless: [String]
    /// The harmless form, where the name of a relation is all that it lacks: `VACUUM (ANALYZE)`.
    var form: String?
    /// What that takes.
    var lock = LockNote.vacuum

    private static let exclusive = "ACCESS EXCLUSIVE"

    /// nil for all that lets reads and writes go on, and for what takes an instant whatever the table's size.
    init?(_ root: Node) {
        switch root.kind {
        case "VacuumStmt":
            guard root.flag("is_vacuumcmd"), Self.isOn("full", root.list("options")) else { return nil }
            self.init(
                "VACUUM FULL",
                [
                    "Plain VACUUM makes the room usable again without a lock that others feel; only the file stays as large.",
                    "To give room back to the disk while others work: pg_repack or pg_squeeze.",
                ], form: "VACUUM (ANALYZE)")
        case "ClusterStmt":
            self.init("CLUSTER", ["pg_repack --order-by does the same while others work."])
        case "ReindexStmt":
            guard !Self.isOn("concurrently", root.list("params")) else { return nil }
            let kind = root.string("kind").flatMap {
                ["REINDEX_OBJECT_INDEX": "INDEX", "REINDEX_OBJECT_TABLE": "TABLE"][$0]
            }
            self.init(
                "REINDEX", ["REINDEX … CONCURRENTLY builds a second index beside the first; it takes longer."],
                mode: "SHARE on the table, ACCESS EXCLUSIVE on its indexes",
                form: kind.map { "REINDEX \($0) CONCURRENTLY" },
                lock: .concurrentIndex)
        case "IndexStmt":
            guard !root.flag("concurrent") else { return nil }
            self.init(
                "CREATE INDEX",
                [
                    "CREATE INDEX CONCURRENTLY, outside a transaction block; in migrations: algorithm: :concurrently (Rails), "
                        + "AddIndexConcurrently (Django), postgresql_concurrently (Alembic)."
                ], mode: "SHARE", admitsReaders: true)
        case "RefreshMatViewStmt":
            guard !root.flag("concurrent") else { return nil }
            self.init(
                "REFRESH MATERIALIZED VIEW",
                ["REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view, lets readers go on."],
                form: "REFRESH MATERIALIZED VIEW CONCURRENTLY",
                lock: LockNote("EXCLUSIVE", "reads of the view go on"))
        case "AlterTableStmt":
            let commands = root.list("cmds").filter { Self.slow($0) != nil }
            guard let harmless = commands.first.flatMap(Self.slow) else { return nil }
            // https://www.postgresql.org/docs/current/sql-altertable.html: foreign keys take less than all others.
            let isKey = commands.allSatisfy { $0.node("def")?.string("contype") == "CONSTR_FOREIGN" }
            self.init(
                "ALTER TABLE", [harmless], mode: isKey ? "SHARE ROW EXCLUSIVE" : Self.exclusive, admitsReaders: isKey)
        case "LockStmt":
            // AccessExclusiveLock is the eighth mode of lockdefs.h.
            guard root.integer("mode") == 8 else { return nil }
            self.init(
                "LOCK TABLE",
                [
                    "Lock the rows (SELECT … FOR UPDATE) or take an advisory lock (pg_advisory_xact_lock); where the table must "
                        + "be locked, SHARE ROW EXCLUSIVE keeps writers out and lets readers go on."
                ])
        default: return nil
        }
    }

    private init(
        _ name: String, _ harmless: [String], mode: String = exclusive, admitsReaders: Bool = false,
        form: String? = nil,
        lock: LockNote = .vacuum
    ) {
        self.name = name
        self.mode = mode
        self.admitsReaders = admitsReaders
        self.harmless = harmless
        self.form = form
        self.lock = lock
    }

    /// Of an ALTER TABLE's parts, those that read or rewrite the table, with the way around.
    private static func slow(_ command: Node) -> String? {
        switch command.string("subtype") {
        case "AT_AlterColumnType":
            "Add a column of the new type, fill it in batches, and swap the names in one short transaction."
        // Without a default it takes an instant.
        case "AT_AddColumn" where !(command.node("def")?.list("constraints").isEmpty ?? true):
            "Add the column without a volatile default (a constant one rewrites nothing), then fill it in batches."
        case "AT_SetNotNull":
            "Add CHECK (… IS NOT NULL) NOT VALID and validate it; SET NOT NULL then reads nothing."
        case "AT_AddConstraint" where command.node("def").map { !isInstant($0) } ?? true:
            "Add the constraint NOT VALID, then VALIDATE CONSTRAINT, which lets reads and writes go on; make a unique one from "
                + "an index that was built CONCURRENTLY."
        case "AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace", "AT_SetAccessMethod":
            "It copies the whole table: do it in a maintenance window, or with pg_repack."
        default: nil
        }
    }

    /// NOT VALID, or UNIQUE USING INDEX.
    private static func isInstant(_ constraint: Node) -> Bool {
        constraint.flag("skip_validation") || constraint.string("indexname") != nil
    }

    /// `FULL`, `FULL true`, `FULL 1`, `FULL on`
    private static func isOn(_ option: String, _ options: [Node]) -> Bool {
        guard let found = options.last(where: { $0.string("defname") == option }) else { return false }
        guard let value = found.node("arg") else { return true }
        if value.kind == "Integer" { return value.integer("ival") != 0 }
        return !["false", "off", "0"].contains((value.string("sval") ?? "").lowercased())
    }
}
