/// The tables of a store, which are the same in SQLite and PostgreSQL but for the names of types. Times are milliseconds since 1970.
///
/// A step is never changed once it was released: what comes later is a step of its own.
package enum HistorySchema {
    package static var version: Int { steps.count }

    /// A step's statements, in order. `{bytes}` stands for the type of bytes, `{partitioned COLUMN}` for PARTITION BY RANGE.
    package static let steps: [[String]] = [first]

    /// The tables that grow with time, and the column that tells it.
    package static let timed = [
        "snapshots": "taken_at", "chunks": "starts_at", "finding_events": "at", "changes": "at",
    ]

    private static let first = [
        """
        CREATE TABLE targets (
            id bigint PRIMARY KEY, key text NOT NULL UNIQUE, name text NOT NULL, system_identifier text, address text,
            database text NOT NULL, failures bigint NOT NULL DEFAULT 0, last_attempt bigint, last_success bigint,
            last_error text)
        """,
        // What changes seldom is kept once: statement texts, definitions, settings. `hash` is of the text.
        "CREATE TABLE documents (hash text PRIMARY KEY, body {bytes} NOT NULL)",
        """
        CREATE TABLE series (
            target bigint NOT NULL, id bigint NOT NULL, kind bigint NOT NULL, database text NOT NULL, name text NOT NULL,
            role text NOT NULL, top_level bigint NOT NULL, fingerprint text, document text, relations text NOT NULL,
            plan text, plan_text text, last_seen bigint NOT NULL,
            PRIMARY KEY (target, id), UNIQUE (target, kind, database, name, role, top_level))
        """,
        // body: the numbers of all series that changed, against the snapshot before; NULL once they are in chunks.
        """
        CREATE TABLE snapshots (
            target bigint NOT NULL, number bigint NOT NULL, taken_at bigint NOT NULL, header {bytes} NOT NULL,
            body {bytes}, PRIMARY KEY (target, taken_at, number)) {partitioned taken_at}
        """,
        // resolution: 0 as read, 1 hours, 2 days. A row a series and day (0, 1) or year (2).
        """
        CREATE TABLE chunks (
            target bigint NOT NULL, series bigint NOT NULL, resolution bigint NOT NULL, starts_at bigint NOT NULL,
            points {bytes} NOT NULL, PRIMARY KEY (target, series, resolution, starts_at)) {partitioned starts_at}
        """,
        // The last snapshot: its numbers, what changes are told by, and the whole of it, which the next one is judged against.
        """
        CREATE TABLE latest (
            target bigint PRIMARY KEY, number bigint NOT NULL, taken_at bigint NOT NULL, frame {bytes} NOT NULL,
            state {bytes} NOT NULL, body {bytes} NOT NULL)
        """,
        """
        CREATE TABLE findings (
            target bigint NOT NULL, fingerprint text NOT NULL, state text NOT NULL, first_seen bigint NOT NULL,
            last_seen bigint NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (target, fingerprint))
        """,
        """
        CREATE TABLE finding_events (
            target bigint NOT NULL, fingerprint text NOT NULL, at bigint NOT NULL, kind text NOT NULL,
            PRIMARY KEY (target, fingerprint, at, kind)) {partitioned at}
        """,
        """
        CREATE TABLE changes (
            target bigint NOT NULL, at bigint NOT NULL, hash text NOT NULL, body {bytes} NOT NULL,
            PRIMARY KEY (target, at, hash)) {partitioned at}
        """,
        "CREATE TABLE leases (target text PRIMARY KEY, holder text NOT NULL, until bigint NOT NULL)",
    ]
}
