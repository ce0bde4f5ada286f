import Model
import Plans
import Statements

/// The latest row of each group, found by numbering or sorting all rows.
struct LatestPerGroupByWindow: StatementRule {
    private static let rows = Threshold(
        "rows that are sorted or numbered", 10_000, "rows", source: "our choice: fewer take a few milliseconds")
    private static let perGroup = Threshold(
        "of them for each row of the table of groups", 20, "rows",
        source:
            "measured on 15.18, a million rows, from cache: at 20 rows a group look-ups took 91 ms, DISTINCT ON 540 ms and row_number 1.2 s; "
            + "each look-up touches four blocks, so that at some five rows a group they touch as many")
    private static let passing = Threshold(
        "share of the table's rows that a filter lets pass", 0.5, "share",
        source: "our choice: where it keeps few, a look-up walks past many rows of its group to the first that passes")

    static let metadata = RuleMetadata(
        id: "shape.latest-per-group-by-window",
        title: "Latest row of each group found by sorting all rows",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns, .constraints],
        looksAt:
            "row_number() OVER (PARTITION BY … ORDER BY …) that is tested outside, and DISTINCT ON, over one table in the parse trees of "
            + "statements that cost; the rows that their plans number or sort; foreign keys from the group's column, and the rows of the "
            + "table they refer to",
        why:
            "All rows of all groups are read and sorted, to keep one of each. Where there are few groups and a table that lists them, a look-up "
            + "for each of them reads one entry of an index on the group and the order, and stops: of a million rows in 100 groups, in 0.8 ms "
            + "in place of 0.7 s (DISTINCT ON) or 0.9 s (row_number), measured on 15.18. The run condition of 15 and up (rn <= 1) ends no "
            + "reading: it skips only the numbering.",
        limits:
            "The group's column must have a validated foreign key to a table of groups, which is read whole. The numbers of rows are the "
            + "planner's. Window functions over joins, and several columns to group by, are left out. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, rows, perGroup, passing],
        references: [
            "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL",
            "https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT",
            "https://www.postgresql.org/docs/current/tutorial-window.html",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let groups = Groups(analysis), let plan = analysis.load.readPlan(),
            let sorted = Self.rows(in: plan, isDistinctOn: groups.latest.isDistinctOn), sorted >= Self.rows.value,
            sorted >= Self.perGroup.value * max(groups.parent.rows, 1),
            !groups.latest.isFiltered || sorted >= Self.passing.value * groups.relation.rows
        else { return nil }
        return finding(groups, sorted, analysis)
    }

    /// Rows that the plan hands to the node that numbers them, or removes all but the first of each group.
    private static func rows(in plan: Plan, isDistinctOn: Bool) -> Double? {
        plan.root.all { $0.type == (isDistinctOn ? "Unique" : "WindowAgg") }.first?.children.first?.rows
    }

    /// The shape with the table that lists its groups.
    struct Groups {
        var latest: LatestPerGroup
        var relation: Relation
        var parent: Relation
        /// The parent's column that the group's column refers to.
        var column: String
        /// What may make the rewrite's rows others; none where the catalog rules it out.
        var doubts: [String]

        init?(_ analysis: StatementAnalysis) {
            guard let latest = analysis.shape.latestPerGroup, let name = latest.relation.target,
                let relation = analysis.names.relation(name), relation.kind == .table,
                let key = analysis.names.catalog.constraints.first(where: {
                    $0.kind == .foreignKey && $0.relation == name && $0.columns == [latest.key.name]
                        && $0.isValidated && $0.referencedColumns.count <= 1
                }), let parent = key.referencedRelation.flatMap(analysis.names.relation), parent.name != name,
                let column = key.referencedColumns.first ?? analysis.names.primaryKey(of: parent.name)?.first
            else { return nil }
            self.latest = latest
            self.relation = relation
            self.parent = parent
            self.column = column
            doubts = []
            let group = SQL.identifier(latest.key.name)
            if !(analysis.names.column(latest.key.name, of: name)?.isNotNull ?? false) {
                doubts.append("rows whose \(group) is NULL are a group of their own, and are then left out")
            }
            if !Self.isOrdered(latest, name, analysis.names) {
                doubts.append("of rows that tie in the order either may come, as before")
            }
            if key.isDeferrable || parent.hasRowSecurity {
                doubts.append("groups that \(parent.name) does not show to the transaction are left out")
            }
        }

