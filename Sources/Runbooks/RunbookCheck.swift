import Foundation
import Model

/// What is doubtful about the runbooks of a folder: they can be read, and yet something is to be mended.
package struct RunbookCheck: Sendable {
    /// Says what is wrong with a text of SQL; nil: it parses.
    package typealias Parse = @Sendable (String) -> String?

    /// Identifiers of all rules; empty: they are not checked.
    private let rules: [String]
    private let parse: Parse

    package init(rules: [String], parse: @escaping Parse) {
        self.rules = rules
        self.parse = parse
    }

    /// The problems of reading, and the doubts, by file and line.
    package func problems(of contents: RunbookFolder.Contents) -> [RunbookProblem] {
        var problems = contents.problems
        var first: [String: String] = [:]
        for runbook in contents.runbooks {
            let file = runbook.file ?? runbook.fileName
            func tell(_ line: Int?, _ problem: String, _ remedy: String) {
                problems.append(RunbookProblem(file, line, problem, remedy, isFatal: false))
            }
            if let twin = first[runbook.id] {
                tell(
                    nil, "the identifier \(runbook.id) is that of \(twin) too",
                    "their records are counted as one: rename this one")
            } else {
                first[runbook.id] = file
            }
            if (file as NSString).lastPathComponent != runbook.fileName {
                tell(nil, "is not named after its rule and identifier", "git mv it to \(runbook.fileName)")
            }
            if !rules.isEmpty, !rules.contains(runbook.rule) {
                let near =
                    rules.first { $0.hasSuffix("." + runbook.rule) } ?? NearName.nearest(to: runbook.rule, among: rules)
                tell(
                    nil, "no rule is named \(runbook.rule)",
                    near.map { "did you mean \($0)?" } ?? "`pgmedic rules list` shows them")
            }
            if let delegated = runbook.delegatedTo, delegated > runbook.tier {
                tell(
                    nil, "delegated to \(delegated.rawValue), above \(runbook.tier.rawValue) who wrote it",
                    "leave delegated-to out: who wrote it may apply it")
            }
            if runbook.shownAt == .containment, runbook.undo == nil {
                tell(nil, "L1 does what can be taken back, and nothing says how", "write it below ## Undo")
            }
            statements(runbook, contents.sections[file] ?? [:], tell)
        }
        return problems.sorted { ($0.file, $0.line ?? 0, $0.problem) < ($1.file, $1.line ?? 0, $1.problem) }
    }

    private func statements(
        _ runbook: Runbook, _ lines: [RunbookSection: Int], _ tell: (Int?, String, String) -> Void
    ) {
        let parts: [(RunbookSection, Instruction?)] = [
            (.fix, runbook.fix), (.verify, runbook.verify), (.undo, runbook.undo),
        ]
        for (section, part) in parts {
            for block in part?.blocks ?? [] {
                let line = lines[section].map { $0 + block.line }
                let placeholders = Placeholder.all(in: block.text)
                if let unknown = placeholders.first(where: { Placeholder(rawValue: $0) == nil }) {
                    let known = Placeholder.allCases.map { "{{\($0.rawValue)}}" }.joined(separator: ", ")
                    tell(line, "there is nothing to put in for {{\(unknown)}}", "known are \(known)")
                    continue
                }
                // Any name will do.
                let filled = Placeholder.filled(block.text) { _ in "a_name" }
                if let problem = parse(filled) {
                    tell(
                        line, "the SQL of ## \(section.title) does not parse: \(problem)",
                        "mend it, or call the block text")
                }
            }
        }
    }
}
