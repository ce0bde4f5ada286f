import Diagnosing
import Model

/// The report for a terminal: one screen that answers, then every finding opened.
struct TerminalReport {
    let content: ReportContent
    let options: ReportOptions
    let styling: Styling
    let width: Int

    init(_ content: ReportContent, _ options: ReportOptions) {
        self.content = content
        self.options = options
        styling = Styling(isOn: options.color)
        // Narrower than this nothing can be laid out; wider than this no line can be read.
        width = min(max(options.width, 60), 120)
    }

    var text: String {
        var blocks = [header, headline]
        if content.isQuiet && content.entries.isEmpty {
            blocks += [load, coverage + suppressions + thresholds]
        } else {
            blocks += [steps, load, table, coverage + suppressions + thresholds]
        }
        if options.verbose { blocks.append(waits) }
        if !options.quiet {
            blocks += openedEntries.flatMap { opened($0) }
            blocks.append(unopened)
            if options.verbose { blocks += [gaps, costs] }
        }
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    func labelled(_ label: String, _ lines: [String], indentation: Int = 2, column: Int = 14) -> [String] {
        styling.labelled(label, lines, indentation: indentation, column: column)
    }

    func wrapped(_ text: String, indentation: Int, width: Int? = nil) -> [String] {
        let blanks = String(repeating: " ", count: indentation)
        return Wrapping.lines(text, width: (width ?? self.width) - indentation).map { blanks + $0 }
    }
}
