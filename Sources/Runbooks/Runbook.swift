import Foundation
import Model

/// What somebody learned of a fault, written down for those who meet it next: a Markdown file with a small front matter, in a
/// folder that a team keeps under version control.
///
/// How often it was applied and what came of it does not stand in it: the history counts that (`RunbookRecord`), so that two who
/// apply it have nothing to merge.
package struct Runbook: Noun {
    /// As Diagnosing has them, by the same names.
    package enum Tier: String, Codable, Sendable, Comparable, CaseIterable {
        case containment = "L1"
        case fix = "L2"
        case cure = "L3"

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// What a finding must have in common with it.
    package enum Scope: String, Codable, Sendable, Comparable, CaseIterable {
        case rule, relation, statement

        package static func < (left: Self, right: Self) -> Bool { left.order < right.order }
        private var order: Int { Self.allCases.firstIndex(of: self)! }
    }

    /// One in the folder: `open-orders-by-status-3f2a`.
    package var id = ""
    package var title = ""
    /// `index.missing-on-foreign-key`
    package var rule = ""
    package var appliesTo = Scope.rule
    /// `public.orders`; nil unless it applies to a relation.
    package var relation: String?
    /// The fingerprint; nil unless it applies to a statement.
    package var statement: String?
    /// Databases that it is for, `*` and `?` being wildcards; nil: all.
    package var database: String?
    /// Of whoever wrote it.
    package var tier = Tier.cure
    /// Who may apply it; nil: the tier that wrote it.
    package var delegatedTo: Tier?
    /// Whole seconds.
    package var writtenAt = Date(timeIntervalSince1970: 0)
    package var writtenBy = ""
    package var ticket: String?
    /// Markdown: what happened, why, and when not to do it.
    package var note = ""
    package var fix = Instruction()
    package var verify: Instruction?
    package var undo: Instruction?
    /// Where it was read from, within the folder; nil: it was not.
    package var file: String?

    package init() {}

    /// The tier at which it is shown: whom it was delegated to, never above its writer.
    package var shownAt: Tier { min(delegatedTo ?? tier, tier) }

    /// `index.missing-on-foreign-key--open-orders-by-status-3f2a.md`
    package var fileName: String { "\(rule)--\(id).md" }

    /// A name for a new one, which nobody else makes in a branch of his own: of the title, and four digits of all the rest.
    package static func identifier(title: String, rule: String, by author: String, at moment: Date) -> String {
        var words = ""
        for scalar in title.lowercased().unicodeScalars {
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            if isPlain { words.unicodeScalars.append(scalar) } else if !words.hasSuffix("-") { words += "-" }
        }
        let stem = words.trimmingCharacters(in: ["-"]).prefix(40)
        let hash = FNV.hash("\(title)\0\(rule)\0\(author)\0\(moment.timeIntervalSince1970)")
        let digits = UInt32(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0xFFFF).hexadecimal(digits: 4).lowercased()
        // The cut may have left one at the end.
        return (stem.isEmpty ? "runbook" : stem.trimmingCharacters(in: ["-"])) + "-" + digits
    }
}

/// A section of a runbook: words, and SQL in fenced blocks.
package struct Instruction: Noun {
    /// Without blank lines around it.
    package var markdown = ""

    package init() {}

    package init(markdown: String) { self.markdown = MarkdownLine.trimmed(markdown) }

    /// The whole text of a file of SQL.
    package init(sql: String) {
        let sql = MarkdownLine.trimmed(sql)
        // Longer than any run within, so that none ends it.
        let longest = sql.matches(of: /`+/).map(\.output.count).max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        markdown = sql.isEmpty ? "" : "\(fence)sql\n\(sql)\n\(fence)"
    }

    package var isEmpty: Bool { markdown.isEmpty }

    /// The blocks of SQL, in order.
    package var sql: [String] { blocks.map(\.text) }

    /// With the line, from 0, at which each begins.
    var blocks: [(text: String, line: Int)] {
        var found: [(text: String, line: Int)] = []
        var isOpen = false
        for (number, line) in MarkdownLine.all(markdown).enumerated() {
            switch line.kind {
            case .opening(let language):
                isOpen = ["sql", "postgresql", "postgres", "pgsql", "plpgsql"].contains(language)
                if isOpen { found.append(("", number + 1)) }
            case .code where isOpen:
                let last = found.count - 1
                found[last].text +=
                    found[last].text.isEmpty && number == found[last].line ? line.text : "\n" + line.text
            case .closing: isOpen = false
            default: break
            }
        }
        return found
    }
}
