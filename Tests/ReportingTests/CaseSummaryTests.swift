import Diagnosing
import Foundation
import Model
import Recommending
import Testing

@testable import Reporting

/// The first page of a case, whose words come from people and from the server.
struct CaseSummaryTests {
    private static let hostile = "<script>alert(1)</script> | [x](javascript:1) \u{1B}[31m @all `x` \u{202E}"

    private func summary(_ change: (inout CaseTold) -> Void = { _ in }) -> CaseSummary {
        var told = CaseTold()
        change(&told)
        var past = CasePast()
        past.changes = ["Tue 2026-03-03 14:05: index public.orders_status_idx dropped"]
        past.fixes = ["orders: no effect (−1 % over 3 sweeps): reopened and raised to L3"]
        return CaseSummary(
            Diagnosis(judging: Observation(Snapshot())), told: told, past: past,
            files: [("report.html", "the whole diagnosis"), ("snapshot.json.gz", "what was read")],
            options: ReportOptions(generator: "pgmedic test"))
    }

    @Test func whatWasToldStandsInEachFormat() {
        let page = summary {
            $0.felt = "checkout hangs"
            $0.since = "Tuesday 14:05"
            $0.ticket = "DB-1"
            $0.tried = ["REINDEX: no effect"]
            $0.question = "Why?"
        }
        for text in [page.terminal(), page.markdown(), page.html(), page.json()] {
            for word in [
                "DB-1", "checkout hangs", "Tuesday 14:05", "REINDEX", "Why?", "orders_status_idx", "raised to L3",
            ] {
                #expect(text.contains(word), "\(word) in \(text.prefix(300))")
            }
        }
        #expect(page.html().contains("<a href=\"report.html\">"))
        #expect(!page.html().contains("<a href=\"snapshot.json.gz\">"), "it is no page")
    }

    @Test func whatIsNotKnownIsSaidAndNotMadeUp() {
        let text = summary().markdown()
        #expect(text.contains("not told by those who hand this over"))
        #expect(text.contains("nothing that hurts was measured"))
        #expect(!text.contains("Suspected root cause"))
    }

    @Test func hostileWordsAreText() {
        let page = summary {
            $0.felt = Self.hostile
            $0.since = Self.hostile
            $0.ticket = Self.hostile
            $0.tried = [Self.hostile]
            $0.question = Self.hostile
        }
        #expect(!page.html().contains("<script"))
        #expect(!page.html().contains("\u{202E}") && !page.html().contains("\u{1B}"))
        let lines = page.markdown().split(separator: "\n")
        #expect(lines.filter { $0.contains("<script") || $0.contains("[x](javascript") }.isEmpty, "\(lines)")
        #expect(!page.terminal().contains("\u{1B}") && !page.terminal().contains("\u{202E}"))
    }

    @Test func longWordsLeaveItOneSheet() {
        let page = summary {
            $0.felt = String(repeating: "it hangs ", count: 500)
            $0.tried = Array(repeating: String(repeating: "restart ", count: 200), count: 40)
        }
        // What fits on A4 in this size; the demo's page has 3,400.
        #expect(page.markdown().count < 6_500, "\(page.markdown().count)")
    }
}
