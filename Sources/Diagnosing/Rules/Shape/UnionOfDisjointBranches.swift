import Model
import Plans
import Statements

/// UNION over results that cannot share a row, nor hold one twice.
struct UnionOfDisjointBranches: StatementRule {
    private static let rows = Threshold(
        "rows that are compared for duplicates", 10_000, "rows",
        source: "our choice: hashing or sorting fewer takes a few milliseconds")

    static let metadata = RuleMetadata(
        id: "shape.union-of-disjoint-branches",
        title: "UNION where no duplicates can be",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "UNION without ALL in the parse trees of statements that cost, the constants that tell its branches apart, "
            + "the keys among their columns, and the plan's node that removes duplicates",
        why: "UNION compares all rows of all branches to leave out duplicates: a hash table or a sort over everything, "
            + "and not one row can be returned before the last is read. Where each branch carries a constant of its own "
            + "and a key, there is nothing to leave out.",
        limits:
            "Fires only where both are proven: no row of one branch equals one of another (a constant of the select list "
            + "differs, or the same row would have to be NULL and not NULL), and none comes twice in a branch (a NOT NULL "
            + "unique key is among its columns, or it is grouped by them). Constants of normalised texts are parameters: "
            + "that they differ is likely, not certain. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows],
        references: [
            "https://www.postgresql.org/docs/current/queries-union.html",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-UNION",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.isMeasured else { return judge(nil, analysis) }
        guard let plan = analysis.load.readPlan(), let (remover, input) = Self.removal(in: plan.root),
            input.rows >= Self.rows.value
        else { return nil }
        return judge((remover.type, input.rows), analysis)
    }

    private func judge(_ removal: (node: String, rows: Double)?, _ analysis: StatementAnalysis) -> Finding? {
        for union in analysis.shape.unions {
            let branches = union.branches.map { analysis.shape.levels[$0] }
            guard let proof = analysis.proofWithoutDuplicates(of: branches),
                let rewrite = analysis.shape.unionAll(union, in: analysis.parsed),
                analysis.isMeasured || branches.contains(where: analysis.mayReadMany)
            else { continue }
            return finding(branches, proof, rewrite, removal, analysis)
        }
        return nil
    }

    /// The node that removes duplicates from what an Append gathers.
    private static func removal(in root: PlanNode) -> (PlanNode, PlanNode)? {
        var found: (PlanNode, PlanNode)?
        root.walk { node, above in
            guard found == nil, ["Append", "Merge Append"].contains(node.type) else { return }
            let between = above.reversed().first {
                !["Sort", "Incremental Sort", "Gather", "Gather Merge"].contains($0.type)
            }
            guard let between, between.type == "Unique" || between.type == "Aggregate" && between.strategy == "Hashed"
            else { return }
            found = (between, node)
        }
        return found
    }

    private func finding(
        _ branches: [QueryLevel], _ proof: NoDuplicates, _ rewrite: String, _ removal: (node: String, rows: Double)?,
        _ analysis: StatementAnalysis
    ) -> Finding {
        var evidence = [Evidence("branches", "branches", .count(Int64(branches.count)))]
        if let removal {
            evidence += [
                Evidence("removesDuplicates", "plan removes duplicates with", .text(removal.node)),
                Evidence("comparedRows", "rows that the planner expects to compare", .number(removal.rows)),
                Evidence(
                    "temporaryBlocks", "temporary blocks written",
                    .count(analysis.load.counters.temporaryBlocksWritten)),
            ]
        }
        let compared = removal.map { "\(Quantity.about($0.rows)) rows" } ?? "all rows"
        let relations = branches.compactMap { $0.relations.first?.target }
        let spill = analysis.load.counters.temporaryBlocksWritten
        let check =
            proof == .certain
            ? "It returns the same rows: no duplicates can be."
            : "Check that the constants by which the branches differ are different ones: then no duplicates can be."
        return analysis.finding(
            Self.metadata, severity: removal == nil ? .notice : .warning,
            confidence: proof == .certain ? .high : .medium,
            title: "UNION looks for duplicates that cannot be", about: relations,
            summary:
                "A statement with \(analysis.cost) puts \(branches.count) results together with UNION. Each carries a key "
                + "and what tells it from the others, so that no row comes twice; still \(compared) "
                + "are compared" + (spill > 0 ? ", through temporary files." : "."),
            evidence: evidence,
            notIf: "the time goes into the branches themselves",
            actions: [
                Action.rewrite(
                    "write UNION ALL", steps: [check, rewrite], gain: analysis.gain,
                    verify:
                        "EXPLAIN of the new statement has no \(removal?.node ?? "Unique or HashAggregate") above the Append"
                )
            ])
    }

    static let examples: [RuleExample] = [
        .fires("orders and refunds under a name of their own", on: "f1") {
            $0.addUnion("SELECT $1 AS kind, id, amount FROM orders UNION SELECT $2, id, amount FROM refunds")
        },
        .fires("three kinds, all literals", on: "f1") {
            $0.addUnion(
                "SELECT 'o' AS kind, id FROM orders UNION SELECT 'r', id FROM refunds "
                    + "UNION SELECT 't', amount FROM orders GROUP BY amount")
        },
        .fires("the same table, told apart by NULL", on: "f1") {
            $0.addUnion(
                "SELECT id, amount FROM orders WHERE amount IS NULL UNION "
                    + "SELECT id, amount FROM orders WHERE amount IS NOT NULL")
        },
        .silent("nothing tells the branches apart") {
            $0.addUnion("SELECT id, amount FROM orders UNION SELECT id, amount FROM refunds")
        },
        .silent("duplicates within a branch") {
            $0.addUnion("SELECT $1 AS kind, amount FROM orders UNION SELECT $2, amount FROM refunds")
        },
        .silent("the join repeats the key") {
            $0.addUnion(
                "SELECT $1 AS kind, o.id FROM orders o JOIN refunds r ON r.amount = o.amount "
                    + "UNION SELECT $2, id FROM refunds")
        },
        .silent("a function in the select list may return several rows") {
            $0.addUnion("SELECT $1 AS kind, id, unnest(tags) FROM orders UNION SELECT $2, id, amount FROM refunds")
        },
        .silent("the same parameter in both") {
            $0.addUnion("SELECT $1 AS kind, id FROM orders UNION SELECT $1, id FROM refunds")
        },
        .silent("UNION ALL") {
            $0.addUnion("SELECT $1 AS kind, id FROM orders UNION ALL SELECT $2, id FROM refunds")
        },
        .silent("few rows are compared") {
            $0.addUnion("SELECT $1 AS kind, id FROM orders UNION SELECT $2, id FROM refunds", rows: 200)
        },
        .silent("there is no plan") {
            $0.addUnion("SELECT $1 AS kind, id FROM orders UNION SELECT $2, id FROM refunds", rows: nil)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addUnion(_ text: String, rows: Int? = 2_000_000) {
        addColumns("orders", "id!", "amount", "tags")
        addColumns("refunds", "id!", "amount")
        addKey("orders", "id")
        addKey("refunds", "id")
        addCostly(text)
        guard let rows else { return }
        explainLast(
            """
            {"Node Type": "Aggregate", "Strategy": "Hashed", "Plan Rows": \(rows), "Plans": [
            {"Node Type": "Append", "Parent Relationship": "Outer", "Plan Rows": \(rows)}]}
            """)
    }
}
