import Foundation
import Model
import Statements

/// Statements that often do not get their lock.
struct LockTimeouts: Rule {
    private static let least = Threshold(
        "statements that gave up", 5, "statements", source: "our choice: fewer are lock_timeout at its work")
    private static let perHour = Threshold(
        "statements that gave up an hour", 1, "statements",
        source: "our choice: fewer are cheaper to try again than to prevent")

    static let metadata = RuleMetadata(
        id: "locks.lock-timeouts",
        title: "Statements that give up waiting for a lock",
        area: .locks,
        needs: [.lockHistory],
        looksAt:
            "`canceling statement due to lock timeout` and `could not obtain lock` (SQLSTATE 55P03) in the server's log",
        why:
            "lock_timeout and NOWAIT keep a statement from waiting for ever, and end it with an error instead. Where that happens "
            + "often, work is done in vain and users see errors: the lock is contended, or the time allowed is shorter than the "
            + "transactions that hold it.",
        limits:
            "A change of the schema that gives up and tries again is as it should be: it is a notice, and so is NOWAIT, which asks "
            + "for the error. Which session held the lock is known only where log_lock_waits showed the wait before.",
        thresholds: [least, perHour, LoggedLocks.leastSpan],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
            "https://www.postgresql.org/docs/current/errcodes-appendix.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let log = LoggedLocks(observation) else { return .inconclusive("no log of the server was read") }
        let failures = log.history.failures.map { ($0, log.within($0.events)) }.filter { $0.1.count > 0 }
        guard !failures.isEmpty else { return .findings([]) }
        guard let seconds = log.rateSeconds else {
            return .inconclusive("the log tells no time, so that no rate can be reckoned")
        }
        return .findings(
            failures.filter { _, events in
                Double(events.count) >= Self.least.value
                    && Double(events.count) / max(seconds / 3600, 1) >= Self.perHour.value
            }.map { finding($0, $1, seconds, log, observation) })
    }

    private func finding(
        _ failure: LoggedLockFailure, _ events: LoggedEvents, _ seconds: Double, _ log: LoggedLocks,
        _ observation: Observation
    ) -> Finding {
        let database = log.database(failure.database)
        let parsed = failure.statement.flatMap { try? ParsedStatement(parsing: $0.text) }
        let isUtility = parsed?.kind == .utility
        let isExpected = isUtility || failure.reason == .noWait
        let what = failure.lock.words
        let who = failure.applications.isEmpty ? "" : " of \(failure.applications.joined(separator: ", "))"
        let statement = failure.statement?.label() ?? "a statement that the log does not show"
        let times = Quantity.count(events.count)
        let manner = failure.reason == .noWait ? "found locked (NOWAIT)" : "waited for in vain"
        let links = links(failure, database)
        return Finding(
            Self.metadata, severity: isExpected ? .notice : .warning, tier: .cure,
            title: "\(failure.lock.name ?? "A lock"): \(manner) \(times) times",
            objects: objects(failure, database),
            impact: Impact(events.totalWait / 1000 / seconds, .sessions, "\(times) errors"), confidence: .high,
            summary: "\(times) times in \(log.text) `\(statement)`\(who) did not get \(what) and failed with 55P03.",
            evidence: [
                Evidence("failures", "statements that gave up", .count(events.count)),
                Evidence("reason", "reason", .text(failure.reason == .noWait ? "NOWAIT" : "lock_timeout")),
                Evidence("lock", "wanted", .text(what)),
            ] + (events.totalWait > 0 ? [Evidence("waited", "waited in all", .milliseconds(events.totalWait))] : [])
                + log.overall(events, failure.events)
                + (failure.statement.map { [Evidence("statement", "statement", .text($0.text))] } ?? []),
            notIf: isUtility ? "it tries again and succeeds in the end" : "the application tries again",
            actions: actions(failure, isUtility, observation), symptomOf: links, identity: [failure.reason.rawValue])
    }

    private func objects(_ failure: LoggedLockFailure, _ database: String) -> [ObjectReference] {
        let statement = failure.statement?.fingerprint.map { ObjectReference(.statement, $0, in: database) }
        let relation = failure.lock.relation.map { ObjectReference.relation($0, in: database) }
        let objects = [relation, statement].compactMap(\.self)
        return objects.isEmpty ? [ObjectReference(.database, database)] : objects
    }

    private func links(_ failure: LoggedLockFailure, _ database: String) -> Set<LinkKey> {
        Set([failure.statement?.link(in: database)].compactMap(\.self))
            .union(failure.lock.relation.map { [.relation($0, database: database)] } ?? [])
    }

    private func actions(_ failure: LoggedLockFailure, _ isUtility: Bool, _ observation: Observation) -> [Action] {
        var actions = [
            Action(
                .containment, "try again after 55P03",
                steps: [
                    "Have the application run the transaction again after a random pause that grows, a few times.",
                    "See who holds the lock while it happens: a diagnosis at that moment names the session.",
                ], lock: LockNote.none, gain: Gain("users see a delay in place of an error", .ruleOfThumb))
        ]
        if let more = Action.logLockWaits(observation) { actions.append(more) }
        let steps =
            failure.reason == .noWait
            ? [
                "Workers that share a queue: FOR UPDATE SKIP LOCKED gives each its own rows in place of an error.",
                "Others: wait for a moment with SET LOCAL lock_timeout in place of NOWAIT.",
            ]
            : isUtility
                ? [
                    "Run it at a quieter moment, or end the long transaction that holds the table first.",
                    "Keep the lock_timeout: without it readers and writers would queue behind the request.",
                ]
                : [
                    "Shorten the transactions that hold the lock: write the contended row last, commit at once.",
                    "Compare lock_timeout with how long these transactions take: a shorter one only makes errors.",
                ]
        actions.append(
            Action.rewrite(
                failure.reason == .noWait ? "skip what is locked" : "hold the lock for a shorter time", steps: steps,
                gain: Gain("fewer errors", .ruleOfThumb), verify: "errors 55P03 in the next log"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("an UPDATE, fifty times a day", on: "public.orders") { $0.addLockFailure(times: 50) },
        .fires("NOWAIT as a queue", on: "public.orders") { $0.addLockFailure(times: 50, reason: .noWait) },
        .fires("a migration that never gets through", on: "public.orders") {
            $0.addLockFailure(times: 50, "ALTER TABLE orders ADD COLUMN note text")
        },
        .silent("three times") { $0.addLockFailure(times: 3) },
        .silent("ten times in a day") { $0.addLockFailure(times: 10) },
        .silent("all before the sample", before: { $0.addLockFailure(times: 50) }) { _ in },
        .silent("none") { _ in },
        .inconclusive("the log tells no time") {
            $0.addLockFailure(times: 50)
            $0.lockHistory?.first = nil
        },
        .inconclusive("no log was read") { $0.lockHistory = nil },
    ]
}
