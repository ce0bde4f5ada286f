import Foundation
import Model
import TestKit
import Testing

@testable import Collecting

@Suite("Roles with fewer rights")
struct PrivilegeTests {
    private static func withRoles(_ body: (TestDatabase, (String) -> String) async throws -> Void) async throws {
        let server = try await TestServer.shared(.v15)
        let suffix = UUID().uuidString.prefix(8).lowercased()
        func name(_ role: String) -> String { "\(role)_\(suffix)" }
        let setup = """
            CREATE ROLE \(name("reader")) LOGIN; GRANT pg_monitor, pg_read_all_data TO \(name("reader"));
            CREATE ROLE \(name("monitor")) LOGIN; GRANT pg_monitor TO \(name("monitor"));
            CREATE ROLE \(name("plain")) LOGIN;
            """
        try await server.psql(setup)
        try await server.withDatabase(Shop.setup, extensions: ["pg_stat_statements"]) { database in
            try await database.psql(Shop.queries)
            try await body(database, name)
        }
        for role in ["reader", "monitor", "plain"] { try await server.psql("DROP ROLE \(name(role));") }
    }

    @Test("a superuser misses nothing but what the version lacks")
    func superuser() async throws {
        try await Self.withRoles { database, _ in
            let snapshot = try await Shop.collect(database)
            let missing = snapshot.notes.filter {
                $0.isTotal && ![.whatIf, .loggedPlans, .lockHistory, .loginHistory].contains($0.evidence)
            }.map(
                \.evidence)
            #expect(missing == [.io], "\(snapshot.notes)")
            // pg_stat_statements_reset of our own set-up is no function of pg_catalog.
            let unexplained = try #require(snapshot.note(.plans))
            #expect(unexplained.text.contains("functions outside pg_catalog"))
        }
    }

    @Test("pg_monitor with pg_read_all_data explains all but writes, and says who sees configuration files")
    func reader() async throws {
        try await Self.withRoles { database, name in
            let snapshot = try await Shop.collect(database, role: name("reader"))
            let missing = Set(snapshot.notes.map(\.evidence))
            #expect(
                missing.isDisjoint(with: [.backendDetails, .statementTexts, .columnStatistics]), "\(snapshot.notes)")
            #expect(snapshot.note(.settingFiles)?.remedy?.contains("pg_show_all_file_settings") ?? false)
            #expect(snapshot.statement(containing: "customer_id = $1")?.plan != nil)
            let update = try #require(snapshot.statement(containing: "UPDATE orders"))
            #expect(update.plan?.basis == .equivalentSelect, "\(update.planNote ?? "")")
            #expect(snapshot.server.roleMemberships.contains("pg_read_all_data"))
            #expect(snapshot.catalogs[0].columns.contains { $0.statistics != nil })
        }
    }

    @Test("pg_monitor alone sees texts, but neither column statistics nor plans, and says so")
    func monitor() async throws {
        try await Self.withRoles { database, name in
            let role = name("monitor")
            let snapshot = try await Shop.collect(database, role: role)
            #expect(snapshot.note(.backendDetails) == nil && snapshot.note(.statementTexts) == nil)
            let statistics = try #require(snapshot.note(.columnStatistics))
            #expect(statistics.isTotal && statistics.reason == .privilege)
            #expect(statistics.remedy == "GRANT pg_read_all_data TO \(role);")
            let plans = try #require(snapshot.note(.plans))
            #expect(plans.isTotal && plans.reason == .privilege && plans.remedy == "GRANT pg_read_all_data TO \(role);")
            #expect(snapshot.note(.sequences)?.remedy == "GRANT pg_read_all_data TO \(role);")
            #expect(snapshot.catalogs[0].columns.allSatisfy { $0.statistics == nil })
            #expect(snapshot.statement(containing: "customer_id = $1")?.planNote?.contains("may not read") ?? false)
        }
    }

    @Test("plain CONNECT reads the catalog, and says that all else is hidden")
    func plain() async throws {
        try await Self.withRoles { database, name in
            let role = name("plain")
            let busy = try await database.session()
            try await busy.start("BEGIN; SELECT 1;")
            let snapshot = try await Shop.collect(database, role: role)
            await busy.close()
            for evidence in [EvidenceKind.backendDetails, .statementTexts] {
                let note = try #require(snapshot.note(evidence))
                #expect(note.isTotal && note.reason == .privilege && note.remedy == "GRANT pg_monitor TO \(role);")
            }
            #expect(snapshot.note(.columnStatistics)?.isTotal ?? false)
            #expect(snapshot.backends.contains { $0.isHidden })
            #expect(snapshot.catalogs[0].indexes.contains { $0.name.name == "orders_open" && $0.definition != nil })
            #expect(snapshot.statementStatistics?.totals.calls ?? 0 > 0)
            #expect(snapshot.statement(containing: "customer_id = $1") == nil)
        }
    }
}
