import Foundation
import Model
import Statements

/// Transactions that the server rolled back because they waited for each other.
struct Deadlocks: Rule {
    private static let least = Threshold(
        "deadlocks since the statistics were reset", 3, "deadlocks",
        source: "our choice: one or two may be an accident of a deployment")
    private static let perDay = Threshold(
        "deadlocks a day since then", 1, "deadlocks",
        source: "our choice: fewer are cheaper to try again than to prevent")
    private static let inWindow = Threshold(
        "deadlocks between two readings", 1, "deadlocks", source: "dasha alerts on any increase of the counter")
    private static let grave = Threshold(
        "share of transactions that end in a deadlock: critical", 0.01, "share",
        source: "our choice: every hundredth transaction fails, after waiting for deadlock_timeout")

    static let metadata = RuleMetadata(
        id: "locks.deadlocks",
        title: "Deadlocks",
        area: .locks,
        needs: [.databases], uses: [.lockHistory],
        looksAt:
            "pg_stat_database.deadlocks within the window or by day since the statistics were reset; where a log was read, "
            + "`deadlock detected` with the statements, the tables and the order of each",
        why:
            "Two transactions each hold what the other wants. PostgreSQL notices after deadlock_timeout, in which both have stood "
            + "still, and rolls one of them back: its user sees an error, or waits for the work to be done again. It happens where "
            + "transactions lock the same rows or tables in different orders, and more often the longer they last.",
        limits:
            "The counter does not tell statements: without a log only their number is known. A log names the statement that each "
            + "session waited in, not the earlier one of its transaction that took the lock which it holds. A deadlock between "
            + "databases of different applications, or with a lock that is not PostgreSQL's, is not seen by the server.",
        thresholds: [least, perDay, inWindow, grave],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
            "https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-DEADLOCK-TIMEOUT",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
            "https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let log = LoggedLocks(observation)
        var names = observation.snapshot.databases.map(\.name)
        for deadlock in log?.history.deadlocks ?? [] {
            let name = log!.database(deadlock.database)
            if !names.contains(name) { names.append(name) }
        }
        return .findings(names.compactMap { finding($0, log, observation) })
    }

    /// How many there were in a database: counted, or, where the counter does not tell, logged.
    private struct Count {
        var count: Int64
        var perDay: Double
        var seconds: Double
        var isCounted: Bool
    }

    private func count(_ name: String, _ logged: Int64, _ log: LoggedLocks?, _ observation: Observation) -> Count? {
        let isWindow = observation.earlier != nil
        if let counted = observation.deadlocks(in: name), counted.perDay > 0, counted.count >= logged {
            let isEnough =
                isWindow
                ? Double(counted.count) >= Self.inWindow.value
                : Double(counted.count) >= Self.least.value && counted.perDay >= Self.perDay.value
            let seconds = Double(counted.count) / counted.perDay * 86_400
            if isEnough {
                return Count(count: counted.count, perDay: counted.perDay, seconds: seconds, isCounted: true)
            }
        }
        guard let seconds = log?.rateSeconds, Double(logged) >= (isWindow ? Self.inWindow.value : Self.least.value)
        else { return nil }
        // Of a log that is shorter than a day, what was seen.
        let perDay = Double(logged) / max(seconds / 86_400, 1)
        return perDay >= Self.perDay.value
            ? Count(count: logged, perDay: perDay, seconds: seconds, isCounted: false) : nil
    }

    private func finding(_ name: String, _ log: LoggedLocks?, _ observation: Observation) -> Finding? {
        let logged = log?.deadlocks(in: name) ?? []
        let loggedCount = logged.reduce(0) { $0 + $1.events.count }
        guard let count = count(name, loggedCount, log, observation) else { return nil }
        let database = observation.snapshot.databases.first { $0.name == name }
        let transactions = database.map { observation.counters(of: $0) }.map { $0.commits + $0.rollbacks } ?? 0
        let share = transactions > 0 && count.isCounted ? Double(count.count) / Double(transactions) : nil
        let isGrave = (share ?? 0) >= Self.grave.value && Double(count.count) >= Self.least.value
        let isRare = Double(count.count) < Self.least.value
        let rate = "\(Quantity.about(count.perDay)) a day"
        let number = Quantity.about(Double(count.count)) + (count.count == 1 ? " deadlock" : " deadlocks")
        // Two sessions at least stand still until the server looks.
        let patience = observation.setting("deadlock_timeout")?.seconds ?? 1
        let waiting = Double(count.count) * 2 * patience / max(count.seconds, 1)
        return Finding(
            Self.metadata, severity: isGrave ? .critical : isRare ? .notice : .warning, tier: .cure,
            title: count.perDay >= 1 && count.seconds >= 86_400
                ? "\(name): \(rate.replacing(" a day", with: "")) deadlocks a day" : "\(name): \(number)",
            objects: [ObjectReference(.database, name)],
            impact: Impact(waiting, .sessions, count.seconds >= 86_400 ? "\(rate)" : number),
            confidence: .high, summary: summary(name, number, count, logged.first?.deadlock, log),
            evidence: evidence(count, share, logged, log), notIf: "the application tries again, and nobody notices",
            actions: [Action.retryDeadlock] + (log == nil ? [Self.readLog] : [])
                + [Action.logLockWaits(observation)].compactMap(\.self) + [cure(logged.map(\.deadlock))],
            symptomOf: logged.isEmpty
                ? suspects(name, observation) : logged.reduce(into: []) { $0.formUnion($1.deadlock.links(in: name)) })
    }

