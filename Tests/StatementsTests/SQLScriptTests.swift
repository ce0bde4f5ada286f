import Testing

@testable import Statements

@Suite struct SQLScriptTests {
    @Test func statementsKnowWhereTheyStand() throws {
        let script = try SQLScript("-- first\nSELECT 1;\n\n  /* a; b */ SELECT ';' AS \"x;\" ; é;\nSELECT (1;2)")
        #expect(script.statements.map(\.text) == ["SELECT 1", "SELECT ';' AS \"x;\"", "é", "SELECT (1;2)"])
        #expect(script.statements.map(\.line) == [2, 4, 4, 5])
        #expect(script.statements.map(\.column) == [1, 14, 35, 1])
    }

    @Test func psqlsOwnLinesAndRowsOfCopyArePassedOver() throws {
        let script = try SQLScript(
            "\\set x 'a\nSELECT 1;\nCOPY t FROM stdin;\n1\tit's; (\n\\.\nSELECT 2;\n  \\i other.sql\n")
        #expect(script.statements.map(\.text) == ["SELECT 1", "COPY t FROM stdin", "SELECT 2"])
        #expect(script.statements.map(\.line) == [2, 3, 6])
    }

    @Test func ignoreMarksBelongToTheirStatement() throws {
        let script = try SQLScript(
            "-- pgmedic:ignore shape.a  because it is small\nSELECT 1;\nSELECT 2 /* pgmedic:ignore locks */ ; SELECT 3")
        #expect(
            script.statements.map(\.ignored) == [
                [.init(rule: "shape.a", reason: "because it is small", line: 1)],
                [.init(rule: "locks", reason: "", line: 3)], [],
            ])
    }

    @Test(arguments: ["", " \n-- nothing\n", ";;;"]) func filesWithoutStatementsHaveNone(text: String) throws {
        #expect(try SQLScript(text).statements.isEmpty)
    }

    @Test(arguments: ["SELECT 1;\nSELECT 'abc", "/* open", "SELECT $a$ x"]) func openQuotesAreRefused(text: String) {
        #expect(throws: SQLScript.Failure.self) { try SQLScript(text) }
    }

    @Test func whatIsNoTextIsRefused() {
        #expect(throws: SQLScript.Failure.self) { try SQLScript("SELECT 1\0") }
        #expect(throws: SQLScript.Failure.self) {
            try SQLScript(String(repeating: " ", count: SQLScript.longestFile + 1))
        }
    }

    @Test func numbersOfPostgreSQL16AreConstants() throws {
        let script = try SQLScript(
            "SELECT 1; SELECT (x >> 16) & 0xFFFF, 'é 0xAB',\n1_000_000 FROM t; SELECT 0b11 + 1_5.5;")
        #expect(script.statements.map(\.line) == [1, 1, 2])
        #expect(
            try script.statements.map { try ParsedStatement(parsing: $0.text).kind } == [.select, .select, .select])
        #expect(script.statements[1].text.contains("& 000000, 'é 0xAB',"))
        #expect(throws: SQLScript.Failure.self) { try SQLScript("SELECT 1; SELECT 'open") }
    }
}
