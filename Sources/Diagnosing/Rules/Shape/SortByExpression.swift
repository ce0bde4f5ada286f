import IndexAdvising
import Model
import Plans
import Statements

/// `ORDER BY lower(name) LIMIT 20`: all rows are sorted for a page, since no index has that order.
struct SortByExpression: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.sort-by-expression",
        title: "Page sorted by an expression",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "ORDER BY of computed values with LIMIT in statements on one table that cost, and plans that sort many rows below the "
            + "Limit",
        why:
            "An index on a column has the order of the column, not that of what a function makes of it. For the first 20 rows by "
            + "lower(name) every row is read, and its value computed and compared. An index on the expression has the order, and the "
            + "Limit stops after 20 rows.",
        limits:
            "An index is printed only for functions that are known to be IMMUTABLE, for coalesce, and for arithmetic on columns of "
            + "numbers; an expression with a parameter in it needs an index with the parameter's value. Joins, groups and DISTINCT are "
            + "left out: there rows are sorted after they are made. So are distances to a value (`<->`, similarity, abs(price - $1)), "
            + "which need GiST or none. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.sortedRows,
            CostlyShape.sortedBlocks, CostlyShape.keptShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/indexes-ordering.html",
            "https://www.postgresql.org/docs/current/indexes-expressional.html",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let page = SortedPage(analysis), let place = page.level.orderBy.firstIndex(where: { $0.column == nil }),
            let expression = page.level.sortExpression(at: place), !isIndexed(expression, page, analysis)
        else { return nil }
        return finding(expression, page, analysis)
    }

    /// An index holds such an expression already: that it is not used has another reason.
    private func isIndexed(_ expression: SortExpression, _ page: SortedPage, _ analysis: StatementAnalysis) -> Bool {
        let function = expression.label.prefix { $0 != "(" && $0 != " " }
        return analysis.names.indexes(of: page.relation.name).contains { index in
            index.keys.contains { key in
                guard let text = key.expression?.lowercased() else { return false }
                return expression.columns.allSatisfy { text.contains($0.lowercased()) }
                    && (expression.sql == nil || function.isEmpty || text.contains(function))
            }
        }
    }

    private func finding(_ expression: SortExpression, _ page: SortedPage, _ analysis: StatementAnalysis) -> Finding {
        let name = page.relation.name
        return analysis.finding(
            Self.metadata, severity: analysis.isMeasured ? .warning : .notice,
            title: "All rows of \(name) are sorted by \(expression.label) for a page",
            about: [name],
            summary:
                "A statement with \(analysis.cost) sorts some \(Quantity.about(page.rows)) rows of \(name) by "
                + "\(expression.label), and returns "
                + (analysis.isMeasured
                    ? "\(Quantity.about(analysis.load.counters.rowsPerCall)) of them a call." : "a page of them."),
            evidence: (page.sort.map { sort in
                [
                    Evidence("sortKeys", "the plan sorts by", .list(sort.sortKeys)),
                    Evidence("sortedRows", "rows that the planner expects to sort", .number(page.rows)),
                ]
            } ?? []) + [
                Evidence("tableRows", "rows of \(name)", .count(Int64(page.relation.rows)))
            ],
            notIf: "the conditions leave few rows with the values that are asked for",
            tier: index(expression, page, analysis) == nil ? .cure : .fix,
            actions: [index(expression, page, analysis)].compactMap(\.self) + [rewrite(expression, analysis)])
    }

    /// nil where the expression may not be IMMUTABLE, or where the order needs more than one.
    private func index(_ expression: SortExpression, _ page: SortedPage, _ analysis: StatementAnalysis) -> Action? {
        guard page.relation.kind == .table, !page.relation.isPartition else { return nil }
        if expression.calculates {
            let types = expression.columns.map { analysis.names.column($0, of: page.relation.name)?.typeCategory }
            guard types.allSatisfy({ $0 == "N" }) else { return nil }
        }
        var keys: [String] = page.equalities.map(SQL.identifier)
        for (place, key) in page.level.orderBy.enumerated() {
            if let column = key.column, page.equalities.contains(column.name) { continue }
            let name = key.column.map { SQL.identifier(analysis.name(of: $0)) }
            guard let sql = name ?? page.level.sortExpression(at: place)?.sql.map({ "(\($0))" }) else { return nil }
            keys.append(sql + key.direction)
        }
        let columns = page.equalities + expression.columns
        return IndexStep.create(
            page.index(keys, named: columns, analysis), gain: analysis.gain,
            notes: [
                "It has the rows in the order of the statement: the Limit stops after a page.",
                "ANALYZE \(page.relation.name.quoted); afterwards: the planner keeps statistics of the expression with the index.",
            ])
    }

    private func rewrite(_ expression: SortExpression, _ analysis: StatementAnalysis) -> Action {
        var steps: [String] = []
        if expression.sql == nil {
            steps.append(
                "Put an index on the expression as it is written, with the value of each parameter in it; the value has to be the "
                    + "same in every call. CREATE INDEX refuses functions that are not IMMUTABLE.")
        }
        steps.append(
            "Or sort by a plain column with an index: where \(expression.label) is what is meant, store it in a generated "
                + "column (`GENERATED ALWAYS AS (…) STORED`).")
        return Action.rewrite("sort by what an index holds", steps: steps, gain: analysis.gain)
    }

    static let examples: [RuleExample] = [
        .fires("names in whatever case", on: "f1") {
            $0.addPage("SELECT * FROM customers ORDER BY lower(name) LIMIT $1", #""(lower(name))""#)
        },
        .fires("by its name in the result", on: "f1") {
            $0.addPage(
                "SELECT id, paid + due AS total FROM customers c WHERE region = $1 ORDER BY total DESC, id LIMIT $2",
                #""((paid + due)) DESC", "id""#)
        },
        .fires("a default from a parameter", on: "f1") {
            $0.addPage(
                "SELECT * FROM customers ORDER BY coalesce(due, $1) LIMIT $2", #""(COALESCE(due, $1))""#)
        },
        .silent("few blocks are touched with the values that are asked for") {
            $0.addPage(
                "SELECT * FROM customers WHERE due > $1 ORDER BY lower(name) LIMIT $2", #""(lower(name))""#,
                blocksPerCall: 30)
        },
        .silent("a plain column") {
            $0.addPage("SELECT * FROM customers ORDER BY name LIMIT $1", #""name""#)
        },
        .silent("all rows are returned") {
            $0.addPage("SELECT * FROM customers ORDER BY lower(name)", #""(lower(name))""#, returned: 1_000_000)
        },
        .silent("the limit is large") {
            $0.addPage(
                "SELECT * FROM customers ORDER BY lower(name) LIMIT $1", #""(lower(name))""#, returned: 500_000)
        },
        .silent("a random order is another rule's") {
            $0.addPage("SELECT * FROM customers ORDER BY random() LIMIT $1", #""(random())""#)
        },
        .fires("those without a date first", on: "f1") {
            $0.addPage("SELECT * FROM customers ORDER BY due IS NULL, name LIMIT $1", #""((due IS NULL))", "name""#)
        },
        .silent("the nearest ones: an index of another kind") {
            $0.addPage("SELECT * FROM customers ORDER BY due <-> $1 LIMIT $2", #""((due <-> $1))""#)
        },
        .silent("the distance to a value of each call") {
            $0.addPage("SELECT * FROM customers ORDER BY abs(due - $1) LIMIT $2", #""(abs((due - $1)))""#)
        },
        .silent("one row is put first") {
            $0.addPage(
                "SELECT * FROM customers ORDER BY CASE WHEN id = $1 THEN $2 ELSE $3 END LIMIT $4",
                #""(CASE WHEN (id = $1) THEN $2 ELSE $3 END)""#)
        },
        .silent("how well it matches a text") {
            $0.addPage(
                "SELECT * FROM customers ORDER BY similarity(name, $1) DESC LIMIT $2", #""(similarity(name, $1)) DESC""#
            )
        },
        .silent("groups are sorted, after they are made") {
            $0.addPage(
                "SELECT region, sum(due) FROM customers GROUP BY region ORDER BY sum(due) LIMIT $1", #""(sum(due))""#)
        },
        .silent("an index has the expression: something else hinders") {
            $0.addPage("SELECT * FROM customers ORDER BY lower(name) LIMIT $1", #""(lower(name))""#)
            $0.addIndex("customers_lower_idx", on: "x", table: "customers") {
                $0.columns = [.make { $0.expression = "lower(name)" }]
            }
        },
        .silent("few rows are sorted") {
            $0.addPage("SELECT * FROM customers ORDER BY lower(name) LIMIT $1", #""(lower(name))""#, rows: 90)
        },
        .silent("two tables: rows are sorted after they are joined") {
            $0.addColumns("orders", "id!", "customer_id")
            $0.addPage(
                "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY lower(c.name) LIMIT $1",
                #""(lower(c.name))""#)
        },
        .silent("a subquery is what it is sorted by") {
            $0.addPage(
                "SELECT * FROM customers c ORDER BY (SELECT max(id) FROM orders o WHERE o.customer_id = c.id) LIMIT $1",
                #""((SubPlan 1))""#)
        },
        .silent("the plan does not sort") {
            $0.addPage("SELECT * FROM customers ORDER BY lower(name) LIMIT $1", "", sort: "Result")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPage(
        _ text: String, _ keys: String, rows: Int = 1_000_000, returned: Int64 = 20, sort: String = "Sort",
        blocksPerCall: Int64 = 90_000
    ) {
        addColumns("customers", "id!", "name", "region", "paid", "due")
        for place in catalogs[0].columns.indices { catalogs[0].columns[place].typeCategory = "N" }
        addCostly(text, calls: 100, rows: returned * 100, blocksPerCall: blocksPerCall)
        explainLast(
            """
            {"Node Type": "Limit", "Total Cost": 150000, "Plan Rows": 20, "Plans": [
            {"Node Type": "\(sort)", "Sort Key": [\(keys)], "Total Cost": 140000, "Plan Rows": \(rows), "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "customers", "Alias": "customers", "Total Cost": 20000,
            "Plan Rows": \(rows)}]}]}
            """)
    }
}