        /// No two rows of a group tie: a unique key is among the group's column and the order's.
        private static func isOrdered(_ latest: LatestPerGroup, _ name: QualifiedName, _ names: CatalogNames) -> Bool {
            let given = Set(latest.order.compactMap(\.column?.name) + [latest.key.name])
            return names.indexes(of: name).contains { index in
                index.isUnique && index.predicate == nil
                    && index.keys.allSatisfy { key in
                        key.name.map { given.contains($0) && names.column($0, of: name)?.isNotNull ?? false } ?? false
                    }
                    && !names.catalog.constraints.contains {
                        $0.relation == name && $0.name == index.constraint && $0.isDeferrable
                    }
            }
        }

        func rewrite(_ analysis: StatementAnalysis) -> String? {
            analysis.shape.lateral(latest, over: parent.name, by: column, in: analysis.parsed)
        }
    }

    private func finding(_ groups: Groups, _ sorted: Double, _ analysis: StatementAnalysis) -> Finding {
        let name = groups.relation.name
        let how = groups.latest.isDistinctOn ? "sorts" : "numbers"
        let key = SQL.identifier(groups.latest.key.name)
        return analysis.finding(
            Self.metadata, confidence: .medium,
            title: "\(Quantity.about(sorted)) rows of \(name) are read to keep one for each \(key)",
            about: [name, groups.parent.name],
            summary:
                "A statement with \(analysis.cost) \(how) some \(Quantity.about(sorted)) rows of \(name) to keep the first of each \(key). "
                + "\(groups.parent.name) lists the \(key)s: \(Quantity.about(max(groups.parent.rows, 1))) rows, each of which an index could look up.",
            evidence: [
                Evidence("sortedRows", "rows that the planner expects to sort or number", .number(sorted)),
                Evidence("groups", "rows of \(groups.parent.name)", .number(groups.parent.rows)),
                Evidence("rowsPerGroup", "rows for each of them", .number(sorted / max(groups.parent.rows, 1))),
            ],
            notIf: "most rows of \(groups.parent.name) have no row in \(name), or the filter inside keeps few",
            actions: (index(for: groups, analysis).map { [$0] } ?? []) + [lateral(groups, analysis)])
    }

    private func lateral(_ groups: Groups, _ analysis: StatementAnalysis) -> Action {
        let check =
            groups.doubts.isEmpty
            ? "The same rows: each group is in \(groups.parent.name), and no two rows of one tie."
            : "Check: \(groups.doubts.joined(separator: "; "))."
        let steps =
            groups.rewrite(analysis).map { [check, $0] }
            ?? [
                "FROM \(groups.parent.name.quoted) AS g CROSS JOIN LATERAL (SELECT … FROM \(groups.relation.name.quoted) WHERE "
                    + "\(SQL.identifier(groups.latest.key.name)) = g.\(SQL.identifier(groups.column)) ORDER BY … LIMIT 1) AS latest"
            ]
        return Action.rewrite(
            "look up the first row of each group", steps: steps, gain: analysis.gain,
            verify: "EXPLAIN of the new statement has a Limit over an Index Scan, and no Sort of all rows")
    }

    // MARK: The index

    private func index(for groups: Groups, _ analysis: StatementAnalysis) -> Action? {
        let existing = analysis.names.indexes(of: groups.relation.name)
        guard !existing.contains(where: { Self.serves(groups.latest, $0) }) else { return nil }
        let keys = Self.keys(groups.latest)
        let columns = [groups.latest.key.name] + groups.latest.order.compactMap(\.column?.name)
        let name = SQL.freeName([groups.relation.name.name] + columns, besides: analysis.names.takenNames)
        let index = HypotheticalIndex.make {
            $0.relation = groups.relation.name
            $0.keys = keys
            $0.definition =
                "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(groups.relation.name.quoted) (\(keys.joined(separator: ", ")));"
        }
        return IndexStep.create(
            index, gain: Gain("the look-ups of the rewritten statement need it", .ruleOfThumb), notes: [])
    }

