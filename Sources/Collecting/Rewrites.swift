import Foundation
import Model
import Plans
import PostgresClient
import Statements

/// The planner's word on statements that are advised in place of others.
extension Collector {
    /// Rewrites that are planned; each costs the server a planning.
    static let rewriteLimit = 20

    /// Plans the rewrites of the target's database in one round trip of a session of its own, as the originals were planned, and puts
    /// the costs into the snapshot. What cannot be planned is left out: it then stays without the planner's word.
    package static func explain(
        _ rewrites: [StatementRewrite], in snapshot: Snapshot, _ target: ConnectionTarget, options: CollectionOptions,
        progress: (@Sendable (CollectionStep) -> Void)? = nil
    ) async -> Snapshot {
        let jobs = RewriteJobs(rewrites, in: snapshot).jobs
        guard !jobs.isEmpty else { return snapshot }
        progress?(.explaining(database: snapshot.server.database, statements: jobs.count))
        var visit = Visit(options, progress: progress)
        visit.snapshot = snapshot
        guard let session = try? await Session.open(target, within: visit.remaining) else { return snapshot }
        visit.snapshot.cost.sessions += 1
        let groups = jobs.map { Explaining.group($0.candidate) } + [QueryGroup([Visit.timeQuery])]
        let results = await session.run(groups, settings: Explaining.planSettings, within: visit.limits)
        await session.close()
        visit.snapshot.cost.probeRoundTrips += 1
        visit.snapshot.cost.statements += jobs.count * 3 + 1
        visit.count(results.last?.map { $0.first ?? [] })
        for (job, result) in zip(jobs, results) {
            guard case .success(let rows) = result, let json = try? rows.last?.first?.string("QUERY PLAN"),
                let plan = try? Plan(json: json)
            else { continue }
            var rewritten = RewrittenPlan()
            rewritten.text = job.text
            rewritten.costBefore = job.costBefore
            rewritten.costAfter = plan.root.totalCost
            visit.snapshot.statementStatistics?.statements[job.statement].rewrites.append(rewritten)
        }
        return visit.snapshot
    }
}

/// Which rewrites are planned: of statements that have a plan, and under the rules for any other statement.
private struct RewriteJobs {
    struct Job {
        /// Place in the snapshot's list.
        var statement: Int
        var text: String
        var costBefore: Double
        var candidate: Eligibility.Candidate
    }

    private(set) var jobs: [Job] = []

    init(_ rewrites: [StatementRewrite], in snapshot: Snapshot) {
        let server = snapshot.server
        guard !rewrites.isEmpty, let catalog = snapshot.catalogs.first(where: { $0.database == server.database }) else {
            return
        }
        let names = RelationNames(catalog.relations)
        let locked = snapshot.lockedModes(
            in: catalog.database, relations: catalog.relations, indexes: catalog.indexes)
        let statements = snapshot.statementStatistics?.statements ?? []
        for rewrite in rewrites where rewrite.database == catalog.database && jobs.count < Collector.rewriteLimit {
            let place = statements.indices.filter {
                statements[$0].fingerprint == rewrite.fingerprint && statements[$0].database == rewrite.database
                    && statements[$0].plan != nil
            }.max { statements[$0].counters.executionTime < statements[$1].counters.executionTime }
            guard let place, let plan = statements[place].plan, let before = try? Plan(json: plan.json),
                let original = statements[place].text.flatMap({ try? ParsedStatement(parsing: $0) }),
                let parsed = try? ParsedStatement(parsing: rewrite.text)
            else { continue }
            // The names of functions outside pg_catalog are not in a snapshot: of a superuser's, those of the original are known
            // to be harmless.
            if server.roleIsSuperuser, !Set(parsed.called).isSubset(of: original.called) { continue }
            let eligibility = Eligibility(
                isSuperuser: false,
                mayWrite: server.roleIsSuperuser || server.roleMemberships.contains("pg_write_all_data"),
                foreignNames: [], lockedModes: locked, names: names)
            let verdict = eligibility.verdict(
                on: String(rewrite.text.dropLast(rewrite.text.hasSuffix(";") ? 1 : 0)),
                queryID: statements[place].queryID, searchPath: statements[place].searchPath)
            guard case .explain(let candidate) = verdict, candidate.basis == plan.basis else { continue }
            jobs.append(
                Job(
                    statement: place, text: rewrite.text, costBefore: before.root.totalCost, candidate: candidate))
        }
    }
}

extension ParsedStatement {
    /// Functions and operators by their names.
    fileprivate var called: [String] {
        functions + root.all("A_Expr").compactMap { $0.strings("name").last }
    }
}
