import Model
import Statements

/// Rows that are inserted one by one.
struct RowByRowInsert: Rule {
    static let metadata = RuleMetadata(
        id: "workload.row-by-row-insert",
        title: "Rows that are inserted one by one",
        area: .workload,
        needs: [.statements, .statementTexts],
        looksAt: "single-row INSERT … VALUES in pg_stat_statements within the window: calls and share of time",
        why: "Each row pays for a round trip, parsing, and often a commit that waits for the disk. Many rows in one "
            + "INSERT, or COPY, load the same data many times faster.",
        limits:
            "Rows of many users that come one at a time cannot be put together: named only where such inserts are a "
            + "great part of the calls and of the time, as a notice.",
        thresholds: [RowByRow.calls, callShare, RowByRow.timeShare],
        references: ["https://www.postgresql.org/docs/current/populate.html"])

    private static let callShare = Threshold(
        "share of all calls", 0.3, "share", source: "our choice: a third of what the server is asked")

    func evaluate(_ observation: Observation) -> Outcome {
        let allCalls = observation.workload.statements.reduce(0) { $0 + Double($1.counters.calls) }
        return .findings(
            RowByRow.statements(observation)
                .filter { load in
                    Double(load.counters.calls) >= allCalls * Self.callShare.value
                        && load.share >= RowByRow.timeShare.value && isSingleRow(load)
                }
                .map { finding($0, callShare: Double($0.counters.calls) / allCalls, observation) })
    }

    private func isSingleRow(_ load: StatementLoad) -> Bool {
        guard let parsed = load.parsed, parsed.kind == .insert, let rows = parsed.root.node("selectStmt") else {
            return false
        }
        return rows.list("valuesLists").count == 1
    }

    private func finding(_ load: StatementLoad, callShare: Double, _ observation: Observation) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(Quantity.about(Double(load.counters.calls))) rows inserted one by one: \(load.label(40))",
            objects: [load.object], impact: .share(load.share), confidence: .medium,
            summary: "\(Quantity.about(Double(load.counters.calls))) single-row inserts are "
                + "\(Quantity.percent(callShare)) of all calls and \(Quantity.percent(load.share)) of the time.",
            evidence: RowByRow.facts(load, callShare: callShare),
            notIf: "each row is the request of another user",
            actions: [
                Action(
                    .cure, "insert many rows at once",
                    steps: [
                        "Collect some hundred rows: INSERT … VALUES (…), (…), …, or INSERT … SELECT * FROM unnest($1, $2) "
                            + "with one array a column; for loads, COPY.",
                        RowByRow.pipeline,
                    ],
                    gain: Gain("often ten times as many rows a second", .ruleOfThumb),
                    verify: "rows a call in the next diagnosis")
            ], symptomOf: load.links(in: observation.snapshot))
    }

    static let examples: [RuleExample] = [
        .fires("a loader that sends rows one by one", on: "f1") {
            $0.addStatement("f1", "INSERT INTO events (at, note) VALUES ($1, $2)", calls: 500_000, time: 300_000)
        },
        .silent("many rows a statement") {
            $0.addStatement(
                "f1", "INSERT INTO events (at, note) VALUES ($1, $2), ($3, $4)", calls: 500_000, time: 300_000,
                rows: 1_000_000)
        },
        .silent("INSERT … SELECT") {
            $0.addStatement(
                "f1", "INSERT INTO events SELECT * FROM staging WHERE id = $1", calls: 500_000, time: 300_000)
        },
        .silent("one of several statements of a transaction") {
            $0.addStatement("f1", "INSERT INTO events (at) VALUES ($1)", calls: 500_000, time: 60_000)
            $0.addStatement("f2", "UPDATE accounts SET total = $1 WHERE id = $2", calls: 500_000, time: 300_000)
        },
    ]
}
