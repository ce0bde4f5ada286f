import History

/// The tables of a history in PostgreSQL: how they are made, kept up to date and looked over.
struct StoreSchema: Sendable {
    /// The server's clock, ms since 1970: within a transaction it moves on.
    static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    /// "pgmd": who makes tables takes this advisory lock with the schema's hash.
    private static let lock: Int64 = 0x7067_6d64
    /// PARTITION BY RANGE with a primary key is of 11, and nothing older than 14 was tried.
    private static let oldestVersion = 140_000

    let name: String
    /// As an identifier.
    var quoted: String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    private let steps: [[String]]

    init(_ name: String, _ steps: [[String]]) { (self.name, self.steps) = (name, steps) }

    /// Whether the server is fit to keep a history.
    static func judge(_ wire: StoreWire, _ place: String) throws {
        guard wire.serverVersion >= oldestVersion else {
            throw HistoryError(.unusable, place, "a history needs PostgreSQL 14 or later")
        }
        guard let encoding = wire.told("server_encoding"), encoding == "UTF8" else {
            throw HistoryError(
                .unusable, place,
                "its database does not keep UTF-8; make one that does: CREATE DATABASE pgmedic ENCODING 'UTF8' TEMPLATE template0"
            )
        }
    }

    /// - Throws: `.newer`.
    func isCurrent(_ connection: StoreConnection, _ place: String) throws -> Bool {
        try version(connection, place) == steps.count
    }

    /// Steps that are made; nil: there is no history.
    private func version(_ connection: StoreConnection, _ place: String) throws -> Int? {
        guard try tables(connection).contains("schema_steps") else { return nil }
        var version = 0
        try connection.rows("SELECT max(step) FROM schema_steps", []) { version = Int(try $0.integer(0) ?? 0) }
        guard version <= steps.count else {
            throw HistoryError(
                .newer, place,
                "a newer pgmedic made it (schema \(version), known here: \(steps.count)); use that one, or name "
                    + "another database. Nothing was changed")
        }
        return version
    }

    func bringUpToDate(_ connection: StoreConnection, _ place: String) throws {
        try takeLock(connection)
        if try !exists(connection) {
            do {
                try connection.run("CREATE SCHEMA \(quoted)", [])
            } catch let error as HistoryError where error.kind == .unusable {
                throw HistoryError(
                    .unusable, place,
                    "this role may not make the schema \(name); let its owner: CREATE SCHEMA \(quoted) AUTHORIZATION role"
                )
            }
        }
        let made = try version(connection, place)
        if made == nil {
            try connection.run("CREATE TABLE schema_steps (step bigint PRIMARY KEY, made_at bigint NOT NULL)", [])
        }
        for (place, statements) in steps.enumerated().dropFirst(made ?? 0) {
            for statement in statements { try connection.run(Self.inPostgres(statement), []) }
            try connection.run("INSERT INTO schema_steps VALUES ($1, \(Self.now))", [.integer(Int64(place + 1))])
        }
        for table in HistorySchema.timed.keys.sorted() {
            try connection.run("CREATE TABLE IF NOT EXISTS \(table)_rest PARTITION OF \(table) DEFAULT", [])
        }
    }

    static func inPostgres(_ statement: String) -> String {
        statement.replacing("{bytes}", with: "bytea").replacing(/\{partitioned (\w+)\}/) {
            "PARTITION BY RANGE (\($0.output.1))"
        }
    }

    func takeLock(_ connection: StoreConnection) throws {
        try connection.rows(
            "SELECT pg_advisory_xact_lock($1 + hashtext($2))", [.integer(Self.lock << 32), .text(name)]
        ) {
            _ in
        }
    }

    private func exists(_ connection: StoreConnection) throws -> Bool {
        var exists = false
        try connection.rows("SELECT 1::bigint FROM pg_catalog.pg_namespace WHERE nspname = $1", [.text(name)]) { _ in
            exists = true
        }
        return exists
    }

    func tables(_ connection: StoreConnection) throws -> Set<String> {
        var tables: Set<String> = []
        try connection.rows(
            """
            SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
            """, [.text(name)]
        ) { tables.insert(try $0.text(0) ?? "") }
        return tables
    }

    func problems(_ connection: StoreConnection) throws -> [String] {
        let found = try tables(connection)
        let wanted = steps.joined().compactMap { $0.firstMatch(of: /CREATE TABLE (\w+)/)?.output.1 }
        let rests = HistorySchema.timed.keys.map { $0 + "_rest" }
        var problems = (wanted.map(String.init) + rests).filter { !found.contains($0) }.sorted().map {
            "the table \($0) is missing"
        }
        try connection.rows(
            """
            SELECT c.relname::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT i.indisvalid ORDER BY 1
            """, [.text(name)]
        ) { problems.append("the index \(try $0.text(0) ?? "?") is invalid: REINDEX it") }
        return problems
    }
}
