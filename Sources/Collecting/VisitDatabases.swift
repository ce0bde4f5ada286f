import Model
import PostgresClient
import Queries

/// Other databases of the cluster, each through a session of its own.
extension Visit {
    /// Databases that are tried for pg_stat_statements when the target's lacks it.
    static let searchLimit = 3

    /// pg_stat_statements counts for the whole cluster, but shows itself only where it was created.
    mutating func readStatementsElsewhere(_ target: ConnectionTarget) async {
        guard let facts, facts.statementsCapacity != nil else { return }
        // `postgres` first, since monitoring is set up there most often.
        let others = snapshot.databases
            .filter { $0.allowsConnections && !$0.isTemplate && $0.name != facts.server.database }
            .sorted { ($0.name == "postgres" ? 0 : 1, $0.oid) < ($1.name == "postgres" ? 0 : 1, $1.oid) }
        for database in others.prefix(Self.searchLimit) where remaining > .zero {
            progress?(.connecting(database: database.name))
            guard let session = try? await Session.open(target, database: database.name, within: remaining) else {
                continue
            }
            snapshot.cost.sessions += 1
            await readStatements(on: session)
            await session.close()
            if snapshot.statementStatistics != nil { return }
        }
    }

    private mutating func readStatements(on session: Session) async {
        let first = await ask([(.server, 18, [])], on: session)
        guard case .success(let rows)? = first[.server], let facts = try? rows.first.map(ServerFacts.init) else {
            return
        }
        let requests = statementRequests(of: facts)
        guard !requests.isEmpty else { return }
        takeStatements(await ask(requests, on: session), facts: facts)
        await readUnknownTexts(on: session, facts: facts)
        isCutShort = false
    }

    /// The databases that the user named, or all.
    mutating func readOtherDatabases(_ target: ConnectionTarget) async {
        let wanted: [String]
        switch options.databases {
        case .target: return
        case .named(let names): wanted = names
        case .all: wanted = snapshot.databases.filter { $0.allowsConnections && !$0.isTemplate }.map(\.name)
        }
        for database in wanted where database != targetDatabase && !drafts.contains(where: { $0.database == database })
        {
            guard remaining > .zero else {
                book.add(
                    CollectionNote(
                        .relations, .timeout, database: database, isTotal: false,
                        "Database \(database) was not read: the time allowed was over."))
                continue
            }
            await read(database, of: target)
        }
    }

    private mutating func read(_ database: String, of target: ConnectionTarget) async {
        progress?(.connecting(database: database))
        let session: Session
        do {
            session = try await Session.open(target, database: database, within: remaining)
        } catch {
            book.add(
                CollectionNote(
                    .relations, .failed, database: database, isTotal: false,
                    "Database \(database) could not be entered: \(error)."))
            return
        }
        snapshot.cost.sessions += 1
        let first = await ask([(.server, 18, [])], on: session)
        if case .success(let rows)? = first[.server], let facts = try? rows.first.map(ServerFacts.init) {
            progress?(.readingViews(database: database))
            takeDepth(await ask(depthRequests(of: facts), on: session), database: database, facts: facts)
            let place = drafts.count - 1
            if !isCutShort { await lookCloser(at: place, on: session) }
            if !isCutShort { _ = await explain(at: place, on: session) }
        }
        // The target's own session still stands.
        isCutShort = false
        await session.close()
    }
}
