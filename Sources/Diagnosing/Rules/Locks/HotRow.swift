import Foundation
import Model
import Statements

/// Many transactions change the same row: each has to wait for all that came before.
struct HotRow: Rule {
    private static let waiting = Threshold(
        "sessions that wait for rows behind one transaction", 5, "sessions",
        source: "our choice: fewer meet at a row by chance; dasha's levels for waiters are 1, 3 and 10")
    private static let turns = Threshold(
        "age of half of the waiting statements against the longest wait for the present holder", 2, "times",
        source: "our choice: the row has gone to another holder while they waited; with one holder both are the same")
    private static let felt = Threshold(
        "longest wait: warning", 1, "s",
        source: "deadlock_timeout's default, after which log_lock_waits reports a wait: "
            + "https://www.postgresql.org/docs/current/runtime-config-locks.html")

    static let metadata = RuleMetadata(
        id: "locks.hot-row",
        title: "Row that all transactions want",
        area: .locks,
        needs: [.locks, .backends], uses: [.backendDetails],
        looksAt:
            "pg_locks: waits for transactions and for tuples of one table; whether their statements have run for longer than the present "
            + "holder has been waited for, or it is another one than at the last reading",
        why:
            "A row that every transaction changes, such as a counter, a balance, a number taken from a table, the last state of a "
            + "device, can be changed by one at a time. All others wait, with their connections and with what they have locked "
            + "before, for as long as each holder takes to commit. More sessions or cores make the queue longer and nothing faster.",
        limits:
            "One reading, or two: a queue behind one transaction that does not end is locks.blocking-session, not this. Several "
            + "rows of one table are told as one. Tables of databases that were not read in depth have no name here. "
            + "Waits below a second are a notice.",
        thresholds: [waiting, turns, felt],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LOCK-TABLE",
            "https://github.com/postgres/postgres/blob/master/src/backend/access/heap/README.tuplock",
        ],
        explains: [
            Edge(.contends, "locks.blocking-session"), Edge(.contends, "locks.pool-exhausted"), .costsTime, .variesTime,
            .occupiesConnections,
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let before = observation.earlier.map { RowQueue.all(WaitForest($0), $0).filter(Self.isLong) } ?? []
        let hot = RowQueue.all(observation.forest, observation.snapshot).filter(Self.isLong).filter { queue in
            queue.changedHands(turns: Self.turns.value) || before.contains(where: queue.follows)
        }
        let tables = Dictionary(grouping: hot) { LinkKey.relation($0.relation, database: $0.database) }
        return .findings(
            tables.values.map { finding($0.sorted { $0.waiting.count > $1.waiting.count }, observation) }
                .sorted { $0.fingerprint < $1.fingerprint })
    }

    private static func isLong(_ queue: RowQueue) -> Bool { Double(queue.waiting.count) >= waiting.value }

    private func finding(_ queues: [RowQueue], _ observation: Observation) -> Finding {
        let (relation, database) = (queues[0].relation, queues[0].database)
        let pids = Set(queues.flatMap(\.waiting))
        let waiters = observation.snapshot.backends.filter { pids.contains($0.pid) }
        let longest = queues.map(\.longestWait).max() ?? 0
        let turn = queues.map(\.longestTurn).max() ?? 0
        let statement = Dictionary(grouping: waiters.filter { $0.query != nil }) { $0.fingerprint ?? $0.query! }
            .max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.value.first
        let holders = queues.compactMap { observation.backend($0.root.pid) }
        let idle = holders.count(where: \.isIdleInTransaction)
        let rows = queues.count == 1 ? "a row" : "\(Quantity.count(queues.count)) rows"
        let links = Set(pids.union(queues.map(\.root.pid)).map { LinkKey.backend($0) })
        let statements = Set((waiters + holders).compactMap { observation.statementLink(of: $0) })
        let seen = rowWaits(of: waiters, observation)
        return Finding(
            Self.metadata, severity: longest >= Self.felt.value ? .warning : .notice, tier: .cure,
            title: "\(Quantity.plural(pids.count, "session")) queue for \(rows) of \(relation)",
            objects: [.relation(relation, in: database)], impact: .sessions(Double(pids.count)), confidence: .high,
            summary:
                "\(Quantity.plural(pids.count, "session")) wait for \(rows) of \(relation), for up to "
                + "\(Quantity.seconds(longest)), though no present holder has been waited for longer than "
                + "\(Quantity.seconds(turn)): the row goes from one transaction to the next, and each waits for all before it.",
            evidence: [
                Evidence("waitingSessions", "sessions that wait", .count(Int64(pids.count))),
                Evidence("longestWait", "longest wait for the row", .seconds(longest)),
                Evidence("longestTurn", "longest wait for its present holder", .seconds(turn)),
                Evidence("rows", "rows that are queued for", .count(Int64(queues.count))),
                Evidence("idleHolders", "holders that are idle in their transaction", .count(Int64(idle))),
            ] + (seen.map { [Evidence("sampledWaiters", "waiting on average, in the samples", .number($0))] } ?? [])
                + (statement?.query.map { [Evidence("statement", "most of them wait in", .text($0))] } ?? []),
            notIf: "the load comes in one short burst, and nobody waits for its end",
            actions: actions(relation, waiters, isIdle: idle > 0, observation), explains: links.union(statements),
            symptomOf: links.union(statements))
    }

