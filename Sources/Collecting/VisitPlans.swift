import Foundation
import Model
import PostgresClient
import Queries
import Statements

/// The trips that look closer: columns, sizes and definitions; then plans.
extension Visit {
    /// Of one database: columns of the relations that matter, sizes of the largest, definitions of the peculiar.
    mutating func lookCloser(at place: Int, on session: Session) async {
        progress?(.readingColumns(database: drafts[place].database))
        let database = drafts[place].database
        let answers = await ask(closerRequests(to: drafts[place]), on: session)
        // Taken out meanwhile: two holders of a large catalog would make a copy of it.
        var catalog = CatalogDraft()
        swap(&catalog, &drafts[place].catalog)
        _ = take(.columns, of: answers, database: database) { try catalog.takeColumns($0) }
        _ = take(.sizes, of: answers, database: database) { try catalog.takeSizes($0) }
        let texts = texts
        _ = take(.indexExpressions, of: answers, database: database) {
            try catalog.takeIndexExpressions($0, texts: texts)
        }
        _ = take(.viewDefinitions, of: answers, database: database) {
            try catalog.takeViewDefinitions($0, texts: texts)
        }
        _ = take(.policies, of: answers, database: database) { try catalog.takePolicies($0, texts: texts) }
        let values = take(.columnValues, of: answers, database: database) {
            try [ColumnReference: ColumnValues]($0, names: catalog.name(ofOID:))
        }
        swap(&catalog, &drafts[place].catalog)
        drafts[place].values = values ?? [:]
        noteHiddenColumns(of: drafts[place])
        let peculiar = drafts[place].catalog.indexesWithText.count
        if peculiar > Self.definitionLimit {
            book.add(
                CollectionNote(
                    .indexes, .limit, database: database, isTotal: false,
                    "Definitions of \(Quantity.count(Self.definitionLimit)) of \(Quantity.count(peculiar)) indexes with "
                        + "expressions or predicates were read."))
        }
        let secured = drafts[place].catalog.relationsWithPolicies.count
        if secured > Self.definitionLimit {
            book.add(
                CollectionNote(
                    .policies, .limit, database: database, isTotal: false,
                    "Policies of \(Quantity.count(Self.definitionLimit)) of \(Quantity.count(secured)) tables with row security "
                        + "were read."))
        }
    }

    private func closerRequests(to depth: DepthDraft) -> [(CatalogQuery, Int, [CatalogQuery.Variable])] {
        let named = namedRelations(in: depth)
        var requests: [(CatalogQuery, Int, [CatalogQuery.Variable])] = [
            (.columns, major, [.oids("relations", RelevantRelations.forColumns(depth.catalog, named: named))]),
            (.sizes, major, [.oids("relations", RelevantRelations.forSizes(depth.catalog))]),
        ]
        let peculiar = depth.catalog.indexesWithText.sorted().prefix(Self.definitionLimit)
        if !peculiar.isEmpty { requests.append((.indexExpressions, major, [.oids("indexes", Array(peculiar))])) }
        if let values = columnValuesRequest(for: depth) { requests.append(values) }
        let secured = depth.catalog.relationsWithPolicies.prefix(Self.definitionLimit)
        requests.append((.policies, major, [.oids("relations", Array(secured))]))
        let views = depth.catalog.oids(ofViews: Set(named))
        if !views.isEmpty { requests.append((.viewDefinitions, major, [.oids("views", views)])) }
        return requests
    }

    /// Indexes whose definition the server prints: 50 µs each.
    static let definitionLimit = 2_000

    /// Relations that the statements with a text name.
    private func namedRelations(in depth: DepthDraft) -> [QualifiedName] {
        var found: [QualifiedName] = []
        var seen: Set<QualifiedName> = []
        func add(_ text: String, _ searchPath: [String]) {
            guard let parsed = try? ParsedStatement(parsing: text) else { return }
            for name in depth.names.relations(of: parsed, searchPath: searchPath) where seen.insert(name).inserted {
                found.append(name)
            }
        }
        for statement in snapshot.statementStatistics?.statements ?? [] where statement.database == depth.database {
            if let text = statement.text, !statement.isOurs { add(text, statement.searchPath) }
        }
        if depth.database == snapshot.server.database {
            let path = ownPath(in: depth.database, existing: depth.names.schemas)
            for text in options.otherStatements { add(text, path) }
        }
        return found
    }

