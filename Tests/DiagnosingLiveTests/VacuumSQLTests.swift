import Foundation
import Model
import TestKit
import Testing

@testable import Diagnosing

/// What the rules about vacuum print is taken by real servers, and taken back: the findings of their own examples, on objects
/// of the same names.
@Suite(.serialized) struct VacuumSQLTests {
    private static let objects = """
        CREATE EXTENSION pgstattuple;
        CREATE TABLE orders (id bigint PRIMARY KEY, made_at timestamptz, customer_id int, note text);
        CREATE INDEX orders_made_at_idx ON orders (made_at); CREATE TABLE sessions (id bigint PRIMARY KEY, state text);
        CREATE TABLE documents (id int PRIMARY KEY, body text); CREATE TABLE queue (id int); CREATE TABLE stock (id int);
        CREATE TABLE web_sessions (id int); CREATE TABLE history (id int);
        CREATE TABLE events (id bigint PRIMARY KEY) WITH (autovacuum_vacuum_cost_delay = 100);
        CREATE ROLE app;
        DO $$ BEGIN FOR i IN 1..40 LOOP EXECUTE format('CREATE TABLE orders_%s (id int)', i); END LOOP; END $$;
        """

    /// Names that an example makes up and no server has.
    private static let made: Set<String> = ["pg_toast.pg_toast_16400"]

    @Test(arguments: [TestServer.Version.v15, .v18])
    func itIsTakenAndTakenBack(_ version: TestServer.Version) async throws {
        let server = try await TestServer.start(version: version, settings: ["autovacuum": "off"])
        defer { server.stop() }
        try await server.psql(Self.objects)
        var ran = 0
        for rule in vacuumRules where rule.metadata.id != "vacuum.horizon-held" {
            for example in rule.examples {
                guard case .fires = example.expectation else { continue }
                var snapshot = example.observation().snapshot
                snapshot.server.version = ServerVersion(version.rawValue * 10_000)
                snapshot.catalogs[0].extensions = [
                    .make { ($0.name, $0.schema) = ("pgstattuple", "public") }
                ]
                let earlier = example.observation().earlier
                let judgement = Engine([rule]).judge(Observation(snapshot, since: earlier, basis: .sample))
                for action in judgement.findings.flatMap(\.actions) {
                    ran += try await run(action, on: server, of: rule.metadata.id)
                }
            }
        }
        #expect(ran > 40, "\(ran) statements")
        let left = try await server.psql(
            "SELECT name FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf' AND setting <> ''")
        #expect(!left.contains("cost_delay"), "never a delay: \(left)")
    }

    private func run(_ action: Action, on server: TestServer, of rule: String) async throws -> Int {
        let check = action.verify.map { $0.hasPrefix("SELECT") || $0.hasPrefix("SHOW") ? [$0] : [] } ?? []
        let undo = action.undo.map { $0.hasPrefix("ALTER") ? [$0] : [] } ?? []
        var count = 0
        for sql in action.sql + check + undo where !Self.made.contains(where: { sql.contains($0) }) {
            #expect(sql.hasSuffix(";") || sql.contains("; --"), "\(rule): \(sql)")
            #expect(!sql.contains("VACUUM FULL") && !sql.contains("VACUUM (FULL"), "\(rule): \(sql)")
            do {
                try await server.psql(sql)
            } catch {
                Issue.record("\(rule): \(sql): \(error)")
            }
            count += 1
        }
        return count
    }

    /// Nothing that a rule about vacuum says switches autovacuum off or unbounds it, raises a fillfactor or rewrites under lock.
    @Test func nothingIsAdvisedThatMakesItWorse() {
        for rule in vacuumRules {
            for example in rule.examples {
                guard case .fires = example.expectation else { continue }
                let observation = example.observation()
                for action in Engine([rule]).judge(observation).findings.flatMap(\.actions) {
                    let sql = action.sql.joined(separator: " ")
                    let id = rule.metadata.id
                    #expect(!sql.contains("VACUUM FULL") && !sql.contains("CLUSTER"), "\(id): \(sql)")
                    #expect(!sql.contains("autovacuum = 'off'") && !sql.contains("autovacuum_enabled = false"), "\(id)")
                    #expect(!sql.contains("cost_delay = 0") && !sql.contains("cost_delay = '0'"), "\(id): \(sql)")
                    #expect(!sql.contains("fillfactor = 100"), "\(id): \(sql)")
                    if sql.contains("autovacuum_max_workers") {
                        #expect(action.steps.joined().contains("cost_limit"), "workers share the budget: \(id)")
                    }
                }
            }
        }
    }
}
