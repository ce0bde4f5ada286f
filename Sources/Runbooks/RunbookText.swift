import Foundation
import Model

extension Runbook {
    /// The file's whole text: keys in one order, then the note and the sections. What is read from it is this runbook again.
    package var text: String {
        var lines = ["---"]
        func add(_ key: String, _ value: String?) {
            guard let value else { return }
            lines.append("\(key): \(Self.quoted(value))")
        }
        add("id", id)
        add("title", title)
        add("rule", rule)
        add("applies-to", appliesTo.rawValue)
        add("relation", relation)
        add("statement", statement)
        add("database", database)
        add("tier", tier.rawValue)
        add("delegated-to", delegatedTo?.rawValue)
        lines.append("written-at: \(writtenAt.formatted(.iso8601))")
        add("written-by", writtenBy)
        add("ticket", ticket)
        lines.append("---")
        var parts = [lines.joined(separator: "\n")]
        if !MarkdownLine.trimmed(note).isEmpty { parts.append(Self.closed(note)) }
        let sections: [(RunbookSection, Instruction?)] = [(.fix, fix), (.verify, verify), (.undo, undo)]
        for (section, part) in sections {
            guard let part else { continue }
            parts.append("## \(section.title)\n\n" + Self.closed(part.markdown))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// A block of code that was left open would swallow what follows.
    private static func closed(_ markdown: String) -> String {
        let text = MarkdownLine.escaped(MarkdownLine.trimmed(markdown))
        return MarkdownLine.missingFence(text).map { "\(text)\n\($0.fence)" } ?? text
    }

    /// Bare where YAML takes it for nothing else than this text; in double quotes otherwise.
    private static func quoted(_ text: String) -> String {
        let isBare =
            text.first.map { $0.isASCII && $0.isLetter } ?? false && text.last != " "
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " ._/()+-".contains($0)) }
        let means = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
        if isBare, !means { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
