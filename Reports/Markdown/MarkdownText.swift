/// User text within GitHub-flavoured Markdown, as GitHub, GitLab and Jira's paste read it.
enum MarkdownText {
    /// Prose on one line: nothing in it is markup, a link, a mention or a reference.
    static func inline(_ text: String) -> String {
        let scalars = Array(Visible.folded(text).unicodeScalars)
        var escaped = ""
        for (offset, scalar) in scalars.enumerated() {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "_" where isInWord(scalars, offset): escaped += "_"
            case "\\", "`", "*", "_", "[", "]", "|", "~", "$": escaped += "\\" + String(scalar)
            default: escaped.unicodeScalars.append(scalar)
            }
            let next = offset + 1 < scalars.count ? scalars[offset + 1] : " "
            if startsReference(scalar, next) { escaped += breaker }
        }
        return guardedStart(escaped)
    }

    /// An underscore between letters or digits marks nothing up, and names are full of them.
    private static func isInWord(_ scalars: [Unicode.Scalar], _ offset: Int) -> Bool {
        offset > 0 && offset + 1 < scalars.count && isWord(scalars[offset - 1]) && isWord(scalars[offset + 1])
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.numericType != nil || scalar.properties.isAlphabetic
    }

    /// An empty comment: trackers look for references in the text between tags, after Markdown was read, so that a
    /// backslash does not keep them off.
    static let breaker = "<!-- -->"

    /// `@name`, `#12`, `!12`, `://`, `www.`: the second half is kept apart from the first.
    private static func startsReference(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar) -> Bool {
        switch scalar {
        case "@", "#", "!", "%", "~": next.properties.isAlphabetic || ("0"..."9").contains(next) || next == "_"
        case ":": next == "/"
        case "w", "W": next == "."
        default: false
        }
    }

    /// At the beginning of a line `#`, `-`, `+`, `=` and `1.` would make headings, lists and rules.
    private static func guardedStart(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        if "#-+=".unicodeScalars.contains(first) { return "\\" + text }
        let digits = text.prefix { $0.isNumber }
        let rest = text.dropFirst(digits.count)
        let isList = rest.hasPrefix(". ") || rest.hasPrefix(") ") || rest == "." || rest == ")"
        guard !digits.isEmpty, isList else { return text }
        return digits + "\\" + text.dropFirst(digits.count)
    }

    /// A code span; its fence is longer than any run of backticks inside.
    static func code(_ text: String) -> String {
        let shown = Visible.folded(text)
        let fence = String(repeating: "`", count: longestRun(shown) + 1)
        let pad = shown.hasPrefix("`") || shown.hasSuffix("`") ? " " : ""
        return shown.isEmpty ? "–" : fence + pad + shown + pad + fence
    }

    /// A code span within a table: there a pipe is escaped even in code.
    static func cell(code text: String) -> String { code(text).replacing("|", with: "\\|") }

    /// A fenced block, `indentation` columns in, for a place within a list.
    static func block(_ text: String, language: String = "sql") -> [String] {
        let shown = Visible.block(text)
        let fence = String(repeating: "`", count: max(3, longestRun(shown) + 1))
        return [fence + language] + shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [
            fence
        ]
    }

    /// Within an HTML element.
    static func html(_ text: String) -> String {
        Markup.escape(Visible.folded(text)).replacing("@", with: "@" + breaker).replacing(
            "://", with: ":" + breaker + "//")
    }

    private static func longestRun(_ text: String) -> Int {
        var longest = 0
        var run = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
