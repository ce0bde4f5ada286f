import Model
import Plans
import Statements

/// `col IS NOT DISTINCT FROM $1`, which no index serves.
struct NullSafeComparison: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.null-safe-comparison",
        title: "IS NOT DISTINCT FROM, which no index serves",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns], uses: [.plans],
        looksAt:
            "IS NOT DISTINCT FROM in the parse trees of statements that cost, the indexes of its columns and whether they "
            + "may be NULL, the plan, and the blocks a call touches",
        why:
            "For the planner IS NOT DISTINCT FROM is no operator but an expression: no index can find its rows, and no "
            + "hash or merge join can match them. The table is read whole, or compared row by row with the other, "
            + "although an index on the column is there.",
        limits:
            "Measured on 15.18 and 18.1: a scan reads the whole table, and a join is a nested loop. Comparisons with the "
            + "word NULL are left out (the planner makes IS NULL of them), and so are those under NOT and OR. "
            + "Of statements in files a join is told only where nothing else joins the two tables. "
            + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare, pairs,
        ],
        references: [
            "https://www.postgresql.org/docs/current/functions-comparison.html",
            "https://www.postgresql.org/docs/current/indexes-types.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for comparison in analysis.shape.nullSafeTests {
            if let finding = lookUp(comparison, analysis) ?? join(comparison, analysis) { return finding }
        }
        return nil
    }

    // MARK: A column and a value

    private func lookUp(_ comparison: NullSafeTest, _ analysis: StatementAnalysis) -> Finding? {
        if case .column = comparison.other { return nil }
        guard let relation = analysis.relation(of: comparison.column) else { return nil }
        let column = analysis.name(of: comparison.column)
        guard let index = analysis.index(on: column, of: relation),
            analysis.readsWhole(relation, at: comparison.level, for: [column])
        else { return nil }
        return analysis.finding(
            Self.metadata, title: "IS NOT DISTINCT FROM keeps \(relation.name) from using its index on \(column)",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) compares \(column) with IS NOT DISTINCT FROM, which index "
                + "\(index.name.name) cannot serve: each call reads \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) whole.",
            evidence: [
                Evidence("column", "column compared", .text("\(relation.name).\(column)")),
                Evidence("index", "index that cannot serve", .text(index.name.description)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "the value is found in most rows, or most calls look for NULL and most rows have it",
            actions: [
                Action.rewrite(
                    "compare with =", steps: Self.steps(comparison, analysis), gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has an Index Cond on \(column)")
            ])
    }

    /// The rewrite, and why it returns the same.
    private static func steps(_ comparison: NullSafeTest, _ analysis: StatementAnalysis) -> [String] {
        let column = comparison.column.written
        if let rewrite = proven(comparison, analysis) {
            let reason =
                comparison.other == .literal
                ? "The value is not NULL, and where it is compared with a NULL no row passes either way:"
                : "\(column) is NOT NULL, and where the value is NULL no row passes either way:"
            return [reason, rewrite]
        }
        let plain = analysis.shape.equality(comparison, in: analysis.parsed)
        var steps: [String] = []
        if let plain {
            steps += ["Where the value is never NULL (check: differs when it is, as = finds no row then):", plain]
        }
        if let whole = analysis.shape.equalityOrNull(comparison, in: analysis.parsed) {
            steps += [
                "Where it may be NULL, the index serves both arms of this, which returns the same:", whole,
            ]
        }
        return steps.isEmpty ? ["Write `\(column) = …`, and IS NULL in a statement of its own."] : steps
    }

    /// The statement with `=`, where as a condition it is the same: a side is never NULL.
    static func proven(_ comparison: NullSafeTest, _ analysis: StatementAnalysis) -> String? {
        var isProven = comparison.other == .literal || isNeverNull(comparison.column, comparison.level, analysis)
        if case .column(let other) = comparison.other, isNeverNull(other, comparison.level, analysis) {
            isProven = true
        }
        return isProven ? analysis.shape.equality(comparison, in: analysis.parsed) : nil
    }

    /// NOT NULL in the catalog, and no outer join fills it with NULLs.
    private static func isNeverNull(_ column: ColumnUse, _ level: Int, _ analysis: StatementAnalysis) -> Bool {
        guard column.level == level, let place = column.relation,
            case let use = analysis.shape.levels[level].relations[place], use.source == .relation, !use.isNullable,
            let target = use.target
        else { return false }
        return analysis.names.column(column.name, of: target)?.isNotNull ?? false
    }

    // MARK: Two columns

    private func join(_ comparison: NullSafeTest, _ analysis: StatementAnalysis) -> Finding? {
        guard case .column(let other) = comparison.other,
            let left = analysis.relation(of: comparison.column), let right = analysis.relation(of: other),
            comparison.column.relation != other.relation,
            max(left.rows, right.rows) >= CostlyShape.largeTable.value
        else { return nil }
        let filter = analysis.load.readPlan().flatMap { Self.nestedLoop($0.root) }
        guard filter != nil || comparesPairs(comparison, other, analysis) else { return nil }
        var evidence = [
            Evidence("leftRows", "rows of \(left.name)", .count(Int64(left.rows))),
            Evidence("rightRows", "rows of \(right.name)", .count(Int64(right.rows))),
        ]
        if let filter { evidence.insert(Evidence("joinFilter", "compared for each pair", .text(filter)), at: 0) }
        let (one, two) = (comparison.column.written, other.written)
        let rewrite = Self.proven(comparison, analysis)
        let steps =
            rewrite.map { ["One side is NOT NULL, so that NULL never matches; = returns the same:", $0] }
            ?? [
                "Where NULLs need not match (check: differs when both sides are NULL), join with `\(one) = \(two)`.",
                "Where they must, join with = and add the rows whose sides are both NULL by UNION ALL: each of the two "
                    + "can be a hash join.",
            ]
        return analysis.finding(
            Self.metadata, title: "\(left.name) and \(right.name) are compared row by row by IS NOT DISTINCT FROM",
            about: [left.name, right.name],
            summary:
                "A statement with \(analysis.cost) joins \(left.name) (\(Quantity.about(left.rows)) rows) with "
                + "\(right.name) (\(Quantity.about(right.rows)) rows) by IS NOT DISTINCT FROM, by which PostgreSQL can "
                + "neither hash nor sort: a nested loop compares every pair of rows.",
            evidence: evidence,
            notIf: "another condition leaves a handful of rows on one side",
            actions: [
                Action.rewrite(
                    "join with =", steps: steps, gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has a Hash Join or an Index Cond in place of the Join Filter")
            ])
    }

    /// Of a statement that never ran: both sides are large, no key finds a few rows of one, and nothing else joins the two.
    private func comparesPairs(
        _ comparison: NullSafeTest, _ other: ColumnUse, _ analysis: StatementAnalysis
    ) -> Bool {
        guard !analysis.isMeasured, comparison.column.level == comparison.level, other.level == comparison.level,
            let one = comparison.column.relation, let two = other.relation
        else { return false }
        let level = analysis.shape.levels[comparison.level]
        let isLarge = [one, two].allSatisfy { place in
            (level.relations[place].target.flatMap(analysis.names.relation)?.rows ?? 0) >= Self.pairs.value
                && !analysis.findsFewRows([place], of: level)
        }
        return isLarge
            && !level.joins.contains { join in
                join.operation == .equality && !join.isUnderOr && !join.isNegated
                    && Set([join.left.relation, join.right.relation]) == [one, two]
            }
    }

    /// The nested loop that tests its pairs so.
    private static func nestedLoop(_ root: PlanNode) -> String? {
        // EXPLAIN prints it as NOT (a IS DISTINCT FROM b).
        root.all { $0.type == "Nested Loop" && $0.joinFilter?.contains("IS DISTINCT FROM") ?? false }
            .first { $0.children.filter { $0.rows >= Self.pairs.value }.count > 1 }?.joinFilter
    }

    private static let pairs = Threshold(
        "rows on each side of a nested loop", 100, "rows",
        source: "our choice: ten thousand pairs are compared in about a millisecond")

    static let examples: [RuleExample] = [
        .fires("a key that is never NULL", on: "f1") {
            $0.addNullSafe("SELECT * FROM orders WHERE customer_id IS NOT DISTINCT FROM $1")
        },
        .fires("a column that may be NULL", on: "f1") {
            $0.addNullSafe("SELECT * FROM orders o WHERE o.coupon IS NOT DISTINCT FROM $1 AND o.amount > $2")
        },
        .fires("the value stands on the left, in an UPDATE", on: "f1") {
            $0.addNullSafe("UPDATE orders SET amount = $1 WHERE $2::integer IS NOT DISTINCT FROM coupon")
        },
        .fires("a join that is a nested loop", on: "f1") {
            $0.addNullSafe(
                "SELECT o.id FROM orders o JOIN coupons c ON c.code IS NOT DISTINCT FROM o.coupon", isJoin: true)
        },
        .silent("a join in which another condition does the work") {
            $0.addNullSafe(
                "SELECT o.id FROM orders o JOIN coupons c ON c.code IS NOT DISTINCT FROM o.coupon AND c.id = o.id")
        },
        .silent("the word NULL: the planner makes IS NULL of it") {
            $0.addNullSafe("SELECT * FROM orders WHERE coupon IS NOT DISTINCT FROM NULL")
        },
        .silent("a constant that pg_stat_statements took out was NULL: few blocks are touched") {
            $0.addNullSafe("SELECT * FROM orders WHERE coupon IS NOT DISTINCT FROM $1", blocksPerCall: 30)
        },
        .silent("IS DISTINCT FROM asks for nearly all rows") {
            $0.addNullSafe("SELECT * FROM orders WHERE coupon IS DISTINCT FROM $1")
        },
        .silent("negated") {
            $0.addNullSafe("SELECT * FROM orders WHERE NOT (coupon IS NOT DISTINCT FROM $1)")
        },
        .silent("no index on the column") {
            $0.addNullSafe("SELECT * FROM orders WHERE amount IS NOT DISTINCT FROM $1")
        },
        .silent("plain equality") { $0.addNullSafe("SELECT * FROM orders WHERE coupon = $1") },
        .silent("another condition finds the rows") {
            $0.addNullSafe(
                "SELECT * FROM orders WHERE id = $1 AND coupon IS NOT DISTINCT FROM $2", blocksPerCall: 4,
                scan: "Index Scan")
        },
        .silent("a small table") {
            $0.addNullSafe("SELECT * FROM orders WHERE coupon IS NOT DISTINCT FROM $1")
            $0.addTable("orders") { $0.estimatedRows = 900 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addNullSafe(
        _ text: String, blocksPerCall: Int64 = 90_000, scan: String = "Seq Scan", isJoin: Bool = false
    ) {
        addColumns("orders", "id!", "customer_id!", "coupon", "amount")
        addColumns("coupons", "id!", "code")
        addKey("orders", "id")
        addIndex("orders_customer_id_idx", on: "customer_id")
        addIndex("orders_coupon_idx", on: "coupon")
        addCostly(text, blocksPerCall: blocksPerCall)
        let orders = #"{"Node Type": "\#(scan)", "Relation Name": "orders", "Alias": "orders", "Plan Rows": 5000}"#
        let coupons = #"{"Node Type": "Seq Scan", "Relation Name": "coupons", "Alias": "c", "Plan Rows": 900}"#
        explainLast(
            isJoin
                ? #"{"Node Type": "Nested Loop", "Join Filter": "(NOT (c.code IS DISTINCT FROM o.coupon))", "Plans": [\#(orders), \#(coupons)]}"#
                : orders)
    }
}
