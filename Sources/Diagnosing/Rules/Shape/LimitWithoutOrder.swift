import Model
import Statements

/// LIMIT that takes whichever rows come first.
struct LimitWithoutOrder: StatementRule {
    private static let rows = Threshold(
        "rows a call above which which ones they are matters", 1, "rows",
        source: "our choice: a single row is nearly always a look-up, or the question whether there is one")

    static let metadata = RuleMetadata(
        id: "shape.limit-without-order",
        title: "LIMIT without ORDER BY",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns],
        looksAt: "LIMIT and OFFSET without ORDER BY at the top of the parse trees of statements that cost; rows a call",
        why:
            "Without ORDER BY the server returns the rows in the order in which it meets them. Another plan, a VACUUM, a "
            + "parallel worker or a scan that joins in another's (synchronize_seqscans), and other rows come; with OFFSET "
            + "some are shown on two pages and others on none.",
        limits:
            "Correctness, not time: a notice, or a warning with OFFSET. Queues (FOR UPDATE), aggregates, and results "
            + "whose order a subquery makes are left out; of statements in files, LIMIT 1, LIMIT with a parameter, and those "
            + "without WHERE, which only look at the table. Whether LIMIT ever cuts off is not known. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows],
        references: [
            "https://www.postgresql.org/docs/current/queries-limit.html",
            "https://www.postgresql.org/docs/current/queries-order.html",
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .select, let top = analysis.shape.top else { return nil }
        let inner = analysis.shape.levels.filter { isShown($0, in: analysis) }
        return ([top] + inner).lazy.compactMap { judge($0, analysis) }.first
    }

    /// In a file, a LATERAL subquery whose rows are returned one by one.
    private func isShown(_ level: QueryLevel, in analysis: StatementAnalysis) -> Bool {
        guard !analysis.isMeasured, level.role == .from, let parent = level.parent.map({ analysis.shape.levels[$0] }),
            parent.role == .top
        else { return false }
        return parent.relations.contains { $0.inner == level.number && $0.isLateral } && !parent.hasAggregates
            && parent.groupBy.isEmpty && parent.aggregates.isEmpty
    }

    private func judge(_ top: QueryLevel, _ analysis: StatementAnalysis) -> Finding? {
        guard top.hasLimit, top.orderBy.isEmpty, top.locking == nil,
            analysis.isMeasured
                ? analysis.load.counters.rowsPerCall > Self.rows.value : top.hasOffset || choosesSome(top, analysis),
            !top.hasAggregates || !top.groupBy.isEmpty, readsTable(top, analysis.shape)
        else { return nil }
        return finding(top, analysis)
    }

    /// Not measured: a number above one of rows that a condition, not a key, leaves. Without any condition it is a look at the table.
    private func choosesSome(_ level: QueryLevel, _ analysis: StatementAnalysis) -> Bool {
        guard let limit = level.limit, Double(limit) > Self.rows.value, !level.isDistinct, level.groupBy.isEmpty else {
            return false
        }
        return level.hasWhere && !UniqueRows(level, analysis, by: []).areUnique()
    }

    /// Some relation of the catalog, and nothing that may bring an order of its own.
    private func readsTable(_ level: QueryLevel, _ shape: StatementShape) -> Bool {
        guard level.setOperation == nil else { return false }
        let brings = level.relations.contains { use in
            use.source == .function || use.source == .values
                || use.inner.map { !shape.levels[$0].orderBy.isEmpty || shape.levels[$0].setOperation != nil } ?? false
        }
        return !brings && level.relations.contains { $0.source == .relation && $0.target != nil }
    }

