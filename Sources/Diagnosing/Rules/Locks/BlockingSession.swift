import Foundation
import Model

/// A session that others wait for, and that waits for nobody.
struct BlockingSession: Rule {
    private static let victims = Threshold(
        "sessions that wait: critical", 3, "sessions",
        source: "pganalyze's alert on blocking queries starts at 3 blocked")
    private static let wait = Threshold(
        "longest wait: critical", 60, "s", source: "dasha's highest level for the longest lock wait")

    static let metadata = RuleMetadata(
        id: "locks.blocking-session",
        title: "Session that others wait for",
        area: .locks,
        needs: [.locks, .backends],
        looksAt:
            "pg_locks, pg_stat_activity and pg_prepared_xacts, read together: the wait forest, queues as well as held locks",
        why:
            "A lock is held until the transaction ends. While one session holds it, all that want it wait, keep their own "
            + "locks, and more queue behind them; connections run out, and the whole application stands still. Only "
            + "the root of the forest can be helped: ending a waiter frees nobody.",
        limits:
            "One reading of a moment: a pile that comes and goes may be missed, and one that is about to end is shown. "
            + "Waits shorter than deadlock_timeout are left out. Which lock a running statement will need next is unknown, "
            + "and since when a lock is held too: at the earliest since its transaction began. Where several hold a lock, "
            + "one is shown with the waiters, and the others are named.",
        thresholds: [victims, wait, BlockedSessions.patience],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html",
            "https://www.postgresql.org/docs/current/view-pg-locks.html",
            "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL",
        ],
        explains: [
            Edge(.queuesStrongLock, "locks.ddl-queue"), Edge(.holdsLock, "workload.erratic-statement"),
            Edge(.holdsLock, "locks.pool-exhausted"), .holdsHorizon, .occupiesConnections,
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(observation.blockers.map { finding($0) })
    }

    private func finding(_ blocked: BlockedSessions) -> Finding {
        let count = blocked.victims.count
        let isCritical = Double(count) >= Self.victims.value || blocked.longestWait >= Self.wait.value
        let place = blocked.relation.map { " on \($0)" } ?? ""
        return Finding(
            Self.metadata, severity: isCritical ? .critical : .warning, tier: .containment,
            title: "\(blocked.name) blocks \(Quantity.plural(count, "session"))\(place)",
            objects: objects(blocked), impact: .sessions(Double(count)), confidence: .high, summary: summary(blocked),
            evidence: evidence(blocked), notIf: notIf(blocked), actions: actions(blocked), explains: blocked.links,
            symptomOf: causes(blocked), identity: [blocked.backend?.fingerprint ?? ""])
    }

    private func objects(_ blocked: BlockedSessions) -> [ObjectReference] {
        [blocked.object] + (blocked.relation.map { [.relation($0, in: blocked.backend?.database)] } ?? [])
    }

    /// A slow statement keeps its locks for as long as it runs; whatever makes it slow is behind this.
    private func causes(_ blocked: BlockedSessions) -> Set<LinkKey> {
        var keys: Set<LinkKey> = [.backend(blocked.root.pid)]
        if let gid = blocked.root.preparedTransaction { keys = [.preparedTransaction(gid)] }
        if blocked.reason.isRunning, let statement = blocked.observation.statementLink(of: blocked.backend) {
            keys.insert(statement)
        }
        if let relation = blocked.relation, let database = blocked.backend?.database ?? blocked.prepared?.database {
            keys.insert(.relation(relation, database: database))
        }
        return keys
    }

    private func summary(_ blocked: BlockedSessions) -> String {
        let count = blocked.victims.count
        let effect =
            "\(Quantity.plural(count, "session")) \(count == 1 ? "has" : "have") waited for up to "
            + "\(Quantity.seconds(blocked.longestWait))"
        let lock = blocked.isAboutRows ? "a row lock" : "a lock"
        let what = lock + (blocked.relation.map { " on \($0)" } ?? "")
        var sentences = ["\(effect) because \(blocked.subject) holds \(what)\(blocked.cause)."]
        if let queue = blocked.queue, let relation = queue.request.awaited, !queue.heldUp.isEmpty {
            let held = queue.heldUp.count
            sentences.append(
                "\(Quantity.plural(held, "session")) of them \(held == 1 ? "stands" : "stand") behind the request of "
                    + "\(blocked.observation.name(of: queue.request.holder)) for \(LockWords.lock(relation)).")
        }
        if !blocked.release.others.isEmpty {
            sentences.append(
                "\(blocked.othersText) \(blocked.release.others.count == 1 ? "holds" : "hold") it too.")
        }
        return sentences.joined(separator: " ")
    }

    private func evidence(_ blocked: BlockedSessions) -> [Evidence] {
        var evidence = [
            Evidence("waitingSessions", "waiting sessions", .count(Int64(blocked.victims.count))),
            Evidence("longestWait", "longest wait", .seconds(blocked.longestWait)),
            Evidence("blocked", "waits added up", .seconds(blocked.secondsBlocked)),
            Evidence("reason", "why it has not let go", .text(blocked.reason.label)),
        ]
        if let age = blocked.transactionAge { evidence.append(Evidence("transactionAge", "open for", .seconds(age))) }
        if let age = blocked.stateAge, let state = blocked.backend?.state {
            evidence.append(Evidence("stateAge", "\(state) for", .seconds(age)))
        }
        if let first = blocked.root.waiting.first {
            let words = blocked.observation.conflict(of: first, below: blocked.root.holder)
            evidence.append(Evidence("conflict", "conflict", .text(words)))
        }
        let held = blocked.held.text()
        if !held.isEmpty { evidence.append(Evidence("holds", "it holds", .text(held))) }
        if let written = blocked.hasWritten { evidence.append(Evidence("hasWritten", "has written", .flag(written))) }
        if !blocked.release.others.isEmpty {
            let names = blocked.release.others.map(blocked.observation.name)
            evidence.append(Evidence("alsoHeldBy", "held by others too", .list(names)))
        }
        if let client = blocked.backend?.client { evidence.append(Evidence("client", "client", .text(client))) }
        if let query = blocked.backend?.query {
            evidence.append(Evidence("lastStatement", "last statement", .text(query)))
        }
        let waiting = Set(blocked.victims.compactMap { $0.awaited?.type })
        evidence.append(Evidence("awaited", "they wait for", .list(waiting.sorted())))
        return evidence
    }

    private func notIf(_ blocked: BlockedSessions) -> String? {
        switch blocked.reason {
        case .idleInTransaction:
            "it is about to commit: it has sent nothing for \(Quantity.seconds(blocked.stateAge ?? 0))"
        case .running: "its statement is about to end, and what it did would have to be done again"
        case .preparedTransaction: "its transaction manager is about to commit it: ask before you roll it back"
        case .sessionAdvisoryLock: "the lock is meant to be held for that long: what waits for it would then run twice"
        default: nil
        }
    }
}
