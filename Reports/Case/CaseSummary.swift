import Diagnosing
import Foundation
import Model
import Recommending

/// The first page of a case: what users feel, since when, what is suspected and why, what was ruled out and tried, and the
/// question. One sheet of A4 when it is printed.
package struct CaseSummary: WrittenReport {
    let content: CaseContent
    let options: ReportOptions
    /// What lies beside it in the case: name, what it is.
    let files: [(name: String, about: String)]

    package init(
        _ diagnosis: Diagnosis, told: CaseTold = CaseTold(), past: CasePast = CasePast(),
        files: [(name: String, about: String)] = [], options: ReportOptions = ReportOptions()
    ) {
        content = CaseContent(diagnosis, told, past, options)
        self.options = options
        self.files = files
    }

    package func terminal() -> String {
        var lines = [content.title] + Wrapping.items(content.facts, width: options.width) + [""]
        for block in blocks {
            lines.append(block.title.uppercased())
            for line in block.lines {
                let wrapped = Wrapping.lines(Visible.folded(line), width: max(options.width - 4, 20))
                for (place, part) in wrapped.enumerated() { lines.append((place == 0 ? "  " : "    ") + part) }
            }
            lines.append("")
        }
        return lines.map { $0.hasPrefix(" ") ? $0 : Visible.folded($0) }.joined(separator: "\n")
    }

    package func markdown() -> String {
        let head = [
            "## " + MarkdownText.inline(content.title), "",
            content.facts.map(MarkdownText.inline).joined(separator: " · "), "",
            "**\(MarkdownText.inline(content.headline))**",
        ]
        let body = blocks.flatMap { block in
            ["", "### " + block.title, ""]
                + (block.lines.count == 1
                    ? [MarkdownText.inline(block.lines[0])] : block.lines.map { "- " + MarkdownText.inline($0) })
        }
        let list =
            files.isEmpty
            ? []
            : ["", "### In the case", ""]
                + files.map { "- \(MarkdownText.code($0.name)): \(MarkdownText.inline($0.about))" }
        return (head + body + list + ["", "Made by " + MarkdownText.inline(content.generator)]).joined(separator: "\n")
            + "\n"
    }

    package func html() -> String { PageTemplates.render(CasePage(self)) }

    package func json() -> String {
        let value: JSONValue = [
            "format": .string("pgmedic.case-summary/1"), "title": .string(content.title),
            "headline": .string(content.headline), "felt": .string(content.felt), "since": .strings(content.since),
            "impact": .string(content.impact), "cause": content.cause.map(Self.cause) ?? .null,
            "alternatives": .strings(content.alternatives), "ruledOut": .strings(content.ruledOut),
            "tried": .strings(content.tried), "question": .string(content.question),
            "notSeen": .strings(content.notSeen),
            "files": .array(files.map { ["name": .string($0.name), "about": .string($0.about)] }),
        ]
        return value.text
    }

    private static func cause(_ cause: CaseContent.Cause) -> JSONValue {
        [
            "title": .string(cause.title), "about": .string(cause.facts), "summary": .string(cause.summary),
            "evidence": .strings(cause.evidence), "explains": .strings(cause.explains),
            "notIf": .optional(cause.notIf),
        ]
    }

    /// A title with its lines.
    struct Block {
        var title: String
        var lines: [String]
    }

    var blocks: [Block] {
        var blocks = [
            Block(title: "What users feel", lines: [content.felt]), Block(title: "Since when", lines: content.since),
            Block(title: "Impact", lines: [content.impact]),
        ]
        if let cause = content.cause {
            blocks.append(
                Block(
                    title: "Suspected root cause",
                    lines: [cause.title, cause.facts] + (cause.summary.isEmpty ? [] : [cause.summary]) + cause.evidence
                        + (cause.explains.isEmpty ? [] : ["explains: " + cause.explains.joined(separator: "; ")])
                        + (cause.notIf.map { ["not, if " + $0] } ?? [])))
        }
        if !content.alternatives.isEmpty {
            blocks.append(Block(title: "Also found", lines: content.alternatives))
        }
        blocks += [
            Block(title: "Ruled out", lines: content.ruledOut.isEmpty ? ["nothing could be"] : content.ruledOut),
            Block(title: "Tried", lines: content.tried.isEmpty ? ["nothing that was told"] : content.tried),
            Block(
                title: "What pgmedic advises",
                lines: content.steps.isEmpty
                    ? ["nothing"] : content.steps.map { "\($0.tier.rawValue) \($0.label): \($0.title)" }),
            Block(title: "The question", lines: [content.question]),
        ]
        if !content.notSeen.isEmpty { blocks.append(Block(title: "Not seen", lines: content.notSeen)) }
        return blocks
    }
}