    private func finding(_ top: QueryLevel, _ analysis: StatementAnalysis) -> Finding {
        let name = top.relations.first?.target?.description ?? "a result"
        let key = primaryKey(top, analysis)
        let isTop = top.role == .top
        let rewrite = (isTop ? key : nil).flatMap { analysis.shape.ordering(by: $0, in: analysis.parsed) }
        let rows =
            analysis.isMeasured
            ? "\(Quantity.decimal(analysis.load.counters.rowsPerCall, places: 1)) rows a call" : "some rows"
        return analysis.finding(
            Self.metadata, severity: top.hasOffset ? .warning : .notice, confidence: top.hasOffset ? .high : .low,
            title: top.hasOffset
                ? "Pages of \(name) are cut without ORDER BY" : "LIMIT takes whichever rows of \(name) come first",
            about: top.relations.compactMap(\.target),
            summary:
                "A statement with \(analysis.cost) takes \(rows) of \(name) with LIMIT and no ORDER BY. "
                + (top.hasOffset
                    ? "Each page is cut from whatever order the rows come in: some are shown twice, others never."
                    : "Which rows come is left to the plan, and changes with it."),
            evidence: [Evidence("hasOffset", "with OFFSET", .flag(top.hasOffset))],
            notIf: top.hasOffset
                ? nil : "any rows will do (a batch of work, a sample), or LIMIT is only a stop that is never reached",
            impact: top.hasOffset ? Impact(0, .risk, "wrong pages") : Impact.none,
            actions: [
                Action.rewrite(
                    "say which rows come first",
                    steps: [
                        "Sort by what the reader expects, with a key as the last column, and see that an index has the "
                            + "same order."
                    ] + (rewrite.map { ["By the primary key, for one (check: the rows are then others):", $0] } ?? []),
                    gain: StatementAnalysis.noGain,
                    verify: "EXPLAIN of the new statement has no Sort over many rows",
                    caution: "without an index in that order all rows are sorted")
            ])
    }

    /// Of the only relation, qualified.
    private func primaryKey(_ top: QueryLevel, _ analysis: StatementAnalysis) -> [String]? {
        guard top.relations.count == 1, !top.isDistinct, top.groupBy.isEmpty, let use = top.relations.first,
            let target = use.target
        else { return nil }
        let key = analysis.names.indexes(of: target).first(where: \.isPrimary)?.keys.compactMap(\.name)
        return key.map { $0.map { SQL.identifier(use.alias) + "." + SQL.identifier($0) } }
    }

    static let examples: [RuleExample] = [
        .fires("some open orders", on: "f1") { $0.addLimit("SELECT * FROM orders WHERE status = $1 LIMIT $2") },
        .fires("pages of orders", on: "f1") { $0.addLimit("SELECT * FROM orders LIMIT $1 OFFSET $2") },
        .silent("sorted") { $0.addLimit("SELECT * FROM orders ORDER BY id LIMIT $1") },
        .silent("one row: a look-up") { $0.addLimit("SELECT * FROM orders WHERE status = $1 LIMIT $2", rows: 1000) },
        .silent("a queue takes any row") {
            $0.addLimit("SELECT * FROM orders WHERE status = $1 LIMIT $2 FOR UPDATE SKIP LOCKED")
        },
        .silent("sorted inside") {
            $0.addLimit("SELECT * FROM (SELECT * FROM orders ORDER BY id) o LIMIT $1")
        },
        .silent("a function has an order of its own") { $0.addLimit("SELECT * FROM search_orders($1) LIMIT $2") },
        .silent("a LIMIT in a subquery asks whether there is one") {
            $0.addLimit("SELECT * FROM orders o WHERE id IN (SELECT id FROM orders LIMIT $1) ORDER BY id")
        },
        .silent("an aggregate is one row") { $0.addLimit("SELECT count(*) FROM orders LIMIT $1") },
        .silent("no LIMIT") { $0.addLimit("SELECT * FROM orders WHERE status = $1") },
    ]
}

extension Snapshot {
    fileprivate mutating func addLimit(_ text: String, rows: Int64 = 20_000) {
        addColumns("orders", "id!", "status")
        addKey("orders", "id")
        addCostly(text, rows: rows)
    }
}
