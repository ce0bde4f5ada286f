import Model
import Testing

@testable import Collecting

@Suite("What an SQL function's body does") struct FunctionBodyTests {
    @Test func readsTables() throws {
        let body = try #require(Function.Body(of: "SELECT max(id) FROM tenants WHERE name = lower($1)"))
        #expect(body.onlyReads && body.namesTables)
        #expect(Set(body.calls) == ["max", "lower"])
    }

    @Test(arguments: [
        "UPDATE tenants SET name = $1", "SELECT * FROM tenants FOR UPDATE",
        "WITH gone AS (DELETE FROM tenants RETURNING id) SELECT count(*) FROM gone",
    ])
    func writesOrLocks(_ text: String) throws {
        #expect(try !#require(Function.Body(of: text)).onlyReads)
    }

    @Test func expressionNamesNoTable() throws {
        #expect(try !#require(Function.Body(of: "SELECT $1 + 1")).namesTables)
    }

    @Test(
        "several statements, or none that can be read, are not judged",
        arguments: ["SELECT 1; SELECT 2", "SELEC 1", ""])
    func unreadable(_ text: String) { #expect(Function.Body(of: text) == nil) }
}
