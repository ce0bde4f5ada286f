/// A line of Markdown, as far as we need to know: is it within a block of code?
/// https://spec.commonmark.org/0.31.2/#fenced-code-blocks
struct MarkdownLine {
    enum Kind: Equatable {
        case text
        /// Begins a block; its language, in lower case.
        case opening(String)
        case code
        case closing
    }

    var text: String
    var kind: Kind

    static func all(_ markdown: String) -> [MarkdownLine] {
        var lines: [MarkdownLine] = []
        var open: (mark: Character, length: Int)?
        for text in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            let body = text.drop { $0 == " " }
            let mark = body.first ?? " "
            let run = body.prefix { $0 == mark }.count
            let rest = body.dropFirst(run)
            let isFence = text.count - body.count <= 3 && (mark == "`" || mark == "~") && run >= 3
            var kind = MarkdownLine.Kind.text
            if let fence = open {
                let ends = isFence && mark == fence.mark && run >= fence.length && rest.allSatisfy(\.isWhitespace)
                kind = ends ? .closing : .code
                if ends { open = nil }
            } else if isFence, mark == "~" || !rest.contains("`") {
                let language = rest.drop { $0 == " " }.prefix { !$0.isWhitespace }
                kind = .opening(language.lowercased())
                open = (mark, run)
            }
            lines.append(MarkdownLine(text: String(text), kind: kind))
        }
        return lines
    }

    /// What ends a block that is still open at the end; nil: none is.
    static func missingFence(_ markdown: String) -> (fence: String, line: Int)? {
        let lines = all(markdown)
        guard let last = lines.last, last.kind == .code || last.isOpening,
            let start = lines.lastIndex(where: \.isOpening)
        else { return nil }
        let body = lines[start].text.drop { $0 == " " }
        return (String(body.prefix { $0 == body.first }), start)
    }

    private var isOpening: Bool {
        if case .opening = kind { return true }
        return false
    }

    /// Without blank lines around it.
    static func trimmed(_ text: String) -> String {
        let text = text.utf8.contains(UInt8(ascii: "\r")) ? text.replacing("\r\n", with: "\n") : text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isBlank = { (line: Substring) in line.allSatisfy(\.isWhitespace) }
        guard let first = lines.firstIndex(where: { !isBlank($0) }), let last = lines.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return lines[first...last].joined(separator: "\n")
    }

    // MARK: Headings of sections

    /// The words of a heading of the second level, in lower case, and the backslashes before it that say it is none.
    var heading: (name: String, escapes: Int)? {
        guard kind == .text else { return nil }
        let body = text.drop { $0 == " " }
        guard text.count - body.count <= 3 else { return nil }
        let escapes = body.prefix { $0 == "\\" }.count
        let marks = body.dropFirst(escapes)
        guard marks.hasPrefix("##"), let blank = marks.dropFirst(2).first, blank == " " || blank == "\t" else {
            return nil
        }
        let name = marks.dropFirst(2).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (name.lowercased(), escapes)
    }

    /// The text with headings that a section of ours could be taken for made plain text (CommonMark, "Backslash escapes").
    static func escaped(_ markdown: String) -> String {
        all(markdown).map { line in
            guard let heading = line.heading, RunbookSection(rawValue: heading.name) != nil else { return line.text }
            return line.text.prefix { $0 == " " } + "\\" + line.text.drop { $0 == " " }
        }.joined(separator: "\n")
    }

    /// As `escaped` found it.
    var unescaped: String {
        guard let heading, heading.escapes > 0, RunbookSection(rawValue: heading.name) != nil else { return text }
        return String(text.prefix { $0 == " " } + text.drop { $0 == " " }.dropFirst())
    }
}

/// The sections that end a runbook, by the words of their headings.
enum RunbookSection: String, CaseIterable {
    case fix, verify, undo

    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
