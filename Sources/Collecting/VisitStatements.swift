import Foundation
import Model
import Queries
import Statements

/// Names, search paths, redacted texts and fingerprints for the entries of pg_stat_statements, and for the sessions.
extension Visit {
    mutating func finishStatements() {
        guard let draft = statements else { return }
        progress?(.redacting)
        let paths = SearchPaths(
            roleSettings: snapshot.roleSettings, setting: snapshot.settings.first { $0.name == "search_path" })
        let schemas = Dictionary(
            drafts.map { ($0.database, $0.names.schemas) }, uniquingKeysWith: { first, _ in first })
        var redacted = RedactedTexts(texts: texts)
        var unreadable = 0
        var finished: [Statement] = []
        finished.reserveCapacity(draft.entries.count)
        // Thousands of statements are of few roles and databases.
        struct Place: Hashable { var role, database: Int64 }
        var searchPaths: [Place: [String]] = [:]
        for entry in draft.entries {
            var statement = entry.statement
            let place = Place(role: entry.role, database: entry.database)
            let searchPath =
                searchPaths[place]
                ?? paths.schemas(role: statement.role, database: statement.database) { name in
                    schemas[statement.database]?.contains(name) ?? false
                }
            searchPaths[place] = searchPath
            statement.searchPath = searchPath
            if let key = entry.key, draft.ours.contains(key) { statement.isOurs = true }
            if let key = entry.key, let text = draft.texts[key] {
                let clean = redacted.text(of: text)
                statement.text = clean.text
                statement.fingerprint = clean.fingerprint
                if clean.text == nil { unreadable += 1 }
            }
            finished.append(statement)
        }
        snapshot.statementStatistics?.statements = finished
        if unreadable > 0 {
            book.add(
                CollectionNote(
                    .statementTexts, .unparsable, isTotal: false,
                    "\(Quantity.plural(unreadable, "text")) of statements could not be read well enough to take the literals out, "
                        + "and were dropped."))
        }
    }

    /// Gives the entries the names of their roles and databases.
    func nameOwners(of draft: inout StatementsDraft) {
        let roles = Dictionary(snapshot.roles.map { ($0.oid, $0.name) }, uniquingKeysWith: { first, _ in first })
        let databases = Dictionary(
            snapshot.databases.map { ($0.oid, $0.name) }, uniquingKeysWith: { first, _ in first })
        for place in draft.entries.indices {
            let entry = draft.entries[place]
            // A role or database that was dropped leaves its number behind.
            draft.entries[place].statement.role = roles[entry.role] ?? String(entry.role)
            draft.entries[place].statement.database = databases[entry.database] ?? String(entry.database)
        }
    }

    /// What a session is at: every statement of ours carries the mark or the prepared statement's name.
    static func isOurs(_ text: String) -> Bool {
        text.contains(CatalogQuery.mark) || text.contains("EXECUTE \(Explaining.name)")
            || text.hasPrefix("PREPARE \(Explaining.name) ") || text.hasPrefix("DEALLOCATE \(Explaining.name)")
    }

    mutating func finishBackends() {
        var redacted = RedactedTexts(texts: texts)
        for place in snapshot.backends.indices {
            guard let text = snapshot.backends[place].query else { continue }
            if Self.isOurs(text) && snapshot.backends[place].isClient { snapshot.backends[place].isOurs = true }
            // `autovacuum: VACUUM public.orders (to prevent wraparound)` is PostgreSQL's own, and no SQL.
            if snapshot.backends[place].isAutovacuumWorker { continue }
            let clean = redacted.text(of: text)
            snapshot.backends[place].query = clean.text
            snapshot.backends[place].fingerprint = clean.fingerprint
        }
    }
}

/// Texts without literals, each worked out once.
struct RedactedTexts {
    struct Clean {
        var text: String?
        var fingerprint: String?
    }

    let texts: TextRedaction
    private var known: [String: Clean] = [:]

    init(texts: TextRedaction) { self.texts = texts }

    mutating func text(of original: String) -> Clean {
        if let clean = known[original] { return clean }
        var clean = Clean()
        clean.text = texts.statement(original)
        // Of the redacted text: of a utility statement the fingerprint covers the values too.
        let redacted = texts.mode == .literals ? clean.text : Redactor.statement(original)?.text
        clean.fingerprint = redacted.flatMap { try? ParsedStatement.fingerprint(of: $0) }
        known[original] = clean
        return clean
    }
}
