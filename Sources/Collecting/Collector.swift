import Foundation
import Model
import PostgresClient
import Queries

/// Why a visit gave nothing at all.
package struct CollectionError: Error, Sendable, CustomStringConvertible {
    package var description: String
}

/// Target → snapshot.
package enum Collector {
    /// What our sessions call themselves, so that they can be told from others.
    package static let applicationName = "pgmedic"

    /// Visits the server.
    ///
    /// Throws only when nothing was read: no connection, or no answer to the first question. Whatever fails later is a note in
    /// the snapshot.
    package static func collect(
        _ target: ConnectionTarget, options: CollectionOptions = CollectionOptions(),
        progress: (@Sendable (CollectionStep) -> Void)? = nil
    ) async throws -> Snapshot {
        var visit = Visit(options, progress: progress)
        return try await visit.run(target)
    }

    /// Visits the server twice, for what is counted in between, and reads activity meanwhile.
    ///
    /// The first visit reads views alone; both read the numbers of all statements, so that each has its earlier ones.
    /// Between them one session reads activity now and then; it is idle, in no transaction, while it pauses. The time
    /// allowed counts for each visit, the window not among it. Throws what the second visit throws.
    package static func collect(
        _ target: ConnectionTarget, window: Duration, options: CollectionOptions = CollectionOptions(),
        progress: (@Sendable (CollectionStep) -> Void)? = nil
    ) async throws -> (first: Snapshot, second: Snapshot) {
        var numbers = options
        numbers.statementLimit = .max
        numbers.explainsStatements = false
        numbers.asksWhatIf = false
        numbers.readsLog = false
        numbers.sampleCount = 0
        let first = try await collect(target, options: numbers, progress: progress)
        progress?(.waiting(window))
        let end = ContinuousClock.now + window
        let watched = try await watch(target, until: end, options, first)
        try await Task.sleep(until: end)
        var all = options
        all.statementLimit = .max
        all.knownTexts = KnownTexts(first)
        var visit = Visit(all, progress: progress)
        if let watched { visit.take(watched) }
        return (first, try await visit.run(target))
    }

    /// Reads activity until the moment; nil when it was not asked for or there is no connection.
    private static func watch(
        _ target: ConnectionTarget, until end: ContinuousClock.Instant, _ options: CollectionOptions, _ first: Snapshot
    ) async throws -> Visit? {
        guard options.sampleCount > 0 else { return nil }
        var options = options
        options.timeout += ContinuousClock.now.duration(to: end)
        var watcher = Visit(options, progress: nil)
        // Without this session the second visit takes its burst, or says why it cannot.
        guard let session = try? await Session.open(target, within: .seconds(10)) else { return nil }
        watcher.snapshot.cost.sessions += 1
        do {
            try await watcher.watch(
                on: session, until: end, major: first.server.version.major, processes: first.backends.count)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return watcher
    }
}

extension Visit {
    mutating func run(_ target: ConnectionTarget) async throws -> Snapshot {
        progress?(.connecting(database: nil))
        let session = try await Session.open(target, within: remaining)
        snapshot.cost.sessions += 1
        let start = ContinuousClock.now
        do {
            try await readFacts(on: session)
        } catch {
            await session.close()
            throw error
        }
        await readTarget(on: session, target)
        await session.close()
        snapshot.cost.wallTime = max(0, (ContinuousClock.now - start - paused).milliseconds)
        return try finished()
    }

    private mutating func readFacts(on session: Session) async throws {
        let answers = await ask([(.server, 18, [])], on: session)
        let facts = try ServerFacts(answers, reachedBy: session)
        self.facts = facts
        snapshot.server = facts.server
        snapshot.takenAt = facts.takenAt
        if session.isLocal, facts.server.address == nil, !snapshot.server.isThroughPooler {
            snapshot.server.cores = ProcessInfo.processInfo.processorCount
            snapshot.server.memory = Int64(clamping: ProcessInfo.processInfo.physicalMemory)
        }
    }

    private mutating func readTarget(on session: Session, _ target: ConnectionTarget) async {
        guard let facts else { return }
        progress?(.readingViews(database: facts.server.database))
        let answers = await ask(
            clusterRequests(of: facts) + depthRequests(of: facts) + statementRequests(of: facts)
                + waitRequests(of: facts), on: session)
        takeCluster(answers)
        takeWaits(answers, facts: facts)
        takeDepth(answers, database: facts.server.database, facts: facts)
        takeStatements(answers, facts: facts)
        await readUnknownTexts(on: session, facts: facts)
        if !isCutShort, snapshot.statementStatistics == nil { await readStatementsElsewhere(target) }
        noteMissingStatements()
        noteHiddenTexts()
        finishStatements()
        guard canGoOn(before: .columns) else { return }
        await lookCloser(at: 0, on: session)
        guard canGoOn(before: .plans) else { return }
        let explained = await explain(at: 0, on: session)
        await readOtherDatabases(target)
        guard canGoOn(before: .loggedPlans) else { return }
        await readLog(on: session)
        guard canGoOn(before: .activitySamples) else { return }
        await sample(on: session)
        guard canGoOn(before: .whatIf) else { return }
        await askWhatIf(explained, at: 0, on: session)
    }

    /// Says what is not read any more when the connection or the time is gone.
    mutating func canGoOn(before evidence: EvidenceKind) -> Bool {
        guard isCutShort || remaining <= .zero || Task.isCancelled else { return true }
        let reason: CollectionNote.Reason = isCutShort ? .connectionLost : .timeout
        let why = isCutShort ? "the connection was lost" : "the time allowed was over"
        let order: [EvidenceKind] = [
            .columns, .columnStatistics, .plans, .loggedPlans, .lockHistory, .loginHistory, .activitySamples, .whatIf,
        ]
        for missing in order.drop(while: { $0 != evidence }) {
            let title = missing.title.prefix(1).uppercased() + missing.title.dropFirst()
            book.add(CollectionNote(missing, reason, "\(title) were not read: \(why)."))
        }
        return false
    }

    /// What another visit saw between two readings.
    mutating func take(_ watcher: Visit) {
        snapshot.activityProfile = watcher.snapshot.activityProfile
        snapshot.cost.sessions += watcher.snapshot.cost.sessions
        snapshot.cost.probeRoundTrips += watcher.snapshot.cost.probeRoundTrips
        snapshot.cost.statements += watcher.snapshot.cost.statements
        if let time = watcher.snapshot.cost.serverTime {
            snapshot.cost.serverTime = (snapshot.cost.serverTime ?? 0) + time
        }
        for one in watcher.snapshot.cost.queries ?? [] {
            snapshot.cost.add(one.query, one.evidence, time: one.time, rows: one.rows)
        }
        for note in watcher.book.notes {
            var note = note
            note.isTotal = snapshot.activityProfile == nil
            book.add(note)
        }
    }

    private mutating func finished() throws -> Snapshot {
        finishBackends()
        for place in drafts.indices {
            snapshot.catalogs.append(try drafts[place].catalog.finished(database: drafts[place].database))
            noteHiddenSequences(drafts[place].catalog.unreadableSequences, database: drafts[place].database)
        }
        snapshot.notes = book.notes
        logged?.attach([.locks, .logins], to: &snapshot)
        return snapshot
    }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
