import IndexAdvising
import Model
import Plans
import PostgresClient
import Statements

/// What hypothetical indexes would do to the statements that were explained.
extension Visit {
    mutating func askWhatIf(_ explained: [ExplainJob], at place: Int, on session: Session) async {
        guard options.asksWhatIf else {
            return book.add(CollectionNote(.whatIf, .refused, "What-if plans were not asked for."))
        }
        guard let schema = drafts[place].hypoPGSchema else {
            return book.add(
                CollectionNote(
                    .whatIf, .extensionMissing,
                    "HypoPG is not installed in database \(drafts[place].database): what an index would gain is not known.",
                    remedy: Remedies.createHypoPG))
        }
        // HypoPG's indexes outlive a transaction: through a pooler we could not tell another client's from ours.
        guard !snapshot.server.isThroughPooler else {
            return book.add(
                CollectionNote(
                    .whatIf, .refused,
                    "What-if plans are not made through a pooler, where hypothetical indexes could be seen by others."))
        }
        guard let catalog = try? drafts[place].catalog.finished(database: drafts[place].database) else { return }
        let jobs = explainedStatements(explained)
        guard !jobs.isEmpty else { return }
        progress?(.askingWhatIf(statements: jobs.count))
        var advised = AdviceOptions()
        advised.searchTime = min(Self.searchTime, remaining)
        // Other kinds are advised by the rules of the shapes that need them.
        advised.methods = [.btree]
        // A copy of half the table is a matter of budget: pgmedic indexes weighs it.
        advised.covers = false
        advised.advisesDrops = false
        advised.pricesForeignKeyChecks = false
        var adviser = IndexAdviser(self, session, advised, nil)
        let workload = AdvisedWorkload(explained: jobs, CatalogNames(catalog))
        await adviser.search(workload, adviser.oracle(workload, WhatIfStatements(schema: schema)))
        snapshot.cost.probeRoundTrips += adviser.cost.roundTrips
        snapshot.cost.statements += adviser.cost.statements
        snapshot.indexAdvice = adviser.advice
        keep(adviser, jobs)
        if adviser.cost.isConnectionLost { isCutShort = true }
    }

    /// Of a diagnosis: what is found until then serves.
    private static let searchTime = Duration.seconds(5)

    private func explainedStatements(_ jobs: [ExplainJob]) -> [ExplainedStatement] {
        let statements = snapshot.statementStatistics?.statements ?? []
        return jobs.compactMap { job in
            guard let first = job.statements.first, let text = statements[first].text,
                let plan = statements[first].plan.flatMap({ try? Plan(json: $0.json) }),
                let parsed = try? ParsedStatement(parsing: text)
            else { return nil }
            var load = WorkloadLoad()
            load.text = text
            load.fingerprint = statements[first].fingerprint
            load.queryIDs = [statements[first].queryID]
            let counters = job.statements.map { statements[$0].counters }
            load.calls = counters.reduce(0) { $0 + Double($1.calls) }
            load.totalTime = counters.reduce(0) { $0 + $1.executionTime }
            load.rows = counters.reduce(0) { $0 + Double($1.rows) }
            return ExplainedStatement(job: job, load: load, parsed: parsed, plan: plan)
        }
    }

    /// What the chosen indexes do for each statement.
    private mutating func keep(_ adviser: IndexAdviser, _ jobs: [ExplainedStatement]) {
        let advised = zip(adviser.selection.chosen, adviser.advice.recommendations)
        var indexes: [Int: HypotheticalIndex] = [:]
        // Of a partitioned table it takes the steps that `pgmedic indexes` prints.
        for (place, recommendation) in advised where !adviser.selection.offers[place].candidate.isPartitioned {
            indexes[place] = recommendation.index
        }
        for (place, cost) in zip(adviser.places, adviser.selection.costs) where !cost.after.used.isEmpty {
            let answer = WhatIf.make {
                $0.indexes = cost.after.used.compactMap { indexes[$0] }
                $0.costBefore = cost.before
                $0.costAfter = cost.after.cost
                $0.isUsed = true
            }
            if answer.indexes.isEmpty { continue }
            for statement in jobs[place].job.statements {
                snapshot.statementStatistics?.statements[statement].whatIf = [answer]
            }
        }
    }
}

/// A statement that the visit explained, with what it costs.
struct ExplainedStatement: Sendable {
    var job: Visit.ExplainJob
    var load: WorkloadLoad
    var parsed: ParsedStatement
    var plan: Plan
}
