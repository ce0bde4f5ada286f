import Model
import Plans
import Statements

/// DISTINCT that takes back the rows that a join has multiplied.
struct DistinctHidesFanOut: StatementRule {
    private static let rows = Threshold(
        "rows that are compared for duplicates", 10_000, "rows",
        source: "our choice: hashing or sorting fewer takes a few milliseconds")
    private static let factor = Threshold(
        "rows of the join for each row kept", 2, "rows",
        source: "our choice: a semi-join has at most the work of the join, so half the rows is half the work")

    static let metadata = RuleMetadata(
        id: "shape.distinct-hides-fan-out",
        title: "DISTINCT over a join that multiplies rows",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "SELECT DISTINCT, and GROUP BY without aggregates, in the parse trees of statements that cost; keys of the "
            + "tables; and how many rows the plan hands to the node that removes duplicates",
        why:
            "Each row comes once for every match on the other side, of which nothing is returned; then all of them are "
            + "sorted or hashed to take the copies out again. EXISTS asks the same and stops at the first match.",
        limits:
            "Fires only where the outputs are plain columns of tables whose key is among them, and the tables joined "
            + "beside them are in no output, so that EXISTS returns the same rows. Outer joins, USING and subqueries in "
            + "FROM are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, factor],
        references: [
            "https://www.postgresql.org/docs/current/queries-select-lists.html#QUERIES-DISTINCT",
            "https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let join = Self.fanOut(analysis), let top = analysis.shape.top,
            let rewrite = analysis.shape.existence(join, in: analysis.parsed)
        else { return nil }
        guard analysis.isMeasured else {
            // The rows of one or a few are soon compared.
            guard analysis.mayReadMany(top), !analysis.findsFewRows(join.kept, of: top) else { return nil }
            return finding(join, top, nil, rewrite, analysis)
        }
        guard let plan = analysis.load.readPlan(), let (remover, input) = Self.removal(in: plan.root),
            case let kept = max(remover.rows, analysis.load.counters.rowsPerCall), input.rows >= Self.rows.value,
            input.rows >= Self.factor.value * kept
        else { return nil }
        return finding(join, top, Removal(node: remover.type, joined: input.rows, kept: kept), rewrite, analysis)
    }

    /// The plan's node that removes duplicates, with its rows.
    private struct Removal {
        var node: String
        var joined: Double
        var kept: Double
    }

    /// The join whose kept side has a key among the outputs, and is multiplied by the other.
    static func fanOut(_ analysis: StatementAnalysis) -> SemiJoin? {
        guard let join = analysis.shape.semiJoin, let top = analysis.shape.top,
            top.relations.allSatisfy({ $0.target.map(analysis.names.knowsColumns) ?? false })
        else { return nil }
        let unique = UniqueRows(top, analysis, by: join.keys, wholeRelations: join.wholeRelations)
        // Where the others have one match at most, nothing is multiplied.
        return unique.areUnique(among: join.kept) && !unique.areUnique() ? join : nil
    }

    /// The topmost node that removes duplicates, and what it reads.
    private static func removal(in root: PlanNode) -> (PlanNode, PlanNode)? {
        let remover = root.all {
            ["Unique", "Group"].contains($0.type) || $0.type == "Aggregate" && !$0.groupKeys.isEmpty
        }.first
        return remover.flatMap { node in node.children.first.map { (node, $0) } }
    }

    private func finding(
        _ join: SemiJoin, _ top: QueryLevel, _ removal: Removal?, _ rewrite: String, _ analysis: StatementAnalysis
    ) -> Finding {
        func names(_ places: Set<Int>) -> [QualifiedName] { places.sorted().compactMap { top.relations[$0].target } }
        let (kept, tested) = (names(join.kept), names(join.tested))
        let others = tested.map(\.description).joined(separator: " and ")
        let these = kept.map(\.description).joined(separator: " and ")
        let compared =
            removal.map { "some \(Quantity.about($0.joined)) rows are compared to keep \(Quantity.about($0.kept))." }
            ?? "each row of \(these) is compared with itself once for every match."
        var evidence = [Evidence("unusedRelations", "joined, in no output", .list(tested.map(\.description)))]
        if let removal {
            evidence =
                [
                    Evidence("joinedRows", "rows that the planner expects of the join", .number(removal.joined)),
                    Evidence("keptRows", "rows kept", .number(removal.kept)),
                    Evidence("removesDuplicates", "plan removes duplicates with", .text(removal.node)),
                ] + evidence
        }
        return analysis.finding(
            Self.metadata, severity: removal == nil ? .notice : .warning,
            title: "Rows of \(these) are multiplied by \(others) and made distinct again",
            about: kept + tested,
            summary:
                "A statement with \(analysis.cost) returns columns of \(these) only, but joins \(others): "
                + compared,
            evidence: evidence,
            notIf: "nearly every row has one match",
            actions: [
                Action.rewrite(
                    "ask with EXISTS",
                    steps: ["The same rows, each once, since a key of \(these) is among the columns:", rewrite],
                    gain: analysis.gain,
                    verify:
                        "EXPLAIN of the new statement has a Semi Join and no \(removal?.node ?? "Unique or HashAggregate")"
                )
            ])
    }

    static let examples: [RuleExample] = [
        .fires("customers with an order above a sum", on: "f1") {
            $0.addFanOut(
                "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.amount > $1"
            )
        },
        .fires("all columns, joined by a comma", on: "f1") {
            $0.addFanOut(
                "SELECT DISTINCT c.* FROM customers c, orders o WHERE o.customer_id = c.id ORDER BY c.name LIMIT $1")
        },
        .fires("GROUP BY in place of DISTINCT", on: "f1") {
            $0.addFanOut(
                "SELECT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name")
        },
        .silent("the key is not among the columns") {
            $0.addFanOut("SELECT DISTINCT c.name FROM customers c JOIN orders o ON o.customer_id = c.id")
        },
        .silent("the other side is returned too") {
            $0.addFanOut("SELECT DISTINCT c.id, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id")
        },
        .silent("each order has one customer: nothing is multiplied") {
            $0.addFanOut("SELECT DISTINCT o.id, o.amount FROM orders o JOIN customers c ON c.id = o.customer_id")
        },
        .silent("DISTINCT ON picks a row") {
            $0.addFanOut(
                "SELECT DISTINCT ON (c.id) c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id")
        },
        .silent("the matches are counted") {
            $0.addFanOut(
                "SELECT c.id, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id")
        },
        .silent("an outer join keeps all") {
            $0.addFanOut("SELECT DISTINCT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id")
        },
        .silent("hardly a row is left out") {
            $0.addFanOut(
                "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id", kept: 900_000)
        },
        .silent("the key may be NULL") {
            $0.addColumns("customers", "id", "name")
            $0.addFanOut(
                "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id", adds: false)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addFanOut(_ text: String, kept: Int64 = 1000, adds: Bool = true) {
        if adds { addColumns("customers", "id!", "name") }
        addColumns("orders", "id!", "customer_id", "amount")
        addKey("customers", "id")
        addKey("orders", "id")
        addCostly(text, calls: 100, rows: kept * 100)
        explainLast(
            """
            {"Node Type": "Aggregate", "Strategy": "Hashed", "Group Key": ["c.id", "c.name"], "Plan Rows": \(kept),
            "Plans": [{"Node Type": "Hash Join", "Plan Rows": 1000000}]}
            """)
    }
}
