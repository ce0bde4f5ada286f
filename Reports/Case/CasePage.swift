import Diagnosing
import Foundation
import Recommending

/// The values of the template of a case's first page.
struct CasePage {
    struct Step {
        var tier: String
        var label: String
        var title: String
    }

    struct File {
        var name: String
        var about: String
        var link: [String]
    }

    struct Cause {
        var title: String
        var facts: String
        /// None where the headline says it.
        var summary: [String]
        var evidence: [String]
        var explains: [String]
        var notIf: [String]
    }

    var generator: String
    var style = TemplateFiles.style + TemplateFiles.caseStyle
    var title: String
    var facts: [String]
    var headline: String
    var tone: String
    var felt: String
    var since: [String]
    var impact: String
    var cause: [Cause]
    var alternatives: [String]
    var hasAlternatives: Bool
    var ruledOut: [String]
    var tried: [String]
    var steps: [Step]
    var question: String
    var notSeen: [String]
    var hasNotSeen: Bool
    var files: [File]
    var hasFiles: Bool

    init(_ summary: CaseSummary) {
        let content = summary.content
        let shown = Visible.folded
        generator = shown(content.generator)
        title = shown(content.title)
        facts = content.facts.map(shown)
        headline = shown(content.headline)
        tone = content.tone?.rawValue ?? "good"
        felt = shown(content.felt)
        since = content.since.map(shown)
        impact = shown(content.impact)
        cause =
            content.cause.map { cause in
                [
                    Cause(
                        title: shown(cause.title), facts: shown(cause.facts),
                        summary: cause.summary.isEmpty ? [] : [shown(cause.summary)],
                        evidence: cause.evidence.map(shown), explains: cause.explains.map(shown),
                        notIf: cause.notIf.map { [shown($0)] } ?? [])
                ]
            } ?? []
        alternatives = content.alternatives.map(shown)
        hasAlternatives = !alternatives.isEmpty
        ruledOut = content.ruledOut.isEmpty ? ["nothing could be"] : content.ruledOut.map(shown)
        tried = content.tried.isEmpty ? ["nothing that was told"] : content.tried.map(shown)
        steps = content.steps.map { Step(tier: $0.tier.rawValue, label: $0.label, title: shown($0.title)) }
        question = shown(content.question)
        notSeen = content.notSeen.map(shown)
        hasNotSeen = !notSeen.isEmpty
        files = summary.files.map { file in
            let isPage = ["html", "md", "txt"].contains((file.name as NSString).pathExtension)
            return File(
                name: shown(file.name), about: shown(file.about), link: isPage ? [file.name] : [])
        }
        hasFiles = !files.isEmpty
    }
}
