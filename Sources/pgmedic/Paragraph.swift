import Reporting

/// Wrapped and escaped text with an indent, and perhaps a label in it.
enum Paragraph {
    static func text(_ text: String, label: String = "", width: Int, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines = Wrapping.lines(Visible.line(text), width: max(20, width - indent)).map { margin + $0 }
        if !label.isEmpty, !lines.isEmpty {
            lines[0] = label + String(lines[0].dropFirst(min(label.count, indent)))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
