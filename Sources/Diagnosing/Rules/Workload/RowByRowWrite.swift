import Foundation
import Model
import Statements

/// Rows that are updated or deleted one by one, many in a transaction.
struct RowByRowWrite: Rule {
    private static let walShare = Threshold(
        "share of the statements' WAL", 0.3, "share",
        source: "our choice: a third of what replicas and the archive have to carry")
    private static let leastShare = Threshold(
        "share of time beside that share of the WAL", 0.01, "share",
        source: "our choice: below a hundredth of the time nobody waits for it")
    private static let perTransaction = Threshold(
        "calls for each transaction of the database", 5, "calls",
        source:
            "our choice: what users ask for comes once or twice in a transaction (once in pgbench's), a loop many times"
    )

    static let metadata = RuleMetadata(
        id: "workload.row-by-row-write",
        title: "Rows that are updated or deleted one by one",
        area: .workload,
        needs: [.statements, .statementTexts, .databases, .relations, .indexes, .columns],
        looksAt:
            "UPDATE and DELETE of one row by its unique key in pg_stat_statements within the window: calls, share of time and of "
            + "WAL, against the transactions of pg_stat_database",
        why:
            "Each row pays for a round trip, parsing, planning and a look-up, while the locks of all rows before it are held. One "
            + "statement that takes all keys and values as arrays writes the same rows: 20,000 updates by key took 1.1 s one by "
            + "one in one transaction, and 0.11 s as one statement (measured on 15.18, over a unix socket; a network adds its "
            + "round trip to each).",
        limits:
            "The counters do not tell which transaction a call belonged to: a loop is taken for certain where the statement runs "
            + "many times for each transaction that the database ended, so that a loop on a server with a great many other "
            + "transactions is missed, and so is one that commits each row by itself: it looks like so many users. Statements "
            + "within functions are left out.",
        thresholds: [RowByRow.calls, RowByRow.timeShare, walShare, leastShare, perTransaction],
        references: [
            "https://www.postgresql.org/docs/current/sql-update.html",
            "https://www.postgresql.org/docs/current/functions-array.html",
            "https://www.postgresql.org/docs/current/libpq-pipeline-mode.html",
        ],
        explains: [
            .costsTime, Edge(.manyRoundTrips, "workload.chatty-transaction"), Edge(.manyRoundTrips, "waits.wal-write"),
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let statements = observation.workload.statements
        let allCalls = statements.reduce(0) { $0 + Double($1.counters.calls) }
        let allWAL = statements.reduce(0) { $0 + Double($1.counters.walBytes) }
        var unknown: Set<String> = []
        var findings: [Finding] = []
        for load in RowByRow.statements(observation) {
            let walShare = allWAL > 0 ? Double(load.counters.walBytes) / allWAL : 0
            guard
                load.share >= RowByRow.timeShare.value
                    || load.share >= Self.leastShare.value && walShare >= Self.walShare.value,
                load.representative.isTopLevel, let write = OneRowWrite(observation.analyses.analysis(of: load))
            else { continue }
            guard let counters = observation.countersBesideStatements(of: load.database), counters.transactions > 0
            else {
                unknown.insert(load.database)
                continue
            }
            let ratio = Double(load.counters.calls) / Double(counters.transactions)
            guard ratio >= Self.perTransaction.value else { continue }
            findings.append(
                finding(
                    write, ratio: ratio, walShare: walShare, callShare: Double(load.counters.calls) / allCalls,
                    observation)
            )
        }
        guard unknown.isEmpty else {
            let reason =
                "the transactions of \(unknown.sorted().joined(separator: ", ")) were counted over a shorter time than the "
                + "statements: take two snapshots, or a sample"
            return findings.isEmpty ? .inconclusive(reason) : .partial(findings, reason)
        }
        return .findings(findings)
    }

    private func finding(
        _ write: OneRowWrite, ratio: Double, walShare: Double, callShare: Double, _ observation: Observation
    ) -> Finding {
        let load = write.analysis.load
        let calls = Quantity.about(Double(load.counters.calls))
        let done = write.verb == "update" ? "updated" : "deleted"
        let name = write.relation.description
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(calls) rows of \(name) \(done) one by one",
            objects: [load.object, .relation(write.relation, in: load.database)], impact: .share(load.share),
            confidence: .medium,
            summary:
                "\(calls) calls \(write.verb) one row of \(name) by its key, \(Quantity.about(ratio)) for each transaction that "
                + "\(load.database) ended, so that a loop sends them; they take \(Quantity.percent(load.share)) of the time and "
                + "\(Quantity.percent(walShare)) of the WAL.",
            evidence: RowByRow.facts(load, callShare: callShare) + [
                Evidence("callsPerTransaction", "calls for each transaction of the database", .number(ratio)),
                Evidence("shareOfWAL", "share of the statements' WAL", .share(walShare)),
            ],
            notIf: "each row depends on what was read since the one before",
            actions: [
                Action(
                    .cure, "\(write.verb) many rows at once", steps: write.steps + [RowByRow.pipeline],
                    gain: Gain("some ten times as many rows a second", .ruleOfThumb),
                    verify: "rows a call in the next diagnosis")
            ], explains: [load.link], symptomOf: load.links(in: observation.snapshot))
    }

