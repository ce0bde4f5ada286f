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
    /// What holders were seen to hold beside, while they are at the same statement.
    private var held: [Place: [Lock]] = [:]

    private struct Place: Hashable {
        var pid: Int
        var queryStart: Date?
    }

    /// Sessions whose other locks are read; there are seldom more than a few roots.
    private static let holderLimit = 100

    /// - Parameter options: what may be taken of `timeout`, `queryTimeout` and `redaction`; the time allowed counts for each
    ///   reading.
    package init(_ target: ConnectionTarget, options: CollectionOptions = CollectionOptions()) {
        self.target = target
        self.options = options
    }

    /// Server, sessions, locks and prepared transactions of this moment.
    ///
    /// One round trip, and more only where holders or relations are met for the first time. Connects when there is no
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
                (.queuedLocks, major, []), (.busyBackends, major, [.number("idle", 0), .oids("pids", [])]),
                (.preparedTransactions, major, []),
            ], on: session)
        if let end = Self.end(answers) {
            await close()
            throw end
        }
        if facts == nil { facts = try ServerFacts(answers, reachedBy: session) }
        visit.facts = facts
        visit.snapshot.server = facts!.server
        visit.snapshot.takenAt = visit.lastMoment ?? facts!.takenAt
        visit.takeLocks(answers, of: .queuedLocks)
        visit.snapshot.backends = visit.take(.busyBackends, of: answers) { try $0.map(Backend.init) } ?? []
        await readRest(&visit, on: session)
        visit.nameLocks(in: visit.targetDatabase) { names[$0]?.name }
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
        if case .failure(let failure)? = answers[.queuedLocks], failure.isDeadline {
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
        held = [:]
        return new
    }

    /// Names that are not known yet, idle sessions that hold something, and what holders hold beside.
    private mutating func readRest(_ visit: inout Visit, on session: Session) async {
        let seen = Set(visit.snapshot.backends.map(\.pid))
        let idle = Set(visit.snapshot.locks.filter { $0.preparedTransaction == nil }.map(\.pid)).subtracting(seen)
        let holders = holders(in: visit.snapshot)
        held = held.filter { holders.contains($0.key) }
        let asked = holders.filter { held[$0] == nil }.prefix(Self.holderLimit)
        var queries: [(query: CatalogQuery, major: Int, variables: [CatalogQuery.Variable])] = []
        if !idle.isEmpty {
            queries.append(
                (.busyBackends, visit.major, [.number("idle", 1), .oids("pids", idle.sorted().map(Int64.init))]))
        }
        if !asked.isEmpty {
            queries.append((.heldLocks, visit.major, [.oids("pids", asked.map { Int64($0.pid) })]))
        }
        if !queries.isEmpty {
            let answers = await visit.ask(queries, on: session)
            let others = visit.take(.busyBackends, of: answers) { try $0.map(Backend.init) } ?? []
            visit.snapshot.backends = (visit.snapshot.backends + others).sorted { $0.pid < $1.pid }
            let locks = visit.take(.heldLocks, of: answers) { try $0.map(Lock.init) } ?? []
            let byPID = Dictionary(grouping: locks, by: \.pid)
            for place in asked { held[place] = byPID[place.pid] ?? [] }
        }
        let known = Set(visit.snapshot.locks)
        visit.snapshot.locks += holders.flatMap { held[$0] ?? [] }.filter { !known.contains($0) }
        await readNames(&visit, on: session)
    }

    private mutating func readNames(_ visit: inout Visit, on session: Session) async {
        let database = visit.targetDatabase
        let unnamed = Set(
            visit.snapshot.locks.filter { $0.database == database || $0.database == nil }.compactMap(\.relationOID)
                .filter { names[$0] == nil })
        guard !unnamed.isEmpty else { return }
        let answers = await visit.ask(
            [(.relationNames, visit.major, [.oids("relations", unnamed.sorted())])], on: session)
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
    }

    /// Those that hold what somebody waits for and wait for nothing themselves, and waiters for a transaction where no tuple
    /// lock tells the row; each with the statement that it is at.
    private func holders(in snapshot: Snapshot) -> [Place] {
        let waiting = snapshot.locks.filter { !$0.isGranted }
        let objects = Set(waiting.map(LockTag.init))
        let waiters = Set(waiting.map(\.pid))
        let roots = snapshot.locks.filter {
            $0.isGranted && $0.pid != 0 && !waiters.contains($0.pid) && objects.contains(LockTag($0))
        }
        let withRow = Set(snapshot.locks.filter { $0.type == "tuple" && $0.isGranted }.map(\.pid))
        let withoutRow = waiting.filter { $0.type == "transactionid" && !withRow.contains($0.pid) }
        let starts = Dictionary(
            snapshot.backends.map { ($0.pid, $0.queryStart) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<Int> = []
        return (roots + withoutRow).map(\.pid).filter { seen.insert($0).inserted }
            .map { Place(pid: $0, queryStart: starts[$0] ?? nil) }
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
