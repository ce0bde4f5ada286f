import Foundation
import Plans
import Testing

/// auto_explain's plans out of the server's logs. https://www.postgresql.org/docs/current/runtime-config-logging.html
@Suite struct LogTests {
    private static let text = try! Corpus.read("pg15/odd-names.txt").trimmingCharacters(in: .newlines)

    private func check(_ log: String, line: Int) throws {
        let plans = try ExplainReader.read(log)
        let plan = try #require(plans.first)
        #expect(plans.count == 1)
        #expect(plan.duration == 12.3)
        #expect(plan.line == line)
        #expect(plan.root.relation == "Odd \"Name")
        #expect(plan.root.alias == "al ias")
        #expect(plan.queryText?.contains("EXPLAIN") ?? false)
        #expect(plan.root.condition("Filter")?.hasSuffix("rows=1 width=4)'::text))") ?? false)
    }

    @Test func stderr() throws {
        let body = Self.text.split(separator: "\n").map { "\t" + $0 }.joined(separator: "\n")
        let log = """
            2026-11-25 19:00:00 UTC [1] LOG:  checkpoint starting: time
            2026-11-25 19:00:01 UTC [2] LOG:  duration: 12.3 ms  plan:
            \(body)
            2026-11-25 19:00:02 UTC [1] LOG:  checkpoint complete
            """
        try check(log, line: 5)
    }

    @Test func csvlog() throws {
        let body = Self.text.replacing("\"", with: "\"\"")
        let log = """
            2026-11-25 19:00:00 UTC,"postgres","shop",1,,,1,"",,,0,LOG,00000,"checkpoint",,,,,,,,,"psql","client backend",,0
            2026-11-25 19:00:00 UTC,"postgres","shop",1,,,1,"",,,0,LOG,00000,"duration: 12.3 ms  plan:
            \(body)",,,,,,,,,"psql","client backend",,0
            2026-11-25 19:00:00 UTC,"postgres","shop",1,,,1,"",,,0,LOG,00000,"checkpoint",,,,,,,,,"psql","client backend",,0
            """
        try check(log, line: 5)
    }

    @Test func jsonlog() throws {
        let message = try JSONEncoder().encode("duration: 12.3 ms  plan:\n" + Self.text)
        let log = """
            {"timestamp": "2026-11-25", "message": "checkpoint", "pid": 1}
            {"timestamp": "2026-11-25", "error_severity": "LOG", "message": \(String(decoding: message, as: UTF8.self))}
            """
        try check(log, line: 2)
    }
}
