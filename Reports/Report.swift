import Diagnosing
import Foundation
import Model
import Recommending

/// How a report is written.
package struct ReportOptions: Sendable {
    /// Notices and symptoms are opened too.
    package var verbose: Bool
    /// The terminal's first screen only.
    package var quiet: Bool
    /// ANSI colours on the terminal.
    package var color: Bool
    /// Columns of the terminal.
    package var width: Int
    /// The terminal shows ASCII only: charts are drawn without blocks.
    package var isPlain = false
    /// The command that made the report, without secrets; nil leaves it out.
    package var command: String?
    /// `pgmedic 0.1.0`: who writes the report; nil: who took the snapshot.
    package var generator: String?
    /// When the report was written, which is later than the snapshot when it is made from a file; nil leaves it out.
    package var generatedAt: Date?

    package init(
        verbose: Bool = false, quiet: Bool = false, color: Bool = false, width: Int = 80, command: String? = nil,
        generator: String? = nil, generatedAt: Date? = nil
    ) {
        self.verbose = verbose
        self.quiet = quiet
        self.color = color
        self.width = width
        self.command = command
        self.generator = generator
        self.generatedAt = generatedAt
    }
}

/// What can be written in every format; each says the same in the same order.
package protocol WrittenReport: Sendable {
    func terminal() -> String
    func markdown() -> String
    func html() -> String
    func json() -> String
}

/// A diagnosis, written. Every format says the same in the same order.
package struct Report: WrittenReport {
    let diagnosis: Diagnosis
    let options: ReportOptions

    package init(_ diagnosis: Diagnosis, options: ReportOptions = ReportOptions()) {
        self.diagnosis = diagnosis
        self.options = options
    }

    package func terminal() -> String { TerminalReport(content, options).text }
    package func markdown() -> String { MarkdownReport(content, diagnosis, options).text }
    package func html() -> String { HTMLReport(content, diagnosis, options).text }
    package func json() -> String { JSONReport(content, diagnosis, options).text }

    var content: ReportContent { ReportContent(diagnosis, options) }
}
