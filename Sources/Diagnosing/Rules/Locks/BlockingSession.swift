import Foundation
import Model

/// A session that others wait for, and that waits for nobody.
struct BlockingSession: Rule {
    private static let victims = Threshold(
        "sessions that wait: critical", 3, "sessions",
        source: "pganalyze's alert on blocking queries starts at 3 blocked")
    private static let wait = Threshold(
        "longest wait: critical", 60, "s", source: "dasha's highest level for the longest lock wait")
    private static let patience = Threshold(
        "shortest wait that counts", 1, "s",
        source: "deadlock_timeout's default, after which log_lock_waits reports a wait: "
            + "https://www.postgresql.org/docs/current/runtime-config-locks.html")

    static let metadata = RuleMetadata(
        id: "locks.blocking-session",
        title: "Session that others wait for",
        area: .locks,
        needs: [.locks, .backends],
        looksAt: "pg_locks and pg_stat_activity, read together: the wait forest, with queues as well as held locks",
        why:
            "A lock is held until the transaction ends. While one session holds it, all that want it wait, keep their own "
            + "locks, and more queue behind them; connections run out, and the whole application stands still. Only "
            + "the root of the forest can be helped: ending a waiter frees nobody.",
        limits:
            "One reading of a moment: a pile that comes and goes may be missed, and one that is about to end is shown. "
            + "Waits shorter than deadlock_timeout are left out. Which lock a running statement will need next is unknown.",
        thresholds: [victims, wait, patience],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html",
            "https://www.postgresql.org/docs/current/view-pg-locks.html",
            "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL",
        ],
        explains: [Edge(.queuesStrongLock, "locks.ddl-queue")])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.forest.roots.map { BlockedSessions($0, observation) }
                .filter { $0.longestWait >= Self.patience.value }
                .map { finding($0) })
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
            symptomOf: [], identity: [blocked.backend?.fingerprint ?? ""])
    }

    private func objects(_ blocked: BlockedSessions) -> [ObjectReference] {
        [blocked.object] + (blocked.relation.map { [.relation($0, in: blocked.backend?.database)] } ?? [])
    }

    private func summary(_ blocked: BlockedSessions) -> String {
        let count = blocked.victims.count
        let effect =
            "\(Quantity.plural(count, "session")) \(count == 1 ? "has" : "have") waited for up to "
            + "\(Quantity.seconds(blocked.longestWait))"
        let relation = blocked.relation.map { " \($0)" } ?? ""
        let what =
            blocked.isAboutRows
            ? "a row lock\(blocked.relation == nil ? "" : " on")\(relation)"
            : "a lock\(blocked.relation == nil ? "" : " on")\(relation)"
        guard let backend = blocked.backend else {
            let age = blocked.transactionAge.map { ", for \(Quantity.seconds($0))" } ?? ""
            return "\(effect) because \(blocked.name) holds \(what)\(age): nobody has committed it or rolled it back."
        }
        let cause: String
        switch blocked.reason {
        case .idleInTransaction:
            cause = "and has been idle in its transaction for \(Quantity.seconds(blocked.stateAge ?? 0))"
        case .running: cause = "while it has run one statement for \(Quantity.seconds(blocked.stateAge ?? 0))"
        case .vacuum(true): cause = "while it vacuums to prevent wraparound, which it does not give up for others"
        case .vacuum(false): cause = "while it vacuums"
        case .prepared, .unknown:
            cause = "in a transaction of \(Quantity.seconds(blocked.transactionAge ?? 0))"
        }
        let owner = backend.owner.isEmpty ? "" : " (\(backend.owner))"
        return "\(effect) because session \(backend.pid)\(owner) holds \(what) \(cause)."
    }

    private func evidence(_ blocked: BlockedSessions) -> [Evidence] {
        var evidence = [
            Evidence("waitingSessions", "waiting sessions", .count(Int64(blocked.victims.count))),
            Evidence("longestWait", "longest wait", .seconds(blocked.longestWait)),
        ]
        if let age = blocked.transactionAge { evidence.append(Evidence("transactionAge", "open for", .seconds(age))) }
        if let age = blocked.stateAge, let state = blocked.backend?.state {
            evidence.append(Evidence("stateAge", "\(state) for", .seconds(age)))
        }
        if let mode = blocked.root.waiting.first?.blockedBy?.mode,
            let needed = blocked.root.waiting.first?.awaited?.mode
        {
            evidence.append(
                Evidence(
                    "conflict", "held against wanted", .text("\(LockMode.sql(mode)) against \(LockMode.sql(needed))")))
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
        case .prepared: "its transaction manager is about to commit it: ask before you roll it back"
        case .vacuum, .unknown: nil
        }
    }
}
