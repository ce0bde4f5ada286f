import Model
import Statements

/// A statement that returns more rows than anybody reads.
struct UnboundedResult: Rule {
    static let metadata = RuleMetadata(
        id: "workload.unbounded-result",
        title: "Statement that returns very many rows",
        area: .workload,
        needs: [.statements, .statementTexts],
        looksAt: "rows a call of SELECTs without LIMIT in pg_stat_statements within the window",
        why:
            "No person reads ten thousand rows. The server reads and sends them, the application holds them in memory, "
            + "and it grows with the table until one of them gives up.",
        limits:
            "Exports and batches want all rows: the finding is a notice. COPY, cursors and statements that are run a "
            + "few times only are left out.",
        thresholds: [rows, calls, share],
        references: ["https://www.postgresql.org/docs/current/queries-limit.html"],
        explains: [.costsTime, Edge(.returnsMuch, "waits.client")])

    private static let rows = Threshold(
        "rows a call", 10_000, "rows", source: "our choice: at 100 bytes a row that is a megabyte a call")
    private static let calls = Threshold(
        "calls in the window", 20, "calls", source: "our choice: what runs a few times is an export, not a screen")
    private static let share = Threshold(
        "share of time", 0.02, "share",
        source: "our choice: below a fiftieth of the time it hurts the application alone")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.workload.statements
                .filter { load in
                    load.counters.rowsPerCall >= Self.rows.value && Double(load.counters.calls) >= Self.calls.value
                        && load.share >= Self.share.value && isUnbounded(load)
                }
                .map { finding($0, observation) })
    }

    private func isUnbounded(_ load: StatementLoad) -> Bool {
        guard let parsed = load.parsed, parsed.kind == .select else { return false }
        return parsed.root.node("limitCount") == nil && !parsed.root.all("RangeVar").isEmpty
    }

    private func finding(_ load: StatementLoad, _ observation: Observation) -> Finding {
        let rows = Quantity.about(load.counters.rowsPerCall)
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(rows) rows a call: \(load.label(50))", objects: [load.object], impact: .share(load.share),
            confidence: .medium,
            summary: "Each of \(Quantity.count(load.counters.calls)) calls returns \(rows) rows on average, without a "
                + "LIMIT, and takes \(Quantity.milliseconds(load.counters.meanTime)).",
            evidence: [
                Evidence("rowsPerCall", "rows a call", .number(load.counters.rowsPerCall)),
                Evidence("calls", "calls", .count(load.counters.calls)),
                Evidence("meanTime", "mean time of a call", .milliseconds(load.counters.meanTime)),
                Evidence("roles", "roles", .list(load.roles.sorted())),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "it is an export, and its reader fetches through a cursor",
            actions: [
                load.sessionsNow(),
                Action(
                    .cure, "fetch pages, or sums",
                    steps: [
                        "Give it an ORDER BY on a unique key and a LIMIT, and start the next page after the last key: "
                            + "WHERE (created_at, id) > ($1, $2).",
                        "Where the application adds up the rows, let the server do it (GROUP BY).",
                    ],
                    gain: Gain("the cost of a page instead of the cost of the table", .ruleOfThumb),
                    verify: "rows a call in the next diagnosis"),
            ], explains: [load.link], symptomOf: load.links(in: observation.snapshot))
    }

    static let examples: [RuleExample] = [
        .fires("the whole table, 500 times", on: "f1") { $0.addWide("SELECT * FROM orders", calls: 500) },
        .silent("a LIMIT that is large") { $0.addWide("SELECT * FROM orders LIMIT $1", calls: 500) },
        .silent("an export of the night") { $0.addWide("SELECT * FROM orders", calls: 2) },
        .silent("COPY is made for it") { $0.addWide("COPY orders TO stdout", calls: 500) },
        .silent("an UPDATE of many rows returns none") { $0.addWide("UPDATE orders SET seen = true", calls: 500) },
    ]
}

extension Snapshot {
    fileprivate mutating func addWide(_ text: String, calls: Int64) {
        addStatement("f1", text, calls: calls, time: 100_000, rows: calls * 80_000)
    }
}
