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

    /// Lines of each list, and characters of a line: the page is one sheet of A4.
    private static let most = 6
    private static let width = 130
    private static let prose = 600

    init(_ diagnosis: Diagnosis, _ told: CaseTold, _ past: CasePast, _ options: ReportOptions) {
        let report = ReportContent(diagnosis, options)
        let loud = report.entries.filter { $0.finding.severity > .notice }
        title = (told.ticket.map { $0 + ": " } ?? "") + report.target
        facts = [
            report.server, Moments.plain(report.takenAt), "judged over \(report.window)",
            "literals \(report.redactionText)",
        ]
        facts += report.thresholds.count.map { [$0] } ?? []
        headline = report.headline
        tone = loud.map(\.finding.severity).max()
        felt =
            told.felt.map { DisplayWidth.cut($0, to: Self.prose) }
            ?? "not told by those who hand this over; what was measured stands above"
        since =
            (told.since.map { ["told: " + DisplayWidth.cut($0, to: Self.width)] } ?? [])
            + past.since.map { DisplayWidth.cut($0, to: 2 * Self.width) }
            + past.changes.suffix(Self.most).map { DisplayWidth.cut($0, to: Self.width) }
        if since.isEmpty { since = ["not known: no history was at hand, and nobody said"] }
        impact = loud.first?.impact ?? "nothing that hurts was measured"
        cause = loud.first.map { Self.cause($0, besides: report.headline) }
        alternatives = loud.dropFirst().prefix(3).map {
            "\($0.title) (\($0.impact), \($0.finding.confidence.rawValue))"
        }
        ruledOut = Array(report.cleared.prefix(2 * Self.most))
        tried = (told.tried + past.fixes).prefix(2 * Self.most).map { DisplayWidth.cut($0, to: 2 * Self.width) }
        steps = report.steps
        question =
            told.question.map { DisplayWidth.cut($0, to: Self.prose) }
            ?? Self.question(loud.first?.finding, report.steps)
        let shown = report.gaps.prefix(Self.most / 2)
        notSeen = shown.map { DisplayWidth.cut($0.text, to: Self.width) }
        if report.gaps.count > shown.count {
            notSeen.append("and \(report.gaps.count - shown.count) more, in the report")
        }
        generator = report.generator
    }

    /// - Parameter headline: stands above already.
    private static func cause(_ entry: ReportContent.Entry, besides headline: String) -> Cause {
        let finding = entry.finding
        let short = finding.evidence.filter { !$0.isLong }
        return Cause(
            title: entry.title,
            facts: "\(finding.confidence.rawValue) confidence · \(finding.tier.rawValue) removes it · finding "
                + finding.fingerprint,
            summary: headline.contains(finding.summary) ? "" : DisplayWidth.cut(finding.summary, to: prose),
            evidence: short.prefix(most).map { DisplayWidth.cut($0.phrase, to: width) }, notIf: finding.notIf,
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
