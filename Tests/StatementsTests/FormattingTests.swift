import Testing

@testable import Statements

@Suite struct FormattingTests {
    @Test func clausesBeginLines() {
        let text =
            "SELECT a, left(b, 2) FROM t LEFT OUTER JOIN u ON u.i = t.i WHERE a IN (SELECT x FROM v WHERE y = $1) "
            + "AND b IS DISTINCT FROM c GROUP BY a ORDER BY a LIMIT $2"
        #expect(
            SQLFormatting.lines(of: text) == """
                SELECT a, left(b, 2)
                FROM t
                LEFT OUTER JOIN u ON u.i = t.i
                WHERE a IN (SELECT x
                    FROM v
                    WHERE y = $1) AND b IS DISTINCT FROM c
                GROUP BY a
                ORDER BY a
                LIMIT $2
                """)
    }

    @Test(arguments: RedactorTests.canaries)
    func tokensNeverChange(_ text: String) throws {
        guard let before = try? Scanner.tokens(of: text) else {
            #expect(SQLFormatting.lines(of: text) == text)
            return
        }
        let formatted = SQLFormatting.lines(of: text)
        let after = try Scanner.tokens(of: formatted)
        #expect(TokenText(formatted, after).strings == TokenText(text, before).strings)
    }

    @Test(
        arguments: [
            (
                "SELECT * FROM jobs ORDER BY id LIMIT $1 FOR UPDATE",
                "SELECT * FROM jobs ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED;"
            ),
            (
                "SELECT * FROM jobs j FOR NO KEY UPDATE OF j LIMIT 1",
                "SELECT * FROM jobs j FOR NO KEY UPDATE OF j SKIP LOCKED LIMIT 1;"
            ),
            (
                "UPDATE jobs SET a = 1 WHERE id = (SELECT id FROM jobs LIMIT 1 FOR UPDATE) RETURNING id",
                "UPDATE jobs SET a = 1 WHERE id = (SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED ) RETURNING id;"
            ),
            ("UPDATE jobs SET a = 1", nil),
        ] as [(String, String?)])
    func skipLockedIsAdded(_ text: String, _ expected: String?) throws {
        let found = try ParsedStatement(parsing: text).skippingLocked
        #expect(found?.split(separator: " ") == expected?.split(separator: " "))
    }
}

extension TokenText {
    var strings: [String] { tokens.indices.map(string) }
}
