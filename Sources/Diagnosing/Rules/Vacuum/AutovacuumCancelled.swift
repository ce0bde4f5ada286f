import Foundation
import Model

/// A table whose autovacuum is cancelled again and again by locks that others want.
struct AutovacuumCancelled: Rule {
    private static let least = Threshold(
        "cancellations at least", 3, "events",
        source: "our choice: one or two are a migration's, and autovacuum comes again")
    private static let perDay = Threshold(
        "cancellations a day", 3, "events",
        source: "our choice: it comes again after autovacuum_naptime, and would get through in between")

    static let metadata = RuleMetadata(
        id: "vacuum.cancelled",
        title: "Autovacuum that gives way again and again",
        area: .vacuum,
        needs: [.lockHistory, .relations, .settings],
        looksAt:
            "\"canceling autovacuum task\" in the server's log, with the table; the table's dead and inserted rows, last_autovacuum",
        why:
            "Autovacuum ends itself as soon as a session waits for a lock that conflicts with its own: DDL, TRUNCATE, LOCK TABLE, another VACUUM. What it had done to the "
            + "indexes is lost. A table that somebody locks every few minutes is never vacuumed to its end.",
        limits:
            "Only what the log that was read has, in English. Silent while the table is not due: then it got through in between.",
        thresholds: [least, perDay],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
        ],
        explains: [.keepsVacuumAway, Edge(.keepsVacuumAway, "vacuum.starved-table")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let history = observation.snapshot.lockHistory, let cancelled = history.cancelledVacuums else {
            return .inconclusive("no log was read that tells of cancelled autovacuum")
        }
        let days = (history.span ?? 0) / 86_400
        return .findings(
            cancelled.compactMap { cancelled -> Finding? in
                let count = Double(cancelled.events.count)
                guard count >= Self.least.value, days == 0 || count / max(1, days) >= Self.perDay.value,
                    let relation = observation.snapshot.catalogs.first(where: { $0.database == cancelled.database })?
                        .relations.first(where: { $0.name == cancelled.relation }),
                    AutovacuumThreshold(relation, observation).isDue
                else { return nil }
                return finding(cancelled, relation, history, observation)
            })
    }

    private func finding(
        _ cancelled: CancelledVacuum, _ relation: Relation, _ history: LockHistory, _ observation: Observation
    ) -> Finding {
        let name = (relation.toastOwner ?? relation.name).quoted
        let last = observation.lastVisit(of: relation)
        let span = history.span.map { " in \(Quantity.seconds($0))" } ?? ""
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "autovacuum of \(relation.name) is cancelled again and again",
            objects: [.relation(relation.name, in: cancelled.database)],
            impact: .bytes(Int64(Double(relation.sizeOrEstimate) * relation.deadShare), "dead"), confidence: .high,
            summary:
                "Autovacuum of \(relation.name) gave way to somebody's lock \(Quantity.plural(Int(cancelled.events.count), "time"))\(span); it got "
                + "through last \(last), and the table is due.",
            evidence: [
                Evidence("cancelled", "cancelled", .count(cancelled.events.count)),
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
                Evidence("autovacuums", "autovacuums that got through", .count(relation.counters.autovacuums)),
            ] + (history.span.map { [Evidence("span", "span of the log", .seconds($0))] } ?? []),
            notIf: "a migration that is over now",
            actions: [
                Action(
                    .containment, "vacuum it at an hour without those locks", sql: ["VACUUM (ANALYZE) \(name);"],
                    steps: [
                        "A session's VACUUM does not give way: who wants the lock waits for it. Cancel it when it is in the way."
                    ],
                    lock: LockNote.vacuum, gain: Gain("its dead rows are removed now", .estimated),
                    verify:
                        "SELECT n_dead_tup, last_vacuum FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(relation.name.quoted))::regclass;"
                ),
                Action(
                    .fix, "find who locks it, and lock less",
                    steps: [
                        "log_lock_waits with a deadlock_timeout of a second names the statement that waited for autovacuum at that moment.",
                        "Jobs that TRUNCATE, LOCK TABLE … IN SHARE (or stronger) MODE, ALTER, CREATE INDEX without CONCURRENTLY, or VACUUM it themselves "
                            + "while autovacuum is at it: once at night, not every few minutes.",
                        "A lock for mutual exclusion of jobs: an advisory lock in place of LOCK TABLE.",
                    ],
                    gain: Gain("autovacuum gets through", .ruleOfThumb), verify: "last_autovacuum of the table moves",
                    undo: "nothing was changed"),
            ], explains: [.deadTuples(relation.name, database: cancelled.database)])
    }

    static let examples: [RuleExample] = [
        .fires("a job locks it every few minutes", on: "public.queue") { $0.addCancelled(times: 200) },
        .silent("a migration's two") { $0.addCancelled(times: 2) },
        .silent("it got through in between: nothing is due") { $0.addCancelled(times: 200, dead: 10) },
        .silent("three in a month") {
            $0.addCancelled(times: 3)
            $0.lockHistory!.first = $0.takenAt.addingTimeInterval(-30 * 86_400)
        },
        .inconclusive("no log was read") {
            $0.addCancelled(times: 200)
            $0.lockHistory = nil
        },
    ]
}

extension Snapshot {
    /// In a day's log.
    fileprivate mutating func addCancelled(times: Int64, dead: Int64 = 90_000) {
        addTable("queue", rows: 100_000, dead: dead)
        lockHistory!.cancelledVacuums = [
            .make {
                $0.database = "shop"
                $0.relation = QualifiedName("public", "queue")
                $0.events.count = times
            }
        ]
    }
}
