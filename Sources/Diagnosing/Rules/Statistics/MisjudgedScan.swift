import IndexAdvising
import Model
import Plans
import Statements

/// A scan for which the planner expected far more or fewer rows than came.
struct MisjudgedScan {
    enum Source {
        /// A call that auto_explain logged with what it measured.
        case loggedPlan(MeasuredCall, ExplainedNode)
        /// The planner's plan of a statement that returns what one scan finds, against the rows that its calls returned.
        case counters
    }

    let source: Source
    let relation: Relation
    /// Its conditions as EXPLAIN prints them.
    let texts: [String]
    let conditions: [ScanCondition]
    /// Rows of one run.
    let planned: Double
    let actual: Double
    /// Loops of the node, or calls of the statement.
    let runs: Double

    static let factor = Threshold(
        "times more or fewer rows than planned", 10, "times",
        source: "pev2 marks 10, 100 and 1,000: https://github.com/dalibo/pev2")
    static let difference = Threshold(
        "rows of difference", 100, "rows", source: "our choice: few rows change no plan")
    static let calls = Threshold(
        "calls whose rows are compared with the plan", 20, "calls",
        source: "our choice: the mean of fewer may be that of one peculiar value")
    /// Those that every rule about misjudged scans has.
    static let thresholds = [factor, difference, calls]

    var isUnderestimated: Bool { actual > planned }
    var timesOff: Double { max(actual, 1) / max(planned, 1) }

    /// Columns that stand alone on one side of `=`; nil where a list of values, of which nobody knows how many it has, is
    /// among the conditions.
    var equalColumns: [String]? {
        guard !texts.contains(where: { $0.contains("ANY (") || $0.contains(" IS NULL") }) else { return nil }
        return conditions.compactMap { condition in
            guard condition.kind == .equality, case .column(let name) = condition.key else { return nil }
            return name
        }
    }

    /// The plan was made for any value of a parameter.
    var isGeneric: Bool {
        switch source {
        case .counters: true
        case .loggedPlan: texts.contains { $0.contains(/\$[0-9]/) }
        }
    }

    /// A nested loop stands above: it was chosen for few rows.
    var feedsNestedLoop: Bool {
        guard case .loggedPlan(let call, let node) = source else { return false }
        return call.plan.ancestors(of: node.id).contains { $0.type == "Nested Loop" }
    }

    /// `12 rows were planned, 4,100 came in a call that was logged`
    var words: String {
        let came =
            switch source {
            case .loggedPlan: "\(Quantity.about(actual)) came in a call that was logged"
            case .counters: "\(Quantity.about(actual)) come, the mean of \(Quantity.about(runs)) calls"
            }
        return "\(Quantity.about(planned)) rows were planned, \(came)"
    }

    var evidence: [Evidence] {
        var evidence = [
            Evidence("plannedRows", "rows planned", .number(planned)),
            Evidence("rows", "rows returned", .number(actual)),
            Evidence("factor", "times off", .number(max(timesOff, 1 / timesOff))),
            Evidence("tableRows", "rows of the table", .number(relation.rows)),
        ]
        if let text = texts.first { evidence.append(Evidence("condition", "condition", .text(text))) }
        return evidence
    }

    /// Until the statistics are better, for the one transaction.
    var withoutNestedLoop: [Action] {
        guard feedsNestedLoop, isUnderestimated else { return [] }
        return [
            Action(
                .containment, "keep the planner from nested loops in this statement's transaction",
                sql: ["SET LOCAL enable_nestloop = off;"],
                steps: ["Behind BEGIN of the transaction that runs it, until the statistics are there."],
                lock: LockNote.none, gain: Gain("a join for many rows", .ruleOfThumb),
                verify: "the mean time of the statement falls", undo: "it ends with the transaction",
                caution: "other statements of the transaction lose their nested loops too")
        ]
    }
}

/// A rule about statements whose scans are misjudged.
protocol MisjudgedScanRule: StatementRule {
    /// nil: this scan is misjudged for another reason.
    func judge(_ scan: MisjudgedScan, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding?
}

extension MisjudgedScanRule {
    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for scan in analysis.misjudgedScans {
            if let finding = judge(scan, analysis, observation) { return finding }
        }
        return nil
    }

