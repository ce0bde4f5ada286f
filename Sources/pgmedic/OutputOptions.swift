import ArgumentParser
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

/// What a report looks like and where it goes.
struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, markdown, html, json

        /// By a file's extension.
        init?(path: String) {
            switch (path as NSString).pathExtension.lowercased() {
            case "txt": self = .terminal
            case "md", "markdown": self = .markdown
            case "html", "htm": self = .html
            case "json": self = .json
            default: return nil
            }
        }

        func text(of report: some WrittenReport) -> String {
            switch self {
            case .terminal: report.terminal()
            case .markdown: report.markdown()
            case .html: report.html()
            case .json: report.json()
            }
        }
    }

    @Option(help: "Format of what is printed.")
    var format = Format.terminal

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Also write the report to a file, format by extension: .html, .md, .json, .txt; repeatable.",
            valueName: "file"))
    var output: [String] = []

    @Flag(help: "Print the first screen only, and no progress.")
    var quiet = false

    @Flag(help: "Open the notices too, and say more of the evidence.")
    var verbose = false

    @Flag(name: .customLong("no-color"), help: "No colour (NO_COLOR does the same).")
    var noColor = false

    func validate() throws {
        if quiet && verbose { throw ValidationError("give --quiet or --verbose, not both") }
        for path in output where Format(path: path) == nil {
            throw ValidationError("-o \(path): the extension says the format: .html, .md, .json or .txt")
        }
    }

    /// Before the server is bothered: can the files be written?
    func check() throws {
        for path in output { try Failure.unusable { try AtomicFile.check(path) } }
    }

    func write(_ diagnosis: Diagnosis) throws {
        try write { Report(diagnosis, options: $0) }
    }

    func write(_ plans: [MeasuredPlan]) throws {
        try write { PlanReport(plans, options: $0) }
    }

    /// How a report looks that is printed.
    var shown: ReportOptions {
        var options = ReportOptions(
            verbose: verbose, quiet: quiet, color: !noColor && format == .terminal && Console.wantsColor,
            width: Console.width, command: Self.commandLine, generator: Pgmedic.generator)
        options.isPlain = format == .terminal && Console.outputIsTerminal && !Console.isUTF8
        return options
    }

    /// Prints, and writes the files that were asked for.
    func write(_ report: (ReportOptions) -> some WrittenReport) throws {
        Console.print(format.text(of: report(shown)))
        let plain = ReportOptions(
            verbose: true, quiet: false, color: false, width: 80, command: Self.commandLine,
            generator: Pgmedic.generator)
        for path in output {
            let written = Data(Format(path: path)!.text(of: report(plain)).utf8)
            try Failure.unusable { try AtomicFile.write(written, to: path) }
        }
    }

    /// The command as it can be repeated; the DSN is left out, since it may hold a password.
    private static var commandLine: String {
        var words = ["pgmedic"]
        for word in CommandLine.arguments.dropFirst() {
            let mayHoldSecret =
                word.contains("://") || word.contains("=") && !word.hasPrefix("--") && (try? HostFacts(word)) == nil
            words.append(mayHoldSecret ? "DSN" : word)
        }
        return words.joined(separator: " ")
    }
}
