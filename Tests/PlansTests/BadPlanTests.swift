import Diagnosing
import Foundation
import Plans
import TestKit
import Testing

/// What is no plan is refused with its line and a reason; nothing that is read may crash.
@Suite struct BadPlanTests {
    private func error(_ text: String) -> ExplainError? {
        do throws(ExplainError) {
            _ = try ExplainReader.read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", "empty"), (" \n\t\n", "empty"), ("hello\nworld", "no plan"), ("SELECT 1;", "no plan"),
        ("a\u{0}b", "binary"),
        ("[{\"Plan\": {\"Node Type\": \"Sort\"", "line 1: the JSON ends before it is closed"),
        ("[\n{\"Plan\": {\"Node Type\": \"So", "line 2: a text of the JSON is not closed"),
        ("[\n{\"Plan\": }}", "line 2"), ("[1, 2", "cut off"), ("{\"a\": 1}", "no plan"), ("{{{", "no key"),
        ("[]", "no plan"),
        ("{\"query_block\": {\"select_id\": 1}}", "MySQL"),
        ("<ShowPlanXML xmlns=\"x\"><a/></ShowPlanXML>", "SQL Server"),
        ("-> Filter: (t.a = 1)  (cost=0.55 rows=1)\n    -> Table scan on t  (cost=0.55 rows=3)", "MySQL"),
        ("Plan hash value: 3617692013\n\n| Id  | Operation         | Name |", "Oracle"),
        ("QUERY PLAN\n|--SCAN t", "SQLite"), ("<explain><Query><Plan>", "line 1: the XML ends"),
        ("<!DOCTYPE x>", "document type"),
        ("<a></b>", "closes what was not opened"), ("- Plan:\n    Node Type: \"Sor", "line 2: a text of the YAML"),
        ("- Plan:\n  nonsense", "line 2"),
    ])
    func itIsRefused(text: String, reason: String) {
        let found = error(text).map(String.init(describing:))
        #expect(found?.contains(reason) ?? false, "\(found ?? "was read")")
    }

    private static let node = "  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)"

    @Test func lostIndentationIsSaid() {
        let flat = "Sort\(Self.node)\nSort Key: a\n->  Seq Scan on t\(Self.node)\nFilter: (a = 1)"
        #expect(error(flat)?.reason.contains("indentation is lost") ?? false)
        let squeezed = "Sort\(Self.node)\n Sort Key: a\n ->  Seq Scan on t\(Self.node)"
        #expect(
            error(squeezed)
                == ExplainError(line: 3, "the indentation is lost: it does not tell to which node this one belongs"))
    }

    @Test func whatIsCutOffIsSaid() {
        let cut = "Sort\(Self.node)\n  Sort Key: a\n  ->  Seq Scan on t  (cost=0.00..1.0"
        #expect(error(cut)?.line == 3)
        #expect(error("Hash Join\(Self.node)\n  ->  Seq Scan on t\(Self.node)")?.reason.contains("cut off") ?? false)
        #expect(error("  ->  Seq Scan on t\(Self.node)")?.reason.contains("first line is missing") ?? false)
    }

    @Test func depthIsBounded() throws {
        func text(_ depth: Int) -> String {
            var lines = ["Limit\(Self.node)"]
            for level in 0..<depth {
                lines.append(String(repeating: " ", count: 2 + 6 * level) + "->  Limit\(Self.node)")
            }
            lines.append(String(repeating: " ", count: 2 + 6 * depth) + "->  Result\(Self.node)")
            return lines.joined(separator: "\n")
        }
        func json(_ depth: Int) -> String {
            String(repeating: "{\"Node Type\": \"Limit\", \"Plans\": [", count: depth)
                + String(repeating: "]}", count: depth)
        }
        let plan = try #require(try ExplainReader.read(text(300)).first)
        #expect(plan.nodes.count == 302)
        #expect(ExclusiveMeasures(plan).times?.allSatisfy { $0 >= 0 } ?? false)
        #expect(error(text(2100))?.reason.contains("2000 levels") ?? false)
        #expect(try ExplainReader.read("[{\"Plan\": \(json(1500))}]").first?.nodes.count == 1500)
        #expect(error("[{\"Plan\": \(json(10_000))}]")?.reason.contains("levels") ?? false)
        #expect(error(String(repeating: "[", count: 1_000_000)) != nil)
    }

    @Test func sizeIsBounded() {
        let text = String(repeating: "x", count: ExplainLimits.bytes + 1)
        #expect(error(text)?.reason.contains("64 MB") ?? false)
    }

    private static let crumbs = [
        "->  ", "\n", "\"", "{", "}", "[", "]", ":", "-", "(cost=", "1e308", "NaN", "-1", "loops=0", "\t", "<", ">",
        "&", "\\u",
        "CTE x", "InitPlan 1", "(actual time=9e99..9e99 rows=1 loops=9)", "|", "\u{FEFF}", "é", "  ",
        "Workers Launched: 3",
    ]

    @Test func damagedPlansNeverCrash() throws {
        let files = try Corpus.files.map { Array(try Corpus.read($0).utf8) }
        var read = 0
        let rounds = try Fuzzing.run { random in
            let text = files.randomElement(using: &random)!.damaged(with: Self.crumbs, &random)
            guard let plans = try? ExplainReader.read(text) else { return }
            for plan in plans {
                read += 1
                let measured = MeasuredPlan(plan)
                #expect(measured.measures.times?.allSatisfy { $0 >= 0 && $0.isFinite } ?? true)
                let kept = try JSONEncoder().encode(plan)
                #expect(try JSONDecoder().decode(ExplainedPlan.self, from: kept).outline == plan.outline)
            }
        }
        #expect(read > rounds / 10)
    }
}
