import Model

/// The ways out of a sequence that ends: the sequence alone where only it is too small, else the column's type.
struct SequenceLadder {
    private let sequence: DatabaseSequence
    private let room: SequenceRoom
    private let relation: Relation?
    private let name: String

    /// Bytes up to which the table is rewritten in one go: at 100 MB a second some ten seconds.
    private static let small: Int64 = 1_073_741_824
    /// Share of the numbers left below which no type change of a large table can be waited for.
    private static let emergency = 0.01

    init(_ sequence: DatabaseSequence, _ room: SequenceRoom, _ catalog: DatabaseCatalog) {
        self.sequence = sequence
        self.room = room
        relation = sequence.column.flatMap { column in catalog.relations.first { $0.name == column.relation } }
        name = sequence.name.quoted
    }

    /// The column's type holds no more, whatever the sequence gives.
    private var columnIsWall: Bool {
        guard sequence.columnType != "bigint", let range = sequence.columnType.flatMap(SequenceRoom.range) else {
            return false
        }
        return [range.lowerBound, range.upperBound].contains(room.limit)
    }
    private var isSmall: Bool { relation.map { $0.sizeOrEstimate < Self.small } ?? false }

    /// The cause is the column's type, unless only the sequence is in the way.
    var tier: Tier { columnIsWall && !isSmall ? .cure : .fix }

    var actions: [Action] {
        guard columnIsWall, let column = sequence.column else { return [widenSequence] }
        return isSmall ? [rewrite(column)] : [negativeHalf(column), migrate(column)].compactMap(\.self)
    }

    private var verify: String {
        "SELECT last_value, max_value FROM pg_catalog.pg_sequences WHERE schemaname = "
            + "\(SQL.literal(sequence.name.schema)) AND sequencename = \(SQL.literal(sequence.name.name));"
    }

    private var widenSequence: Action {
        let natural = SequenceRoom.range(sequence.type)
        let atTypesEnd = natural.map { sequence.increment > 0 ? $0.upperBound : $0.lowerBound } == room.limit
        let bound = sequence.increment > 0 ? "MAXVALUE" : "MINVALUE"
        // As wide as its column: wider than that only hides the next wall.
        let wide = sequence.columnType.flatMap { SequenceRoom.range($0) == nil ? nil : $0 } ?? "bigint"
        let sql = atTypesEnd ? "ALTER SEQUENCE \(name) AS \(wide);" : "ALTER SEQUENCE \(name) NO \(bound);"
        let undo =
            atTypesEnd
            ? "ALTER SEQUENCE \(name) AS \(sequence.type);" : "ALTER SEQUENCE \(name) \(bound) \(room.limit);"
        return Action(
            .fix, atTypesEnd ? "make the sequence \(wide)" : "lift the sequence's own limit", sql: [sql],
            lock: LockNote("SHARE ROW EXCLUSIVE", "of the sequence: nextval waits for an instant"),
            gain: Gain("the whole range of \(atTypesEnd ? wide : sequence.type)", .byDefinition),
            verify: verify, undo: undo,
            caution: sequence.column == nil ? "see that what takes its numbers can hold them" : nil)
    }

    /// Time in an emergency: the half of the type that nobody has used.
    private func negativeHalf(_ column: ColumnReference) -> Action? {
        guard sequence.increment > 0, sequence.minimum >= 0, room.share <= Self.emergency,
            let range = sequence.columnType.flatMap(SequenceRoom.range)
        else { return nil }
        return Action(
            .fix, "in an emergency: go on with the negative numbers",
            sql: ["ALTER SEQUENCE \(name) MINVALUE \(range.lowerBound) RESTART WITH \(range.lowerBound);"],
            steps: [
                "First see that there are none yet: SELECT min(\(SQL.identifier(column.column))) FROM \(column.relation.quoted);",
                "Ask the application's people whether it bears negative keys, and order by key that no longer means order of time.",
            ],
            lock: LockNote("SHARE ROW EXCLUSIVE", "of the sequence: nextval waits for an instant"),
            gain: Gain("as many numbers again: time for the type change", .byDefinition), verify: verify,
            undo:
                "SELECT pg_catalog.setval(\(SQL.literal(name)), \(sequence.lastValue ?? 1)); ALTER SEQUENCE \(name) MINVALUE \(sequence.minimum);"
        )
    }

