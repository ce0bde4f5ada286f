import Model
import Testing

@testable import Diagnosing

/// Advice that must never be given, whatever was found: in no example of any rule that fires, on no service.
@Suite struct ProhibitionTests {
    struct Fires: Sendable, CustomTestStringConvertible {
        var rule: any Rule.Type
        var example: RuleExample
        var testDescription: String { "\(rule.metadata.id): \(example.title)" }
    }

    static let firing = allRules.flatMap { rule in
        rule.examples.filter { if case .fires = $0.expectation { true } else { false } }.map {
            Fires(rule: rule, example: $0)
        }
    }

    @Test func noRuleRecommendsWhatIsProhibited() {
        var judged = 0
        for fires in Self.firing {
            let observation = fires.example.observation()
            for finding in Engine([fires.rule]).judge(observation).findings {
                judged += finding.actions.count
                let breaches = Prohibition.breaches(of: finding, observation)
                #expect(breaches.isEmpty, "\(fires.testDescription): \(breaches)")
            }
        }
        #expect(judged > 400)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var sql: String
        var prohibition: Prohibition
        var testDescription: String { sql }

        init(_ sql: String, _ prohibition: Prohibition) {
            self.sql = sql
            self.prohibition = prohibition
        }
    }

    /// Each kind of advice as people really give it: the list must know it however it is written.
    static let prohibited: [Case] = [
        Case("ALTER SYSTEM SET autovacuum = off;", .autovacuumOff),
        Case("alter system set AUTOVACUUM to 'false'", .autovacuumOff),
        Case("ALTER SYSTEM SET track_counts = 'off';", .autovacuumOff),
        Case("ALTER TABLE orders SET (autovacuum_enabled = false);", .autovacuumOff),
        Case("ALTER TABLE orders SET (toast.autovacuum_enabled = off, fillfactor = 90)", .autovacuumOff),
        Case("ALTER SYSTEM SET autovacuum_vacuum_cost_delay = 0;", .unthrottledVacuum),
        Case("ALTER SYSTEM SET vacuum_cost_delay = '0ms';", .unthrottledVacuum),
        Case("ALTER TABLE orders SET (autovacuum_vacuum_cost_delay = 0)", .unthrottledVacuum),
        Case("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();", .crashUnsafe),
        Case("ALTER SYSTEM SET full_page_writes TO 'no';", .crashUnsafe),
        Case("ALTER SYSTEM SET synchronous_commit = off", .crashUnsafe),
        Case("ALTER TABLE orders SET UNLOGGED", .crashUnsafe),
        Case("ALTER DATABASE shop SET zero_damaged_pages = on", .damageHidden),
        Case("SET ignore_checksum_failure = on", .damageHidden),
        Case("ALTER ROLE app SET session_replication_role = replica", .checksOff),
        Case("ALTER TABLE orders DISABLE TRIGGER ALL", .checksOff),
        Case("ALTER SYSTEM SET enable_seqscan = off", .plannerSwitchedOff),
        Case("ALTER ROLE app IN DATABASE shop SET enable_nestloop = 'off'", .plannerSwitchedOff),
        Case("ALTER SYSTEM SET work_mem = '256MB'", .globalWorkMem),
        Case("ALTER SYSTEM SET work_mem = 1048576", .globalWorkMem),
        Case("ALTER SYSTEM SET statement_timeout = '30s'", .globalTimeout),
        Case("ALTER SYSTEM SET max_connections = 500", .moreConnectionsFirst),
        Case("VACUUM FULL orders", .rewriteFirst), Case("VACUUM (FULL, ANALYZE) orders", .rewriteFirst),
        Case("CLUSTER orders USING orders_pkey", .rewriteFirst),
        Case("DROP INDEX CONCURRENTLY public.orders_pkey", .constraintIndexDropped),
        Case("DROP INDEX IF EXISTS orders_pkey", .constraintIndexDropped),
        Case("TRUNCATE orders", .dataDeleted), Case("DROP TABLE orders", .dataDeleted),
        Case("DELETE FROM orders", .dataDeleted),
        Case("UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 1", .catalogWritten),
        Case("SELECT pg_stat_reset()", .statisticsReset),
        Case("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'", .everybodyEnded),
        Case("ALTER SYSTEM SET archive_command = '/bin/true'", .archiveThrownAway),
        Case("SELECT pg_catalog.pg_drop_replication_slot('cdc')", .slotDroppedFirst),
    ]

