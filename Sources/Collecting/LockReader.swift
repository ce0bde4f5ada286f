import Foundation
import Model
import PostgresClient
import Queries

/// Readings of locks and of the sessions that hold or await them, over one connection that is kept.
///
/// Each reading is a short transaction of its own: `pg_stat_activity` is frozen within one. Nothing of it waits for a lock:
/// it reads shared memory, and names from the rows of the catalog.
package struct LockReader {
    private let target: ConnectionTarget
    private let options: CollectionOptions
    private var session: Session?
    private var facts: ServerFacts?
    /// Names of relations that were locked before; by number, of the connection's database.
    private var names: [Int64: (name: QualifiedName, isIndex: Bool)] = [:]

    /// - Parameter options: what may be taken of `timeout`, `queryTimeout` and `redaction`; the time allowed counts for each
    ///   reading.
    package init(_ target: ConnectionTarget, options: CollectionOptions = CollectionOptions()) {
        self.target = target
        self.options = options
    }

    /// Server, sessions, locks and prepared transactions of this moment.
    ///
    /// One round trip, and a second only where relations or idle holders are met for the first time. Connects when there is no
    /// connection; throws when there is none to be had, or when it is lost: the next reading connects anew.
    package mutating func read() async throws -> Snapshot {
        var visit = Visit(options, progress: nil)
        let session = try await connected(within: visit.remaining)
        visit.snapshot.cost.sessions = 1
        visit.facts = facts
        let start = ContinuousClock.now
        let major = facts?.server.version.major ?? 18
        let answers = await visit.ask(
            (facts == nil ? [(.server, major, [])] : []) + [
                (.locks, major, []), (.busyBackends, major, [.number("idle", 0), .oids("pids", [])]),
                (.preparedTransactions, major, []),
            ], on: session)
        if let end = Self.end(answers) {
            await close()
            throw end
        }
        if facts == nil { facts = try Self.facts(answers, session) }
        visit.facts = facts
        visit.snapshot.server = facts!.server
        visit.snapshot.takenAt = visit.lastMoment ?? facts!.takenAt
        visit.takeLocks(answers)
        visit.snapshot.backends = visit.take(.busyBackends, of: answers) { try $0.map(Backend.init) } ?? []
        await readRest(&visit, on: session)
        nameRelations(&visit.snapshot)
        visit.dropIndexLocks({ names[$0]?.isIndex ?? false }, database: visit.targetDatabase)
        visit.noteHiddenSessions()
        visit.finishBackends()
        visit.snapshot.cost.wallTime = max(0, (ContinuousClock.now - start).milliseconds)
        visit.snapshot.notes = visit.book.notes
        return visit.snapshot
    }

    package mutating func close() async {
        await session?.close()
        session = nil
    }

    /// Why the session is gone: lost, or closed because the time was over or the task was cancelled.
    private static func end(_ answers: Answers) -> (any Error)? {
        if Task.isCancelled { return CancellationError() }
        if answers.isConnectionLost { return CollectionError(description: "the connection was lost") }
        if case .failure(let failure)? = answers[.locks], failure.isDeadline {
            return CollectionError(description: "the server did not answer within the time allowed")
        }
        return nil
    }

    private mutating func connected(within limit: Duration) async throws -> Session {
        if let session { return session }
        let new = try await Session.open(target, within: limit)
        session = new
        // It may be another server now.
        facts = nil
        names = [:]
        return new
    }

    private static func facts(_ answers: Answers, _ session: Session) throws -> ServerFacts {
        guard case .success(let rows)? = answers[.server], let row = rows.first else {
            if case .failure(let failure)? = answers[.server] { throw CollectionError(description: failure.message) }
            throw CollectionError(description: "the server did not say what it is")
        }
        var facts = try ServerFacts(row)
        facts.server.host = session.identity.host
        facts.server.port = session.identity.port
        facts.server.usesTLS = session.identity.usesTLS
        facts.server.isThroughPooler = session.identity.backendPID != facts.pid
        return facts
    }

    /// Names that are not known yet, and idle sessions that hold something.
    private mutating func readRest(_ visit: inout Visit, on session: Session) async {
        let database = visit.targetDatabase
        let unnamed = Set(
            visit.snapshot.locks.filter { $0.database == database || $0.database == nil }.compactMap(\.relationOID)
                .filter { names[$0] == nil })
        let seen = Set(visit.snapshot.backends.map(\.pid))
        let idle = Set(visit.snapshot.locks.filter { $0.preparedTransaction == nil }.map(\.pid)).subtracting(seen)
        var queries: [(query: CatalogQuery, major: Int, variables: [CatalogQuery.Variable])] = []
        if !unnamed.isEmpty {
            queries.append((.relationNames, visit.major, [.oids("relations", unnamed.sorted())]))
        }
        if !idle.isEmpty {
            queries.append(
                (.busyBackends, visit.major, [.number("idle", 1), .oids("pids", idle.sorted().map(Int64.init))]))
        }
        guard !queries.isEmpty else { return }
        let answers = await visit.ask(queries, on: session)
        let found =
            visit.take(.relationNames, of: answers) { rows in
                try rows.map { row in
                    (
                        try row.int64("oid"), QualifiedName(try row.string("schema"), try row.string("name")),
                        try row.bool("is_index")
                    )
                }
            } ?? []
        for (oid, name, isIndex) in found { names[oid] = (name, isIndex) }
        let others = visit.take(.busyBackends, of: answers) { try $0.map(Backend.init) } ?? []
        visit.snapshot.backends = (visit.snapshot.backends + others).sorted { $0.pid < $1.pid }
    }

    private func nameRelations(_ snapshot: inout Snapshot) {
        for place in snapshot.locks.indices {
            // Shared catalogs are locked under database 0.
            guard let oid = snapshot.locks[place].relationOID,
                snapshot.locks[place].database == snapshot.server.database || snapshot.locks[place].database == nil
            else { continue }
            snapshot.locks[place].relation = names[oid]?.name
        }
    }
}

extension Visit {
    mutating func noteHiddenSessions() {
        guard let facts, !facts.readsAllStatistics else { return }
        book.add(
            CollectionNote(
                .backendDetails, .privilege,
                "States, waits and texts of other roles' sessions are hidden from role \(SQL.identifier(facts.server.role)).",
                remedy: Remedies.monitor(facts.server.role)))
    }
}
