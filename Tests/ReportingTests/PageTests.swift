import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

@Suite("The page can be sent to anybody")
struct PageTests {
    @Test(arguments: Sample.all)
    func itLoadsNothingAndRunsNothing(_ sample: Sample) {
        let page = Sample.report(sample).html()
        for word in ["<script", "<iframe", "<img", "<link", "src=", "url(", "@import", "javascript:", "href=\"http"] {
            let found = page.replacing("&lt;script", with: "").replacing("[x](javascript:1)", with: "").contains(word)
            #expect(!found, "\(word)")
        }
        #expect(page.contains("Content-Security-Policy\" content=\"default-src 'none'"))
    }

    @Test func namesOfUsersStayText() {
        let page = Sample.report(.hostile).html()
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;\u{301}\\u202Egpj"))
        // Scalars, because a quote and the combining mark behind it are one character.
        let scalars = Array(page.unicodeScalars)
        let bare = scalars.indices.dropFirst().filter { scalars[$0] == "\u{301}" && scalars[$0 - 1] != ";" }
        #expect(bare.isEmpty)
        #expect(!page.unicodeScalars.contains { $0 != "\n" && Visible.line(String($0)) != String($0) })
        #expect(!page.contains("{{" + "#"))
    }

    @Test func everyLinkWithinThePageHasItsTarget() throws {
        for sample in Sample.all {
            let page = Sample.report(sample).html()
            let anchors = page.matches(of: try Regex(" id=\"([^\"]*)\"")).compactMap { $0[1].substring }
            let links = page.matches(of: try Regex("href=\"#([^\"]*)\"")).compactMap { $0[1].substring }
            #expect(Set(anchors).count == anchors.count)
            #expect(Set(links).isSubset(of: Set(anchors)))
        }
    }

    @Test func everyTagIsClosed() {
        for sample in Sample.all { #expect(Markup.unbalanced(Sample.report(sample).html()) == []) }
    }

    @Test func whatWasNotJudgedIsSaidAtTheTop() throws {
        let page = Sample.report(.degraded).html()
        let header = try #require(page.split(separator: "</header>").first)
        #expect(header.contains("61 rules judged, 3 gaps"))
    }

    @Test func aLongReportStaysBelow300Kilobytes() {
        var judgement = Judgement.sampleOfMany
        judgement.evaluated = ["index.missing"]
        let diagnosis = Diagnosis(observation: Observation(SampleSnapshot.sick), judgement: judgement)
        let page = Report(diagnosis).html()
        #expect(page.utf8.count < 300_000)
        #expect(page.contains("and 140 more findings"))
    }
}

/// A look at HTML from outside.
enum Markup {
    /// Names of elements that were opened and not closed, or closed and not opened.
    static func unbalanced(_ page: String) -> [String] {
        var open: [String] = []
        var wrong: [String] = []
        for part in page.split(separator: "<").dropFirst() {
            let tag = part.prefix { $0 != ">" }
            let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
            if tag.hasPrefix("!") || tag.hasSuffix("/") || name == "meta" { continue }
            if !tag.hasPrefix("/") {
                open.append(name)
            } else if open.popLast() != name {
                wrong.append(name)
            }
        }
        return wrong + open
    }
}