    static var observation: Observation {
        var snapshot = Snapshot.healthyExample
        snapshot.catalogs[0].indexes = [
            .make {
                $0.name = QualifiedName("public", "orders_pkey")
                $0.constraint = "orders_pkey"
                $0.isPrimary = true
            }
        ]
        return Observation(snapshot)
    }

    @Test(arguments: prohibited) func isRecognised(_ tested: Case) {
        #expect(Prohibition.broken(by: tested.sql, Self.observation).contains(tested.prohibition))
    }

    @Test func eachHasACase() {
        let tested = Set(Self.prohibited.map(\.prohibition)).union([.walByHand])
        #expect(Prohibition.allCases.filter { !tested.contains($0) } == [])
    }

    @Test(arguments: [
        "ALTER SYSTEM SET autovacuum = on", "ALTER SYSTEM RESET autovacuum",
        "ALTER SYSTEM SET autovacuum_vacuum_cost_delay = '2ms'",
        "ALTER SYSTEM SET work_mem = '1MB'", "ALTER ROLE report SET work_mem = '256MB'", "SET enable_seqscan = off",
        "ALTER ROLE app SET statement_timeout = '30s'", "VACUUM (FULL off, ANALYZE) orders", "VACUUM orders",
        "DROP INDEX CONCURRENTLY public.orders_note_idx", "DELETE FROM orders WHERE id = 1",
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = 4127",
        "SELECT pg_cancel_backend(4127)",
        "ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET max_connections = 50",
    ]) func isAllowed(_ sql: String) {
        #expect(Prohibition.broken(by: sql, Self.observation).isEmpty)
    }

    /// By force or by hand: in words, since that is how it is told.
    @Test func proseIsReadToo() {
        func breaches(_ step: String) -> [Prohibition] {
            let action = Action(.containment, "x", steps: [step], gain: Gain("", .ruleOfThumb))
            let finding = Finding(
                ArchiverFailing.metadata, severity: .notice, tier: .fix, title: "", objects: [], impact: .none,
                confidence: .low,
                summary: "", evidence: [], actions: [action])
            return Prohibition.breaches(of: finding, Self.observation).map(\.prohibition)
        }
        #expect(breaches("Then kill -9 the process.") == [.walByHand])
        #expect(breaches("Run pg_resetwal and start it again.") == [.walByHand])
        #expect(breaches("Never kill -9 a server process: all sessions end.").isEmpty)
        #expect(breaches("Never delete files from pg_wal by hand.").isEmpty)
        #expect(breaches("VACUUM FULL orders;") == [.rewriteFirst])
    }

    @Test func aNarrowerStepAllowsTheWiderOne() {
        func breaches(_ memory: Int64?) -> [Prohibition] {
            var snapshot = Snapshot.healthyExample
            snapshot.server.memory = memory
            let narrow = Action(
                .fix, "n", sql: ["ALTER ROLE report SET work_mem = '64MB';"], gain: Gain("", .ruleOfThumb))
            let wide = Action(.fix, "w", sql: ["ALTER SYSTEM SET work_mem = '16MB';"], gain: Gain("", .ruleOfThumb))
            let finding = Finding(
                ArchiverFailing.metadata, severity: .notice, tier: .fix, title: "", objects: [], impact: .none,
                confidence: .low,
                summary: "", evidence: [], actions: [narrow, wide])
            return Prohibition.breaches(of: finding, Observation(snapshot)).map(\.prohibition)
        }
        #expect(breaches(64 << 30).isEmpty)
        // 100 connections times 16 MB do not fit 1 GB; nobody knows what fits a memory that is not known.
        #expect(breaches(1 << 30) == [.globalWorkMem])
        #expect(breaches(nil) == [.globalWorkMem])
    }
}
