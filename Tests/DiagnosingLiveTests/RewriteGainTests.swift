import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import TestKit
import Testing

/// What a rewrite gains is the planner's word, with the cost before and after.
@Suite(.serialized) struct RewriteGainTests: UsesShop {
    @Test(arguments: ["postgres", "watcher"])
    func thePlannerIsAsked(role: String) async throws {
        try await withShop { server in
            try await server.psql(
                """
                CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
                INSERT INTO customers SELECT g, 'customer ' || g FROM generate_series(0, 4999) g;
                GRANT SELECT ON customers TO "App 1";
                CREATE ROLE watcher LOGIN; GRANT pg_monitor, pg_read_all_data TO watcher;
                VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let text =
                "SELECT name FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer = c.id AND o.note > 'a') > 0;\n"
            try await run(text, forMilliseconds: 2000, on: server)
            let target = try ConnectionTarget(dsn: server.dsn(database: "Shop", role: role))
            let options = CollectionOptions()
            let snapshot = try await Collector.collect(target, options: options)
            let first = Engine().judge(Observation(snapshot))
            let before = try finding("shape.count-for-existence", first)
            #expect(before.actions.allSatisfy { $0.gain.basis != .whatIf })
            let rewrites = first.rewrites
            #expect(rewrites.contains { $0.text.contains("EXISTS") })
            let proven = await Collector.explain(rewrites, in: snapshot, target, options: options)
            #expect(proven.cost.sessions == snapshot.cost.sessions + 1)
            let after = try finding("shape.count-for-existence", Engine().judge(Observation(proven)))
            let gain = try #require(after.actions.first { $0.steps.contains { $0.contains("EXISTS") } }?.gain)
            #expect(gain.basis == .whatIf && gain.text.contains("the planner's cost is"), "\(gain)")
            // Nothing is left behind, and a role that may not read the tables gets no answer but no error.
            #expect(try await server.psql("SELECT count(*) FROM pg_prepared_statements", database: "Shop") == "0")
        }
    }

    /// As a superuser: a rewrite may call what the original does not, but nothing that users wrote.
    @Test func aSuperuserPlansNoFunctionsOfUsers() async throws {
        try await withShop { server in
            try await server.psql(
                """
                CREATE TABLE refunds (id int PRIMARY KEY, customer int);
                INSERT INTO refunds SELECT g, g % 5000 FROM generate_series(1, 20000) g;
                CREATE FUNCTION mine(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
                GRANT SELECT ON refunds TO "App 1"; VACUUM ANALYZE; SELECT pg_stat_statements_reset();
                """, database: "Shop")
            let text = "SELECT count(*) FROM orders WHERE customer NOT IN (SELECT customer FROM refunds);\n"
            try await run(text, forMilliseconds: 1500, on: server)
            let target = try ConnectionTarget(dsn: server.dsn(database: "Shop"))
            let options = CollectionOptions()
            let snapshot = try await Collector.collect(target, options: options)
            let judgement = Engine().judge(Observation(snapshot))
            let proven = await Collector.explain(judgement.rewrites, in: snapshot, target, options: options)
            let after = try finding("shape.not-in-nullable-subquery", Engine().judge(Observation(proven)))
            #expect(after.actions.contains { $0.gain.basis == .whatIf }, "\(after.actions.map(\.gain))")
            let foreign = judgement.rewrites.map { rewrite in
                StatementRewrite(
                    database: rewrite.database, fingerprint: rewrite.fingerprint, text: "SELECT mine(1);")
            }
            let refused = await Collector.explain(foreign, in: snapshot, target, options: options)
            #expect(!foreign.isEmpty)
            #expect(refused.statementStatistics?.statements.allSatisfy { $0.rewrites.isEmpty } ?? false)
        }
    }

    @Test func withoutRewritesThereIsNoSession() async throws {
        let server = try await TestServer.shared()
        let target = try ConnectionTarget(dsn: server.dsn())
        var options = CollectionOptions()
        options.sampleCount = 0
        let snapshot = try await Collector.collect(target, options: options)
        let same = await Collector.explain([], in: snapshot, target, options: options)
        #expect(same.cost == snapshot.cost)
        let foreign = StatementRewrite(database: "elsewhere", fingerprint: "x", text: "SELECT 1;")
        let also = await Collector.explain([foreign], in: snapshot, target, options: options)
        #expect(also.cost == snapshot.cost)
    }
}
