import Model
import Statements

/// A question that is asked many times a second, and nearly always answered with nothing.
struct Polling: Rule {
    static let metadata = RuleMetadata(
        id: "workload.polling",
        title: "Polling that finds nothing",
        area: .workload,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns, .columnStatistics],
        looksAt:
            "calls, rows and mean time of pg_stat_statements within the window, for statements whose conditions name no "
            + "single object",
        why:
            "Workers that ask for work in a tight loop keep connections, processors and snapshots busy while there is nothing "
            + "to do, and still react only when their turn comes. With each worker more the rate doubles, the work does not.",
        limits:
            "Look-ups by a key that happen to find nothing are no polling: a statement with an equality on a unique column, "
            + "or on one with many distinct values, is left out, and so is one whose columns have no statistics, or without "
            + "LIMIT, a row lock or a write. Pollers of one customer's or one device's work are therefore not seen.",
        thresholds: [rate, rows, mean, timeShare, callShare, distinct],
        references: [
            "https://www.postgresql.org/docs/current/sql-notify.html",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
        ],
        explains: [.costsTime])

    private static let rate = Threshold(
        "calls a second, on average over the window", 5, "calls",
        source: "our choice: a worker that looks five times a second reacts faster than a person notices")
    private static let rows = Threshold(
        "rows a call at most", 0.1, "rows", source: "our choice: nine of ten calls find nothing")
    private static let mean = Threshold(
        "mean time at most", 20, "ms",
        source: "our choice: where a call takes longer, the statement is to be made cheaper first")
    private static let timeShare = Threshold(
        "share of time", 0.02, "share", source: "our choice: less is not felt by others")
    private static let callShare = Threshold(
        "share of all calls", 0.1, "share", source: "our choice: a tenth of the server's calls shapes its load")
    private static let distinct = Threshold(
        "distinct values of a column that tells states apart", 100, "values",
        source: "our choice: a status, a queue's name, a flag; beyond, the value names somebody's rows")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let seconds = observation.knownSeconds else {
            return .inconclusive("it is not known since when calls are counted")
        }
        let allCalls = observation.workload.statements.reduce(0) { $0 + Double($1.counters.calls) }
        return .findings(
            observation.analyses.all.compactMap { analysis in
                let counters = analysis.load.counters
                let calls = Double(counters.calls)
                guard calls / seconds >= Self.rate.value, counters.rowsPerCall <= Self.rows.value,
                    counters.meanTime <= Self.mean.value,
                    analysis.load.share >= Self.timeShare.value || calls >= allCalls * Self.callShare.value,
                    let relation = polled(analysis)
                else { return nil }
                return finding(analysis, relation, perSecond: calls / seconds, callShare: calls / allCalls)
            })
    }

    /// The relation in which it looks for work; nil where it may look for something in particular.
    private func polled(_ analysis: StatementAnalysis) -> Relation? {
        guard [.select, .update, .delete].contains(analysis.parsed.kind),
            analysis.shape.levels.contains(where: takesWork)
        else { return nil }
        var found: Relation?
        for level in analysis.shape.levels {
            // `WHERE id = (SELECT id FROM jobs …)`: the row that the subquery found.
            let isGiven = level.sublinks.contains { $0.place == .conditions }
            for predicate in level.predicates where predicate.clause == .where {
                if isGiven && predicate.operand == .expression { continue }
                guard let relation = analysis.relation(of: predicate.column), tellsStates(predicate, relation, analysis)
                else { return nil }
                found = found ?? relation
            }
        }
        return found
    }

    /// It wants some rows, whichever they are, or wants to keep others from them.
    private func takesWork(_ level: QueryLevel) -> Bool {
        level.hasLimit || level.locking != nil || [.update, .delete].contains(level.kind)
    }

    private func tellsStates(_ predicate: Predicate, _ relation: Relation, _ analysis: StatementAnalysis) -> Bool {
        // `run_at <= now()`, `sent_at IS NULL`: the same for every caller.
        guard [.equality, .inList].contains(predicate.operation) else {
            return [.range, .isNull, .isNotNull, .inequality].contains(predicate.operation)
        }
        guard let column = analysis.column(of: predicate.column) else { return false }
        let isUnique = analysis.names.indexes(of: relation.name).contains {
            $0.isUnique && $0.keyCount == 1 && $0.columns.first?.name == column.name
        }
        guard !isUnique, let statistics = column.statistics else { return false }
        return statistics.distinctValues(inRows: relation.rows) <= Self.distinct.value
    }

    private func finding(
        _ analysis: StatementAnalysis, _ relation: Relation, perSecond: Double, callShare: Double
    ) -> Finding {
        let load = analysis.load
        let counters = load.counters
        let rate = Quantity.decimal(perSecond, places: 0)
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(relation.name) is polled \(rate) times a second, and hardly ever has anything",
            objects: [load.object, .relation(relation.name, in: load.database)],
            impact: Impact(load.share, .shareOfTime, Quantity.percent(callShare) + " of calls"), confidence: .medium,
            summary:
                "\(load.roles.sorted().joined(separator: ", ")) asks \(relation.name) for work \(rate) times a second; "
                + "\(Quantity.about(Double(counters.rows))) rows came of "
                + "\(Quantity.about(Double(counters.calls))) calls.",
            evidence: [
                Evidence("calls", "calls", .count(counters.calls)),
                Evidence("callsPerSecond", "calls a second", .number(perSecond)),
                Evidence("shareOfCalls", "share of all calls", .share(callShare)),
                Evidence("rowsPerCall", "rows a call", .number(counters.rowsPerCall)),
                Evidence("meanTime", "mean time of a call", .milliseconds(counters.meanTime)),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "each call is the request of another user who looks whether there is something new",
            actions: [load.sessionsNow(), slower(load, perSecond), notify(relation)], explains: [load.link])
    }

    private func slower(_ load: StatementLoad, _ perSecond: Double) -> Action {
        Action(
            .containment, "poll less often while there is nothing to do",
            steps: [
                "Lengthen the workers' interval in their configuration; better, double it after each empty answer up to some "
                    + "seconds, and go back to the shortest after a full one."
            ],
            gain: Gain("calls fall in proportion: now \(Quantity.decimal(perSecond, places: 0)) a second", .estimated),
            verify: "its calls a second in the next diagnosis", undo: "the former interval")
    }

    private func notify(_ relation: Relation) -> Action {
        let channel = SQL.identifier(relation.name.name)
        return Action(
            .cure, "let the writer wake the worker",
            steps: [
                "Run `NOTIFY \(channel);` in the transaction that adds work; it is delivered when that commits.",
                "Have a worker run `LISTEN \(channel);` once, wait on its connection, and look once a minute besides, for what "
                    + "it missed while it was not connected.",
                "Where several workers take rows, take them with FOR UPDATE SKIP LOCKED, many at a time.",
            ],
            lock: LockNote.none, gain: Gain("one look for each piece of work", .ruleOfThumb),
            verify: "its calls in the next diagnosis",
            caution:
                "LISTEN needs a session of its own: not through PgBouncer in transaction mode; transactions with NOTIFY "
                + "commit one after another")
    }

    static let examples: [RuleExample] = [
        .fires("workers that look for queued jobs", on: "f1") { $0.addPolled() },
        .fires("taken with an UPDATE", on: "f1") {
            $0.addPolled(
                "UPDATE jobs SET state = $1 WHERE id = (SELECT id FROM jobs WHERE state = $2 AND run_at <= now() "
                    + "ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING *")
        },
        .fires("mails that were not sent yet", on: "f1") {
            $0.addPolled("SELECT * FROM jobs WHERE sent_at IS NULL LIMIT $1")
        },
        .silent("it mostly finds a job") { $0.addPolled(rows: 20_000_000) },
        .silent("looked at every now and then") { $0.addPolled(calls: 300_000) },
        .silent("a look-up by the primary key that finds nothing") {
            $0.addPolled("SELECT * FROM jobs WHERE id = $1")
        },
        .silent("a look-up of a customer's jobs, most of whom have none") {
            $0.addPolled("SELECT * FROM jobs WHERE customer = $1 AND state = $2")
        },
        .silent("columns without statistics") {
            $0.addPolled()
            for place in $0.catalogs[0].columns.indices { $0.catalogs[0].columns[place].statistics = nil }
        },
        .silent("each request looks for banners, and there are none") {
            $0.addPolled("SELECT * FROM jobs WHERE state = $1 AND run_at <= now()")
        },
        .silent("slow: to be made cheaper first") { $0.addPolled(mean: 80) },
        .silent("an INSERT that conflicts") {
            $0.addPolled("INSERT INTO jobs (id, state) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        },
        .inconclusive("it is not known since when calls are counted") {
            $0.addPolled()
            $0.statementStatistics!.reset = nil
        },
    ]
}

extension Snapshot {
    /// A queue that is asked ten times a second for 35 days.
    fileprivate mutating func addPolled(
        _ text: String = "SELECT * FROM jobs WHERE state = $1 ORDER BY run_at LIMIT $2", calls: Int64 = 30_000_000,
        rows: Int64 = 200_000, mean: Double = 0.01
    ) {
        addColumns("jobs", "id!", "state", "run_at", "sent_at", "customer")
        addIndex("jobs_pkey", on: "id", table: "jobs") { $0.isUnique = true }
        let distinct = ["id": -1.0, "state": 4, "run_at": -0.9, "sent_at": -0.5, "customer": 60_000]
        for place in catalogs[0].columns.indices {
            let column = catalogs[0].columns[place].name
            catalogs[0].columns[place].statistics = .make { $0.distinct = distinct[column] ?? 0 }
        }
        addStatement("f1", text, calls: calls, time: Double(calls) * mean, rows: rows)
    }
}
