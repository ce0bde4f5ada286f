import IndexAdvising
import Model

/// How an index is dropped, and made again.
struct DropIndex {
    let index: Index
    let gain: Gain

    /// The action, with the way back: the definition where it is known whole, else saving it first.
    func action(title: String, verify: String? = nil, caution: String? = nil) -> Action {
        var sql: [String] = []
        if definition == nil {
            sql.append("SELECT pg_catalog.pg_get_indexdef(\(SQL.literal(index.name.quoted))::regclass);")
        }
        if index.isPartitioned {
            sql += ["SET lock_timeout = '2s';", "DROP INDEX \(index.name.quoted);", "RESET lock_timeout;"]
        } else {
            sql.append("DROP INDEX CONCURRENTLY \(index.name.quoted);")
        }
        return Action(
            .fix, title, sql: sql,
            steps: definition == nil ? ["Keep what the first statement prints: it is the way back."] : [],
            lock: lock, gain: gain, verify: verify,
            undo: definition ?? "the statement that pg_get_indexdef printed before, with CONCURRENTLY after INDEX",
            caution: caution ?? standingCaution)
    }

    private var lock: LockNote {
        index.isPartitioned
            ? LockNote(
                "ACCESS EXCLUSIVE", "reads and writes of the table and its partitions wait; an instant once it has it")
            : LockNote.concurrentIndex
    }

    private var standingCaution: String {
        index.isPartitioned
            ? "CONCURRENTLY is not possible for the index of a partitioned table; when lock_timeout strikes, try again"
            : "not inside a transaction block; when it is cancelled it leaves an INVALID index: run it again"
    }

    /// The statement that makes it again without keeping writers out; nil where the text is not whole.
    private var definition: String? {
        guard !index.hasLiterals, let definition = index.definition else { return nil }
        return PrintedDefinition(definition)?.remade
    }
}