    /// Sessions that waited for a row in the same statements, on average over the samples of activity.
    private func rowWaits(of waiters: [Backend], _ observation: Observation) -> Double? {
        guard let profile = observation.snapshot.activity, profile.readings > 1 else { return nil }
        let queries = Set(waiters.compactMap(\.queryID))
        guard !queries.isEmpty else { return nil }
        let seen = profile.entries.filter {
            $0.activity.waitsForRow && ($0.activity.queryID.map(queries.contains) ?? false)
        }
        return Double(seen.reduce(0) { $0 + $1.sightings }) / Double(profile.readings)
    }

    private func actions(
        _ relation: QualifiedName, _ waiters: [Backend], isIdle: Bool, _ observation: Observation
    ) -> [Action] {
        let role = waiters.first?.role
        let verify = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event IN ('tuple', 'transactionid');"
        let limit = role.map { role in
            Action.limit(
                role, "lock_timeout", to: "2s", title: "let those give up that wait for long",
                gain: Gain("no session waits for longer than two seconds", .estimated),
                steps: ["The application must try again, after a pause, on error 55P03 (lock_not_available)."],
                caution: "it applies to all locks that the role waits for", observation)
        }
        return [
            Action(
                .containment, "let fewer sessions do it at a time",
                steps: [
                    "Take workers or pool connections of this job away until the queue is short: the row is changed no slower by three.",
                    "Ending the holder helps nobody: the next one takes the row.",
                ], lock: LockNote.none, gain: Gain("frees the connections of those that only wait", .ruleOfThumb),
                verify: verify)
        ] + [limit].compactMap(\.self) + [
            Action(
                .cure,
                isIdle ? "change \(relation) last, and commit at once" : "change the row less, or not in one place",
                steps: [
                    "Make its UPDATE the last statement before COMMIT: the row is then locked for a commit, not for all that the transaction does"
                        + (isIdle ? " (its holder is idle now, with the row locked)." : "."),
                    "A counter or sum: INSERT the differences into a table and add them up in a job, or split the row into some tens "
                        + "and add those up when it is read.",
                    "A number that only must be unique: a sequence, which nobody waits for.",
                    "A queue: SELECT … FOR UPDATE SKIP LOCKED takes the next row that nobody holds.",
                ], gain: Gain("transactions no longer wait for each other", .ruleOfThumb), verify: verify)
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a counter goes from hand to hand", on: "public.counters") {
            $0.addHotRow(waiting: 8, for: 1.4, turn: 0.06)
        },
        .fires("waits are short, but twenty sessions only wait: a notice", on: "public.counters") {
            $0.addHotRow(waiting: 20, for: 0.3, turn: 0.01)
        },
        .fires(
            "another holder than a minute ago", on: "public.counters",
            before: { $0.addHotRow(waiting: 6, for: 2, turn: 2) },
            after: {
                $0.backends = []
                $0.locks = []
                $0.addHotRow(waiting: 6, for: 3, turn: 3, holder: 170)
            }),
        .silent("one transaction that does not end: the blocking session tells it") {
            $0.addRowLockPile(waiting: 9, for: 250)
        },
        .silent("three meet at a row") { $0.addHotRow(waiting: 3, for: 0.4, turn: 0.01) },
        .silent("workers that skip locked rows wait for nothing") { snapshot in
            for pid in 1...20 {
                snapshot.addSession(pid, "worker", for: 0.1) {
                    $0.query = "SELECT id FROM jobs WHERE state = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"
                }
                snapshot.addLock(pid, "transactionid", "ExclusiveLock", transaction: Int64(pid))
            }
        },
    ]
}

extension Snapshot {
    /// So many wait for a row of counters: the first for the holder's transaction, since `turn` s, the others for the tuple.
    mutating func addHotRow(waiting: Int, for seconds: Double, turn: Double, holder: Int = 100) {
        let counter: (inout Backend) -> Void = {
            $0.query = "UPDATE counters SET n = n + $1 WHERE id = $2"
            $0.fingerprint = "c0"
        }
        addSession(holder, "web", for: turn, transaction: turn, counter)
        addLock(holder, "transactionid", "ExclusiveLock", transaction: Int64(holder))
        for place in 1...waiting {
            addSession(holder + place, "web", for: seconds, counter)
            if place == 1 {
                addLock(holder + 1, "transactionid", "ShareLock", transaction: Int64(holder), waitingFor: turn)
                addLock(holder + 1, "tuple", "ExclusiveLock", on: "counters")
            } else {
                addLock(
                    holder + place, "tuple", "ExclusiveLock", on: "counters",
                    waitingFor: seconds * Double(waiting - place + 1) / Double(waiting - 1))
            }
        }
    }
}
