import Foundation
import Model
import PostgresClient
import Queries

/// The trip that reads the views.
extension Visit {
    /// Of the whole cluster; asked once, in the target's database.
    static let clusterQueries: [CatalogQuery] = [
        .locks, .backends, .preparedTransactions, .settings, .roleSettings, .databases, .roles, .replicationSlots,
        .standbys, .recovery, .progress, .checkpointer, .wal, .archiver, .io, .slru, .systemIdentifier,
        .fileErrors, .hostRules, .lockCounts, .databaseConflicts, .subscriptions, .walDirectory,
    ]
    /// Of each database in depth.
    static let depthQueries: [CatalogQuery] = [
        .extensions, .relations, .indexes, .keyColumns, .operatorClasses, .constraints, .sequences, .disabledTriggers,
        .functions, .publicRights, .partitionBounds,
    ]

    /// Sequences whose value is read, largest tables first: 30 µs each.
    static let sequenceLimit = 1_000
    /// Rows at most of those queries that have no natural bound.
    private static let limits: [CatalogQuery: Int] = [
        .sequences: sequenceLimit, .functions: 1_000, .publicRights: 500, .partitionBounds: 200,
    ]

    func clusterRequests(of facts: ServerFacts) -> [(CatalogQuery, Int, [CatalogQuery.Variable])] {
        Self.clusterQueries
            .filter { query in
                switch query {
                case .io: facts.server.version >= .v16
                case .recovery, .databaseConflicts: facts.server.isInRecovery
                // Only these may read it; others would leave an error in the server's log at every visit.
                case .fileErrors: facts.server.roleIsSuperuser
                case .walDirectory: facts.server.readsDirectories
                case .hostRules: facts.readsHostRules
                default: true
                }
            }
            .map { ($0, facts.server.version.major, []) }
    }

    func depthRequests(of facts: ServerFacts) -> [(CatalogQuery, Int, [CatalogQuery.Variable])] {
        let major = facts.server.version.major
        var requests = Self.depthQueries.map { query in
            let limit = Self.limits[query]
            return (query, major, limit.map { [CatalogQuery.Variable.number("limit", $0)] } ?? [])
        }
        if facts.server.roleIsSuperuser && options.explainsStatements {
            requests.append((.foreignFunctions, major, []))
        }
        return requests
    }

    func statementRequests(of facts: ServerFacts) -> [(CatalogQuery, Int, [CatalogQuery.Variable])] {
        guard facts.statementsCapacity != nil, let (name, major) = statementsView(of: facts) else { return [] }
        let limit = min(max(options.statementLimit, options.textLimit), Self.entriesLimit)
        let numbers: [(CatalogQuery, Int, [CatalogQuery.Variable])] = [
            (.statements, major, [name, .number("limit", limit)]), (.statementsInfo, major, [name]),
        ]
        return knownTexts(of: facts) == nil ? numbers + [textsRequest(name, major)] : numbers
    }

    /// The extension's schema and the version of its queries; nil: it is not here, or too old.
    private func statementsView(of facts: ServerFacts) -> (schema: CatalogQuery.Variable, major: Int)? {
        guard let schema = facts.statementsSchema,
            let major = facts.statementsVersion.flatMap(CatalogQuery.major(ofStatementsExtension:))
        else { return nil }
        return (.identifier("schema", schema), major)
    }

    private func textsRequest(
        _ schema: CatalogQuery.Variable, _ major: Int
    ) -> (CatalogQuery, Int, [CatalogQuery.Variable]) {
        (.statementTexts, major, [schema, .number("limit", textLimit), .number("length", Self.textLength)])
    }

    private var textLimit: Int { min(options.textLimit, Self.entriesLimit) }

    /// What an earlier visit knew, as far as this one can use it.
    private func knownTexts(of facts: ServerFacts) -> KnownTexts? {
        options.knownTexts.flatMap { $0.mayServe(facts.server, options) ? $0 : nil }
    }

