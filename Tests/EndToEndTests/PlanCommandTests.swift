import Foundation
import TestKit
import Testing

/// `pgmedic plan` as a user runs it; it needs no server.
@Suite struct PlanCommandTests {
    private static let corpus = Program.root + "/Tests/PlansTests/Corpus"

    @Test func literalsAreRedactedUnlessAskedFor() async throws {
        for file in ["pg15/seq-scan-filter.txt", "pg15/seq-scan-filter.json", "pg18/pasted.log-text"] {
            for format in ["terminal", "json", "html", "markdown"] {
                let arguments = ["plan", "\(Self.corpus)/\(file)", "--format", format]
                let ended = try await Program.medic(arguments)
                #expect(ended.status == 0, "\(ended.error)")
                #expect(!ended.out.contains("open'") && !ended.out.contains("&#39;open&#39;"))
                #expect(ended.out.contains("orders"))
            }
            let kept = try await Program.medic("plan", "\(Self.corpus)/\(file)", "--show-literals", "--format", "json")
            #expect(kept.out.contains("'open'"))
        }
    }

    @Test func itReadsStdinAndWritesFiles() async throws {
        let text = try String(contentsOfFile: "\(Self.corpus)/pg18/pasted.border2", encoding: .utf8)
        let scratch = try Scratch()
        let files = [try scratch.file("p.html"), try scratch.file("p.md"), try scratch.file("p.json")]
        let ended = try await Program.medic(["plan", "-", "--no-color"] + files.flatMap { ["-o", $0] }, input: text)
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.out.contains("Seq Scan on orders o takes"))
        #expect(ended.out.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("CREATE INDEX") })
        let html = try String(contentsOfFile: files[0], encoding: .utf8)
        #expect(html.contains("plan-bar") && !html.contains("<script"))
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: files[2])))
        let plans = try #require((json as? [String: Any])?["plans"] as? [[String: Any]])
        let nodes = try #require(plans.first?["nodes"] as? [[String: Any]])
        #expect(nodes.count == 6)
        let shares = nodes.compactMap { ($0["exclusiveShare"] as? NSNumber)?.doubleValue }
        #expect(abs(shares.reduce(0, +) - 1) < 0.001)
        #expect((plans.first?["findings"] as? [Any])?.isEmpty == false)
    }

    @Test func namesThatAttackAreShownEscaped() async throws {
        let hostile = "t\u{1B}[31m\u{202E}<script>alert(1)</script>"
        let text = """
            Seq Scan on "\(hostile)" "a<b>"  (cost=0.00..9.00 rows=1 width=4) (actual time=0.1..20.0 rows=2 loops=1)
              Filter: ("\(hostile)" = 1)
              Rows Removed by Filter: 90000
            """
        for format in ["terminal", "json", "html", "markdown"] {
            let ended = try await Program.medic(["plan", "-", "--format", format], input: text)
            #expect(ended.status == 0, "\(ended.error)")
            #expect(!ended.out.contains("\u{1B}") && !ended.out.contains("\u{202E}"))
            if format == "html" { #expect(!ended.out.contains("<script") && !ended.out.contains("a<b>")) }
        }
    }

    @Test func whatIsNoPlanEndsWith2AndSaysWhere() async throws {
        let ended = try await Program.medic(["plan", "-"], input: "[\n {\"Plan\": {\"Node Type\": \"Sort\",")
        #expect(ended.status == 2)
        #expect(ended.error.contains("stdin: line 2: the JSON ends before it is closed"))
        #expect(ended.error.split(separator: "\n").count == 1)
    }
}
