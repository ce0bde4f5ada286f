import Model
import Testing

@testable import Diagnosing

/// What a provider keeps to itself is not asked of its customers.
@Suite struct ManagedServiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var service: ManagedService
        var role: String?
        var settings: [String] = []
        var testDescription: String { service.rawValue }
    }

    static let cases: [Case] = [
        Case(service: .rds, role: "rdsadmin"), Case(service: .rds, settings: ["rds.force_ssl"]),
        Case(service: .aurora, role: "rdsadmin", settings: ["apg_plan_mgmt.use_plan_baselines"]),
        Case(service: .cloudSQL, role: "cloudsqlsuperuser"), Case(service: .alloyDB, role: "alloydbsuperuser"),
        Case(service: .azure, role: "azure_pg_admin"), Case(service: .supabase, role: "supabase_admin"),
        Case(service: .neon, role: "neon_superuser"), Case(service: .aiven, role: "avnadmin"),
        Case(service: .tiger, role: "tsdbadmin"),
    ]

    private func snapshot(_ tested: Case) -> Snapshot {
        var snapshot = Snapshot.healthyExample
        if let role = tested.role { snapshot.roles.append(.make { $0.name = role }) }
        for name in tested.settings { snapshot.set(name, "x", context: "superuser") }
        return snapshot
    }

    @Test(arguments: cases) func isRecognised(_ tested: Case) {
        #expect(ManagedService(snapshot(tested)) == tested.service)
    }

    @Test func aServerOfOnesOwnIsNone() {
        var snapshot = Snapshot.healthyExample
        snapshot.roles += ["rds_reader", "postgres", "neon"].map { name in .make { $0.name = name } }
        #expect(ManagedService(snapshot) == nil)
    }

    @Test func herokuIsToldByItsSchema() {
        var snapshot = Snapshot.healthyExample
        snapshot.catalogs[0].extensions = [.make { ($0.name, $0.schema) = ("pg_trgm", "heroku_ext") }]
        #expect(ManagedService(snapshot) == .heroku)
    }

    @Test(arguments: cases) func noAlterSystemIsPrinted(_ tested: Case) throws {
        var snapshot = snapshot(tested)
        snapshot.set("autovacuum", "off")
        snapshot.set("superuser_reserved_connections", "0", context: "postmaster")
        snapshot.set("enable_nestloop", "off", context: "user")
        snapshot.checkpointer.requested = 9000
        let findings = Engine().judge(Observation(snapshot)).findings
        #expect(findings.contains { $0.rule == "configuration.autovacuum-off" })
        for action in findings.flatMap(\.actions) {
            #expect(!action.sql.contains { $0.contains("ALTER SYSTEM") }, "\(action.sql)")
            #expect(!(action.undo ?? "").contains("ALTER SYSTEM"))
        }
        let action = try #require(findings.first { $0.rule == "configuration.autovacuum-off" }?.actions.first)
        #expect(
            action.steps[0].contains(tested.service.rawValue) && action.steps[0].contains("autovacuum = on"),
            "\(action.steps)")
        // What is no setting of the server stays as it is.
        let role = Action(
            .fix, "r", sql: ["ALTER ROLE app SET lock_timeout = '2s';"], gain: Gain("", .ruleOfThumb), undo: "x")
        var finding = findings[0]
        finding.actions = [role]
        #expect(
            tested.service.fitting(finding).actions[0].sql == role.sql
                && tested.service.fitting(finding).actions[0].undo == "x")
    }
}
