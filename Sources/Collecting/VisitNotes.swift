import Model
import Queries

extension Server {
    /// pg_ls_waldir and its like are granted to pg_monitor alone; others would leave an error in the server's log.
    var readsDirectories: Bool { roleIsSuperuser || roleMemberships.contains("pg_monitor") }
}

/// What is missing though no query failed: PostgreSQL shows NULLs, empty views or fewer rows to a role without the right.
extension Visit {
    mutating func noteWhatTheClusterHides() {
        guard let facts else { return }
        let role = facts.server.role
        noteHiddenSessions()
        if !facts.readsAllStatistics {
            book.add(
                CollectionNote(
                    .standbys, .privilege, "Details of standbys are hidden from role \(SQL.identifier(role)).",
                    remedy: Remedies.monitor(role)))
            book.add(
                CollectionNote(
                    .progress, .privilege, isTotal: false,
                    "Whose maintenance is under way, and of what, is hidden from role \(SQL.identifier(role)).",
                    remedy: Remedies.monitor(role)))
        }
        if !facts.readsAllSettings {
            book.add(
                CollectionNote(
                    .settings, .privilege, isTotal: false,
                    "Settings that only superusers see are hidden from role \(SQL.identifier(role)).",
                    remedy: Remedies.monitor(role)))
        }
        if !facts.server.readsDirectories {
            book.add(
                CollectionNote(
                    .walDirectory, .privilege, "The size of pg_wal is hidden from role \(SQL.identifier(role)).",
                    remedy: Remedies.monitor(role)))
        }
        if !facts.server.roleIsSuperuser {
            book.add(
                CollectionNote(
                    .settingFiles, .privilege,
                    "Errors in configuration files are shown to superusers alone.",
                    remedy: Remedies.privilege(for: .fileErrors, role: role)))
        }
        if !facts.readsHostRules {
            book.add(
                CollectionNote(
                    .hostRules, .privilege, "The lines of pg_hba.conf are hidden from role \(SQL.identifier(role)).",
                    remedy: Remedies.privilege(for: .hostRules, role: role)))
        }
        if facts.server.version < .v16 {
            book.add(
                CollectionNote(
                    .io, .version, "pg_stat_io came with PostgreSQL 16; this is \(facts.server.version)."))
        }
        if facts.server.version < .v14 {
            book.add(
                CollectionNote(
                    .server, .version, isTotal: false,
                    "PostgreSQL \(facts.server.version) is older than 14, the oldest that is read: most of the evidence is missing."
                ))
        } else if facts.server.version.major > 18 {
            book.add(
                CollectionNote(
                    .server, .version, isTotal: false,
                    "PostgreSQL \(facts.server.version) is newer than 18, the newest that was tried: it is read as 18.")
            )
        }
    }

    /// Why there is nothing of pg_stat_statements.
    mutating func noteMissingStatements() {
        guard let facts, snapshot.statementStatistics == nil else { return }
        let database = facts.server.database
        let note: CollectionNote
        if facts.statementsCapacity == nil {
            let libraries = snapshot.settings.first { $0.name == "shared_preload_libraries" }?.value
            note = CollectionNote(
                .statements, .extensionNotLoaded,
                "pg_stat_statements is not loaded: the server does not count what statements cost. It takes a restart after "
                    + "shared_preload_libraries was set.",
                remedy: Remedies.loadStatements(libraries: libraries))
        } else if facts.statementsSchema == nil {
            note = CollectionNote(
                .statements, .extensionMissing,
                "pg_stat_statements is loaded but not created in database \(database).",
                remedy: Remedies.createStatements)
        } else {
            note = CollectionNote(
                .statements, .extensionTooOld,
                "pg_stat_statements \(facts.statementsVersion ?? "") in database \(database) is older than 1.8.",
                remedy: Remedies.updateStatements)
        }
        if !book.notes.contains(where: { $0.evidence == .statements && $0.isTotal }) { book.add(note) }
        book.add(
            CollectionNote(.statementTexts, note.reason, note.text, remedy: note.remedy))
    }

    /// Texts of statements that are hidden or could not be shown.
    mutating func noteHiddenTexts() {
        guard let facts, let statements else { return }
        if !facts.readsAllStatistics {
            book.add(
                CollectionNote(
                    .statementTexts, .privilege,
                    "Texts of other roles' statements are hidden from role \(SQL.identifier(facts.server.role)): "
                        + "\(Quantity.plural(statements.hiddenCount, "entry", "entries")) of pg_stat_statements could not be told apart.",
                    remedy: Remedies.monitor(facts.server.role)))
        }
    }

    mutating func noteHiddenColumns(of depth: DepthDraft) {
        let hidden = depth.catalog.unreadableRelations
        guard !hidden.isEmpty else { return }
        let all = Set(depth.catalog.columns.map(\.relation))
        book.add(
            CollectionNote(
                .columnStatistics, .privilege, database: depth.database,
                isTotal: hidden.count == all.count && depth.database == targetDatabase,
                "Column statistics of \(hidden.count == all.count ? "all" : Quantity.count(hidden.count)) tables of database "
                    + "\(depth.database) are hidden from role \(SQL.identifier(role)).",
                remedy: Remedies.readAllData(role)))
    }

    mutating func noteHiddenSequences(_ count: Int, database: String) {
        guard count > 0 else { return }
        book.add(
            CollectionNote(
                .sequences, .privilege, database: database, isTotal: false,
                "The values of \(Quantity.plural(count, "sequence")) of database \(database) are hidden from role "
                    + "\(SQL.identifier(role)).",
                remedy: Remedies.readAllData(role)))
    }
}
