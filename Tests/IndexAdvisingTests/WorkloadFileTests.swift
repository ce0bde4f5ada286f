import IndexAdvising
import Testing

@Suite("Files of statements with weights")
struct WorkloadFileTests {
    private func file(_ text: String) throws(WorkloadFile.Failure) -> WorkloadFile {
        try WorkloadFile(text, name: "w.sql")
    }

    private func complaint(_ text: String) -> WorkloadFile.Failure? {
        do throws(WorkloadFile.Failure) {
            _ = try file(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func statementsHaveTheWeightBeforeThem() throws {
        let file = try file(
            """
            -- The shop's front page
            -- weight: 120
            -- name: front page
            SELECT * FROM orders WHERE id = $1;
            SELECT 2; /* Weight : 0.5 */ SELECT 3;
            UPDATE orders SET note = 'a;b' -- weight:7
              WHERE id = $1;
            """)
        #expect(file.statements.map(\.weight) == [120, 1, 0.5, 7])
        #expect(file.statements.map(\.line) == [4, 5, 5, 6])
        #expect(file.statements.map(\.name) == ["front page", nil, nil, nil])
        #expect(file.statements[0].text == "SELECT * FROM orders WHERE id = $1")
        #expect(file.notes.isEmpty)
    }

    @Test func theNearestOfTwoWeightsCounts() throws {
        #expect(try file("-- weight: 1\n-- weight: 2\nSELECT 1").statements.map(\.weight) == [2])
    }

    @Test func whatIndexesCannotServeIsNoted() throws {
        let file = try file("BEGIN;\nSELECT 1;\n\nSELEC 2;\nCREATE TABLE t (a int);\nSELECT 1 INTO x")
        #expect(file.statements.map(\.line) == [2])
        #expect(file.notes.map(\.line) == [1, 4, 5, 6])
        #expect(file.notes[0].reason == "not a SELECT, INSERT, UPDATE, DELETE or MERGE")
        #expect(file.notes[1].reason.contains("does not parse"))
    }

    @Test(arguments: [
        "many", "", "-3", "0", "1,5", "inf", "nan", "0x10", "1 2", "1e999", "12 parsecs", "\u{1B}[31m", "٣",
    ])
    func aWeightThatIsNoNumberIsNamedWithItsLine(_ weight: String) throws {
        let failure = try #require(complaint("SELECT 1;\n\n-- weight: \(weight)\nSELECT 2;"))
        #expect(failure.line == 3 && failure.reason.hasPrefix("weight: "), "\(failure)")
        #expect(failure.description.hasPrefix("w.sql:3: "))
    }

    @Test(arguments: [
        ("", 1, "no statement"), ("-- weight: 3\n", 1, "no statement"), ("\n\nVACUUM;", 3, "no statement that indexes"),
        ("SELECT 1;\nSELECT 'a", 2, "no end"), ("SELECT\u{0} 1", 1, "NUL"),
    ])
    func aFileWithoutUseIsRefused(_ text: String, _ line: Int, _ words: String) throws {
        let failure = try #require(complaint(text))
        #expect(failure.line == line && failure.reason.contains(words), "\(failure)")
    }

    @Test func commentsThatSayOtherThingsAreNoMarks() throws {
        #expect(try file("-- weights: none\n-- the weight: 9\nSELECT 1 /* weight */").statements.map(\.weight) == [1])
    }
}
