import Foundation
import Model
import Statements

/// Statements that lock the same things in different orders: seen in the deadlocks of the log.
struct LockOrder: Rule {
    private static let times = Threshold(
        "deadlocks of the same statements", 2, "deadlocks",
        source: "our choice: what met twice is a pattern of the application, not an accident")

    static let metadata = RuleMetadata(
        id: "locks.lock-order",
        title: "Statements that lock in different orders",
        area: .locks,
        needs: [.lockHistory],
        looksAt:
            "`deadlock detected` in the server's log: the statements of each circle, what each waited for, and thereby what "
            + "each held",
        why:
            "Each transaction is right by itself. Together they deadlock whenever one comes between the other's two locks: one goes "
            + "from orders to stock, the other from stock to orders. No index and no setting helps; the same order everywhere does.",
        limits:
            "The log tells the statement that waited, not the earlier one of the transaction that took the lock it held. The table "
            + "of who was not rolled back is known from log_lock_waits, else taken from its statement. Statements that never "
            + "deadlocked while the log was written are not seen: see shape.locking-without-order for suspects.",
        thresholds: [times],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
        ],
        explains: [Edge(.crossesOrder, "locks.deadlocks")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let log = LoggedLocks(observation) else { return .inconclusive("no log of the server was read") }
        let pairs = log.history.deadlocks.map { ($0, log.within($0.events)) }.filter { deadlock, events in
            Double(events.count) >= Self.times.value && deadlock.sessions.count > 1
                && deadlock.sessions.contains { $0.statement != nil }
        }
        return .findings(pairs.map { finding($0, $1, log, observation) })
    }

    private func finding(
        _ deadlock: LoggedDeadlock, _ events: LoggedEvents, _ log: LoggedLocks, _ observation: Observation
    ) -> Finding {
        let database = log.database(deadlock.database)
        let subjects = Set(deadlock.sessions.compactMap(\.wanted.subject)).sorted()
        let what = subjects.isEmpty ? "Rows of \(database)" : subjects.joined(separator: " and ")
        let title =
            deadlock.hasForeignKeyCheck
            ? "\(what): a foreign key's check and a write lock in different orders"
            : subjects.count > 1 ? "\(what) are locked in different orders" : "\(what): locked in different orders"
        let times = Quantity.count(events.count)
        return Finding(
            Self.metadata, severity: .warning, tier: .cure, title: title, objects: objects(deadlock, database),
            impact: Impact(impact(events, log, observation), .sessions, "\(times) deadlocks"),
            confidence: .high,
            summary:
                "\(times) times in \(log.text) the same \(deadlock.sessions.count) statements ended in a deadlock: "
                + "\(deadlock.orderInWords).",
            evidence: [
                Evidence("deadlocks", "deadlocks of these statements", .count(events.count)),
                Evidence("order", "order", .text(deadlock.orderInWords)),
                Evidence("sessions", "sessions", .text(deadlock.sessionLines.joined(separator: "\n"))),
            ] + log.overall(events, deadlock.events)
                + (events.last.map { [Evidence("last", "last seen, ago", .seconds(observation.age(of: $0) ?? 0))] }
                    ?? []),
            notIf: "one of the two is not used any more: the last deadlock is old",
            actions: [Action.retryDeadlock] + [Action.logLockWaits(observation)].compactMap(\.self)
                + cures(deadlock, observation, database),
            explains: deadlock.links(in: database), symptomOf: [],
            identity: deadlock.sessions.map { $0.statement?.fingerprint ?? $0.wanted.words })
    }

    /// Sessions that stood still for it, on average.
    private func impact(_ events: LoggedEvents, _ log: LoggedLocks, _ observation: Observation) -> Double {
        let patience = observation.setting("deadlock_timeout")?.seconds ?? 1
        return Double(events.count) * 2 * patience / (log.rateSeconds ?? 86_400)
    }

    private func objects(_ deadlock: LoggedDeadlock, _ database: String) -> [ObjectReference] {
        let tables = deadlock.relations.map { ObjectReference.relation($0, in: database) }
        let statements = Set(deadlock.sessions.compactMap { $0.statement?.fingerprint }).sorted()
            .map { ObjectReference(.statement, $0, in: database) }
        let objects = tables + statements
        return objects.isEmpty ? [ObjectReference(.database, database)] : objects
    }

    private func cures(_ deadlock: LoggedDeadlock, _ observation: Observation, _ database: String) -> [Action] {
        var actions: [Action] = []
        if deadlock.hasForeignKeyCheck {
            actions.append(
                Action.rewrite(
                    "do not lock the referred row more strongly than needed",
                    steps: [
                        "A foreign key's check takes FOR KEY SHARE of the row referred to. It conflicts with DELETE, with an UPDATE of "
                            + "its key, and with SELECT … FOR UPDATE, not with FOR NO KEY UPDATE or an UPDATE of other columns.",
                        "Replace FOR UPDATE of the parent by FOR NO KEY UPDATE, and leave its key out of the SET list.",
                        "Write the parent before its children in every transaction, or the children first in every one.",
                    ], gain: Gain("the check does not wait for such writes any more", .ruleOfThumb),
                    verify: "deadlocks of this kind in the next log"))
        }
        actions.append(
            Action.rewrite(
                "lock in one order in all of these transactions", steps: steps(deadlock, observation, database),
                gain: Gain("these deadlocks end", .ruleOfThumb), verify: "deadlocks of this kind in the next log"))
        return actions
    }

    private func steps(_ deadlock: LoggedDeadlock, _ observation: Observation, _ database: String) -> [String] {
        let names = deadlock.relations
        var steps: [String] = []
        if names.count > 1 {
            steps.append(
                "Take \(names.map(\.description).joined(separator: ", then ")) in every transaction that writes them all; any order "
                    + "will do, as long as it is the same.")
        }
        for name in names.prefix(2) {
            guard let key = observation.surveys[database]?.names.primaryKey(of: name) else { continue }
            let columns = key.map(SQL.identifier).joined(separator: ", ")
            steps.append(
                "Several rows of \(name): lock them first, in the order of their key: `SELECT FROM \(name.quoted) WHERE … ORDER BY "
                    + "\(columns) FOR NO KEY UPDATE`, or sort the list by \(columns) before it is written row by row.")
        }
        if deadlock.sessions.contains(where: { $0.wanted.kind == .advisory }) {
            steps.append("Sort the keys of advisory locks before they are taken, or take one lock for all.")
        }
        if deadlock.sessions.contains(where: { $0.wanted.kind == .relation }) {
            steps.append(
                "Do not raise a lock on a table that the transaction has locked already (LOCK TABLE or ALTER TABLE after a read or "
                    + "a write of it): take the strongest first.")
        }
        return steps + ["Do in the transaction only what must be in it: locks are held until it ends."]
    }

    static let examples: [RuleExample] = [
        .fires("orders and stock, both ways", on: "public.orders") { $0.addLoggedDeadlock(times: 12) },
        .fires("rows of one table", on: "public.orders") { $0.addLoggedDeadlock(times: 2, second: "orders") },
        .fires("a foreign key's check", on: "public.orders") {
            $0.addLoggedDeadlock(times: 4, isForeignKeyCheck: true)
        },
        .silent("once") { $0.addLoggedDeadlock(times: 1) },
        .silent("no deadlock in the log") { _ in },
        .silent("twelve, all before the sample", before: { $0.addLoggedDeadlock(times: 12) }) { _ in },
        .inconclusive("no log was read") { $0.lockHistory = nil },
    ]
}
