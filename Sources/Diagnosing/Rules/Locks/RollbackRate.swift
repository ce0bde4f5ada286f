import Foundation
import Model

/// Many transactions are rolled back.
struct RollbackRate: Rule {
    private static let share = Threshold(
        "share of the transactions", 0.1, "share", source: "our choice: a few fail in any application")
    private static let high = Threshold(
        "share of the transactions: warning", 0.5, "share", source: "our choice: more is undone than done")
    private static let perDay = Threshold("rollbacks a day", 4000, "a day", source: "pg_gather's level")
    private static let least = Threshold("rollbacks", 100, "rollbacks", source: "our choice: fewer are no habit")

    static let metadata = RuleMetadata(
        id: "locks.rollback-rate",
        title: "Many transactions are rolled back",
        area: .locks,
        needs: [.databases],
        looksAt: "pg_stat_database: xact_rollback against xact_commit over the window, deadlocks, rows written",
        why:
            "What a transaction wrote before its rollback was work for nothing: the rows stay behind dead for VACUUM, the WAL is "
            + "written, locks were held. Many of them tell of errors that the application swallows: unique violations used as a test, "
            + "lock and statement timeouts, deadlocks, serialization failures.",
        limits:
            "A transaction that only read and ends with ROLLBACK counts too: some drivers and probes end all of them so, which costs "
            + "nothing. The counters do not tell these apart: the server's log does.",
        thresholds: [share, high, perDay, least],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
            "https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            SessionCounts.all(observation).filter { counts in
                let rollbacks = counts.counters.rollbacks
                return Double(rollbacks) >= Self.least.value && counts.perDay(rollbacks) >= Self.perDay.value
                    && Double(rollbacks) >= Self.share.value * Double(counts.counters.transactions)
            }.map { finding($0) })
    }

    private func finding(_ counts: SessionCounts) -> Finding {
        let counters = counts.counters
        let share = Double(counters.rollbacks) / Double(max(counters.transactions, 1))
        let writes = counters.tuplesInserted + counters.tuplesUpdated + counters.tuplesDeleted
        // Who writes nothing loses nothing.
        let isHigh = share >= Self.high.value && writes >= counters.rollbacks
        let verify =
            "SELECT xact_commit, xact_rollback FROM pg_catalog.pg_stat_database WHERE datname = \(SQL.literal(counts.database));"
        return Finding(
            Self.metadata, severity: isHigh ? .warning : .notice, tier: .cure,
            title: "\(Quantity.percent(share)) of the transactions of \(counts.database) are rolled back",
            objects: [ObjectReference(.database, counts.database)], impact: .none,
            confidence: isHigh ? .medium : .low,
            summary:
                "\(Quantity.about(Double(counters.rollbacks))) of \(Quantity.about(Double(counters.transactions))) transactions of "
                + "\(counts.database) in \(Quantity.seconds(counts.seconds)) were rolled back, "
                + "\(Quantity.about(counts.perDay(counters.rollbacks))) a day.",
            evidence: [
                Evidence("rollbacks", "rollbacks", .count(counters.rollbacks)),
                Evidence("commits", "commits", .count(counters.commits)),
                Evidence("share", "share", .share(share)),
                Evidence("deadlocks", "of them by deadlocks", .count(counters.deadlocks)),
                Evidence("writtenRows", "rows written, of all transactions", .count(writes)),
            ], notIf: "a driver or a probe ends transactions that only read with ROLLBACK",
            actions: [
                Action(
                    .containment, "see which errors they are",
                    steps: [
                        "Count the messages in the server's log by SQLSTATE (log_line_prefix with %e): 23505 unique violations, 40001 and 40P01 "
                            + "retries, 55P03 and 57014 timeouts.",
                        "No errors there: it is a driver that ends reading transactions with ROLLBACK, and nothing has to be done.",
                    ], lock: LockNote.none, gain: Gain("the cause is known", .ruleOfThumb), verify: verify),
                Action(
                    .cure, "do not let an error decide",
                    steps: [
                        "INSERT … ON CONFLICT in place of an INSERT that may fail; look before the write, not after.",
                        "Validate input in the application; retry 40001 and 40P01 with a pause.",
                    ], gain: Gain("no work for nothing, and fewer dead rows", .ruleOfThumb), verify: verify),
            ], explains: [], symptomOf: [])
    }

    static let examples: [RuleExample] = [
        .fires("a third fail", on: "shop", before: { _ in }, after: { $0.count(commits: 2000, rollbacks: 1000) }),
        .fires("most, since the statistics began", on: "shop") { $0.count(rollbacks: 3_000_000) },
        .silent("a few", before: { _ in }, after: { $0.count(commits: 20_000, rollbacks: 200) }),
        .silent("a probe each second", before: { _ in }, after: { $0.count(commits: 10, rollbacks: 60) }),
    ]
}
