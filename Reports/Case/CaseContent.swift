import Diagnosing
import Foundation
import Model
import Recommending

/// What the people say who hand a case over; what they leave out is told by the diagnosis, and marked as such.
package struct CaseTold: Sendable {
    /// What users feel.
    package var felt: String?
    /// Since when they feel it, as they said it.
    package var since: String?
    package var ticket: String?
    /// What was tried and what it did.
    package var tried: [String] = []
    /// What the next tier is asked.
    package var question: String?

    package init() {}
}

/// What a history adds to a case.
package struct CasePast: Sendable {
    /// Changes of the server around the beginning: `Tue 2026-03-03 14:05  index public.orders_status_idx dropped`.
    package var changes: [String] = []
    /// Fixes that were tried before and what became of them, one sentence each.
    package var fixes: [String] = []
    /// `first seen Tue 2026-03-03 14:05, in 41 snapshots`
    package var since: [String] = []

    package init() {}
}

/// What all formats of a case's first page say, in plain text that is not escaped for any of them yet.
struct CaseContent {
    /// `DB-1234: shop @ db1:5432`
    var title: String
    var facts: [String]
    var headline: String
    var tone: Severity?
    var felt: String
    var since: [String]
    var impact: String
    var cause: Cause?
    var alternatives: [String]
    var ruledOut: [String]
    var tried: [String]
    var steps: [ReportContent.Step]
    var question: String
    var notSeen: [String]
    var generator: String

    /// The suspected root cause.
    struct Cause {
        var title: String
        /// `high confidence, L2, finding 1f2e3d4c`
        var facts: String
        var summary: String
        var evidence: [String]
        /// When it is not so.
        var notIf: String?
        var explains: [String]
    }

    /// Lines of each list: the page is one sheet of A4.
    private static let most = 6

    init(_ diagnosis: Diagnosis, _ told: CaseTold, _ past: CasePast, _ options: ReportOptions) {
        let report = ReportContent(diagnosis, options)
        let loud = report.entries.filter { $0.finding.severity > .notice }
        title = (told.ticket.map { $0 + ": " } ?? "") + report.target
        facts = [
            report.server, Moments.plain(report.takenAt), "judged over \(report.window)",
            "literals \(report.redactionText)",
        ]
        headline = report.headline
        tone = loud.map(\.finding.severity).max()
        felt = told.felt ?? "Not told by those who hand this over. Measured: \(report.headline)"
        since = (told.since.map { ["told: " + $0] } ?? []) + past.since + past.changes.prefix(Self.most)
        if since.isEmpty { since = ["not known: no history was at hand, and nobody said"] }
        impact = loud.first.map { "\($0.impact): \($0.finding.title)" } ?? "nothing that hurts was measured"
        cause = loud.first.map(Self.cause)
        alternatives = loud.dropFirst().prefix(3).map {
            "\($0.title) (\($0.impact), \($0.finding.confidence.rawValue))"
        }
        ruledOut = Array(report.cleared.prefix(2 * Self.most))
        tried = told.tried + past.fixes
        steps = report.steps
        question = told.question ?? Self.question(loud.first?.finding, report.steps)
        notSeen = report.gaps.prefix(Self.most).map(\.text)
        if report.gaps.count > Self.most {
            notSeen.append("and \(report.gaps.count - Self.most) more, in the report")
        }
        generator = report.generator
    }

    private static func cause(_ entry: ReportContent.Entry) -> Cause {
        let finding = entry.finding
        let short = finding.evidence.filter { !$0.isLong }
        return Cause(
            title: entry.title,
            facts: "\(finding.confidence.rawValue) confidence · \(finding.tier.rawValue) removes it · finding "
                + finding.fingerprint,
            summary: finding.summary, evidence: short.prefix(most).map(\.phrase), notIf: finding.notIf,
            explains: entry.symptoms.prefix(4).map(\.title))
    }

    /// What the next tier is asked where nobody said it.
    private static func question(_ finding: Finding?, _ steps: [ReportContent.Step]) -> String {
        guard let finding else {
            return
                "Nothing that hurts was seen at this moment. Under which load is it slow, and what should be caught then?"
        }
        guard let cure = steps.first(where: { $0.tier == .cure }) else {
            return "Is “\(finding.title)” the cause, and what removes it for good?"
        }
        return "Is “\(finding.title)” the cause, and may this cure it for good: \(cure.title)?"
    }
}
