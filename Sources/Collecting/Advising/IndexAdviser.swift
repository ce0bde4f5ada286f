import IndexAdvising
import Model
import Plans
import PostgresClient
import Queries
import Statements

extension Collector {
    /// Searches the set of indexes that the workload wants, in a session of its own, and says what it is.
    ///
    /// The snapshot is of the same database, with its catalog, columns and settings. What cannot be had is said in the advice;
    /// when the task is cancelled or the time is over, the answer is the best set until then.
    package static func adviseIndexes(
        on target: ConnectionTarget, _ snapshot: Snapshot, _ advice: AdviceOptions, options: CollectionOptions,
        progress: (@Sendable (AdviceStep) -> Void)? = nil
    ) async -> IndexAdvice {
        var visit = Visit(options, progress: nil)
        visit.snapshot = snapshot
        let session: Session
        do {
            session = try await Session.open(target, within: visit.remaining)
        } catch {
            return .make {
                $0.database = snapshot.server.database
                $0.refusal = "The server could not be reached again: \(error)"
            }
        }
        var adviser = IndexAdviser(visit, session, advice, progress)
        let answer = await adviser.run()
        await session.close()
        return answer
    }
}

/// One search while it goes on.
struct IndexAdviser {
    var visit: Visit
    let session: Session
    let options: AdviceOptions
    let progress: (@Sendable (AdviceStep) -> Void)?
    let deadline: ContinuousClock.Instant
    var advice = IndexAdvice()
    /// What was chosen, and by statement of it its place in the workload.
    var selection = Selection()
    var places: [Int] = []
    var cost = PlannerOracle.SessionCost()

    init(
        _ visit: Visit, _ session: Session, _ options: AdviceOptions, _ progress: (@Sendable (AdviceStep) -> Void)?
    ) {
        self.visit = visit
        self.session = session
        self.options = options
        self.progress = progress
        deadline = .now + options.searchTime
        advice.database = visit.snapshot.server.database
        advice.sources = options.sources
        advice.notes = options.notes
    }

    mutating func run() async -> IndexAdvice {
        guard let catalog = visit.snapshot.catalogs.first(where: { $0.database == advice.database }) else {
            advice.refusal = "The catalog of database \(advice.database) was not read."
            return advice
        }
        progress?(.readingWorkload(statements: options.workload.count))
        let names = CatalogNames(catalog)
        guard let eligibility = await visit.eligibility(on: session) else {
            advice.refusal = "Which functions the statements may call could not be read."
            return advice
        }
        var workload = AdvisedWorkload(
            options.workload, names, eligibility,
            visit.ownPath(in: catalog.database, existing: Set(catalog.relations.map(\.name.schema))))
        await workload.readValues(on: session, limits: limits, major: visit.snapshot.server.version.major)
        var oracle = oracle(workload, hypoPG(catalog))
        await plan(&workload, with: &oracle.planner)
        await search(workload, oracle)
        return advice
    }

    func oracle(_ workload: AdvisedWorkload, _ statements: WhatIfStatements?) -> WorkloadOracle {
        WorkloadOracle(
            planner: PlannerOracle(session: session, limits: limits, statements: statements, jobs: workload.jobs),
            model: CostModel(names: workload.names, settings: CostSettings(visit.snapshot.settings)))
    }

    /// nil: HypoPG is not there, or may not be used; said once.
    private mutating func hypoPG(_ catalog: DatabaseCatalog) -> WhatIfStatements? {
        guard let schema = catalog.extensions.first(where: { $0.name == "hypopg" })?.schema else {
            advice.notes.append(
                "HypoPG is not installed in database \(advice.database): costs with new indexes are our own estimates. "
                    + Remedies.createHypoPG)
            return nil
        }
        guard !visit.snapshot.server.isThroughPooler else {
            advice.notes.append(
                "Through a pooler hypothetical indexes could be seen by others: costs with new indexes are our own estimates."
            )
            return nil
        }
        return WhatIfStatements(schema: schema)
    }

    var limits: @Sendable () -> SessionLimits {
        let query = visit.options.queryTimeout
        let deadline = deadline + .seconds(2)
        return { SessionLimits(query: query, deadline: deadline) }
    }

    /// Every statement as it is planned now.
    private mutating func plan(_ workload: inout AdvisedWorkload, with planner: inout PlannerOracle) async {
        let places = workload.statements.indices.filter { workload.jobs[$0] != nil }
        var results = await planner.plans(of: places, until: deadline)
        // What a log holds may not be planned any more: a value that was cut off, a type that has changed.
        let refused = results.filter { place, result in
            guard case .failure(let failure) = result, !(workload.jobs[place]?.examples.isEmpty ?? true) else {
                return false
            }
            return !failure.isConnectionLost && !failure.isDeadline
        }.map(\.place)
        if !refused.isEmpty {
            workload.forgetExamples(of: refused)
            planner.jobs = workload.jobs
            let again = Set(refused)
            results.removeAll { again.contains($0.place) }
            results += await planner.plans(of: refused, until: deadline)
        }
        for (place, result) in results { workload.take(result, at: place) }
    }
}