    /// The texts that an earlier visit did not know, where the numbers came without texts.
    mutating func readUnknownTexts(on session: Session, facts: ServerFacts) async {
        guard let known = knownTexts(of: facts), let (schema, major) = statementsView(of: facts), !isCutShort,
            var draft = statements
        else { return }
        // Thousands of entries are changed in place.
        statements = nil
        let isComplete =
            known.isOfSameEntries(as: snapshot)
            && draft.take(known, limit: textLimit, visitor: facts.server.role)
        if !isComplete {
            let answers = await ask([textsRequest(schema, major)], on: session)
            _ = take(.statementTexts, of: answers) { try draft.takeTexts($0) }
        }
        statements = draft
    }

    private static let entriesLimit = 100_000
    /// Characters; what is longer cannot be parsed anyway.
    static let textLength = 60_000

    mutating func takeCluster(_ answers: Answers) {
        snapshot.settings = take(.settings, of: answers) { try $0.map(Setting.init) } ?? []
        snapshot.fileErrors = take(.fileErrors, of: answers) { try $0.map(SettingFileError.init) } ?? []
        snapshot.hostRules = take(.hostRules, of: answers) { try $0.map(HostRule.init) }
        snapshot.roleSettings = take(.roleSettings, of: answers) { try $0.map(RoleSetting.init) } ?? []
        snapshot.databases = take(.databases, of: answers) { try $0.map(Database.init) } ?? []
        snapshot.roles = take(.roles, of: answers) { try $0.map(Role.init) } ?? []
        snapshot.backends = take(.backends, of: answers) { try $0.map(Backend.init) } ?? []
        takeLocks(answers)
        snapshot.replicationSlots = take(.replicationSlots, of: answers) { try $0.map(ReplicationSlot.init) } ?? []
        snapshot.standbys = take(.standbys, of: answers) { try $0.map(Standby.init) } ?? []
        snapshot.recovery = take(.recovery, of: answers) { try $0.first.map(Recovery.init) } ?? nil
        snapshot.lockTable = take(.lockCounts, of: answers) { try LockTable($0) }
        snapshot.recoveryConflicts = take(.databaseConflicts, of: answers) { try $0.map(RecoveryConflicts.init) }
        snapshot.progress = take(.progress, of: answers) { try $0.map(Model.Progress.init) } ?? []
        snapshot.checkpointer =
            take(.checkpointer, of: answers) { try $0.first.map(Checkpointer.init) ?? Checkpointer() } ?? Checkpointer()
        snapshot.wal = take(.wal, of: answers) { try $0.first.map(WALStatistics.init) } ?? nil
        snapshot.subscriptions = take(.subscriptions, of: answers) { try $0.map(Subscription.init) }
        snapshot.walDirectory = take(.walDirectory, of: answers) { try $0.first.map(WALDirectory.init) } ?? nil
        snapshot.archiver = take(.archiver, of: answers) { try $0.first.map(Archiver.init) } ?? nil
        snapshot.slru = take(.slru, of: answers) { try $0.map(SLRUStatistics.init) }
        snapshot.io = take(.io, of: answers) { try $0.map(IOStatistics.init) } ?? []
        snapshot.server.systemIdentifier =
            take(.systemIdentifier, of: answers) { try $0.first?.string("system_identifier") } ?? nil
        noteWhatTheClusterHides()
    }

