import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import Recommending
import TestKit
import Testing

/// A primary and its standby that are set alike, and then are not.
@Suite(.serialized) struct NodeDriftLiveTests: UsesShop {
    private static let rule = "configuration.drift-between-nodes"

    private func judged(_ standby: TestKit.Standby, _ primary: TestServer) async throws -> (
        findings: [Finding], Judgement, Observation
    ) {
        let here = try await Snapshot.collected(standby.dsn)
        let there = try await Snapshot.collected(primary.dsn())
        let observation = Observation(here, peer: Peer.primary(of: here, among: [there, here]))
        let judgement = judgedSafely(observation)
        return (judgement.findings.filter { $0.rule == Self.rule }, judgement, observation)
    }

    private func paused(_ standby: TestKit.Standby) async throws {
        while try await Command.psql("SELECT pg_is_wal_replay_paused()", on: standby.dsn) != "t" {}
    }

    @Test(arguments: [TestServer.Version.v15, .v18])
    func alikeIsSilentAndDriftIsTold(_ version: TestServer.Version) async throws {
        let primary = try await TestServer.start(
            version: version, settings: ["wal_retrieve_retry_interval": "100ms", "autovacuum": "off"])
        defer { primary.stop() }
        let standby = try await TestKit.Standby.start(of: primary)
        defer { standby.stop() }
        let (alike, quiet, observation) = try await judged(standby, primary)
        #expect(alike.isEmpty && quiet.evaluated.contains(Self.rule) && observation.peer != nil)
        // A primary knows its standby by no other means than its own snapshot.
        let there = try await Snapshot.collected(primary.dsn())
        #expect(there.isOtherNode(than: observation.snapshot) && Peer.primary(of: there, among: [there]) == nil)

        try await configure(
            primary,
            [
                "ALTER SYSTEM SET work_mem = '64MB';", "ALTER SYSTEM SET random_page_cost = 1.5;",
                "ALTER SYSTEM SET max_connections = 300;",
            ])
        let planner = try await judged(standby, primary).findings
        #expect(
            planner.map(\.title) == [
                "2 settings differ between this standby and the primary (127.0.0.1:\(primary.port))"
            ])
        #expect(planner[0].severity == .notice && planner[0].objects.map(\.name) == ["random_page_cost", "work_mem"])

        try await primary.restart()
        try await paused(standby)
        let (both, judgement, seen) = try await judged(standby, primary)
        let lower = try #require(both.first { $0.objects == [.setting("max_connections")] })
        #expect(both.count == 2 && lower.severity == .critical && lower.summary.contains("200 on this standby and 300"))
        let diagnosis = Diagnosis(observation: seen, judgement: judgement, rules: allRules)
        #expect(diagnosis.links.contains { $0.cause == lower.fingerprint && $0.mechanism == .delaysReplay })
        // What is printed is taken by the standby itself, which writes nothing but a file.
        for finding in both {
            for sql in finding.actions.flatMap({ $0.sql + $0.steps })
            where sql.hasPrefix("ALTER SYSTEM") && sql.hasSuffix(";") {
                try await Command.psql(sql, on: standby.dsn)
            }
        }
        try await standby.restart()
        let mended = try await judged(standby, primary)
        // More memory for all sessions of a server is nobody's first advice: it is told, and not printed.
        #expect(mended.findings.map { $0.objects.map(\.name) } == [["work_mem"]])
        #expect(mended.2.snapshot.recovery?.isPaused == false)
    }
}
