import Diagnosing
import Model

/// What the rules say of statements in files.
package struct LintReport: Sendable {
    package struct Result: Sendable {
        package var file: String
        /// From 1.
        package var line: Int
        package var column: Int
        package var finding: Finding
        /// Of the rule: what it is about, and why it hurts.
        package var why: String
        /// The statement's share of the server's time, 0…1, where it runs there.
        package var share: Double?

        package init(file: String, line: Int, column: Int, finding: Finding, why: String, share: Double?) {
            self.file = file
            self.line = line
            self.column = column
            self.finding = finding
            self.why = why
            self.share = share
        }
    }

    /// A statement that could not be judged, or a remark about the files.
    package struct Remark: Sendable {
        package var file: String?
        package var line: Int?
        package var text: String

        package init(file: String? = nil, line: Int? = nil, _ text: String) {
            self.file = file
            self.line = line
            self.text = text
        }
    }

    package var results: [Result] = []
    package var remarks: [Remark] = []
    package var statements = 0
    package var suppressed = 0

    package init() {}

    package var summary: String {
        var parts = [
            Quantity.plural(statements, "statement"), Quantity.plural(results.count, "finding"),
        ]
        if suppressed > 0 { parts.append("\(Quantity.count(suppressed)) ignored by a comment") }
        return parts.joined(separator: ", ")
    }

    // MARK: Formats

    /// `file:line:column` first, as editors and people look for it.
    package func terminal(width: Int, color: Bool) -> String {
        let styling = Styling(isOn: color)
        let room = min(max(width, 60), 120) - 4
        func indented(_ text: String) -> [String] {
            Wrapping.lines(Visible.folded(text), width: room).map { "    " + $0 }
        }
        var lines: [String] = []
        for result in results {
            let finding = result.finding
            let place = "\(Visible.folded(result.file)):\(result.line):\(result.column)"
            let mark = styling.severity(finding.severity, "\(finding.severity.mark) \(finding.severity.rawValue)")
            lines.append("\(styling.bold(place)): \(mark) \(styling.faint(finding.rule))")
            lines += indented(
                finding.title + (result.share.map { " (\(Quantity.percent($0)) of the server's time)" } ?? ""))
            lines += indented(result.why).map(styling.faint)
            if let cure = finding.actions.last(where: { $0.tier == .cure }) ?? finding.actions.last {
                lines += indented("\(cure.tier.rawValue) \(cure.title)")
            }
            if let note = finding.rewriteNote { lines += indented(note) }
            if let rewrite = finding.rewrite { lines += indented(rewrite) }
            lines.append("")
        }
        for remark in remarks {
            lines += Wrapping.lines(place(remark) + Visible.folded(remark.text), width: room + 4).map(styling.faint)
        }
        lines.append(summary)
        return lines.joined(separator: "\n") + "\n"
    }

    private func place(_ remark: Remark) -> String {
        guard let file = remark.file else { return "" }
        return Visible.folded(file) + (remark.line.map { ":\($0)" } ?? "") + ": "
    }

    /// Annotations of a pull request: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    package func github() -> String {
        func data(_ text: String) -> String {
            Visible.folded(text).replacing("%", with: "%25")
        }
        func property(_ text: String) -> String { data(text).replacing(":", with: "%3A").replacing(",", with: "%2C") }
        let findings = results.map { result in
            let kind = result.finding.severity == .notice ? "notice" : "warning"
            return "::\(kind) file=\(property(result.file)),line=\(result.line),col=\(result.column),"
                + "title=\(property(result.finding.rule))::\(data(result.finding.title + ". " + result.why))"
        }
        let others = remarks.map { "::notice\(remark($0, property))::\(data($0.text))" }
        return (findings + others).map { $0 + "\n" }.joined()
    }

    private func remark(_ remark: Remark, _ property: (String) -> String) -> String {
        guard let file = remark.file else { return "" }
        return " file=\(property(file))" + (remark.line.map { ",line=\($0)" } ?? "")
    }

    package func json() -> String {
        let value: JSONValue = [
            "$schema": "urn:pgmedic:schema:lint-1", "schemaVersion": .integer(1),
            "statements": .integer(Int64(statements)),
            "suppressed": .integer(Int64(suppressed)),
            "findings": .array(
                results.map { result in
                    [
                        "file": .string(result.file), "line": .integer(Int64(result.line)),
                        "column": .integer(Int64(result.column)), "rule": .string(result.finding.rule),
                        "severity": .string(result.finding.severity.rawValue),
                        "tier": .string(result.finding.tier.rawValue), "title": .string(result.finding.title),
                        "why": .string(result.why), "rewrite": .optional(result.finding.rewrite),
                        "rewriteNote": .optional(result.finding.rewriteNote),
                        "share": .rounded(result.share, places: 6),
                    ]
                }),
            "remarks": .array(
                remarks.map {
                    ["file": .optional($0.file), "line": .optional($0.line.map(Int64.init)), "text": .string($0.text)]
                }),
        ]
        return value.text
    }
}
