import Foundation
import TestKit
import Testing

@testable import Runbooks

/// Each bad file with what is said of it: where, what, how to mend it.
@Suite struct BadFilesTests {
    static let cases: [(String, String)] = [
        ("", "r.md:1: does not begin with a front matter; begin it with a line of ---"),
        ("# Hello\n", "r.md:1: does not begin with a front matter"),
        ("---\nid: a\n", "r.md:1: the front matter has no end; write a line of --- below its last key"),
        (Sample.with("id: orders-status-3f2a\n", ""), "r.md:1: has no id; write a name of small letters"),
        (Sample.with("rule: index.missing\n", ""), "r.md:1: has no rule; write the rule that it is for"),
        (Sample.with("tier: L3\n", ""), "r.md:1: has no tier; write who wrote it"),
        (Sample.with("written-by: Anna\n", ""), "r.md:1: has no written-by; write who can be asked"),
        (Sample.with("tier: L3", "tier: L4"), "r.md:6: tier: \"L4\" is not known; write one of L1, L2, L3"),
        (Sample.with("tier: L3", "teir: L3"), "r.md:6: there is no key \"teir\"; did you mean tier?"),
        (Sample.with("tier: L3", "Applies: L3"), "r.md:6: there is no key \"Applies\"; known are id, title"),
        (Sample.with("tier: L3", "tier: L3\ntier: L2"), "r.md:7: tier stands twice; keep one of them"),
        (
            Sample.with("applies-to: rule", "applies-to: table"),
            "r.md:5: applies-to: \"table\" is not known; write one of rule,"
        ),
        (
            Sample.with("applies-to: rule", "applies-to: relation"),
            "r.md:5: applies to a relation, and does not say which; write"
        ),
        (
            Sample.with("applies-to: rule", "applies-to: statement"),
            "r.md:5: applies to a statement, and does not say which"
        ),
        (
            Sample.with("applies-to: rule", "applies-to: rule\nrelation: public.orders"),
            "r.md:6: names a relation, and applies to a rule; write applies-to: relation, or leave the line out"
        ),
        (
            Sample.with("applies-to: rule", "applies-to: relation\nrelation: orders"),
            "r.md:6: relation: \"orders\" is not allowed; write it with its schema: public.orders"
        ),
        (
            Sample.with("applies-to: rule", "applies-to: statement\nstatement: SELECT 1"),
            "r.md:6: statement: \"SELECT 1\" is not allowed; write the fingerprint"
        ),
        (
            Sample.with("index.missing", "Missing index"),
            "r.md:4: rule: \"Missing index\" is not allowed; write the area and"
        ),
        (
            Sample.with("id: orders-status-3f2a", "id: ../../x"),
            "r.md:2: id: \"../../x\" is not allowed; write small letters"
        ),
        (
            Sample.with("2026-11-26", "26.11.2026"),
            "r.md:7: written-at: \"26.11.2026\" is no moment; write 2026-11-26 or"
        ),
        (Sample.with("2026-11-26", "2026-13-26"), "r.md:7: written-at: \"2026-13-26\" is no moment"),
        (
            Sample.with("written-by: Anna", "written-by:"),
            "r.md:8: written-by: is empty; write its text, or leave the line out"
        ),
        (Sample.with("written-by: Anna", "written-by: ~"), "r.md:8: written-by: is empty"),
        (
            Sample.with("written-by: Anna", "written-by: \"Anna"),
            "r.md:8: written-by: no YAML; put the text in double quotes"
        ),
        (Sample.with("written-by: Anna", "written-by: a: b"), "r.md:8: written-by: no YAML"),
        (
            Sample.with("written-by: Anna", "written-by: [Anna, Bob]"),
            "r.md:8: written-by: YAML gives [ a meaning of its own"
        ),
        (
            Sample.with("written-by: Anna", "written-by: |\n  Anna"),
            "r.md:8: written-by: YAML gives | a meaning of its own"
        ),
        (
            Sample.with("written-by: Anna", "written-by: &x Anna"),
            "r.md:8: written-by: anchors and aliases are not read"
        ),
        (
            Sample.with("written-by: Anna", "written-by: *x"),
            "r.md:8: written-by: anchors and aliases are not read; write the"
        ),
        (Sample.with("written-by: Anna", "written-by: Anna\n  and Bob"), "r.md:9: is indented; write each key at the"),
        (
            Sample.with("written-by: Anna", "written-by: Anna\n- Bob"),
            "r.md:9: is no key with its text; write key: text"
        ),
        (Sample.with("written-by: Anna", "written-by: \"An\\nna\""), "r.md:8: written-by: holds a line break"),
        (
            Sample.with("written-by: Anna", "written-by: " + String(repeating: "a", count: 401)),
            "r.md:8: written-by: longer than 400 characters; the note belongs below"
        ),
        (Sample.with("## Fix", "## Fixx"), "r.md:13: there is no section \"fixx\"; did you mean ## Fix?"),
        (Sample.with("## Fix", "### Fix"), "r.md: has no fix; write what to do below a heading ## Fix"),
        (
            Sample.with("## Fix", "## Undo\n\n## Fix"),
            "r.md:13: ## Undo is empty; write what to do, or leave the heading out"
        ),
        (Sample.text + "\n## Fix\nagain", "r.md:18: ## Fix stands twice; keep one of them"),
        (Sample.text + "\n## Undoo\nagain", "r.md:18: there is no section \"undoo\"; did you mean ## Undo?"),
        (
            Sample.with("(status);\n```", "(status);"),
            "r.md:15: a block of code has no end; write a line of ``` below it"
        ),
        (Sample.with("Why.", "Why\u{202E}."), "r.md:11: holds U+202E, which cannot be seen; delete it"),
        (Sample.with("(status);", "(status);\u{200B}"), "r.md:16: holds U+200B, which cannot be seen"),
        (
            Sample.with("Why.", "<<<<<<< HEAD\nWhy.\n=======\nBecause.\n>>>>>>> other"),
            "r.md:11: a merge was left half done here; keep one of the two texts"
        ),
        (
            Sample.with("tier: L3", "<<<<<<< HEAD\ntier: L3\n=======\ntier: L2\n>>>>>>> b"),
            "r.md:6: a merge was left half done"
        ),
        (
            Sample.with("Why.", String(repeating: "why ", count: 70_000)),
            "r.md: larger than 256 kB; a runbook is a page or two"
        ),
        (
            "---\n" + String(repeating: "# a comment that goes on and on\n", count: 600) + "---\n## Fix\nx",
            "r.md:1: the front matter is larger than 16 kB; the note belongs"
        ),
    ]

