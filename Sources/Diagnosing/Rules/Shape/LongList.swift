import Model
import Plans
import Statements

/// `(a, b) IN ((1, 2), (3, 4), …)`: an OR of as many arms as there are rows in the list.
struct LongList: StatementRule {
    private static let length = Threshold(
        "rows of the list, or arms of the OR", 50, "rows",
        source:
            "measured on 15.18 over 300,000 rows: with 100 a scan takes 387 ms against 39 ms with a hash; with 10 as "
            + "long as with a hash")

    static let metadata = RuleMetadata(
        id: "shape.long-list",
        title: "Long list of rows that is compared one by one",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "lists of rows in IN, and ORs of equalities over the same columns, in the parse trees of statements that cost; "
            + "the size of the table, and the columns' types",
        why:
            "A list of single values is hashed, or looked up in one index scan. A list of rows is not: PostgreSQL makes an OR "
            + "of it, tests each row of the table against every arm, or makes an index scan of each. Time grows with the "
            + "table times the list, and planning with the list.",
        limits:
            "Lists of single values are left out: measured on 15.18 and 18.1, IN and NOT IN with 5,000 constants take some "
            + "2 ms to plan, and are hashed from 9 values on (NOT IN before 15 is not; nor are lists of parameters in a "
            + "generic plan, which the text does not show). So are joined VALUES, which are hashed. With 1,000 pairs 18.1 "
            + "took 3.6 s like 15.18; of an OR on one column 18 makes a list by itself. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, length],
        references: [
            "https://www.postgresql.org/docs/current/functions-comparisons.html#FUNCTIONS-COMPARISONS-IN-SCALAR",
            "https://www.postgresql.org/docs/current/sql-values.html",
            "https://www.postgresql.org/docs/current/functions-array.html",
        ],
        explains: [.costsTime, Edge(.plansLong, "workload.planning-dominates")])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for list in analysis.shape.spelledOutLists(atLeast: Int(Self.length.value)) {
            guard let relation = analysis.relation(of: list.columns[0]),
                relation.rows >= CostlyShape.largeTable.value,
                list.form != .equalities || makesORs(observation.snapshot.server.version),
                isFelt(list, relation, analysis)
            else { continue }
            return finding(list, relation, analysis)
        }
        return nil
    }

    /// From 18 on the planner makes a list of an OR on one column.
    private func makesORs(_ version: ServerVersion) -> Bool { version.number > 0 && !version.isAtLeast(.v18) }

    /// The plan tests the list, as a filter or by an index scan for each row: another condition does not spare it.
    private func isFelt(_ list: SpelledOutList, _ relation: Relation, _ analysis: StatementAnalysis) -> Bool {
        guard analysis.isMeasured else {
            return !analysis.isFoundOtherwise(relation, at: list.level, besides: Set(list.columns.map(\.name)))
        }
        guard let plan = analysis.load.readPlan() else { return analysis.touchesMuch(of: relation) }
        // One index scan for each row of the list, or the whole list at each row of the table.
        let scans = plan.root.all { $0.relation == relation.name.name || $0.type == "Bitmap Index Scan" }
        let isBitmapOr = scans.count { $0.type == "Bitmap Index Scan" } >= list.count
        return isBitmapOr || scans.contains { ($0.isSequentialScan || $0.indexCondition == nil) && $0.filter != nil }
    }

    private func finding(
        _ list: SpelledOutList, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Finding {
        let columns = list.columns.map(\.name).joined(separator: ", ")
        let arms = Quantity.count(list.count)
        let what =
            switch list.form {
            case .rows: "a list of \(arms) rows"
            case .equalities, .equalitiesOfSeveral: "an OR of \(arms) arms"
            }
        return analysis.finding(
            Self.metadata, title: "\(relation.name) is compared with \(what), one by one", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) compares \(columns) of \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) with \(what). PostgreSQL hashes lists of single values only: "
                + "this one is tested arm by arm, for every row that it reads.",
            evidence: [
                Evidence("listLength", "rows or arms in the text", .count(Int64(list.count))),
                Evidence("columns", "columns compared", .text(columns)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "the statement is written so once, for a repair of data",
            actions: [
                Action.rewrite(
                    "hand over the list as a table", steps: steps(list, relation, analysis), gain: analysis.gain,
                    verify: "EXPLAIN of the new statement has a Hash Join, a Hash Semi Join or a hashed SubPlan")
            ])
    }

    private func steps(_ list: SpelledOutList, _ relation: Relation, _ analysis: StatementAnalysis) -> [String] {
        let names = list.columns.map(\.written)
        let types = list.columns.map { analysis.column(of: $0)?.type }
        guard list.form != .equalities else {
            return ["Write `\(names[0]) IN (…)`, or `\(names[0]) = ANY ($1)` with one array: the same rows."]
        }
        var steps: [String] = []
        let known = types.compactMap(\.self).filter { !$0.isEmpty }
        if known.count == types.count, let rewrite = analysis.shape.values(list, types: known, in: analysis.parsed) {
            let casts = known.enumerated().map { "$\($0 + 1)::\($1)" }.joined(separator: ", ")
            let isShort = list.count <= Self.mostPrinted
            steps += [
                "As VALUES it can be hashed (check: differs where a value is not of its column's type, as the cast of the "
                    + "first row rounds or fails):", isShort ? rewrite : "`IN (VALUES (\(casts)), …)`",
            ]
        }
        let arrays = types.enumerated().map { "$\($0 + 1)::\($1 ?? "…")[]" }.joined(separator: ", ")
        let columns = names.joined(separator: ", ")
        steps.append(
            "Or one array for each column, so that the text is the same for any length: "
                + "`(\(columns)) \(isNegated(list) ? "NOT IN" : "IN") (SELECT * FROM unnest(\(arrays)))`.")
        return steps
    }

    /// Rows of a list beyond which nobody reads it in a report.
    private static let mostPrinted = 200

    private func isNegated(_ list: SpelledOutList) -> Bool { list.form == .rows(isNegated: true) }

    static let examples: [RuleExample] = [
        .fires("a hundred pairs", on: "f1") { $0.addList("SELECT * FROM orders WHERE (id, line) IN (\(pairs(100)))") },
        .fires("a hundred pairs by index scans", on: "f1") {
            $0.addList("SELECT * FROM orders WHERE (id, line) IN (\(pairs(100)))", bitmaps: 100)
        },
        .fires("all but a hundred pairs", on: "f1") {
            $0.addList("DELETE FROM orders WHERE (id, line) NOT IN (\(pairs(100))) AND amount > 5")
        },
        .fires("pairs by OR", on: "f1") {
            $0.addList(
                "SELECT * FROM orders WHERE "
                    + (1...60).map { "id = \($0) AND line = 1" }.joined(separator: " OR "))
        },
        .fires("sixty values by OR, before 18", on: "f1") {
            $0.addList(
                "SELECT * FROM orders WHERE " + (1...60).map { "amount = \($0)" }.joined(separator: " OR "))
        },
        .silent("18 makes a list of them") {
            $0.server.version = ServerVersion(180_001)
            $0.addList(
                "SELECT * FROM orders WHERE " + (1...60).map { "amount = \($0)" }.joined(separator: " OR "))
        },
        .silent("a thousand single values: hashed, or one index scan") {
            $0.addList("SELECT * FROM orders WHERE id IN (\((1...1000).map(String.init).joined(separator: ", ")))")
        },
        .silent("a thousand single values excluded") {
            $0.addList("SELECT * FROM orders WHERE id NOT IN (\((1...1000).map(String.init).joined(separator: ", ")))")
        },
        .silent("ten pairs") { $0.addList("SELECT * FROM orders WHERE (id, line) IN (\(pairs(10)))") },
        .silent("VALUES, which are hashed") {
            $0.addList("SELECT * FROM orders WHERE (id, line) IN (VALUES \(pairs(100)))")
        },
        .silent("a hundred rows inserted") { $0.addList("INSERT INTO orders (id, line) VALUES \(pairs(100))") },
        .silent("different columns in the arms") {
            $0.addList(
                "SELECT * FROM orders WHERE "
                    + (1...60).map { $0 % 2 == 0 ? "id = \($0)" : "line = \($0)" }.joined(separator: " OR "))
        },
        .silent("another condition finds the few rows that are tested") {
            $0.addList("SELECT * FROM orders WHERE id = 7 AND (line, amount) IN (\(pairs(100)))", index: "(id = 7)")
        },
        .silent("a small table") {
            $0.addList("SELECT * FROM orders WHERE (id, line) IN (\(pairs(100)))")
            $0.addTable("orders") { $0.estimatedRows = 900 }
        },
    ]

    /// `(1, 2), (3, 4), …`
    static func pairs(_ count: Int) -> String { (1...count).map { "(\($0), \($0 % 7))" }.joined(separator: ", ") }
}

extension Snapshot {
    fileprivate mutating func addList(_ text: String, bitmaps: Int = 0, index: String? = nil) {
        addColumns("orders", "id!", "line!", "amount")
        addIndex("orders_id_idx", on: "id")
        addCostly(text)
        let scan = #"{"Node Type": "Bitmap Index Scan", "Index Name": "orders_id_idx", "Index Cond": "(id = 1)"}"#
        let inner = Array(repeating: scan, count: bitmaps).joined(separator: ", ")
        let condition = index.map { #", "Index Cond": "\#($0)""# } ?? ""
        explainLast(
            bitmaps > 0
                ? #"{"Node Type": "Bitmap Heap Scan", "Relation Name": "orders", "Plans": [{"Node Type": "BitmapOr", "Plans": [\#(inner)]}]}"#
                : #"{"Node Type": "\#(index == nil ? "Seq Scan" : "Index Scan")", "Relation Name": "orders", "Filter": "(…)"\#(condition)}"#
        )
    }
}