    mutating func takeDepth(_ answers: Answers, database: String, facts: ServerFacts) {
        var depth = DepthDraft(database: database)
        depth.hypoPGSchema = facts.hypoPGSchema
        depth.isSuperuser = facts.server.roleIsSuperuser
        var draft = CatalogDraft()
        draft.extensions = take(.extensions, of: answers, database: database) { try $0.map(Extension.init) } ?? []
        _ = take(.relations, of: answers, database: database) {
            try draft.takeRelations($0, decoded: answers.early.relations ?? [])
        }
        _ = take(.indexes, of: answers, database: database) {
            draft.takeIndexes($0, decoded: answers.early.indexes ?? [])
        }
        _ = take(.keyColumns, of: answers, database: database) { _ in
            draft.takeKeyColumns(answers.early.keyColumns ?? [:])
        }
        _ = take(.operatorClasses, of: answers, database: database) { try draft.takeOperatorClasses($0) }
        _ = take(.constraints, of: answers, database: database) { draft.takeConstraints($0) }
        _ = take(.sequences, of: answers, database: database) { try draft.takeSequences($0) }
        draft.triggers =
            take(.disabledTriggers, of: answers, database: database) { try $0.map(DisabledTrigger.init) } ?? []
        draft.functions = take(.functions, of: answers, database: database) { try $0.map(Function.init) }
        draft.publicRights = take(.publicRights, of: answers, database: database) { try $0.map(PublicRight.init) }
        _ = take(.partitionBounds, of: answers, database: database) { try draft.takePartitionBounds($0) }
        depth.foreignNames =
            take(.foreignFunctions, of: answers, database: database) { Set(try $0.map { try $0.string("name") }) } ?? []
        let roles = Dictionary(snapshot.roles.map { ($0.oid, $0.name) }, uniquingKeysWith: { first, _ in first })
        do {
            try draft.resolve(roles: roles)
        } catch {
            book.add(
                CollectionNote(.relations, .failed, database: database, "The catalog could not be read: \(error)."))
        }
        if draft.unreadSequences > 0 {
            book.add(
                CollectionNote(
                    .sequences, .limit, database: database, isTotal: false,
                    "The values of \(Quantity.plural(draft.unreadSequences, "sequence")) of database \(database) were not read: "
                        + "those of the \(Quantity.count(Self.sequenceLimit)) largest tables were."))
        }
        noteLimits(
            [
                (.functions, draft.functions?.count), (.publicRights, draft.publicRights?.count),
                (.partitionBounds, draft.partitionBounds?.count),
            ], database: database)
        resolveLocks(with: &draft, database: database)
        depth.names = RelationNames(draft.relations)
        depth.catalog = draft
        drafts.append(depth)
    }

    /// What was read up to its limit goes on beyond.
    private mutating func noteLimits(_ counts: [(query: CatalogQuery, rows: Int?)], database: String) {
        for (query, rows) in counts {
            guard let limit = Self.limits[query], let rows, rows >= limit else { continue }
            book.add(
                CollectionNote(
                    query.evidence, .limit, database: database, isTotal: false,
                    "Of the \(query.evidence.title) of database \(database) the first \(Quantity.count(limit)) were read."
                ))
        }
    }

    /// Names in place of OIDs in what concerns the database.
    private mutating func resolveLocks(with draft: inout CatalogDraft, database: String) {
        dropIndexLocks({ draft.isIndex($0) }, database: database)
        nameLocks(in: database) { draft.name(ofOID: $0) }
        for lock in snapshot.locks where lock.mode == "AccessExclusiveLock" {
            if let oid = lock.relationOID, lock.database == database || lock.database == nil { draft.markLocked(oid) }
        }
        for place in snapshot.progress.indices where snapshot.progress[place].database == database {
            snapshot.progress[place].relation = snapshot.progress[place].relationOID.flatMap { draft.name(ofOID: $0) }
        }
        let locked = draft.relations.filter(\.isLocked).map(\.name)
        guard !locked.isEmpty else { return }
        book.add(
            CollectionNote(
                .relations, .locked, database: database, isTotal: false,
                "Sizes and definitions of \(Quantity.plural(locked.count, "relation")) were not read, since another session locks "
                    + "or is about to lock them: \(locked.prefix(3).map(\.description).joined(separator: ", "))."))
    }

    mutating func takeStatements(_ answers: Answers, facts: ServerFacts) {
        guard answers[.statements] != nil else { return }
        var draft = StatementsDraft()
        guard take(.statements, of: answers, { try draft.takeNumbers($0) }) != nil else { return }
        _ = take(.statementTexts, of: answers) { try draft.takeTexts($0) }
        var statistics = StatementStatistics()
        statistics.extensionVersion = facts.statementsVersion ?? ""
        statistics.schema = facts.statementsSchema ?? ""
        statistics.database = facts.server.database
        statistics.capacity = facts.statementsCapacity
        statistics.tracksPlanning = facts.tracksPlanning
        statistics.entryCount = draft.entryCount
        statistics.totals = draft.totals
        let major = facts.statementsVersion.flatMap(CatalogQuery.major(ofStatementsExtension:)) ?? 0
        if major >= 14 {
            _ = take(.statementsInfo, of: answers) { rows in
                statistics.evictions = try rows.first?.int64IfPresent("evictions")
                statistics.reset = try rows.first?.dateIfPresent("reset")
            }
        }
        nameOwners(of: &draft)
        snapshot.statementStatistics = statistics
        statements = draft
    }
}
