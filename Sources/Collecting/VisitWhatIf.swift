import IndexAdvising
import Model
import Plans
import PostgresClient
import Queries
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
        let jobs = explained
        guard let catalog = try? drafts[place].catalog.finished(database: drafts[place].database) else { return }
        let candidates = candidates(for: jobs, in: catalog)
        guard !candidates.isEmpty else { return }
        progress?(.askingWhatIf(statements: jobs.count))
        let statements = WhatIfStatements(schema: schema)
        let groups =
            candidates.map { QueryGroup([statements.create($0.hypopgStatement)]) }
            + jobs.map { Explaining.group($0.candidate) } + [
                QueryGroup([statements.drop]), QueryGroup([Self.timeQuery]),
            ]
        let results = await session.run(groups, settings: Explaining.planSettings, within: limits)
        snapshot.cost.probeRoundTrips += 1
        snapshot.cost.statements += candidates.count + jobs.count * 3 + 2
        count(results.last?.map { $0.first ?? [] })
        let made = made(of: candidates, results.prefix(candidates.count), in: catalog)
        for (job, result) in zip(jobs, results.dropFirst(candidates.count)) {
            if case .success(let rows) = result, let json = try? rows.last?.first?.string("QUERY PLAN") {
                keep(json, made, for: job)
            }
        }
        if results.contains(where: { if case .failure(let failure) = $0 { failure.isConnectionLost } else { false } }) {
            isCutShort = true
        }
    }

    /// From the plans as they are now.
    private func candidates(for jobs: [ExplainJob], in catalog: DatabaseCatalog) -> [IndexCandidate] {
        let plans = jobs.compactMap { job -> (plan: Plan, searchPath: [String])? in
            guard let first = job.statements.first,
                let json = snapshot.statementStatistics?.statements[first].plan?.json,
                let plan = try? Plan(json: json)
            else { return nil }
            return (plan, job.candidate.searchPath)
        }
        return CandidateSearch(catalog).propose(plans)
    }

    /// The candidates that HypoPG took, by the names under which plans show them.
    private func made(
        of candidates: [IndexCandidate], _ results: ArraySlice<Result<[[Row]], QueryFailure>>,
        in catalog: DatabaseCatalog
    ) -> [String: HypotheticalIndex] {
        var made: [String: HypotheticalIndex] = [:]
        var taken = Set(catalog.indexes.map(\.name.name))
        for (candidate, result) in zip(candidates, results) {
            guard case .success(let rows) = result, let row = rows.first?.first, let name = try? row.string("name")
            else {
                continue
            }
            let size = (try? row.int64("size")) ?? 0
            made[name] = candidate.hypothetical(estimatedSize: size, besides: taken)
            taken.insert(candidate.name(besides: taken))
        }
        return made
    }

    private mutating func keep(_ json: String, _ made: [String: HypotheticalIndex], for job: ExplainJob) {
        guard let clean = texts.plan(json) else { return }
        for statement in job.statements {
            guard let before = snapshot.statementStatistics?.statements[statement].plan?.json,
                let answer = WhatIfReading.read(before: before, after: clean, indexes: made), answer.isUsed
            else { continue }
            snapshot.statementStatistics?.statements[statement].whatIf = [answer]
        }
    }
}
