import Foundation
import Model

/// Sessions that waited for locks again and again, or for long: on average, over the span of a log.
struct LoggedLockWaits: Rule {
    private static let waiting = Threshold(
        "sessions that wait for it on average", 0.1, "sessions",
        source: "our choice: six minutes of each hour in which somebody stands still")
    private static let much = Threshold(
        "sessions that wait on average: warning", 1, "sessions",
        source: "our choice: somebody stands still at any time; less is a notice")
    private static let least = Threshold(
        "waits", 3, "waits",
        source: "our choice: a single long wait is an incident, which locks.blocking-session shows live")

    static let metadata = RuleMetadata(
        id: "locks.logged-lock-waits",
        title: "Waits for locks in the log",
        area: .locks,
        needs: [.lockHistory],
        looksAt:
            "`still waiting for` and `acquired` of log_lock_waits in the server's log, summed by table and statement; who held "
            + "the lock, where the log has other messages of the process",
        why:
            "A lock is held until its transaction ends. What waits for it takes as long as the others' transactions, whatever its "
            + "own plan: no index shows it, and pg_stat_statements counts the waiting as its execution time. The log says how long "
            + "sessions stood still, on which table, and in which statement.",
        limits:
            "Only waits longer than deadlock_timeout are logged, and of those that were given up only that they began. The log names "
            + "the process that held the lock but neither its statement nor its application: they are known where it waited or failed "
            + "itself around that time. " + "Over the connection only the log's last 4 MB are read.",
        thresholds: [waiting, much, least, LoggedLocks.leastSpan],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
            "https://www.postgresql.org/docs/current/explicit-locking.html",
        ],
        explains: [
            Edge(.variesTime, "workload.erratic-statement"), Edge(.holdsLock, "locks.lock-timeouts"),
        ])

    /// What is waited for, in one database.
    private struct Subject: Hashable {
        var database: String
        var name: String
        var relation: QualifiedName?
        var isRow: Bool
    }

    private struct Judged {
        var wait: LoggedLockWait
        var events: LoggedEvents
    }

    func evaluate(_ observation: Observation) -> Outcome {
        guard let log = LoggedLocks(observation) else { return .inconclusive("no log of the server was read") }
        let waits = log.history.waits.map { Judged(wait: $0, events: log.within($0.events)) }.filter {
            $0.events.count > 0
        }
        if waits.isEmpty, observation.setting("log_lock_waits")?.isOn == false {
            return .inconclusive("log_lock_waits is off: waits for locks are not logged")
        }
        guard let seconds = log.rateSeconds else {
            return waits.isEmpty
                ? .findings([]) : .inconclusive("the log tells no time, so that no share can be reckoned")
        }
        let groups = Dictionary(grouping: waits) { judged in
            Subject(
                database: log.database(judged.wait.database),
                name: judged.wait.lock.subject ?? "a table that the log does not name",
                relation: judged.wait.lock.relation, isRow: [.row, .transaction].contains(judged.wait.lock.kind))
        }
        let findings = groups.compactMap { finding($0, $1, seconds, log, observation) }
        return .findings(findings.sorted { ($0.impact.value, $1.fingerprint) > ($1.impact.value, $0.fingerprint) })
    }

    private func finding(
        _ subject: Subject, _ waits: [Judged], _ seconds: Double, _ log: LoggedLocks, _ observation: Observation
    ) -> Finding? {
        let waits = waits.sorted { ($0.events.totalWait, $1.events.count) > ($1.events.totalWait, $0.events.count) }
        let total = waits.reduce(0) { $0 + $1.events.totalWait }
        let count = waits.reduce(0) { $0 + $1.events.count }
        let average = total / 1000 / seconds
        guard average >= Self.waiting.value, Double(count) >= Self.least.value else { return nil }
        let what = subject.isRow ? "rows of \(subject.name)" : subject.name
        let longest = waits.map(\.events.longestWait).max() ?? 0
        return Finding(
            Self.metadata, severity: average >= Self.much.value ? .warning : .notice, tier: .cure,
            title: "Sessions waited \(Quantity.milliseconds(total)) for \(what)",
            objects: objects(subject, waits), impact: .sessions(average), confidence: .high,
            summary: "In \(log.text) sessions waited \(Quantity.count(count)) times for \(what), "
                + "\(Quantity.milliseconds(total)) in all and up to \(Quantity.milliseconds(longest)) at once: "
                + "\(Quantity.decimal(average, places: average < 1 ? 2 : 1)) sessions at any time. \(holders(waits))",
            evidence: evidence(waits, count, total, longest, average, log),
            notIf: "the waits are of one incident that is over: see when the last one was",
            actions: actions(subject, waits, observation), explains: links(subject, waits),
            symptomOf: links(subject, waits),
            identity: [subject.isRow ? "rows" : "lock"])
    }

    private func objects(_ subject: Subject, _ waits: [Judged]) -> [ObjectReference] {
        if let relation = subject.relation { return [.relation(relation, in: subject.database)] }
        return [ObjectReference(.database, subject.database)]
            + (waits.first?.wait.statement?.fingerprint.map { [ObjectReference(.statement, $0, in: subject.database)] }
                ?? [])
    }

    private func links(_ subject: Subject, _ waits: [Judged]) -> Set<LinkKey> {
        Set(waits.compactMap { $0.wait.statement?.link(in: subject.database) })
            .union(subject.relation.map { [.relation($0, database: subject.database)] } ?? [])
    }

    private func holders(_ waits: [Judged]) -> String {
        guard let counted = greatestHolder(waits) else { return "The log does not tell who held the lock." }
        let holder = counted.holder
        let who = holder.application ?? holder.role.map { "role \($0)" } ?? "a session"
        let statement = holder.statement.map { " with `\($0.label())`" } ?? ""
        return "Most often, as far as the log tells, \(who) held it\(statement)."
    }

    private func greatestHolder(_ waits: [Judged]) -> LoggedLockWait.CountedHolder? {
        waits.flatMap(\.wait.holders).max { $0.count < $1.count }
    }

    private func evidence(
        _ waits: [Judged], _ count: Int64, _ total: Double, _ longest: Double, _ average: Double, _ log: LoggedLocks
    ) -> [Evidence] {
        var evidence = [
            Evidence("waits", "waits", .count(count)), Evidence("waited", "waited in all", .milliseconds(total)),
            Evidence("longestWait", "longest wait", .milliseconds(longest)),
            Evidence("waitingSessions", "sessions that wait on average", .number(average)),
            Evidence("longestQueue", "longest queue", .count(Int64(waits.map(\.wait.longestQueue).max() ?? 0))),
        ]
        let unfinished = waits.reduce(0) { $0 + $1.wait.unfinished }
        if unfinished > 0 {
            evidence.append(Evidence("unfinished", "waits whose end the log does not tell", .count(unfinished)))
        }
        let all = waits.reduce(into: LoggedEvents()) { $0.add($1.wait.events) }
        let judged = waits.reduce(into: LoggedEvents()) { $0.add($1.events) }
        evidence += log.overall(judged, all)
        let pairs = waits.prefix(5).map { judged -> String in
            let statement = judged.wait.statement?.label(120) ?? "a statement that the log does not show"
            let holder = judged.wait.holders.first?.holder.statement.map { ", behind \($0.label(80))" } ?? ""
            let who = judged.wait.applications.isEmpty ? "" : " (\(judged.wait.applications.joined(separator: ", ")))"
            return
                "\(Quantity.milliseconds(judged.events.totalWait)) in \(Quantity.count(judged.events.count)) waits\(who): "
                + "\(statement)\(holder)"
        }
        evidence.append(Evidence("statements", "statements that waited", .text(pairs.joined(separator: "\n"))))
        return evidence
    }

    private func actions(_ subject: Subject, _ waits: [Judged], _ observation: Observation) -> [Action] {
        let relation = subject.relation.map { " AND relation = \(SQL.literal($0.quoted))::regclass" } ?? ""
        let isCheck = waits.contains { $0.wait.lock.isForeignKeyCheck }
        var actions = [
            Action(
                .containment, "see who holds it while it happens",
                sql: [
                    "SELECT pid, mode, granted, waitstart FROM pg_catalog.pg_locks WHERE true\(relation) ORDER BY waitstart;"
                ],
                steps: [
                    "Run a diagnosis during a wait: the session that all others wait for is named, with how to end it."
                ],
                lock: LockNote.none, gain: Gain("names the holder", .ruleOfThumb))
        ]
        if !subject.isRow, subject.relation != nil {
            actions.append(
                Action(
                    .fix, "let changes of the schema give up after seconds",
                    steps: [
                        "Set lock_timeout in migrations and maintenance (SET lock_timeout = '5s'), and have them try again after "
                            + "55P03: what queues behind a strong request waits as well."
                    ], lock: LockNote.none, gain: Gain("a queue lasts seconds", .estimated),
                    verify: "waits of this table in the next log"))
        }
        let steps =
            (isCheck
                ? [
                    "The wait is a foreign key's check: write the parent with FOR NO KEY UPDATE in place of FOR UPDATE, leave its key "
                        + "alone, and end the transaction that deletes parents soon."
                ] : [])
            + (subject.isRow
                ? [
                    "Write the contended row last in its transaction, just before COMMIT, so that it is locked for a moment only.",
                    "Counters and balances: insert what changes as rows, and sum them up later; or spread the row over several.",
                    "Queues: FOR UPDATE SKIP LOCKED. Batches: fewer rows a transaction.",
                ]
                : [
                    "Keep transactions that hold the lock short: no calls of other services, no thinking time within them."
                ])
        return actions + [
            Action.rewrite(
                "hold the lock for a shorter time", steps: steps,
                gain: Gain("at most what was waited", .estimated), verify: "waits of this kind in the next log")
        ]
    }

    static let examples: [RuleExample] = [
        .fires("an hour of each day waits for a hot row", on: "public.orders") {
            $0.addLoggedWait(times: 1200, milliseconds: 9000)
        },
        .fires("a foreign key's check, and a known holder", on: "public.orders") {
            $0.addLoggedWait(times: 900, milliseconds: 30_000, isForeignKeyCheck: true, holder: "nightly")
        },
        .fires("readers behind DDL", on: "public.orders") {
            $0.addLoggedWait(times: 400, milliseconds: 60_000, kind: .relation)
        },
        .fires("an advisory lock", on: "shop") { $0.addLoggedWait(times: 400, milliseconds: 60_000, kind: .advisory) },
        .silent("one long wait") { $0.addLoggedWait(times: 1, milliseconds: 10_000_000) },
        .silent("a wait now and then") { $0.addLoggedWait(times: 40, milliseconds: 1500) },
        .silent("all before the sample", before: { $0.addLoggedWait(times: 40, milliseconds: 900_000) }) { _ in },
        .silent("none") { _ in },
        .inconclusive("waits are not logged") {
            $0.set("log_lock_waits", "off", source: "default", context: "superuser")
        },
        .inconclusive("the log tells no time") {
            $0.addLoggedWait(times: 40, milliseconds: 900_000)
            $0.lockHistory?.first = nil
        },
        .inconclusive("no log was read") { $0.lockHistory = nil },
    ]
}