    private static func keys(_ latest: LatestPerGroup) -> [String] {
        [SQL.identifier(latest.key.name)]
            + latest.order.map { key in
                var text = SQL.identifier(key.column?.name ?? "") + (key.isDescending ? " DESC" : "")
                if let first = key.nullsFirst, first != key.isDescending {
                    text += first ? " NULLS FIRST" : " NULLS LAST"
                }
                return text
            }
    }

    /// A b-tree on the group and the order, read forwards or backwards.
    private static func serves(_ latest: LatestPerGroup, _ index: Index) -> Bool {
        let keys = Array(index.keys)
        guard index.accessMethod == "btree", index.predicate == nil, keys.count > latest.order.count,
            keys[0].name == latest.key.name
        else { return false }
        let pairs = zip(keys.dropFirst(), latest.order)
        let isSame = { (forwards: Bool) in
            pairs.allSatisfy { key, sort in
                key.name == sort.column?.name && (key.isDescending == sort.isDescending) == forwards
                    && (key.isNullsFirst == (sort.nullsFirst ?? sort.isDescending)) == forwards
            }
        }
        return isSame(true) || isSame(false)
    }

    static let examples: [RuleExample] = [
        .fires("the last order of each customer, numbered", on: "f1") {
            $0.addLatest(
                "SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.at DESC) AS rn FROM orders o) s "
                    + "WHERE rn = $1")
        },
        .fires("by DISTINCT ON", on: "f1") {
            $0.addLatest(
                "SELECT DISTINCT ON (customer_id) id, customer_id, at FROM orders ORDER BY customer_id, at DESC",
                node: "Unique")
        },
        .fires("all of the last rank", on: "f1") {
            $0.addLatest(
                "SELECT id FROM (SELECT id, rank() OVER (PARTITION BY customer_id ORDER BY at DESC) AS r FROM orders) s WHERE r = $1"
            )
        },
        .fires("the three last", on: "f1") {
            $0.addLatest(
                "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY at DESC) AS r FROM orders) s "
                    + "WHERE s.r <= $1")
        },
        .silent("nearly as many groups as rows") {
            $0.addLatest(
                "SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY at DESC) AS rn FROM orders o) s "
                    + "WHERE rn = $1", groups: 200_000)
        },
        .silent("few rows") {
            $0.addLatest(
                "SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, at DESC", node: "Unique",
                rows: 4000)
        },
        .silent("a filter that keeps few rows") {
            $0.addLatest(
                "SELECT DISTINCT ON (customer_id) * FROM orders WHERE state = $1 ORDER BY customer_id, at DESC",
                node: "Unique",
                rows: 50_000)
        },
        .silent("no table lists the groups") {
            $0.addLatest("SELECT DISTINCT ON (state) * FROM orders ORDER BY state, at DESC", node: "Unique")
        },
        .silent("the numbers are returned, not tested") {
            $0.addLatest(
                "SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY at DESC) AS rn FROM orders o) s "
                    + "WHERE id = $1")
        },
        .silent("DISTINCT of whole rows") {
            $0.addLatest("SELECT DISTINCT customer_id, at FROM orders ORDER BY customer_id, at DESC", node: "Unique")
        },
        .silent("rows of a join are numbered") {
            $0.addLatest(
                "SELECT * FROM (SELECT o.id, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.at) AS rn FROM orders o "
                    + "JOIN customers c ON c.id = o.customer_id) s WHERE rn = $1")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addLatest(
        _ text: String, node: String = "WindowAgg", rows: Int64 = 1_000_000, groups: Double = 2000
    ) {
        addColumns("customers", "id!", "name")
        addColumns("orders", "id!", "customer_id!", "at!", "state")
        addKey("customers", "id")
        addKey("orders", "id")
        addTable("customers") { $0.estimatedRows = groups }
        addForeignKey("orders", "customer_id", to: "customers")
        addCostly(text, calls: 100, rows: 200_000)
        explainLast(
            #"{"Node Type": "\#(node)", "Plan Rows": 2000, "Plans": [{"Node Type": "Sort", "Plan Rows": \#(rows)}]}"#)
    }
}
