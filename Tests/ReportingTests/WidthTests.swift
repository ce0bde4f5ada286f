import Reporting
import Testing

@Suite("Text takes the columns that a terminal gives it")
struct WidthTests {
    @Test(
        arguments: [
            ("orders", 6), ("", 0), ("表", 2), ("テーブル", 8), ("é", 1), ("e\u{301}", 1), ("한국", 4), ("😀", 2),
            ("👩‍👩‍👧", 2), ("⚠\u{FE0F}", 2), ("■▲●", 3), ("−36 %", 5), ("ｆｕｌｌ", 8), ("नि", 1), ("█", 1), ("🇩🇪", 2),
        ])
    func widthCountsColumns(_ text: String, _ columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test func cuttingLeavesRoomForTheEllipsis() {
        #expect(DisplayWidth.cut("order_items", to: 11) == "order_items")
        #expect(DisplayWidth.cut("order_items", to: 6) == "order…")
        #expect(DisplayWidth.cut("表表表", to: 4) == "表…")
        #expect(DisplayWidth.cut("a long title", to: 8) == "a long…")
    }

    @Test func linesBreakAtBlanksAndLongWordsInside() {
        #expect(Wrapping.lines("one two three", width: 7) == ["one two", "three"])
        #expect(Wrapping.lines("abcdefghij k", width: 4) == ["abcd", "efgh", "ij k"])
        #expect(Wrapping.lines("表表表 a", width: 4) == ["表表", "表 a"])
        #expect(Wrapping.lines("", width: 4) == [])
    }

    @Test func aBreakBetweenItemsKeepsItsSeparator() {
        #expect(Wrapping.items(["ab", "cde", "fgh"], width: 10) == ["ab · cde ·", "fgh"])
        #expect(Wrapping.items(["abc", "def", "gh"], width: 10) == ["abc ·", "def · gh"])
        #expect(Wrapping.items(["abcd", "efg"], width: 10) == ["abcd · efg"])
    }

    @Test func noWrappedLineIsWiderThanAsked() {
        let text = "表テーブル is_a_rather_long_name e\u{301}e\u{301} 😀 and some more words"
        for width in 2...40 {
            for line in Wrapping.lines(text, width: width) { #expect(DisplayWidth.of(line) <= width) }
            let items = ["CPU", "checkpoints", "autovacuum workers", "表表表"]
            for line in Wrapping.items(items, width: width) { #expect(DisplayWidth.of(line) <= width) }
        }
    }

    @Test func itemsStayWholeWhereTheyFit() {
        #expect(Wrapping.items(["CPU", "autovacuum workers"], width: 20) == ["CPU ·", "autovacuum workers"])
    }
}
