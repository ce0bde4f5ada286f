import IndexAdvising
import Model

/// Columns that go together, and that the planner takes for independent.
struct CorrelatedColumns: MisjudgedScanRule {
    private static let beyond = Threshold(
        "times the rows that independent columns could give at most", 2, "times",
        source:
            "our choice: ANALYZE's sample of 30,000 rows (300 × the default target) knows a frequency of 1 % to 12 %, "
            + "so that twice is no error of the sample")

    static let metadata = RuleMetadata(
        id: "statistics.correlated-columns",
        title: "Columns that go together, taken for independent",
        area: .statistics,
        needs: [.statements, .statementTexts, .relations, .columnStatistics], uses: [.columns, .plans, .loggedPlans],
        looksAt:
            "scans with two or more equalities in logged plans, and statements that return what one scan finds: the "
            + "rows that came against those planned, and against the product of the largest frequencies in pg_stats",
        why:
            "The planner multiplies the shares of the rows that each condition leaves. City and postal code, or state and "
            + "date of dispatch, go together: what is left is many times more, and the plan above is one for a handful of rows: "
            + "nested loops, too little memory for a hash. Extended statistics tell it which columns go together.",
        limits:
            "It is proven only where more rows came than the most common values together would have if the columns were "
            + "independent. Lists of values, partitions and joins are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, beyond] + MisjudgedScan.thresholds,
        references: [
            "https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED",
            "https://www.postgresql.org/docs/current/multivariate-statistics-examples.html",
        ],
        explains: [.costsTime, Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func judge(_ scan: MisjudgedScan, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard scan.isUnderestimated, let columns = scan.equalColumns, columns.count >= 2 else { return nil }
        let shares = columns.compactMap {
            analysis.statistics(of: $0, in: scan.relation)?.largestShare(inRows: scan.relation.rows)
        }
        // Without the statistics of one of them it is as large as the others allow.
        guard shares.count >= 2 else { return nil }
        let most = scan.relation.rows * shares.reduce(1, *)
        guard scan.actual >= max(most, 1) * Self.beyond.value else { return nil }
        let name = scan.relation.name
        let keys = columns.map { ScanCondition.Key.column($0) }
        let hasRange = scan.conditions.contains { $0.kind == .range }
        let list = columns.joined(separator: ", ")
        return analysis.finding(
            Self.metadata, severity: scan.feedsNestedLoop ? .warning : .notice,
            title: "\(list) of \(name) go together: \(Quantity.about(scan.timesOff)) times more rows than planned",
            about: [name],
            summary:
                "In a statement with \(analysis.cost) the planner takes \(list) for independent: \(scan.words). By their "
                + "statistics, independent columns could give \(Quantity.about(max(most, 1))) rows at most.",
            evidence: scan.evidence + [
                Evidence("independentRows", "rows at most, if independent", .number(most)),
                Evidence("columns", "columns", .list(columns)),
            ],
            notIf: "the table changed much since ANALYZE: analyse it first", tier: .fix,
            actions: scan.withoutNestedLoop
                + [MisestimateCause.together(keys, relation: name, hasRange: hasRange).action],
            explains: [.statistics(name, database: analysis.load.database)])
    }

    static let examples: [RuleExample] = [
        .fires("city and zip under a nested loop", on: "f1") { $0.addMisjudged(planned: 10, actual: 500_000) },
        .fires("a lookup that returns more than any values could", on: "f1") {
            $0.addMisjudged(planned: 10, actual: 20_000, isLogged: false)
        },
        .silent("as many as the most common values may have") { $0.addMisjudged(planned: 10, actual: 190) },
        .silent("one column alone") {
            $0.addMisjudged("(city = $1)", planned: 10, actual: 500_000)
        },
        .silent("a list of values") {
            $0.addMisjudged("((city = ANY ('…'::text[])) AND (zip = '…'))", planned: 10, actual: 500_000)
        },
        .silent("fewer rows than planned") { $0.addMisjudged(planned: 500_000, actual: 10) },
        .inconclusive("no plans in the log, nothing that returns a scan's rows") {
            $0.addMisjudged(planned: 10, actual: 10, isLogged: false)
            $0.notes.append(
                .make {
                    $0.evidence = .loggedPlans
                    $0.text = "auto_explain is not loaded."
                })
        },
    ]
}

extension Snapshot {
    /// `places` with 1,000,000 rows and columns of 100 even values each, and a statement that scans it.
    mutating func addMisjudged(
        _ condition: String = "((city = '…'::text) AND (zip = '…'::text))", planned: Int, actual: Int,
        isLogged: Bool = true, calls: Int64 = 1000, _ configure: (inout ColumnStatistics) -> Void = { _ in }
    ) {
        addColumns("places", "city", "zip", "state")
        for place in catalogs[0].columns.indices {
            catalogs[0].columns[place].statistics = .make {
                $0.distinct = 100
                $0.mostCommonFrequencies = [0.0125]
                $0.mostCommonCount = 100
                $0.mostCommonShare = 1
                $0.leastCommonFrequency = 0.008
                configure(&$0)
            }
        }
        let scan =
            #""Node Type": "Seq Scan", "Relation Name": "places", "Alias": "p", "Total Cost": 40, "Plan Rows": \#(planned), "Filter": "\#(condition)""#
        guard isLogged else {
            addCostly("SELECT * FROM places WHERE city = $1 AND zip = $2", calls: calls, rows: calls * Int64(actual))
            return explainLast("{\(scan)}")
        }
        addCostly("SELECT * FROM places p JOIN visits v ON v.place = p.id WHERE city = $1 AND zip = $2", calls: calls)
        let plan = """
            [{"Plan": {"Node Type": "Nested Loop", "Join Type": "Inner", "Total Cost": 90, "Plan Rows": \(planned), "Actual Total Time": 3990, "Actual Rows": \(actual), "Actual Loops": 1, "Plans": [
            {"Parent Relationship": "Outer", \(scan), "Actual Startup Time": 0, "Actual Total Time": 200, "Actual Rows": \(actual), "Actual Loops": 1},
            {"Node Type": "Index Scan", "Parent Relationship": "Inner", "Index Name": "visits_place_idx", "Relation Name": "visits", "Alias": "v", "Total Cost": 5, "Plan Rows": 1, "Actual Total Time": 0.007, "Actual Rows": 1, "Actual Loops": \(actual)}]}}]
            """
        statementStatistics!.statements[0].loggedPlans = [
            .make {
                $0.calls = 3
                $0.totalTime = 12_000
                $0.shortestTime = 3990
                $0.longestTime = 4010
                $0.json = ExamplePlan.explained(plan)
            }
        ]
    }
}
