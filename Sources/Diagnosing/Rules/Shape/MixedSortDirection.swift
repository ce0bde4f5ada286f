import Model
import Plans
import Statements

/// `ORDER BY a, b DESC LIMIT 20` beside an index on (a, b): the right columns, and an order that it cannot give.
struct MixedSortDirection: StatementRule {
    private static let blocks = Threshold(
        "blocks a call touches at least", 1000, "blocks",
        source: "our choice: 8 MB from the cache take about a millisecond; less is not felt")
    private static let perRow = Threshold(
        "blocks touched for each row returned", 20, "blocks",
        source: "our choice: a page out of an index takes one or two for each row")

    static let metadata = RuleMetadata(
        id: "shape.mixed-sort-direction",
        title: "Index whose directions the ORDER BY does not have",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "ORDER BY of several columns, or with NULLS FIRST or LAST, and LIMIT in statements on one table that cost; indexes on "
            + "just these columns; the plan's sort below the Limit, and the blocks that a call touches",
        why:
            "An index can be read forwards and backwards, and in no third way: one on (a, b) gives a, b and a DESC, b DESC, not "
            + "a, b DESC; and a DESC NULLS LAST is not the reverse of a. All rows, or all of the first value of a, are then read and "
            + "sorted for one page.",
        limits:
            "Where an index gives the first column's order, PostgreSQL sorts group by group (Incremental Sort): cheap with small groups, "
            + "and hundreds of times slower than the right index with five groups in 400,000 rows (measured on 15.18, 17 and 18). Only "
            + "measured blocks tell the two apart: statements that touch few are left out. That NOT NULL columns have no NULLs to put "
            + "anywhere is not seen by the planner either (measured). Joins and groups are left out. Of "
            + "statements in files, those whose order an index gives up to a column of which few rows share a value. "
            + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.sortedRows,
            CostlyShape.keptShare, blocks, perRow,
        ],
        references: [
            "https://www.postgresql.org/docs/current/indexes-ordering.html",
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-ENABLE-INCREMENTAL-SORT",
        ],
        explains: [.costsTime, .spills])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let counters = analysis.load.counters
        let isFelt =
            counters.blocksPerCall >= Self.blocks.value
            && counters.blocksPerCall >= Self.perRow.value * max(counters.rowsPerCall, 1)
        guard isFelt || !analysis.isMeasured, let page = SortedPage(analysis) else { return nil }
        let order = page.level.orderBy.filter { key in !(key.column.map { page.equalities.contains($0.name) } ?? false)
        }
        guard !order.isEmpty,
            order.allSatisfy({ $0.column?.relation == 0 && $0.column.map(analysis.isDirect) ?? false })
        else { return nil }
        let keys = Self.matching(order, page, analysis)
        guard let index = keys.first?.index, keys.allSatisfy({ !Self.gives($0.keys, order) }),
            analysis.isMeasured || !Self.hasSmallGroups(order, page, analysis)
        else { return nil }
        return finding(index, order, page, analysis)
    }

    /// Indexes on the columns of the order, behind columns that equal a value; with their keys for the order.
    private static func matching(
        _ order: [SortKey], _ page: SortedPage, _ analysis: StatementAnalysis
    ) -> [(index: Index, keys: [IndexColumn])] {
        let names = order.compactMap(\.column?.name)
        return analysis.names.indexes(of: page.relation.name).compactMap { index in
            guard index.accessMethod == "btree", index.predicate == nil else { return nil }
            let rest = index.keys.drop { $0.name.map(page.equalities.contains) ?? false }
            let keys = Array(rest.prefix(names.count))
            return keys.compactMap(\.name) == names && keys.allSatisfy({ $0.operatorClassName == nil })
                ? (index, keys) : nil
        }
    }

    /// An index gives the order up to a column of which few rows share a value, as far as its type or a key tells: then little is
    /// left to sort.
    private static func hasSmallGroups(_ order: [SortKey], _ page: SortedPage, _ analysis: StatementAnalysis) -> Bool {
        let given = (1..<max(order.count, 1)).filter { count in
            matching(Array(order.prefix(count)), page, analysis).contains { gives($0.keys, Array(order.prefix(count))) }
        }.max()
        guard let given, let column = order[given - 1].column else { return false }
        let type = analysis.column(of: column)?.type ?? ""
        return type.hasPrefix("timestamp") || ["uuid", "numeric", "double precision", "real"].contains(type)
            || analysis.names.indexes(of: page.relation.name).contains {
                $0.isUnique && $0.keyCount == 1 && $0.columns.first?.name == column.name
            }
    }

    /// The index is in that order, or in the reverse of it.
    private static func gives(_ keys: [IndexColumn], _ order: [SortKey]) -> Bool {
        let pairs = zip(keys, order)
        return pairs.allSatisfy { $0.isDescending == $1.isDescending && $0.isNullsFirst == $1.putsNullsFirst }
            || pairs.allSatisfy { $0.isDescending != $1.isDescending && $0.isNullsFirst != $1.putsNullsFirst }
    }

    private func finding(
        _ index: Index, _ order: [SortKey], _ page: SortedPage, _ analysis: StatementAnalysis
    ) -> Finding {
        let name = page.relation.name
        let wanted = order.map { SQL.identifier($0.column?.name ?? "") + $0.direction }
        let isIncremental = page.sort?.type == "Incremental Sort"
        let returned = analysis.isMeasured ? "\(Quantity.about(analysis.load.counters.rowsPerCall)) rows" : "a page"
        return analysis.finding(
            Self.metadata, severity: analysis.isMeasured ? .warning : .notice,
            title: "\(index.name.name) has the columns of the ORDER BY, not its directions",
            about: [name],
            summary:
                "A statement with \(analysis.cost) wants \(returned) of \(name) by "
                + "\(wanted.joined(separator: ", ")). \(index.name.name) holds these columns in another order, so that "
                + (isIncremental
                    ? "all rows of a value are read and sorted"
                    : analysis.isMeasured || order.count == 1
                        ? "all rows are read and sorted" : "all rows, or all of a value, are read and sorted")
                + " for each page.",
            evidence: [
                Evidence("index", "index on the same columns", .text(index.definition ?? index.name.description))
            ]
                + (page.sort.map { sort in
                    [
                        Evidence("sort", "the plan sorts with", .text(sort.type)),
                        Evidence("sortedRows", "rows that the planner expects below the sort", .number(page.rows)),
                    ]
                } ?? []),
            notIf: "the order could as well be the index's: then change the ORDER BY",
            tier: .fix, actions: actions(index, order, wanted, page, analysis))
    }

    private func actions(
        _ index: Index, _ order: [SortKey], _ wanted: [String], _ page: SortedPage, _ analysis: StatementAnalysis
    ) -> [Action] {
        var actions: [Action] = []
        if let plain = withoutNulls(order, page, analysis) {
            actions.append(
                Action.rewrite(
                    "leave out NULLS FIRST and NULLS LAST",
                    steps: ["The columns are NOT NULL, so that it changes nothing but the index that serves:", plain],
                    gain: analysis.gain, verify: "EXPLAIN of the new statement has no sort below the Limit"))
        }
        guard page.relation.kind == .table, !page.relation.isPartition else {
            return actions + [
                Action.rewrite(
                    "index the columns in these directions",
                    steps: ["On each partition, then on \(page.relation.name): \(wanted.joined(separator: ", "))."],
                    gain: analysis.gain)
            ]
        }
        let keys = page.equalities.map(SQL.identifier) + wanted
        let columns = page.equalities + order.compactMap(\.column?.name)
        actions.append(
            IndexStep.create(
                page.index(keys, named: columns, analysis), gain: analysis.gain,
                notes: [
                    "It has the rows in the order of the statement: the Limit stops after a page.",
                    "Where nothing else needs \(index.name.name), it can be dropped afterwards: see its scans in the next diagnosis.",
                ]))
        return actions
    }

    /// The statement without NULLS FIRST and LAST, where its columns are NOT NULL and an index has the order that is left.
    private func withoutNulls(_ order: [SortKey], _ page: SortedPage, _ analysis: StatementAnalysis) -> String? {
        let plain = order.map { key in
            var key = key
            key.nullsFirst = nil
            return key
        }
        let explicit = page.level.orderBy.filter { $0.nullsFirst != nil }.compactMap(\.column)
        guard explicit.allSatisfy({ analysis.column(of: $0)?.isNotNull ?? false }),
            Self.matching(order, page, analysis).contains(where: { Self.gives($0.keys, plain) })
        else { return nil }
        return analysis.shape.removingNullsOrder(in: analysis.parsed)
    }

    static let examples: [RuleExample] = [
        .fires("the newest first within each state", on: "f1") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1")
        },
        .fires("behind an equality, by its name in the result", on: "f1") {
            $0.addMixed(
                "SELECT id, created_at AS at FROM orders o WHERE customer_id = $1 ORDER BY status DESC, at LIMIT $2",
                index: ["customer_id", "status", "created_at"])
        },
        .fires("NULLS LAST of a descending order", on: "f1") {
            $0.addMixed(
                "SELECT * FROM orders ORDER BY created_at DESC NULLS LAST LIMIT $1", index: ["created_at"])
        },
        .fires("the groups of an incremental sort are large", on: "f1") {
            $0.addMixed(
                "SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1", sort: "Incremental Sort")
        },
        .silent("the groups of an incremental sort are small: few blocks are touched") {
            $0.addMixed(
                "SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1", sort: "Incremental Sort",
                blocksPerCall: 40)
        },
        .silent("the index is read backwards") {
            $0.addMixed("SELECT * FROM orders ORDER BY status DESC, created_at DESC LIMIT $1")
        },
        .silent("the index has the directions") {
            $0.addMixed(
                "SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1", index: ["status", "-created_at"])
        },
        .silent("another index has the directions") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1")
            $0.addIndex("orders_mixed", on: "status", "-created_at")
        },
        .silent("the index is on the first column only") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1", index: ["status"])
        },
        .silent("the index is of some rows only") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1")
            $0.catalogs[0].indexes[0].predicate = "(amount > 0)"
        },
        .silent("all rows are wanted") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC", returned: 1_000_000)
        },
        .silent("the plan does not sort") {
            $0.addMixed("SELECT * FROM orders ORDER BY status, created_at DESC LIMIT $1", sort: "Result")
        },
        .silent("the first column equals a value: the rest is in order") {
            $0.addMixed("SELECT * FROM orders WHERE status = $1 ORDER BY status, created_at DESC LIMIT $2")
        },
        .silent("groups are sorted, after they are made") {
            $0.addMixed(
                "SELECT status, created_at, count(*) FROM orders GROUP BY status, created_at "
                    + "ORDER BY status, created_at DESC LIMIT $1")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addMixed(
        _ text: String, index: [String] = ["status", "created_at"], sort: String = "Sort", returned: Int64 = 20,
        blocksPerCall: Int64 = 90_000
    ) {
        addColumns("orders", "id!", "customer_id", "status!", "created_at!", "amount")
        addIndex("orders_sorted_idx", on: index[0]) { made in
            made.columns = index.map { column in
                .make {
                    $0.isDescending = column.hasPrefix("-")
                    $0.isNullsFirst = $0.isDescending
                    $0.name = $0.isDescending ? String(column.dropFirst()) : column
                }
            }
            made.keyCount = index.count
        }
        addCostly(text, calls: 100, rows: returned * 100, blocksPerCall: blocksPerCall)
        explainLast(
            """
            {"Node Type": "Limit", "Total Cost": 150000, "Plan Rows": 20, "Plans": [
            {"Node Type": "\(sort)", "Sort Key": ["status", "created_at DESC"], "Total Cost": 140000,
            "Plan Rows": 1000000, "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders",
            "Alias": "orders", "Total Cost": 20000, "Plan Rows": 1000000}]}]}
            """)
    }
}