    @Test(arguments: cases.indices)
    func saysWhereWhatAndHow(_ number: Int) {
        let (text, expected) = Self.cases[number]
        let (runbook, problems) = Sample.read(text)
        #expect(runbook == nil)
        #expect(problems.contains { $0.hasPrefix(expected) }, "\(problems)")
    }

    @Test func allThatIsWrongIsToldAtOnce() {
        let text = Sample.with("tier: L3", "tier: 3").replacing("2026-11-26", with: "today").replacing(
            "## Fix", with: "## Fixx")
        #expect(Sample.read(text).problems.count == 3)
    }

    /// Nine levels of nine aliases are a billion texts (https://en.wikipedia.org/wiki/Billion_laughs_attack); as keys they cost
    /// even a parser that shares what they stand for.
    @Test func bombsAreRefusedAtOnce() {
        var bomb = "a: &a [\"lol\",\"lol\"]\n"
        for (before, name) in zip("abcdefgh", "bcdefghi") {
            bomb += "\(name): &\(name) [" + [String](repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
        }
        for text in [
            bomb, bomb + "? *i\n: x\n", "? &a [x]\n: y\n", "title: " + String(repeating: "[", count: 12_000),
            String(repeating: "- ", count: 6000), String(repeating: "{a: ", count: 3000),
            (0..<2000).map { String(repeating: " ", count: min($0, 6)) + "a:\n" }.joined(), "<<: *a\n", "!!binary x\n",
            "id: !!python/object:os.system x\n",
        ] {
            let start = ContinuousClock.now
            let (runbook, problems) = Sample.read("---\n\(text)\n---\n## Fix\nx\n")
            #expect(runbook == nil && !problems.isEmpty)
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    /// Nothing that was cut, doubled or flipped brings a reader down.
    @Test func damagedFilesAreReadOrRefused() {
        var random = SeededGenerator(seed: 9)
        let whole = Array(Sample.runbook().text.utf8)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[max(0, place - 9)...place], at: place)
                }
            }
            let (runbook, problems) = Sample.read(String(decoding: bytes, as: UTF8.self))
            #expect((runbook == nil) == !problems.isEmpty)
        }
    }
}
