import Model
import Statements

/// What the rules about shapes share: a shape is a finding only where it costs.
enum CostlyShape {
    static let share = Threshold(
        "share of time at which a shape matters", 0.03, "share",
        source: "our choice: a rewrite takes an engineer's day, which a smaller share does not repay")
    static let leastTime = Threshold(
        "execution time in the window below which shares say nothing", 1000, "ms",
        source: "our choice: a second of work in all is noise")
    static let largeTable = Threshold(
        "rows from which reading a table whole is felt", 10_000, "rows",
        source: "our choice: some 100 pages, below which a sequential scan takes about a millisecond")
    static let readShare = Threshold(
        "share of a table's pages that a call touches, where there is no plan", 0.5, "share",
        source: "our choice: an index that serves the condition touches far less than half")

    static let grammar =
        "Statements that PostgreSQL 15's grammar does not parse, and those of databases whose catalog "
        + "was not read, are not judged."

}

/// A rule that judges one statement at a time, by its shape or its plan, where it costs.
protocol StatementRule: Rule {
    /// At most one finding: of a shape that a statement has twice, the first is enough.
    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding?
}

extension StatementRule {
    /// Judges the statements that cost enough; inconclusive where hardly anything ran.
    func evaluate(_ observation: Observation) -> Outcome { judgeCostly(observation) }

    func judgeCostly(_ observation: Observation) -> Outcome {
        let total = observation.workload.totalTime
        guard total >= CostlyShape.leastTime.value else {
            return .inconclusive(
                "statements ran for \(Quantity.milliseconds(total)) in the window: too little to tell what costs")
        }
        let costly = observation.analyses.all.filter {
            $0.load.share >= CostlyShape.share.value && !$0.load.key.name.isEmpty
        }
        return .findings(costly.compactMap { judge($0, observation) })
    }
}

extension StatementAnalysis {
    /// A finding about the statement and, beside it, the tables it concerns. It explains and is explained by what is found for
    /// the statement, and by `explains` and `symptomOf`.
    func finding(
        _ metadata: RuleMetadata, severity: Severity = .warning, confidence: Confidence = .high, title: String,
        about relations: [QualifiedName] = [], summary: String, evidence: [Evidence] = [], notIf: String? = nil,
        tier: Tier = .cure, impact: Impact? = nil, actions: [Action],
        explains more: Set<LinkKey> = [], symptomOf others: Set<LinkKey> = []
    ) -> Finding {
        let counters = load.counters
        var facts = evidence
        if isMeasured {
            facts.append(Evidence("calls", "calls", .count(counters.calls)))
            facts.append(Evidence("meanTime", "mean time of a call", .milliseconds(counters.meanTime)))
            facts.append(Evidence("rowsPerCall", "rows a call", .number(counters.rowsPerCall)))
            facts.append(Evidence("blocksPerCall", "shared blocks touched a call", .number(counters.blocksPerCall)))
        }
        if let text = load.text { facts.append(Evidence("statement", "statement", .text(text))) }
        return Finding(
            metadata, severity: severity, tier: tier, title: title,
            objects: [load.object] + relations.map { .relation($0, in: load.database) },
            impact: impact ?? .share(load.share),
            confidence: confidence, summary: summary, evidence: facts, notIf: notIf, actions: actions.map(proven),
            explains: more.union([load.link]), symptomOf: others.union([load.link]))
    }

    /// `38 % of the execution time (412 ms a call)`
    var cost: String {
        guard isMeasured else { return "a cost that was not measured" }
        return
            "\(Quantity.percent(load.share)) of the execution time (\(Quantity.milliseconds(load.counters.meanTime)) a call)"
    }

    /// A call returns at least so many rows; where nothing was measured, it may.
    func mayReturn(atLeast rows: Double) -> Bool { !isMeasured || load.counters.rowsPerCall >= rows }

    /// A call touches at least so many blocks; where nothing was measured, it may.
    func mayTouchInAll(atLeast blocks: Double) -> Bool { !isMeasured || load.counters.blocksPerCall >= blocks }

    /// A call touches at least so many blocks for each row that it returns; where nothing was measured, it may.
    func mayTouch(atLeast blocks: Double) -> Bool {
        !isMeasured || load.counters.blocksPerCall / max(load.counters.rowsPerCall, 1) >= blocks
    }

    /// What any rewrite can save at most.
    var gain: Gain {
        guard isMeasured else { return Gain("depends on the tables' sizes", .ruleOfThumb) }
        return Gain("at most \(Quantity.percent(load.share)) of the execution time", .estimated)
    }

    /// What a rewrite that the planner makes by itself can save.
    static let noGain = Gain("no time: the statement then says what it does", .ruleOfThumb)

    /// How to see what a rewrite or an index did for the statement.
    static let verifyRewrite = "EXPLAIN of the new statement, then its mean time in the next diagnosis"
}

extension Action {
    /// The application sends another statement: it takes no lock, and is taken back by sending the former one.
    static func rewrite(
        _ title: String, steps: [String], gain: Gain, verify: String = StatementAnalysis.verifyRewrite,
        caution: String? = nil
    ) -> Action {
        Action(
            .cure, title, steps: steps, lock: LockNote.none, gain: gain, verify: verify, undo: "the former statement",
            caution: caution)
    }
}

extension Snapshot {
    /// Adds columns of a table of `public` to an example; `name!` is NOT NULL.
    mutating func addColumns(_ table: String, _ columns: String..., type: String = "integer") {
        addTable(table)
        for (number, name) in columns.enumerated() {
            catalogs[0].columns.append(
                .make {
                    $0.relation = QualifiedName("public", table)
                    $0.name = name.hasSuffix("!") ? String(name.dropLast()) : name
                    $0.isNotNull = name.hasSuffix("!")
                    $0.number = number + 1
                    $0.type = type
                })
        }
    }

    /// A statement with a third of the time whose calls touch so many blocks.
    mutating func addCostly(
        _ text: String, calls: Int64 = 1000, time: Double = 300_000, rows: Int64 = 1000, blocksPerCall: Int64 = 90_000
    ) {
        addStatement("f1", text, calls: calls, time: time, rows: rows) {
            $0.counters.sharedBlocksHit = calls * blocksPerCall
        }
    }

    /// The plan of the last statement: `root` is its topmost node as EXPLAIN prints it.
    mutating func explainLast(_ root: String) {
        let place = statementStatistics!.statements.count - 1
        statementStatistics!.statements[place].searchPath = ["public"]
        statementStatistics!.statements[place].plan = .make { $0.json = #"[{"Plan": \#(root)}]"# }
    }

    /// A column of a table of an example refers to `id` of another.
    mutating func addForeignKey(_ table: String, _ column: String, to parent: String) {
        catalogs[0].constraints.append(
            .make {
                $0.name = "\(table)_\(column)_fkey"
                $0.kind = .foreignKey
                $0.relation = QualifiedName("public", table)
                $0.columns = [column]
                $0.referencedRelation = QualifiedName("public", parent)
                $0.referencedColumns = ["id"]
            })
    }

    /// Makes columns the primary key of a table of an example.
    mutating func addKey(_ table: String, _ columns: String...) {
        addIndex(table + "_pkey", on: columns.first ?? "id", table: table) { index in
            index.isUnique = true
            index.isPrimary = true
            index.columns = columns.map { name in
                .make { $0.name = name }
            }
            index.keyCount = columns.count
        }
    }
}
