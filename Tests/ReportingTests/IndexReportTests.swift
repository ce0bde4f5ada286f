import Foundation
import Model
import Reporting
import Testing

@Suite("Index advice, written")
struct IndexReportTests {
    @Test(arguments: [SampleAdvice.full, .none, .stopped])
    func reportsAreByteForByteWhatTheyWere(_ sample: SampleAdvice) throws {
        let report = sample.report(explains: true)
        try Golden.check(report.terminal(), "indexes-\(sample).txt")
        try Golden.check(report.markdown(), "indexes-\(sample).md")
        try Golden.check(report.html(), "indexes-\(sample).html")
        try Golden.check(report.json(), "indexes-\(sample).json")
    }

    @Test func hostileNamesAreByteForByteWhatTheyWere() throws {
        let report = SampleAdvice.hostile.report(explains: true)
        try Golden.check(report.terminal(), "indexes-hostile.txt")
        try Golden.check(report.markdown(), "indexes-hostile.md")
    }

    @Test func jsonKeepsWhatTheSchemaPromises() throws {
        let reports = SampleAdvice.allCases.map { $0.report().json() }
        #expect(try Schema.complaints(reports, of: "indexes-1") == "")
        let broken = SampleAdvice.full.report().json().replacing("\"create\"", with: "\"make\"")
        #expect(try Schema.complaints([broken], of: "indexes-1").contains("'make' is not one of"))
    }

    @Test func sqlIsAListOfStrings() throws {
        let json = Data(SampleAdvice.full.report().json().utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let recommendations = try #require(object["recommendations"] as? [[String: Any]])
        let all = SampleAdvice.full.advice.recommendations
        #expect(recommendations.compactMap { $0["sql"] as? [String] } == all.map(\.sql))
        #expect(recommendations.compactMap { $0["undo"] as? [String] } == all.map(\.undo))
        #expect((object["statements"] as? [[String: Any]])?.first?["queryids"] as? [String] == ["7204331905172360411"])
    }

    @Test(arguments: SampleAdvice.allCases, [60, 72, 80, 100])
    func linesFitTheWidthButForSQL(_ sample: SampleAdvice, _ width: Int) {
        let text = sample.report(explains: true, width: width).terminal()
        for line in text.split(separator: "\n") where !line.contains(";") {
            #expect(DisplayWidth.of(line) <= width, "\(line)")
        }
    }

    /// Every statement stands whole on a line of its own, so that it can be pasted.
    @Test func everyStatementIsPrintedWhole() {
        let report = SampleAdvice.full.report()
        let lines = Set(report.terminal().split(separator: "\n").map { String($0.drop { $0 == " " }) })
        let markdown = Set(report.markdown().split(separator: "\n").map(String.init))
        for statement in report.statementsOfAll {
            #expect(lines.contains(statement), "\(statement)")
            #expect(markdown.contains(statement), "\(statement)")
        }
    }

    @Test(arguments: SampleAdvice.allCases)
    func nothingHiddenReachesTheReader(_ sample: SampleAdvice) throws {
        let report = sample.report(explains: true)
        for text in [report.terminal(), report.markdown(), report.html(), report.json()] {
            #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.isInvisible })
        }
        let ours = try Regex("\u{1B}\\[[0-9;]+m")
        let colored = sample.report(explains: true, color: true).terminal()
        #expect(colored.replacing(ours, with: "") == report.terminal())
    }

    @Test(arguments: SampleAdvice.allCases)
    func thePageIsWellFormedAndInert(_ sample: SampleAdvice) {
        let page = sample.report(explains: true).html()
        #expect(Markup.unbalanced(page) == [])
        for word in ["<script", "<iframe", "<img", "<link", "src=", "url(", "@import", "href="] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(!page.contains("{{" + "#"))
    }

    @Test func theAnswerComesFirst() {
        let full = SampleAdvice.full.report()
        #expect(
            full.markdown().contains(
                "3 new indexes would cut the planner's cost of this workload by 94 % for 424 MB; 2"))
        #expect(full.json().contains("3 existing ones can go (frees 120 MB); 1 is INVALID and to be built again."))
        #expect(full.json().contains("2 existing ones merge into 1 (frees 60 MB)"))
        #expect(SampleAdvice.none.report().terminal().contains("No new index would cut this workload's cost by 1 %"))
        #expect(SampleAdvice.refused.report().terminal().contains("No advice: the role may not read"))
        let stopped = SampleAdvice.stopped.report().terminal()
        #expect(stopped.contains("The storage budget is 0") && stopped.contains("the search was stopped"))
    }

    @Test func rejectedOnesAreListedWhenAsked() {
        let silent = SampleAdvice.full.report()
        let explained = SampleAdvice.full.report(explains: true)
        #expect(!silent.terminal().contains("no plan would use it"))
        #expect(silent.terminal().contains("2 candidates were rejected: --explain says why"))
        for text in [explained.terminal(), explained.markdown(), explained.html(), silent.json()] {
            #expect(text.contains("no plan would use it"))
        }
    }

    @Test func aLongListOfRejectedOnesIsCut() {
        var advice = SampleAdvice.full.advice
        advice.rejected = (0..<5000).map { number in .make { $0.index = "i\(number) (x)" } }
        let report = IndexReport(advice, of: SampleSnapshot.sick, explains: true)
        for text in [report.terminal(), report.markdown(), report.html()] {
            #expect(text.contains("i199 (x)") && !text.contains("i200 (x)") && text.contains("and 4,800 more"))
            #expect(text.utf8.count < 200_000)
        }
        #expect(report.json().contains("i4999 (x)"))
    }

    @Test(arguments: SampleAdvice.allCases)
    func whatWasNotLookedAtIsAlwaysSaid(_ sample: SampleAdvice) {
        let quiet = sample.report(quiet: true).terminal()
        for note in sample.advice.notes {
            let start = Visible.folded(String(note.prefix(30)))
            #expect(quiet.contains(start.split(separator: " ").prefix(3).joined(separator: " ")))
        }
        #expect(sample.report().terminal().hasPrefix(quiet))
    }
}

extension IndexReport {
    fileprivate var statementsOfAll: [String] { SampleAdvice.full.advice.recommendations.flatMap(\.sql) }
}