    private func summary(
        _ name: String, _ number: String, _ count: Count, _ first: LoggedDeadlock?, _ log: LoggedLocks?
    ) -> String {
        let span = count.isCounted ? "in \(Quantity.seconds(count.seconds))" : "in \(log?.text ?? "the log")"
        let effect = "\(number) \(span) in \(name): each rolled a transaction back after others had waited with it."
        guard let first else {
            return effect + " Which statements they were only the server's log tells."
        }
        let check = first.hasForeignKeyCheck ? " One of the locks is a foreign key's check." : ""
        return effect + " Most often: \(first.orderInWords).\(check)"
    }

    private func evidence(
        _ count: Count, _ share: Double?, _ logged: [(deadlock: LoggedDeadlock, events: LoggedEvents)],
        _ log: LoggedLocks?
    ) -> [Evidence] {
        var evidence = [
            Evidence("deadlocks", count.isCounted ? "deadlocks counted" : "deadlocks logged", .count(count.count)),
            Evidence("perDay", "a day", .number(count.perDay)),
        ]
        if let share { evidence.append(Evidence("transactions", "share of transactions", .share(share))) }
        guard let log, !logged.isEmpty else { return evidence }
        if count.isCounted {
            evidence.append(
                Evidence(
                    "logged", "of them in \(log.text)", .count(logged.reduce(0) { $0 + $1.events.count })))
        }
        for (place, entry) in logged.prefix(3).enumerated() {
            let number = place + 1
            let times = entry.events.count == 1 ? "once" : "\(Quantity.count(entry.events.count)) times"
            evidence.append(
                Evidence(
                    "sessions\(number)", "logged \(times)", .text(entry.deadlock.sessionLines.joined(separator: "\n"))))
            evidence.append(Evidence("order\(number)", "order", .text(entry.deadlock.orderInWords)))
        }
        return evidence
    }

    private static let readLog = Action(
        .containment, "see which statements are in the deadlocks",
        steps: [
            "Give the server's log with --log FILE: `deadlock detected` names the statements of each."
        ], gain: Gain("tells whose order to change", .ruleOfThumb))

    private func cure(_ logged: [LoggedDeadlock]) -> Action {
        let tables = Set(logged.flatMap(\.relations)).sorted().map(\.description)
        let example =
            tables.count > 1
            ? "one order for these tables in all transactions, say \(tables.joined(separator: ", then ")); within a table by its key"
            : "one order within a table: by its key"
        return Action.rewrite(
            "lock in one order everywhere, and for a shorter time",
            steps: [
                "Agree on \(example).",
                "Where a transaction needs several rows, lock them first: `SELECT … ORDER BY id FOR NO KEY UPDATE`.",
                "Do what needs no lock (calls of other services, reads) before the first write, and write in smaller batches.",
            ], gain: Gain("no deadlock among transactions that keep to the order", .ruleOfThumb),
            verify: "deadlocks of pg_stat_database in the next diagnosis")
    }

    /// Without a log: whatever writes or locks rows there may be one of them.
    private func suspects(_ name: String, _ observation: Observation) -> Set<LinkKey> {
        Set(
            observation.analyses.all.filter {
                $0.load.database == name && ($0.parsed.writes || $0.parsed.locksRows)
            }.map(\.load.link))
    }

    static let examples: [RuleExample] = [
        .fires("twelve a day, and no log", on: "shop") {
            $0.lockHistory = nil
            $0.databases[0].counters.deadlocks = 480
        },
        .fires("counted, and the log names the pair", on: "shop") {
            $0.databases[0].counters.deadlocks = 480
            $0.addLoggedDeadlock(times: 12)
        },
        .fires("the counters were reset, the log knows", on: "shop") { $0.addLoggedDeadlock(times: 5) },
        .fires("one within a minute's sample", on: "shop", before: { _ in }) {
            $0.databases[0].counters.deadlocks += 1
        },
        .fires("each hundredth transaction", on: "shop") {
            $0.databases[0].counters.deadlocks = 20_000
            $0.addLoggedDeadlock(times: 40, isForeignKeyCheck: true)
        },
        .silent("two in forty days") { $0.databases[0].counters.deadlocks = 2 },
        .silent("one every other day") { $0.databases[0].counters.deadlocks = 20 },
        .silent("many once, none within the sample", before: { $0.databases[0].counters.deadlocks = 4000 }) { _ in },
        .silent("logged before the sample began", before: { $0.addLoggedDeadlock(times: 9) }) { _ in },
        .silent("none") { _ in },
    ]
}
