/// The messages of one read, in order, and which of them are the caller's.
///
/// Between two Syncs the first failure makes the server skip the rest. Every segment but the first begins with
/// `ROLLBACK TO` our savepoint: it undoes what a failed group left, and where no transaction of ours is open it fails, so
/// that no query can ever run outside the READ ONLY transaction.
struct Script {
    struct Command {
        var query: Query
        /// nil: one of our own.
        var place: Place?
    }

    struct Place {
        var group: Int
        var query: Int
    }

    private(set) var segments: [[Command]] = []

    /// In each statement of ours, so that pg_stat_statements and pg_stat_activity tell ours from the users'.
    private static let mark = "/* pgmedic */"

    private let serverVersion: Int

    /// - Parameter serverVersion: as libpq has it, 150004; less than 15 where it is not known.
    init(_ groups: [QueryGroup], _ settings: TransactionSettings, serverVersion: Int) {
        self.serverVersion = serverVersion
        // COMMIT at the end, not ROLLBACK: nothing was written, and `xact_rollback` is a number that users watch.
        segments.append([
            control("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"), set(settings.all + [Self.untracked]),
            control("SAVEPOINT pgmedic"),
        ])
        for (index, group) in groups.enumerated() where group.isAllowed {
            let queries = group.queries.enumerated().map {
                Command(query: $1, place: Place(group: index, query: $0))
            }
            segments.append([undo] + (group.settings.isEmpty ? [] : [set(group.settings)]) + queries)
            for query in group.cleanup { segments.append([undo, Command(query: query)]) }
        }
        // What the last group did, undone too: before PostgreSQL 16 a read-only transaction lets large objects be made.
        segments.append([undo])
        segments.append([control("COMMIT")])
    }

    /// The texts that frame the caller's queries, for people to read: from 15 on, and before.
    static var frame: [String] {
        func texts(_ serverVersion: Int) -> [String] {
            Script([QueryGroup([Query("", "SELECT …")])], TransactionSettings(), serverVersion: serverVersion)
                .segments.flatMap { $0.map(\.query.sql) }
        }
        // Both of what differs.
        return zip(texts(150_000), texts(140_000)).flatMap { $0 == $1 ? [$0] : [$0, $1] }
    }

    var statementCount: Int { segments.reduce(0) { $0 + $1.count } }

    private var undo: Command { control("ROLLBACK TO SAVEPOINT pgmedic") }

    private func control(_ sql: String) -> Command {
        Command(query: Query("transaction control", "\(sql) \(Self.mark)"))
    }

    /// Keeps our statements out of pg_stat_statements where we may. They are some fifty entries of each database and role: a sweep of
    /// a hundred databases would fill the 5,000 of pg_stat_statements.max, and push out the users' own.
    private static let untracked = (name: "pg_stat_statements.track", value: "none")

    /// Whether that may be set, which fails where it may not. `GRANT SET ON PARAMETER` came with 15; as a parameter that was granted to
    /// nobody it is a superuser's.
    private var maySetUntracked: String {
        serverVersion >= 150_000
            ? "pg_catalog.has_parameter_privilege($3, 'SET')"
            : "pg_catalog.current_setting('is_superuser')::pg_catalog.bool"
    }

    /// Runs before the search path is ours, so that its operators are named in full.
    ///
    /// One statement whatever the names, and so one entry of pg_stat_statements, where each `SET` text would be another.
    private func set(_ settings: [(name: String, value: String)]) -> Command {
        Command(
            query: Query(
                "settings of the transaction",
                """
                SELECT \(Self.mark) pg_catalog.set_config(s.name, s.value, true) \
                FROM ROWS FROM (
                    pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])
                ) AS s (name, value)
                WHERE s.name OPERATOR(pg_catalog.<>) $3 OR pg_catalog.current_setting($3, true) IS NOT NULL AND \(maySetUntracked)
                """,
                parameters: [
                    TextArray.literal(settings.map(\.name)), TextArray.literal(settings.map(\.value)),
                    Self.untracked.name,
                ]))
    }
}

extension QueryGroup {
    var isAllowed: Bool { queries.allSatisfy(\.isAllowed) && cleanup.allSatisfy(\.isAllowed) }
}

extension TransactionSettings {
    fileprivate var all: [(name: String, value: String)] {
        // 0 would be no limit at all.
        func milliseconds(_ seconds: Double) -> String { String(max(1, Int(seconds * 1000))) }
        return [
            ("statement_timeout", milliseconds(statementTimeout)), ("lock_timeout", milliseconds(lockTimeout)),
            ("idle_in_transaction_session_timeout", milliseconds(max(10, 2 * statementTimeout))),
            ("search_path", searchPath),
        ] + others
    }
}