    /// The search_path under which our own role's statements run there.
    func ownPath(in database: String, existing: Set<String>) -> [String] {
        SearchPaths(
            roleSettings: snapshot.roleSettings, setting: snapshot.settings.first { $0.name == "search_path" }
        ).schemas(role: snapshot.server.role, database: database, existing: existing.contains)
    }

    // MARK: Plans

    /// A statement to explain, with the entries that its plan is for.
    struct ExplainJob {
        var candidate: Eligibility.Candidate
        var statements: [Int]
    }

    /// Explains the statements that make up most of the database's time, in one round trip.
    mutating func explain(at place: Int, on session: Session) async -> [ExplainJob] {
        guard options.explainsStatements else {
            book.add(CollectionNote(.plans, .refused, "Execution plans were not asked for."))
            return []
        }
        noteUnknownStatements()
        let jobs = explainJobs(in: drafts[place])
        guard !jobs.isEmpty else { return [] }
        progress?(.explaining(database: drafts[place].database, statements: jobs.count))
        let variants = variantGroups(jobs, in: drafts[place])
        drafts[place].values = [:]
        let groups = jobs.map { Explaining.group($0.candidate) } + variants.map(\.group)
        let results = await session.run(
            groups + [QueryGroup([Self.timeQuery])], settings: Explaining.planSettings, within: limits)
        countTrip(jobs.count * 3 + variants.count + 1, time: results.last?.map { $0.first ?? [] })
        for (variant, result) in zip(variants, results.dropFirst(jobs.count)) {
            guard case .success(let rows) = result, let json = try? rows.last?.first?.string("QUERY PLAN") else {
                continue
            }
            keep(json, as: variant.variant, for: jobs[variant.job])
        }
        var refused = 0
        var explained: [ExplainJob] = []
        for (job, result) in zip(jobs, results) {
            switch result {
            case .success(let rows):
                if let json = try? rows.last?.first?.string("QUERY PLAN"), set(plan: json, for: job) {
                    explained.append(job)
                }
            case .failure(let failure):
                if failure.isConnectionLost { isCutShort = true }
                if failure.sqlState == "42501" { refused += 1 }
                for statement in job.statements {
                    snapshot.statementStatistics?.statements[statement].planNote = Explaining.note(
                        sqlState: failure.sqlState)
                }
            }
        }
        if refused > 0 {
            book.add(
                CollectionNote(
                    .plans, .privilege, database: drafts[place].database,
                    isTotal: explained.isEmpty && drafts[place].database == targetDatabase,
                    "Role \(SQL.identifier(role)) may not explain \(Quantity.plural(refused, "statement")) of database "
                        + "\(drafts[place].database): it may not read their tables.",
                    remedy: Remedies.readAllData(role)))
        }
        noteUnexplained(in: drafts[place].database)
        return explained
    }

    /// Plans of statements that we do not know cannot be had.
    private mutating func noteUnknownStatements() {
        let missing = book.notes.first { [.statements, .statementTexts].contains($0.evidence) && $0.isTotal }
        guard let missing else { return }
        book.add(CollectionNote(.plans, missing.reason, missing.text, remedy: missing.remedy))
    }

    /// Statements that matter and have no plan for other reasons than our rights.
    private mutating func noteUnexplained(in database: String) {
        let reasons = (snapshot.statementStatistics?.statements ?? [])
            .filter { $0.database == database && $0.plan == nil }.compactMap(\.planNote)
            .filter { $0 != Explaining.note(sqlState: "42501") && $0 != Eligibility.isUtility }
        guard !reasons.isEmpty else { return }
        let counts = Dictionary(grouping: reasons, by: \.self).mapValues(\.count)
            .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        book.add(
            CollectionNote(
                .plans, .refused, database: database, isTotal: false,
                "\(Quantity.plural(reasons.count, "statement")) of database \(database) could not be explained: "
                    + counts.prefix(3).map { "\($0.key) (\($0.value))" }.joined(separator: "; ") + "."))
    }

