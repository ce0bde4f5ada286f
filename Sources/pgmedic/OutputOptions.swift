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
        for path in output {
            do {
                try AtomicFile.check(path)
            } catch {
                throw Failure(.unusable, String(describing: error))
            }
        }
    }

    func write(_ diagnosis: Diagnosis) throws {
        try write { format, options in
            let report = Report(diagnosis, options: options)
            return switch format {
            case .terminal: report.terminal()
            case .markdown: report.markdown()
            case .html: report.html()
            case .json: report.json()
            }
        }
    }

    func write(_ plans: [MeasuredPlan]) throws {
        try write { format, options in
            let report = PlanReport(plans, options: options)
            return switch format {
            case .terminal: report.terminal()
            case .markdown: report.markdown()
            case .html: report.html()
            case .json: report.json()
            }
        }
    }

    /// Prints, and writes the files that were asked for.
    private func write(_ text: (Format, ReportOptions) -> String) throws {
        let generator = "pgmedic \(Pgmedic.version)"
        let color = !noColor && format == .terminal && Console.wantsColor
        Console.print(
            text(
                format,
                ReportOptions(
                    verbose: verbose, quiet: quiet, color: color, width: Console.width, command: Self.commandLine,
                    generator: generator)))
        let plain = ReportOptions(
            verbose: true, quiet: false, color: false, width: 80, command: Self.commandLine, generator: generator)
        for path in output {
            do {
                try AtomicFile.write(Data(text(Format(path: path)!, plain).utf8), to: path)
            } catch {
                throw Failure(.unusable, String(describing: error))
            }
        }
    }

    /// The command as it can be repeated; the DSN is left out, since it may hold a password.
    private static var commandLine: String {
        var words = ["pgmedic"]
        for word in CommandLine.arguments.dropFirst() {
            let mayHoldSecret = word.contains("://") || word.contains("=") && !word.hasPrefix("--")
            words.append(mayHoldSecret ? "DSN" : word)
        }
        return words.joined(separator: " ")
    }
}
