import Foundation
import Model
import Plans
import Statements
import TestKit
import Testing

@testable import IndexAdvising

@Suite("Costs by our own model")
struct CostsModelTests {
    /// Costs of a statement without a candidate and with each by itself.
    private struct Priced {
        var statement: WorkloadStatement
        var without: Double
        var planner: [Double]
    }

    private func plan(_ sql: String, _ session: LiveSession) async throws -> Plan {
        try Plan(json: try await session.run("EXPLAIN (FORMAT JSON) \(sql);"))
    }

    private func priced(
        _ one: CostsCase, _ number: Int, _ world: CostsWorld, _ session: LiveSession
    ) async throws -> Priced {
        var statement = WorkloadStatement(
            number: number, parsed: try ParsedStatement(parsing: one.sql), names: world.names, searchPath: ["public"],
            calls: 1)
        let before = try await plan(one.sql, session)
        statement.plan = before
        var costs: [Double] = []
        for candidate in one.candidates {
            let create = SQL.literal(candidate.hypopgStatement)
            try await session.run("SELECT indexrelid FROM hypopg_create_index(\(create));")
            costs.append(try await plan(one.sql, session).root.totalCost)
            try await session.run("SELECT hypopg_reset();")
        }
        return Priced(statement: statement, without: before.root.totalCost, planner: costs)
    }

    @Test("the best single index is the one that the planner's what-if has")
    func firstIndex() async throws {
        try await CostsWorld.with { world in
            let session = try await world.database.session()
            var cases: [(CostsCase, Priced)] = []
            for (number, one) in CostsCase.workload.enumerated() {
                cases.append((one, try await priced(one, number, world, session)))
            }
            await session.close()
            #expect(cases.count >= 40)
            let settings = CostSettings(world.settings)
            for distributions in [[:], world.distributions] {
                let model = CostModel(names: world.names, settings: settings, distributions: distributions)
                var misses: [String] = []
                for (one, priced) in cases {
                    let ours = try one.candidates.map {
                        try #require(model.estimate(priced.statement, with: [$0])).cost
                    }
                    if let miss = miss(one, priced, ours) { misses.append(miss) }
                }
                let share = 1 - Double(misses.count) / Double(cases.count)
                #expect(share >= 0.9, "\(misses.joined(separator: "\n"))")
                if ProcessInfo.processInfo.environment["PGMEDIC_SHOW_COSTS"] != nil {
                    print("known values: \(!distributions.isEmpty), \(share)\n\(misses.joined(separator: "\n"))")
                }
            }
        }
    }

    /// nil where both choose the same, or what the planner has within a twentieth of its best; none at all is a choice too.
    private func miss(_ one: CostsCase, _ priced: Priced, _ ours: [Double]) -> String? {
        let planner = [priced.without] + priced.planner
        let model = [priced.without] + ours
        guard let best = planner.indices.min(by: { planner[$0] < planner[$1] }),
            let chosen = model.indices.min(by: { model[$0] < model[$1] }), planner[chosen] > planner[best] * 1.05
        else { return nil }
        let lines = one.candidates.indices.map {
            "    \(one.candidates[$0].description): planner \(priced.planner[$0]), model \(ours[$0].rounded())"
        }
        return "\(one.sql)\n    now \(priced.without)\n" + lines.joined(separator: "\n")
    }
}
