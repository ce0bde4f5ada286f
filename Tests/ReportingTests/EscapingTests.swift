import Foundation
import Reporting
import Testing

@Suite("Names that users chose can not act on the reader")
struct EscapingTests {
    @Test func hiddenCharactersAreWrittenAsPostgresWritesThem() {
        #expect(Visible.line("a\u{1B}[31m") == "a\\x1B[31m")
        #expect(Visible.line("a\r\nb\tc") == "a\\r\\nb\\tc")
        #expect(Visible.line("\u{202E}abc\u{2066}\u{200F}") == "\\u202Eabc\\u2066\\u200F")
        #expect(Visible.line("\u{9B}31m\u{7F}\u{0}") == "\\x9B31m\\x7F\\x00")
        #expect(Visible.line("a\u{2028}b\u{FEFF}\u{E0041}") == "a\\u2028b\\uFEFF\\U000E0041")
    }

    @Test func ordinaryWritingIsLeftAlone() {
        for text in ["Größe", "表", "שלום", "می‌خواهم", "👩‍👩‍👧", "e\u{301}", "a\\b"] { #expect(Visible.line(text) == text) }
    }

    @Test func sqlKeepsItsLines() {
        #expect(Visible.block("SELECT\r\n\t1;\u{1B}") == "SELECT\n    1;\\x1B")
    }

    @Test func theTerminalGetsNoControlCharacterOfAName() {
        let text = Sample.report(.hostile, verbose: true).terminal()
        let hidden = text.unicodeScalars.filter { $0 != "\n" && Visible.line(String($0)) != String($0) }
        #expect(hidden.isEmpty)
        #expect(text.contains("\\u202E"))
    }

    @Test func colouredTerminalHoldsOnlyOurSequences() throws {
        let text = Sample.report(.hostile, verbose: true, color: true).terminal()
        let ours = try Regex("\u{1B}\\[[0-9;]+m")
        #expect(text.contains(ours))
        #expect(!text.replacing(ours, with: "").contains("\u{1B}"))
        #expect(text.replacing(ours, with: "") == Sample.report(.hostile, verbose: true).terminal())
    }
}
