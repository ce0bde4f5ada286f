import IndexAdvising
import Model
import Plans
import PostgresClient
import Queries
import Statements

/// The statements that indexes are advised for, as they are planned.
struct AdvisedWorkload: Sendable {
    /// In the order of their load, greatest first.
    private(set) var statements: [WorkloadStatement] = []
    private(set) var loads: [WorkloadLoad] = []
    /// By statement; nil where it cannot be explained.
    private(set) var jobs: [PlannerOracle.Job?] = []
    /// By statement: why it has no cost.
    private(set) var notes: [String?] = []
    /// By statement: the cost of one call as it is, the planner's units; nil where it is not known.
    private(set) var costs: [Double?] = []
    /// By statement: the existing indexes that its plan uses.
    private(set) var existing: [Set<String>] = []
    /// Texts that do not parse: they were cut off, or use newer syntax.
    private(set) var unreadable = 0
    let names: CatalogNames

    /// Statements whose parameters are given values: EXPLAIN with bound values is an entry of pg_stat_statements each.
    static let valuesLimit = 100
    /// Statements in all, the greatest first.
    static let limit = 5_000

    init(
        _ loads: [WorkloadLoad], _ names: CatalogNames, _ eligibility: Eligibility, _ ownPath: [String]
    ) {
        self.names = names
        let sorted = loads.enumerated().sorted {
            ($0.element.totalTime ?? 0, -$0.offset) > ($1.element.totalTime ?? 0, -$1.offset)
        }.prefix(Self.limit).map(\.element)
        for load in sorted {
            let path = load.searchPath ?? ownPath
            var load = load
            guard var parsed = try? ParsedStatement(parsing: load.text) else {
                unreadable += 1
                continue
            }
            if let prepared = parsed.prepared, let inner = try? ParsedStatement(parsing: prepared) {
                load.text = prepared
                parsed = inner
            }
            guard parsed.kind != .utility else { continue }
            switch eligibility.verdict(on: load.text, queryID: load.queryIDs.first ?? 0, searchPath: path) {
            case .explain(let candidate):
                var job = PlannerOracle.Job(candidate: candidate)
                job.examples = load.examples.compactMap { call in
                    // What was logged is planned as the statement is: a write as a write. The SELECT in a write's place may lack
                    // some of its parameters.
                    guard case .explain(let example) = eligibility.verdict(on: call.text, queryID: 0, searchPath: path),
                        (example.basis == .equivalentSelect) == (candidate.basis == .equivalentSelect),
                        call.values.isEmpty || example.basis == .generic,
                        example.parameterCount == call.values.count
                    else { return nil }
                    return PlannerOracle.Job.Example(candidate: example, values: call.values)
                }
                add(load, parsed, path, job, nil)
            case .no(let reason): add(load, parsed, path, nil, reason)
            }
        }
    }

    /// Statements that were explained already, with their plans.
    init(explained: [ExplainedStatement], _ names: CatalogNames) {
        self.names = names
        for statement in explained {
            let (load, candidate, plan) = (statement.load, statement.job.candidate, statement.plan)
            add(load, statement.parsed, candidate.searchPath, PlannerOracle.Job(candidate: candidate), nil)
            statements[statements.count - 1].plan = plan
            costs[costs.count - 1] = plan.root.totalCost
        }
    }

    private mutating func add(
        _ load: WorkloadLoad, _ parsed: ParsedStatement, _ path: [String], _ job: PlannerOracle.Job?, _ note: String?
    ) {
        var statement = WorkloadStatement(
            number: statements.count, parsed: parsed, names: names, searchPath: path, calls: load.calls)
        if load.calls > 0 {
            statement.meanTime = load.totalTime.map { $0 / load.calls }
            statement.rowsPerCall = load.rows.map { $0 / load.calls }
        }
        statements.append(statement)
        loads.append(load)
        jobs.append(job)
        notes.append(note)
        costs.append(nil)
        existing.append([])
    }

    /// Values for the parameters of statements that ask for ranges: a generic plan takes a fixed share of the rows for these
    /// (DEFAULT_INEQ_SEL, a third; DEFAULT_RANGE_INEQ_SEL, 0.005; selfuncs.h).
    mutating func readValues(
        on session: Session, limits: @Sendable () -> SessionLimits, major: Int
    ) async {
        var wanted: [Int: StatementParameters] = [:]
        var columns: Set<ColumnReference> = []
        for (place, job) in jobs.enumerated() where wanted.count < Self.valuesLimit {
            guard let candidate = job?.candidate, job?.examples.isEmpty ?? false, candidate.parameterCount > 0,
                let parameters = StatementParameters(of: candidate.text, searchPath: candidate.searchPath, names),
                parameters.hasRange
            else { continue }
            wanted[place] = parameters
            columns.formUnion(parameters.columns)
        }
        guard let variables = Visit.variables(ofColumnValues: columns, names),
            let sql = try? CatalogQuery.columnValues.sql(forMajor: max(major, 14), variables: variables)
        else { return }
        let results = await session.read([Query(CatalogQuery.columnValues.rawValue, sql)], within: limits())
        guard case .success(let rows)? = results.first else { return }
        let owners = Dictionary(
            columns.compactMap { column in names.relation(column.relation).map { ($0.oid, column.relation) } },
            uniquingKeysWith: { first, _ in first })
        guard let known = try? [ColumnReference: ColumnValues](rows, names: { owners[$0] }) else { return }
        for (place, parameters) in wanted {
            let sets = PlanVariant.Kind.allCases.compactMap { parameters.variant($0, known)?.values }
            var seen: Set<[String]> = []
            jobs[place]?.values = sets.filter { seen.insert($0).inserted }
        }
    }

    /// Planned as it was without examples: none of them could be.
    mutating func forgetExamples(of places: [Int]) { for place in places { jobs[place]?.examples = [] } }

    mutating func take(_ result: Result<PlannerOracle.Planned, QueryFailure>, at place: Int) {
        switch result {
        case .success(let planned):
            statements[place].plan = try? Plan(json: planned.json)
            costs[place] = planned.answer.cost
            existing[place] = planned.answer.existing
        case .failure(let failure):
            notes[place] = Explaining.note(sqlState: failure.sqlState)
            jobs[place] = nil
        }
    }
}