    private var sequenceFollows: String { "ALTER SEQUENCE \(name) AS bigint;" }

    private func rewrite(_ column: ColumnReference) -> Action {
        let id = SQL.identifier(column.column)
        let size = relation.map(\.sizeOrEstimate).flatMap { $0 > 0 ? Quantity.bytes($0) + " " : nil } ?? ""
        return Action(
            .fix, "make \(column.relation).\(column.column) bigint",
            sql: [
                "BEGIN;", "SET LOCAL lock_timeout = '3s';",
                "ALTER TABLE \(column.relation.quoted) ALTER COLUMN \(id) TYPE bigint;", sequenceFollows, "COMMIT;",
            ],
            steps: [
                "Foreign keys that refer to it: make their columns bigint too.",
                "Afterwards ANALYZE \(column.relation.quoted);",
            ],
            lock: LockNote(
                "ACCESS EXCLUSIVE", "reads and writes of the table wait while it is rewritten (\(size)and its indexes)"
            ),
            gain: Gain("9.2 quintillion numbers", .byDefinition), verify: verify,
            undo:
                "ALTER SEQUENCE \(name) AS \(sequence.type); ALTER TABLE \(column.relation.quoted) ALTER COLUMN \(id) TYPE "
                + "\(sequence.columnType ?? "integer"); -- rewrites it again; fails once larger numbers are in",
            caution: "views that use the column must be dropped and made again")
    }

    /// Without an outage: a second column, filled behind the application's back, swapped in at the end.
    private func migrate(_ column: ColumnReference) -> Action {
        let table = column.relation.quoted
        let schema = SQL.identifier(column.relation.schema)
        let id = SQL.identifier(column.column)
        let copy = SQL.identifier(column.column + "_bigint")
        let helper = SQL.identifier("\(column.relation.name)_\(column.column)_to_bigint")
        let body = "BEGIN NEW.\(copy) := NEW.\(id); RETURN NEW; END"
        return Action(
            .cure, "move \(column.relation).\(column.column) to bigint without an outage",
            sql: [
                "ALTER TABLE \(table) ADD COLUMN \(copy) bigint;",
                "CREATE FUNCTION \(schema).\(helper)() RETURNS trigger LANGUAGE plpgsql AS \(SQL.literal(body));",
                "CREATE TRIGGER \(helper) BEFORE INSERT OR UPDATE ON \(table) FOR EACH ROW "
                    + "EXECUTE FUNCTION \(schema).\(helper)();",
            ],
            steps: [
                "Fill the old rows in batches of some 10,000, each its own transaction, with VACUUM between: UPDATE \(table) "
                    + "SET \(copy) = \(id) WHERE \(id) BETWEEN … AND … AND \(copy) IS NULL;",
                "CREATE UNIQUE INDEX CONCURRENTLY on \(table) (\(copy)), and a CHECK (\(copy) IS NOT NULL) NOT VALID, then VALIDATE it.",
                "In one short transaction with lock_timeout: drop the trigger, rename the columns, make the new index the "
                    + "primary key (USING INDEX), give the sequence to the new column, run \(sequenceFollows)",
                "The same for columns that refer to it; drop the old column when nothing reads it.",
            ],
            lock: LockNote(
                "ACCESS EXCLUSIVE",
                "of the table, an instant for each statement (SET lock_timeout = '3s' before); reads and writes go on between"
            ),
            gain: Gain("9.2 quintillion numbers, no outage", .byDefinition), verify: verify,
            undo:
                "DROP TRIGGER \(helper) ON \(table); DROP FUNCTION \(schema).\(helper)(); ALTER TABLE \(table) DROP COLUMN \(copy);",
            caution:
                "the table grows by the rewritten rows while it is filled: \(relation.map { "up to " + Quantity.bytes($0.sizeOrEstimate) } ?? "as much as it is large")"
        )
    }
}
