import Model
import Queries

/// What could not be read, each thing noted once.
struct NoteBook {
    private(set) var notes: [CollectionNote] = []

    mutating func add(_ note: CollectionNote) {
        // A second reason for the same missing thing tells nothing new.
        let isKnown = notes.contains {
            $0.evidence == note.evidence && $0.database == note.database && $0.reason == note.reason
        }
        if !isKnown { notes.append(note) }
    }

    /// - Parameter isWhole: nothing else of this evidence was read, say from another database.
    mutating func add(_ failure: QueryFailure, of query: CatalogQuery, database: String?, isWhole: Bool, role: String) {
        let evidence = query.evidence
        add(
            CollectionNote(
                evidence, failure.reason, database: database, isTotal: isWhole && !query.isSupplement,
                sentence(evidence, database) + " could not be read: \(failure.sentence).",
                remedy: failure.reason == .privilege ? Remedies.privilege(for: query, role: role) : nil))
    }

    private func sentence(_ evidence: EvidenceKind, _ database: String?) -> String {
        let title = evidence.title.prefix(1).uppercased() + evidence.title.dropFirst()
        return database.map { "\(title) of database \($0)" } ?? title
    }
}

/// The one statement that mends what is missing.
enum Remedies {
    static func privilege(for query: CatalogQuery, role: String) -> String {
        let grantee = SQL.identifier(role)
        return switch query {
        case .fileErrors:
            "GRANT SELECT ON pg_catalog.pg_file_settings TO \(grantee); "
                + "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO \(grantee);"
        case .hostRules:
            "GRANT SELECT ON pg_catalog.pg_hba_file_rules TO \(grantee); "
                + "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO \(grantee);"
        case .systemIdentifier: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO \(grantee);"
        case .logTail: readLog(role)
        default: monitor(role)
        }
    }

    static func monitor(_ role: String) -> String { "GRANT pg_monitor TO \(SQL.identifier(role));" }
    static func readAllData(_ role: String) -> String { "GRANT pg_read_all_data TO \(SQL.identifier(role));" }
    /// They read files of the data directory and of log_directory; pg_read_server_files is not needed for these (manual,
    /// "Generic File Access Functions").
    static func readLog(_ role: String) -> String {
        let grantee = SQL.identifier(role)
        let functions = ["pg_current_logfile()", "pg_stat_file(text)", "pg_read_binary_file(text, bigint, bigint)"]
            .map { "pg_catalog." + $0 }.joined(separator: ", ")
        return "GRANT EXECUTE ON FUNCTION \(functions) TO \(grantee);"
    }
    static let logLockWaits = "ALTER SYSTEM SET log_lock_waits = on; SELECT pg_catalog.pg_reload_conf();"
    static let createStatements = "CREATE EXTENSION pg_stat_statements;"
    static let updateStatements = "ALTER EXTENSION pg_stat_statements UPDATE;"
    static let createHypoPG = "CREATE EXTENSION hypopg;"

    /// - Parameter libraries: the present value of shared_preload_libraries; nil when it is hidden from us.
    static func loadStatements(libraries: String?) -> String? {
        guard let libraries else { return nil }
        // A list's elements are quoted one by one: 'a,b' would be the name of one library.
        let names = libraries.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }.map(String.init)
        let list = (names + ["pg_stat_statements"]).map(SQL.literal).joined(separator: ", ")
        return "ALTER SYSTEM SET shared_preload_libraries = \(list);"
    }
}
