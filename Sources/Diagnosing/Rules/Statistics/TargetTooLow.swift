import IndexAdvising
import Model
import Statements

/// A column with more common values than its statistics have room for.
struct TargetTooLow: MisjudgedScanRule {
    private static let residual = Threshold(
        "times the mean share of the values outside the list that its last value has", 5, "times",
        source:
            "our choice: values just below the end of the list are nearly as common as its last, and are planned for "
            + "the mean of all the rest")
    private static let wanted = Threshold(
        "statistics target that is advised", 1000, "values",
        source: "our choice: ten times the default; a sample of 300,000 rows, some seconds of ANALYZE")

    static let metadata = RuleMetadata(
        id: "statistics.target-too-low",
        title: "More common values than the statistics have room for",
        area: .statistics,
        needs: [.statements, .statementTexts, .relations, .columnStatistics, .settings],
        uses: [.columns, .plans, .loggedPlans],
        looksAt:
            "logged plans with an equality on one column that were planned for the mean of the values outside its most "
            + "common ones and returned far more; whether that list is full (attstattarget, default_statistics_target)",
        why:
            "ANALYZE keeps as many common values as the statistics target says, 100 by default, and takes all others for "
            + "equally rare. Of a column with thousands of uneven values the 101st is planned as if it were the least. A larger "
            + "target for this column alone knows them.",
        limits:
            "Judged only by plans that auto_explain logged with the values' own estimates. A larger target makes ANALYZE and "
            + "planning of this table a little slower. Partitions are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, residual, wanted] + MisjudgedScan.thresholds,
        references: [
            "https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-SINGLE-COLUMN",
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-DEFAULT-STATISTICS-TARGET",
        ],
        explains: [.costsTime, Edge(.misleadsPlanner, "plan.logged-slow-call")])

    func judge(_ scan: MisjudgedScan, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard scan.isUnderestimated, !scan.isGeneric, Set(scan.texts).count == 1,
            scan.texts.allSatisfy({ !$0.contains(" AND ") }),
            let columns = scan.equalColumns, columns.count == 1,
            let column = analysis.names.column(columns[0], of: scan.relation.name), let statistics = column.statistics,
            let count = statistics.mostCommonCount, let share = statistics.mostCommonShare,
            let last = statistics.leastCommonFrequency
        else { return nil }
        let target =
            column.statisticsTarget >= 0
            ? Double(column.statisticsTarget) : observation.setting("default_statistics_target")?.number ?? 100
        let rest = statistics.distinctValues(inRows: scan.relation.rows) - Double(count)
        let mean = max(0, 1 - share - statistics.nullFraction) / max(1, rest)
        guard Double(count) >= target, target < Self.wanted.value, rest > 0, last >= Self.residual.value * mean,
            // What was planned is that mean, and not a value of the list.
            scan.planned <= max(1, 2 * mean * scan.relation.rows)
        else { return nil }
        return finding(scan, column, count, last, mean, analysis)
    }

    private func finding(
        _ scan: MisjudgedScan, _ column: Column, _ count: Int, _ last: Double, _ mean: Double,
        _ analysis: StatementAnalysis
    ) -> Finding {
        let name = scan.relation.name
        let rows = scan.relation.rows
        return analysis.finding(
            Self.metadata, severity: scan.feedsNestedLoop ? .warning : .notice,
            title: "\(name).\(column.name) has more common values than the \(count) that its statistics keep",
            about: [name],
            summary:
                "In a statement with \(analysis.cost) a value of \(column.name) is planned as one of the rare: \(scan.words). "
                + "The list of common values is full: its last has \(Quantity.about(last * rows)) rows, and all others are "
                + "taken for \(Quantity.about(max(1, mean * rows))) each.",
            evidence: scan.evidence + [
                Evidence("commonValues", "common values kept", .count(Int64(count))),
                Evidence("lastCommonRows", "rows of the last of them", .number(last * rows)),
                Evidence("otherRows", "rows that any other is taken for", .number(mean * rows)),
            ],
            notIf: "the value came up after the last ANALYZE: analyse the table first", tier: .fix,
            actions: scan.withoutNestedLoop + [action(scan, column)],
            explains: [.statistics(name, database: analysis.load.database)])
    }

    private func action(_ scan: MisjudgedScan, _ column: Column) -> Action {
        let table = scan.relation.name.quoted
        // PostgreSQL takes no more.
        let wanted = min(Int(Self.wanted.value), 10_000)
        let change = "ALTER TABLE \(table) ALTER COLUMN \(SQL.identifier(column.name)) SET STATISTICS"
        return Action(
            .fix, "keep \(Quantity.count(wanted)) common values of \(column.name)",
            sql: ["\(change) \(wanted);", "ANALYZE \(table) (\(SQL.identifier(column.name)));"],
            lock: .analyze, gain: Gain("a plan for the rows that come", .estimated),
            verify: "EXPLAIN of the statement with that value: rows planned come near to those returned",
            undo: "\(change) \(column.statisticsTarget);",
            caution: "ANALYZE of the table reads ten times as many rows")
    }

    static let examples: [RuleExample] = [
        .fires("the 150th city has a hundredth of the rows", on: "f1") {
            $0.addMisjudged("(city = '…'::text)", planned: 20, actual: 9000, Self.full)
        },
        .silent("the list has room: the value is new") {
            $0.addMisjudged("(city = '…'::text)", planned: 20, actual: 9000) {
                Self.full(&$0)
                $0.mostCommonCount = 60
            }
        },
        .silent("the others are really rare") {
            $0.addMisjudged("(city = '…'::text)", planned: 20, actual: 9000) {
                Self.full(&$0)
                $0.leastCommonFrequency = 0.000_03
            }
        },
        .silent("a plan for any value") {
            $0.addMisjudged("(city = $1)", planned: 20, actual: 9000, Self.full)
        },
        .silent("two conditions: they may go together") {
            $0.addMisjudged("((city = '…'::text) AND (zip = '…'::text))", planned: 1, actual: 9000, Self.full)
        },
        .inconclusive("nothing was logged") {
            $0.addMisjudged("(city = $1)", planned: 20, actual: 20, isLogged: false, Self.full)
            $0.notes.append(
                .make {
                    $0.evidence = .loggedPlans
                    $0.text = "auto_explain is not loaded."
                })
        },
    ]

    private static func full(_ statistics: inout ColumnStatistics) {
        statistics.distinct = 20_000
        statistics.mostCommonCount = 100
        statistics.mostCommonShare = 0.6
        statistics.leastCommonFrequency = 0.004
    }
}
