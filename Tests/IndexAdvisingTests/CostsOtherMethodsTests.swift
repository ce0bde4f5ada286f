import Model
import Plans
import Statements
import TestKit
import Testing

@testable import IndexAdvising

@Suite("Costs of GIN and GiST")
struct CostsOtherMethodsTests {
    private static func on(
        _ relation: String, _ key: ScanCondition.Key, _ method: IndexCandidate.Method, _ operatorClass: String? = nil
    ) -> IndexCandidate {
        var candidate = IndexCandidate(
            relation: QualifiedName("public", relation), method: method, keys: [.init(key: key)])
        candidate.keys[0].operatorClass = operatorClass
        return candidate
    }

    private static let attributes = on("items", .column("attributes"), .gin)
    private static let paths = on("items", .column("attributes"), .gin, "jsonb_path_ops")
    private static let tags = on("items", .column("tags"), .gin)
    private static let trigrams = on("products", .column("name"), .gin, "gin_trgm_ops")
    private static let treeOfNames = on("products", .column("name"), .btree)
    private static let words = on("products", .expression("to_tsvector('english', name)", column: "name"), .gin)
    private static let periods = on("events", .column("period"), .gist)
    private static let places = on("events", .column("place"), .gist)
    private static let times = on("events", .column("at"), .btree)

    private static let workload: [(sql: String, candidates: [IndexCandidate])] = [
        (#"SELECT * FROM items WHERE attributes @> '{"color": "red", "size": 4, "lot": 77}'"#, [attributes, tags]),
        (#"SELECT * FROM items WHERE attributes @> '{"lot": 77}'"#, [paths, tags]),
        ("SELECT * FROM items WHERE tags @> ARRAY['t5', 'x3']", [tags, attributes]),
        ("SELECT * FROM items WHERE tags && ARRAY['t7']", [tags, attributes]),
        ("SELECT * FROM products WHERE name ILIKE '%00abc%'", [trigrams, treeOfNames]),
        ("SELECT * FROM products WHERE name LIKE '%ff01%'", [trigrams, treeOfNames]),
        (
            "SELECT * FROM products WHERE to_tsvector('english', name) @@ to_tsquery('english', 'product & 17')",
            [words, trigrams]
        ),
        ("SELECT * FROM events WHERE period @> timestamp '2024-02-01 10:00'", [periods, times]),
        ("SELECT * FROM events WHERE period && tsrange('2024-02-01 10:00', '2024-02-01 11:00')", [periods, times]),
        ("SELECT * FROM events ORDER BY place <-> point(50, 50) LIMIT 5", [places, times]),
        ("SELECT * FROM events WHERE place <@ box(point(1, 1), point(2, 2))", [places, times]),
    ]

    private func plan(_ sql: String, _ session: LiveSession) async throws -> Plan {
        try Plan(json: try await session.run("EXPLAIN (FORMAT JSON) \(sql);"))
    }

    /// Planner's costs with each of the candidates by itself, built.
    private func costs(
        _ workload: [(sql: String, candidates: [IndexCandidate])], _ session: LiveSession
    ) async throws -> [String: [IndexCandidate: Double]] {
        var found: [String: [IndexCandidate: Double]] = [:]
        var all: [IndexCandidate] = []
        for candidate in workload.flatMap(\.candidates) where !all.contains(candidate) { all.append(candidate) }
        for candidate in all {
            let place = "\(candidate.relation.quoted) \(candidate.specification)"
            try await session.run("CREATE INDEX built ON \(place);")
            for one in workload where one.candidates.contains(candidate) {
                found[one.sql, default: [:]][candidate] = try await plan(one.sql, session).root.totalCost
            }
            try await session.run("DROP INDEX built;")
        }
        return found
    }

    @Test("the model chooses as the planner does once they are built, at costs within a factor of four")
    func built() async throws {
        try await CostsWorld.with { world in
            let session = try await world.database.session()
            let planner = try await costs(Self.workload, session)
            let model = CostModel(names: world.names, settings: CostSettings(world.settings))
            for (number, one) in Self.workload.enumerated() {
                var statement = WorkloadStatement(
                    number: number, parsed: try ParsedStatement(parsing: one.sql), names: world.names,
                    searchPath: ["public"], calls: 1)
                let now = try await plan(one.sql, session)
                statement.plan = now
                var lines: [String] = []
                var isRight = true
                for candidate in one.candidates {
                    let theirs = try #require(planner[one.sql]?[candidate])
                    let ours = try #require(model.estimate(statement, with: [candidate]))
                    lines.append("\(candidate.description): planner \(theirs), model \(ours.cost)")
                    let isUsed = theirs < now.root.totalCost * 0.999
                    if isUsed != !ours.used.isEmpty || !(0.25...4).contains(ours.cost / theirs) { isRight = false }
                }
                #expect(isRight, "\(one.sql)\nnow \(now.root.totalCost)\n\(lines.joined(separator: "\n"))")
            }
            await session.close()
        }
    }
}