    func evaluate(_ observation: Observation) -> Outcome {
        let outcome = judgeCostly(observation)
        // Without logged plans only what returns the rows of one scan can be compared with its plan.
        guard case .findings(let findings) = outcome,
            let note = observation.snapshot.notes.first(where: { $0.evidence == .loggedPlans && $0.isTotal })
        else { return outcome }
        return .partial(
            findings, "only statements that return what one scan finds were compared with their plans: " + note.text)
    }
}

extension StatementAnalysis {
    /// Those of plans that ran first, the greatest misjudgement first.
    var misjudgedScans: [MisjudgedScan] { loggedScans + (returnedScan.map { [$0] } ?? []) }

    private var loggedScans: [MisjudgedScan] {
        load.loggedPlans.flatMap { call in
            call.plan.nodes.compactMap { node -> MisjudgedScan? in
                guard let actual = node.actual, call.measured.misestimateFactor(of: node) != nil,
                    let name = node.relation, let relation = relation(name, schema: node.schema)
                else { return nil }
                return MisjudgedScan(
                    source: .loggedPlan(call, node), relation: relation, texts: node.scanTexts,
                    conditions: node.scanConditions, planned: node.plannedRows, actual: actual.rows,
                    runs: actual.loops)
            }
        }
        .sorted { abs($0.actual - $0.planned) > abs($1.actual - $1.planned) }
    }

    /// The one scan of a SELECT that returns all that it finds, more than was planned. Fewer prove nothing: who reads
    /// through a cursor may stop.
    private var returnedScan: MisjudgedScan? {
        guard parsed.kind == .select, Double(load.counters.calls) >= MisjudgedScan.calls.value,
            let plan = load.readPlan()
        else { return nil }
        var node = plan.root
        while ["Sort", "Incremental Sort", "Gather", "Gather Merge"].contains(node.type),
            let child = node.children.first
        {
            node = child
        }
        let (planned, actual) = (plan.root.rows, load.counters.rowsPerCall)
        guard let name = node.relation, node.children.allSatisfy({ $0.relation == nil && $0.relationship == "Outer" }),
            let relation = relation(name, schema: node.schema),
            actual >= max(planned, 1) * MisjudgedScan.factor.value,
            actual - planned >= MisjudgedScan.difference.value
        else { return nil }
        let texts = [node.filter, node.indexCondition, node.recheckCondition].compactMap(\.self)
        return MisjudgedScan(
            source: .counters, relation: relation, texts: texts,
            conditions: ScanCondition.read(texts, aliases: Set([node.alias, node.relation].compactMap(\.self))),
            planned: planned, actual: actual, runs: Double(load.counters.calls))
    }

    /// A table with rows and statistics of its own; a partition has those of its root above it.
    private func relation(_ name: String, schema: String?) -> Relation? {
        let found = names.relation(name, schema: schema, searchPath: load.representative.searchPath)
        return found.flatMap { $0.kind == .table && !$0.isPartition && $0.rows > 0 ? $0 : nil }
    }

    func statistics(of column: String, in relation: Relation) -> ColumnStatistics? {
        names.column(column, of: relation.name)?.statistics
    }
}

extension ScanCondition {
    /// Of several texts of one scan, each key once: a bitmap's recheck repeats its index condition.
    static func read(_ texts: [String], aliases: Set<String>) -> [ScanCondition] {
        var conditions: [ScanCondition] = []
        for condition in texts.flatMap({ read($0, aliases: aliases) })
        where !conditions.contains(where: { $0.key == condition.key && $0.kind == condition.kind }) {
            conditions.append(condition)
        }
        return conditions
    }
}

extension ExplainedNode {
    var scanTexts: [String] { ["Filter", "Index Cond", "Recheck Cond"].compactMap { condition($0) } }
    var scanNames: Set<String> { Set([alias, relation].compactMap(\.self)) }
    var scanConditions: [ScanCondition] { ScanCondition.read(scanTexts, aliases: scanNames) }
}

extension ColumnStatistics {
    /// The largest share of the rows that one value, or NULL, has; nil where nothing is known of it.
    func largestShare(inRows rows: Double) -> Double? {
        let distinct = distinctValues(inRows: rows)
        guard distinct > 0 else { return nil }
        return max(mostCommonFrequencies.first ?? (1 - nullFraction) / distinct, nullFraction)
    }
}
