import Foundation
import Testing

@testable import ServerLog

@Suite struct LogReaderTests {
    private func entries(_ log: String, wanted: [String] = ["plan:"], prefix: LinePrefix = LinePrefix(), chunk: Int = 7)
        -> [LogEntry]
    {
        var reader = LogReader(wanted: wanted, prefix: prefix)
        var found: [LogEntry] = []
        let data = Data(log.utf8)
        var start = 0
        while start < data.count {
            let end = min(data.count, start + chunk)
            reader.take(data[start..<end]) { found.append($0) }
            start = end
        }
        reader.finish { found.append($0) }
        return found
    }

    /// `2026-11-25 19:00:01.500 UTC`
    private static let moment = Date(timeIntervalSince1970: 1_795_633_201.5)

    @Test(arguments: [1, 7, 100_000])
    func stderr(chunk: Int) throws {
        let log = """
            2026-11-25 19:00:00.000 UTC [1] LOG:  checkpoint starting: time
            2026-11-25 19:00:01.500 UTC [2] app@shop/web LOG:  duration: 12.3 ms  plan:
            \tQuery Text: SELECT 1
            \t
            \t  WHERE x LIKE 'LOG:  plan:'

            \tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)
            2026-11-25 19:00:02.000 UTC [1] LOG:  checkpoint complete
            \tplan: a line of no message that is wanted
            """
        let found = entries(
            log, wanted: [" ms  plan:"], prefix: LinePrefix("%m [%p] %q%u@%d/%a "), chunk: chunk)
        #expect(found.count == 1)
        let entry = try #require(found.first)
        #expect(entry.at == Self.moment && entry.line == 2 && entry.severity == "LOG")
        #expect(entry.role == "app" && entry.database == "shop" && entry.application == "web")
        #expect(
            entry.message == """
                duration: 12.3 ms  plan:
                Query Text: SELECT 1

                  WHERE x LIKE 'LOG:  plan:'

                Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
                """)
    }

    @Test(arguments: [
        (
            "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
            "2026-11-25 19:00:01 UTC [7]: [3-1] user=app,db=shop,app=web,client=::1 "
        ),
        ("%m %u %d %a ", "2026-11-25 19:00:01.500 UTC app shop web "),
        ("<%n>%-8u|%d|%a|%e|", "<1795633201.500>app     |shop|web|00000|"),
        ("%% %d/%u %a: ", "% shop/app web: "),
    ])
    func prefixes(pattern: String, prefix: String) throws {
        let entry = try #require(entries(prefix + "LOG:  plan:", prefix: LinePrefix(pattern)).first)
        #expect(entry.role == "app" && entry.database == "shop" && entry.application == "web")
        let at = entry.at ?? .distantPast
        #expect(pattern.hasPrefix("%%") || abs(at.timeIntervalSince(Self.moment)) < 1)
        #expect(entry.message == "plan:")
    }

    @Test func aPrefixOfAnotherPatternLeavesTheTime() throws {
        let line = "2026-11-25 19:00:01.500 UTC app@shop LOG:  plan:"
        let entry = try #require(entries(line, prefix: LinePrefix("%h|%u|%d ")).first)
        #expect(entry.at == Self.moment && entry.role == nil && entry.database == nil)
    }

    @Test func zonesAreTheServers() throws {
        let line = "2026-11-25 20:00:01.500 CET [1] LOG:  plan:"
        #expect(entries(line).first?.at == nil)
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        #expect(entries(line, prefix: LinePrefix(zone: zone)).first?.at == Self.moment)
    }

    @Test(arguments: [1, 9, 100_000])
    func csvlog(chunk: Int) throws {
        let log = #"""
            2026-11-25 19:00:00.000 UTC,"postgres","shop",1,,,1,"",,,0,LOG,00000,"checkpoint ""plan:""",,,,,,,,,"psql","client backend",,0
            2026-11-25 19:00:01.500 UTC,"app","shop",1,,,1,"",,,0,LOG,00000,"duration: 12.3 ms  plan:
            Query Text: SELECT ""a"", 'b,
                2026-11-25 19:00:01.500 UTC,'
            Seq Scan on ""T""  (cost=0.00..1.00 rows=1 width=4)",,,,,,,,,"web","client backend",,0
            2026-11-25 19:00:00.000 UTC,"postgres","shop",1,,,1,"",,,0,LOG,00000,"checkpoint",,,,,,,,,"psql","client backend",,0
            """#
        let found = entries(log, wanted: [" ms  plan:"], chunk: chunk)
        let entry = try #require(found.first)
        #expect(found.count == 1 && entry.line == 2 && entry.at == Self.moment && entry.severity == "LOG")
        #expect(entry.role == "app" && entry.database == "shop" && entry.application == "web")
        #expect(entry.message.hasSuffix("\nSeq Scan on \"T\"  (cost=0.00..1.00 rows=1 width=4)"))
        #expect(entry.message.contains("SELECT \"a\", 'b,\n    2026"))
    }

    @Test func jsonlog() throws {
        let log = """
            {"timestamp":"2026-11-25 19:00:00.000 UTC","pid":1,"error_severity":"LOG","message":"checkpoint"}
            {"timestamp":"2026-11-25 19:00:01.500 UTC","user":"app","dbname":"shop","application_name":"web","error_severity":"LOG","message":"duration: 1 ms  plan:\\nx"}
            {"timestamp":"2026-11-25 19:00:02.000 UTC","message":"duration: 1 ms  plan:\\ncut of
            """
        let found = entries(log)
        let entry = try #require(found.first)
        #expect(found.count == 1 && entry.line == 2 && entry.at == Self.moment)
        #expect(entry.role == "app" && entry.database == "shop" && entry.application == "web")
        #expect(entry.message == "duration: 1 ms  plan:\nx")
    }

    /// Two processes write at once: each part belongs to the message of its process.
    @Test(arguments: [1, 100_000])
    func partsBelongToTheirProcess(chunk: Int) throws {
        let log = """
            2026-11-25 19:00:01.500 UTC [2] app@shop/web ERROR:  plan: two
            2026-11-25 19:00:01.500 UTC [3] app@shop/job ERROR:  plan: three
            2026-11-25 19:00:01.500 UTC [2] app@shop/web DETAIL:  detail of two
            \tgoes on
            2026-11-25 19:00:01.500 UTC [4] app@shop/job LOG:  nobody wants this, nor its
            2026-11-25 19:00:01.500 UTC [4] app@shop/job STATEMENT:  SELECT 4
            2026-11-25 19:00:01.500 UTC [3] app@shop/job CONTEXT:  context of three
            2026-11-25 19:00:01.500 UTC [2] app@shop/web HINT:  hint of two
            2026-11-25 19:00:01.500 UTC [3] app@shop/job STATEMENT:  SELECT 'DETAIL:  3'
            2026-11-25 19:00:01.500 UTC [2] app@shop/web STATEMENT:  SELECT 2
            2026-11-25 19:00:02.000 UTC [3] app@shop/job LOG:  something else of three
            2026-11-25 19:00:02.000 UTC [3] app@shop/job DETAIL:  that has a detail of its own
            """
        let found = entries(log, prefix: LinePrefix("%m [%p] %q%u@%d/%a "), chunk: chunk)
        #expect(found.map(\.pid) == [3, 2])
        #expect(found[0].context == "context of three" && found[0].statement == "SELECT 'DETAIL:  3'")
        #expect(found[0].detail == nil && found[0].message == "plan: three" && found[0].line == 2)
        #expect(found[1].detail == "detail of two\ngoes on" && found[1].hint == "hint of two")
        #expect(found[1].statement == "SELECT 2" && found[1].context == nil)
    }

    @Test func withoutAProcessPartsFollowAtOnce() throws {
        let log = """
            ERROR:  plan: one
            DETAIL:  of one
            LOG:  nothing
            DETAIL:  of nothing
            ERROR:  plan: two
            STATEMENT:  SELECT 2
            """
        let found = entries(log, prefix: LinePrefix(""))
        #expect(found.map(\.detail) == ["of one", nil] && found.map(\.statement) == [nil, "SELECT 2"])
    }

    @Test(
        arguments: [
            ("%m [%p] ", "2026-11-25 19:00:01.500 UTC [7] ERROR:  40P01: plan:", "40P01"),
            ("%c %e ", "6b07b7ba.7 40P01 ERROR:  plan:", "40P01"),
            ("%h ", "2026-11-25 19:00:01.500 UTC [7] app@shop ERROR:  plan:", nil),
            ("%p/%e: ", "7/55P03: ERROR:  plan: 12345: no code", "55P03"),
        ] as [(String, String, String?)])
    func processAndSQLState(pattern: String, line: String, state: String?) throws {
        let entry = try #require(entries(line, prefix: LinePrefix(pattern)).first)
        #expect(entry.pid == 7 && entry.sqlState == state && entry.message.hasPrefix("plan:"))
    }

    @Test func structuredFormatsHaveFieldsForAllOfIt() throws {
        let csv = #"""
            2026-11-25 19:00:01.500 UTC,"app","shop",7,"[local]",6b07.7,2,"UPDATE",2026-11-25 19:00:00 UTC,4/2,726,ERROR,40P01,"plan:","de
            tail","hint",,,"con ""text""","SELECT 1;",,,"web","client backend",,0
            """#
        let json =
            #"{"timestamp":"2026-11-25 19:00:01.500 UTC","pid":7,"state_code":"40P01","message":"plan:","detail":"de\ntail","hint":"hint","context":"con \"text\"","statement":"SELECT 1;"}"#
        for log in [csv, json] {
            let entry = try #require(entries(log).first)
            #expect(entry.pid == 7 && entry.sqlState == "40P01" && entry.hint == "hint")
            #expect(entry.detail == "de\ntail" && entry.context == "con \"text\"" && entry.statement == "SELECT 1;")
        }
    }

    @Test(arguments: [
        "2026-11-25 19:00:01.500 UTC [1] LOG:  begin\n\tplan:\n2026-11-25 20:00:01.500 UTC [1] LOG:  end\n",
        "2026-11-25 19:00:01.500 UTC,,,1,,,1,,,,0,LOG,00000,\"a\"\n2026-11-25 20:00:01.500 UTC,,,1,,,1,,,,0,LOG,00000,\"b\"",
        "{\"timestamp\":\"2026-11-25 19:00:01.500 UTC\"}\n{\"timestamp\":\"2026-11-25 20:00:01.500 UTC\"}\n",
    ])
    func theSpanIsOfAllMessages(log: String) throws {
        var reader = LogReader(wanted: ["plan:"])
        reader.take(Data(log.utf8)) { _ in Issue.record("nothing is wanted") }
        reader.finish { _ in Issue.record("nothing is wanted") }
        #expect(reader.first == Self.moment && reader.last == Self.moment.addingTimeInterval(3600))
    }

    /// Whatever stands in a log, it is read to its end.
    @Test func damagedLogsAreReadToTheirEnd() {
        let lines = [
            "2026-11-25 19:00:01.500 UTC,\"app\",\"shop\",1,,,LOG,00000,\"plan:", "\"", "\tplan:", "", "{plan:}",
            "2026-11-25 19:00:01.500 UTC [1] LOG:  plan:", "plan:", "2026-11-25 19:00:01.500 UTC,plan:", "\r",
            "2026-11-25 19:00:01", ":  plan:", "\u{0}\u{1}",
        ]
        var generator = SystemRandomNumberGenerator()
        var count = 0
        for _ in 0..<500 {
            let log = (0..<20).map { _ in lines.randomElement(using: &generator)! }.joined(separator: "\n")
            count += entries(log, chunk: 13).count
        }
        #expect(count > 500)
    }

    @Test func aMessageWithoutAnEndIsNotKept() {
        var reader = LogReader(wanted: ["plan:"])
        var count = 0
        reader.take(Data("2026-11-25 19:00:01.500 UTC [1] LOG:  plan:\n".utf8)) { _ in count += 1 }
        let line = Data(("\t" + String(repeating: "x", count: 1 << 20) + "\n").utf8)
        for _ in 0..<20 { reader.take(line) { _ in count += 1 } }
        reader.take(Data("2026-11-25 19:00:01.500 UTC [1] LOG:  plan: small\n".utf8)) { _ in count += 1 }
        reader.finish { _ in count += 1 }
        #expect(count == 1)
    }
}
