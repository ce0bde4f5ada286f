import GRDB
import History

/// The steps of the schema, as GRDB's migrations: each in a transaction of its own.
struct HistorySteps {
    private var migrator = DatabaseMigrator()
    private let path: String
    private let count: Int

    init(_ steps: [[String]], path: String) {
        self.path = path
        count = steps.count
        for (place, statements) in steps.enumerated() {
            migrator.registerMigration("\(place + 1)") { database in
                for statement in statements { try database.execute(sql: Self.inSQLite(statement)) }
                // In the header: a newer file is known as such without a look into its tables.
                try database.execute(sql: "PRAGMA user_version = \(place + 1)")
            }
        }
    }

    static func inSQLite(_ statement: String) -> String {
        statement.replacing("{bytes}", with: "blob").replacing(/\ *\{partitioned \w+\}/, with: "")
    }

    func bringUpToDate(_ pool: DatabasePool, readOnly: Bool) throws {
        guard try !pool.read(migrator.hasBeenSuperseded) else { throw Self.newer(path, nil, known: count) }
        while try !pool.read(migrator.hasCompletedMigrations) {
            guard !readOnly else {
                // One that was begun and killed before its first step has nothing in it.
                let isEmpty = try pool.read(migrator.appliedIdentifiers).isEmpty
                throw HistoryError(
                    .unusable, path,
                    isEmpty
                        ? "it is empty"
                        : "an older pgmedic made it, and it is opened for reading only; pgmedic sweep brings it up to date"
                )
            }
            let before = try pool.read(migrator.appliedIdentifiers)
            do {
                try migrator.migrate(pool)
            } catch {
                // Another process may have made the same step: then go on from there.
                guard try pool.read(migrator.appliedIdentifiers) != before else { throw error }
            }
        }
    }

    static func newer(_ path: String, _ version: Int?, known: Int) -> HistoryError {
        HistoryError(
            .newer, path,
            "a newer pgmedic made it" + (version.map { " (schema \($0), known here: \(known))" } ?? "")
                + "; use that one, or name another file. Nothing was changed")
    }
}