    static let examples: [RuleExample] = [
        .fires("a batch that updates its rows in a loop", on: "f1") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = $2", calls: 500_000, transactions: 5000)
        },
        .fires("a purge that deletes one key after the other", on: "f1") {
            $0.addRowWrites("DELETE FROM items WHERE id = $1", calls: 500_000, transactions: 5000)
        },
        .fires("little time, but most of the WAL", on: "f1") {
            $0.addRowWrites(
                "UPDATE items SET state = $1 WHERE id = $2", calls: 500_000, transactions: 5000, time: 30_000)
            $0.statementStatistics!.statements[0].counters.walBytes = 900 << 20
        },
        .fires("with a version to compare", on: "f1") {
            $0.addRowWrites(
                "UPDATE items SET state = $1 WHERE id = $2 AND version = $3", calls: 500_000, transactions: 5000)
        },
        .silent("once in each transaction: so many users") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = $2", calls: 500_000, transactions: 500_000)
        },
        .silent("many rows a call") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = ANY ($2)", calls: 500_000, transactions: 5000)
        },
        .silent("no key: it may write any number") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE version = $2", calls: 500_000, transactions: 5000)
        },
        .silent("few calls") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = $2", calls: 5000, transactions: 50)
        },
        .silent("hardly any time") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = $2", calls: 500_000, transactions: 5000, time: 5000)
        },
        .silent("a cascade of a foreign key, or a loop within a function") {
            $0.addRowWrites("DELETE FROM items WHERE id = $1", calls: 500_000, transactions: 5000)
            $0.statementStatistics!.statements[0].isTopLevel = false
        },
        .silent("INSERT has a rule of its own") {
            $0.addRowWrites("INSERT INTO items (id) VALUES ($1)", calls: 500_000, transactions: 5000)
        },
        .inconclusive("transactions were counted anew since") {
            $0.addRowWrites("UPDATE items SET state = $1 WHERE id = $2", calls: 500_000, transactions: 5000)
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-3600)
        },
    ]
}

/// An UPDATE or DELETE that reaches one row at most, by a unique key.
struct OneRowWrite {
    let analysis: StatementAnalysis
    let relation: QualifiedName
    let verb: String

    init?(_ analysis: StatementAnalysis?) {
        guard let analysis, let top = analysis.shape.top, top.kind == .update || top.kind == .delete,
            top.relations.count == 1, let relation = top.relations[0].target,
            UniqueRows(top, analysis, by: []).areUnique()
        else { return nil }
        self.analysis = analysis
        self.relation = relation
        verb = top.kind == .update ? "update" : "delete"
    }

    /// The statement for many rows, by the types of the columns that its parameters belong to; nil where one is not known.
    var forManyRows: String? {
        let columns = analysis.parsed.parameterColumns.mapValues { analysis.names.column($0, of: relation) }
        // unnest would take the elements of an array column apart.
        guard columns.values.allSatisfy({ $0.map { $0.typeCategory != "A" && !$0.type.hasSuffix("[]") } ?? false })
        else {
            return nil
        }
        let known = analysis.names.catalog.columns.filter { $0.relation == relation }.map(\.name)
        return analysis.parsed.writingManyRows(types: columns.compactMapValues { $0?.type }, columns: Set(known))
    }

    var steps: [String] {
        guard let rewrite = forManyRows else {
            return [
                verb == "update"
                    ? "Collect some hundred rows: UPDATE … FROM unnest($1, $2) AS v (key, value) WHERE key = v.key, with one array a "
                        + "column."
                    : "Collect some hundred keys: DELETE … WHERE key = ANY ($1)."
            ]
        }
        let check =
            verb == "update"
            ? " (check: it differs when a key comes twice, of which only one is then written)" : ""
        return ["Collect some hundred rows, and send each parameter as an array of their values\(check):", rewrite]
    }
}

extension Snapshot {
    fileprivate mutating func addRowWrites(
        _ text: String, calls: Int64, transactions: Int64, time: Double = 300_000
    ) {
        addColumns("items", "id!", "state", "version")
        addKey("items", "id")
        databases[0].counters.commits = transactions
        addStatement("f1", text, calls: calls, time: time)
        addStatement("f2", "SELECT * FROM items WHERE state = $1", calls: 1000, time: 400_000, rows: 90_000) {
            $0.counters.walBytes = 100 << 20
        }
    }
}
