import Foundation
import Model
import TestKit
import Testing

@testable import Runbooks

@Suite struct RoundTripTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        let runbook = Sample.runbook { $0.file = "r.md" }
        let (read, problems) = Sample.read(runbook.text)
        #expect(problems.isEmpty && read == runbook)
        #expect(
            runbook.text.hasPrefix(
                """
                ---
                id: orders-status-3f2a
                title: Open orders are searched by status
                rule: index.missing
                applies-to: relation
                relation: public.orders
                tier: L3
                delegated-to: L2
                written-at: 2026-11-26T17:05:00Z
                written-by: Anna
                ticket: OPS-123
                ---

                Only some 2 % are open.

                - see the ticket

                ## Fix

                ```sql
                CREATE INDEX
                """))
        #expect(read?.fix.sql == ["CREATE INDEX CONCURRENTLY ON public.orders (status) WHERE status = 'open';"])
    }

    @Test func whatSomebodyWritesByHandIsRead() {
        let (runbook, problems) = Sample.read(Sample.text)
        #expect(problems.isEmpty)
        #expect(runbook?.title == "Open orders: searched by status" && runbook?.note == "Why.")
        #expect(runbook?.writtenAt == Sample.moment.addingTimeInterval(-17 * 3600 - 300))
        #expect(runbook?.shownAt == .cure && runbook?.undo == nil)
        // Line ends of Windows and a byte order mark are no difference.
        #expect(Sample.read("\u{FEFF}" + Sample.text.replacing("\n", with: "\r\n")).runbook == runbook)
    }

    /// Texts that YAML or Markdown could take for something else.
    @Test(arguments: [
        "null", "~", "yes", "1e5", "12:30", "0123", "- a", "a: b", "a #b", "'quoted'", "\"quoted\"", "back\\slash",
        "{a}",
        "[a]", "*a", "&a", "!a", "%a", "@a", "`a`", "| a", "> a", "? a", "ends:", "2026-11-26", "é ü 語 👩‍💻", "#", "---",
        "a\\nb", "= 5", ", a", "true", "0x1F",
    ])
    func anyTitleSurvives(_ title: String) {
        let runbook = Sample.runbook {
            $0.title = title
            $0.writtenBy = title
            $0.file = "r.md"
        }
        let (read, problems) = Sample.read(runbook.text)
        #expect(read == runbook, "\(problems) \(runbook.text)")
    }

    @Test(arguments: [
        "## Fix", "\\## Fix", "  ## undo  ", "a\n## Verify\nb", "```\n## Fix\n```", "~~~ text\n```\n## Fix\n~~~", "---",
        "--- \nid: x", "# Fix", "### Fix", "## Fixes we tried", "    ```", "a\n\n\n\nb  ", "## ", "##Fix", "=======",
    ])
    func anyNoteSurvives(_ note: String) {
        let runbook = Sample.runbook {
            $0.note = MarkdownLine.trimmed(note)
            $0.fix = Instruction(markdown: note + "\n\nand so on")
            $0.file = "r.md"
        }
        let (read, problems) = Sample.read(runbook.text)
        #expect(read == runbook, "\(problems) \(runbook.text)")
    }

    @Test func aBlockThatWasLeftOpenIsClosed() {
        let runbook = Sample.runbook { $0.note = "See:\n````text\nSELECT 1\n```" }
        #expect(Sample.read(runbook.text).runbook?.note == "See:\n````text\nSELECT 1\n```\n````")
    }

    @Test func sqlMayHoldFences() {
        let sql = "COMMENT ON TABLE t IS '\n```sql\n````\n';\n\nSELECT 1;"
        let runbook = Sample.runbook { $0.fix = Instruction(sql: "\n\n" + sql + "\n") }
        #expect(Sample.read(runbook.text).runbook?.fix.sql == [sql])
    }

    @Test func manyBlocksOfSQLAndWords() {
        let part = Instruction(
            markdown: "First\n```SQL\nSELECT 1;\n\nSELECT 2;\n```\nthen\n```bash\nls\n```\n~~~sql\nSELECT 3;\n~~~")
        #expect(part.sql == ["SELECT 1;\n\nSELECT 2;", "SELECT 3;"])
    }

    /// Lines of all sorts, put together at random.
    @Test func anyBodySurvivesAndIsStable() {
        var random = SeededGenerator(seed: 9)
        let lines = [
            "", "", "words", "## Fix", "## undo", "\\## Fix", "\\\\## verify", " ## Fix", "```", "```sql", "````",
            "~~~",
            "    ```", "SELECT 1;", "# head", "--- ", "a: b", "\tx", "> ```", "{{relation}}",
        ]
        func text() -> String {
            (0..<Int.random(in: 0...9, using: &random)).map { _ in lines.randomElement(using: &random)! }
                .joined(separator: "\n")
        }
        for _ in 0..<250 {
            let runbook = Sample.runbook {
                $0.note = text()
                $0.fix.markdown = "do\n" + text()
                $0.verify = Bool.random(using: &random) ? Instruction(markdown: "see\n" + text()) : nil
                $0.undo = Bool.random(using: &random) ? Instruction(markdown: "undo\n" + text()) : nil
            }
            let (read, problems) = Sample.read(runbook.text)
            guard let read else {
                Issue.record("\(problems)\n\(runbook.text)")
                continue
            }
            // Only blank lines around, and ends of blocks that were missing, may differ: once written it stays.
            #expect(read.text == runbook.text)
            let open = [
                runbook.note, runbook.fix.markdown, runbook.verify?.markdown ?? "", runbook.undo?.markdown ?? "",
            ]
            .contains { MarkdownLine.missingFence(MarkdownLine.trimmed($0)) != nil }
            if !open {
                #expect(read.note == MarkdownLine.trimmed(runbook.note))
                #expect(read.fix.markdown == MarkdownLine.trimmed(runbook.fix.markdown))
                #expect(read.verify == runbook.verify && read.undo == runbook.undo)
            }
        }
    }

    @Test func identifiersAreMadeOfTitlesAndDoNotMeet() {
        let first = Runbook.identifier(title: "Ünder »load«: VACUUM  it!", rule: "a.b", by: "A", at: Sample.moment)
        #expect(first.wholeMatch(of: /nder-load-vacuum-it-[0-9a-f]{4}/) != nil, "\(first)")
        #expect(
            first != Runbook.identifier(title: "Ünder »load«: VACUUM  it!", rule: "a.b", by: "B", at: Sample.moment))
        for title in ["語", "", String(repeating: "long words ", count: 20)] {
            let id = Runbook.identifier(title: title, rule: "a.b", by: "A", at: Sample.moment)
            #expect(Sample.read(Sample.runbook { $0.id = id }.text).runbook?.id == id, "\(id)")
        }
    }
}