    private mutating func set(plan json: String, for job: ExplainJob) -> Bool {
        guard let clean = texts.plan(json) else {
            for place in job.statements {
                snapshot.statementStatistics?.statements[place].planNote = "its plan could not be redacted"
            }
            return false
        }
        var plan = StatementPlan()
        plan.basis = job.candidate.basis
        plan.json = clean
        for place in job.statements { snapshot.statementStatistics?.statements[place].plan = plan }
        return true
    }

    private mutating func explainJobs(in depth: DepthDraft) -> [ExplainJob] {
        guard let statistics = snapshot.statementStatistics, let facts, let rawTexts = statements?.texts,
            let entries = statements?.entries
        else { return [] }
        let eligibility = Eligibility(
            isSuperuser: depth.isSuperuser,
            mayWrite: depth.isSuperuser || facts.server.roleMemberships.contains("pg_write_all_data"),
            foreignNames: depth.foreignNames, lockedModes: lockedModes(in: depth), names: depth.names)
        let places = statistics.statements.indices
            .filter { statistics.statements[$0].database == depth.database && !statistics.statements[$0].isOurs }
            .sorted {
                statistics.statements[$0].counters.executionTime > statistics.statements[$1].counters.executionTime
            }
        var total = places.reduce(0) { $0 + statistics.statements[$1].counters.executionTime }
        var covered = 0.0
        var jobs: [String: ExplainJob] = [:]
        var order: [String] = []
        for place in places {
            let statement = statistics.statements[place]
            let identity = "\(statement.queryID) \(statement.searchPath)"
            if jobs[identity] != nil {
                jobs[identity]!.statements.append(place)
                covered += statement.counters.executionTime
                continue
            }
            let isEnough = covered >= total * Eligibility.coverage && order.count >= Eligibility.minimum
            guard !isEnough, order.count < Eligibility.limit else { continue }
            guard let key = entries[place].key, let text = rawTexts[key] else { continue }
            switch eligibility.verdict(on: text, queryID: statement.queryID, searchPath: statement.searchPath) {
            case .explain(let candidate):
                covered += statement.counters.executionTime
                order.append(identity)
                jobs[identity] = ExplainJob(candidate: candidate, statements: [place])
            case .no(let reason):
                // What cannot be explained, say a nightly COPY, shall not crowd out what can.
                total -= statement.counters.executionTime
                snapshot.statementStatistics?.statements[place].planNote = reason
            }
        }
        return order.compactMap { jobs[$0] }
    }

    private func lockedModes(in depth: DepthDraft) -> [QualifiedName: Set<String>] {
        snapshot.lockedModes(
            in: depth.database, relations: depth.catalog.relations, indexes: depth.catalog.indexes)
    }
}

extension Snapshot {
    /// Lock modes held or awaited by others on a database's relations, counting those on their indexes and partitions.
    func lockedModes(in database: String, relations: [Relation], indexes: [Index]) -> [QualifiedName: Set<String>] {
        let owners = Dictionary(indexes.map { ($0.name, $0.relation) }, uniquingKeysWith: { first, _ in first })
        let roots = Dictionary(
            relations.compactMap { relation in relation.partitionRoot.map { (relation.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        var modes: [QualifiedName: Set<String>] = [:]
        for lock in locks where lock.type == "relation" {
            guard let name = lock.relation, lock.database == database || lock.database == nil else { continue }
            let relation = owners[name] ?? name
            modes[relation, default: []].insert(lock.mode)
            if let root = roots[relation] { modes[root, default: []].insert(lock.mode) }
        }
        return modes
    }
}
