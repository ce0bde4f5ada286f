import Foundation
import Model
import Plans
import PostgresClient
import Queries
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
        let jobs = RewriteJob.all(rewrites, in: snapshot)
        guard !jobs.isEmpty else { return snapshot }
        var visit = Visit(options, progress: progress)
        visit.snapshot = snapshot
        guard let session = try? await Session.open(target, within: visit.remaining) else { return snapshot }
        visit.snapshot.cost.sessions += 1
        await visit.explain(jobs, on: session)
        await session.close()
        return visit.snapshot
    }
}

/// A rewrite of a statement that has a plan.
private struct RewriteJob {
    /// Place in the snapshot's list.
    var statement: Int
    /// Ended with `;`.
    var text: String
    var costBefore: Double

    static func all(_ rewrites: [StatementRewrite], in snapshot: Snapshot) -> [RewriteJob] {
        let statements = snapshot.statementStatistics?.statements ?? []
        return rewrites.filter { $0.database == snapshot.server.database }.compactMap { rewrite -> RewriteJob? in
            let place = statements.indices.filter {
                statements[$0].fingerprint == rewrite.fingerprint && statements[$0].database == rewrite.database
                    && statements[$0].plan != nil
            }.max { statements[$0].counters.executionTime < statements[$1].counters.executionTime }
            guard let place, let plan = statements[place].plan.flatMap({ try? Plan(json: $0.json) }) else { return nil }
            return RewriteJob(statement: place, text: rewrite.text, costBefore: plan.root.totalCost)
        }
    }
}

extension Visit {
    fileprivate mutating func explain(_ jobs: [RewriteJob], on session: Session) async {
        guard let eligibility = await eligibility(on: session) else { return }
        let statements = snapshot.statementStatistics?.statements ?? []
        let eligible = jobs.compactMap { job -> (job: RewriteJob, candidate: Eligibility.Candidate)? in
            let statement = statements[job.statement]
            let verdict = eligibility.verdict(
                on: String(job.text.dropLast(job.text.hasSuffix(";") ? 1 : 0)), queryID: statement.queryID,
                searchPath: statement.searchPath)
            // Costs of a write and of the SELECT in its place tell nothing of each other.
            guard case .explain(let candidate) = verdict, candidate.basis == statement.plan?.basis else { return nil }
            return (job, candidate)
        }.prefix(Collector.rewriteLimit)
        guard !eligible.isEmpty else { return }
        progress?(.explaining(database: snapshot.server.database, statements: eligible.count))
        let groups = eligible.map { Explaining.group($0.candidate) } + [QueryGroup([Self.timeQuery])]
        let results = await session.run(groups, settings: Explaining.planSettings, within: limits)
        snapshot.cost.probeRoundTrips += 1
        snapshot.cost.statements += eligible.count * 3 + 1
        count(results.last?.map { $0.first ?? [] })
        for ((job, _), result) in zip(eligible, results) {
            guard case .success(let rows) = result, let json = try? rows.last?.first?.string("QUERY PLAN"),
                let plan = try? Plan(json: json)
            else { continue }
            var rewritten = RewrittenPlan()
            rewritten.text = job.text
            rewritten.costBefore = job.costBefore
            rewritten.costAfter = plan.root.totalCost
            snapshot.statementStatistics?.statements[job.statement].rewrites.append(rewritten)
        }
    }
}

extension Visit {
    /// The rules for any other statement; nil where a superuser's could not be had.
    mutating func eligibility(on session: Session) async -> Eligibility? {
        let server = snapshot.server
        guard let catalog = snapshot.catalogs.first(where: { $0.database == server.database }) else { return nil }
        var foreignNames: Set<String> = []
        if server.roleIsSuperuser {
            // Their names are not in a snapshot.
            let answers = await ask([(.foreignFunctions, server.version.major, [])], on: session)
            guard case .success(let rows)? = answers[.foreignFunctions],
                let names = try? rows.map({ try $0.string("name") })
            else { return nil }
            foreignNames = Set(names)
        }
        return Eligibility(
            isSuperuser: server.roleIsSuperuser,
            mayWrite: server.roleIsSuperuser || server.roleMemberships.contains("pg_write_all_data"),
            foreignNames: foreignNames,
            lockedModes: snapshot.lockedModes(
                in: catalog.database, relations: catalog.relations, indexes: catalog.indexes),
            names: RelationNames(catalog.relations))
    }
}
