import ArgumentParser
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

struct Statements: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the workload, statement by statement, with what is wrong with each.",
        discussion: """
            Entries of pg_stat_statements that are the same statement (other queryids, roles, literals, lengths of IN lists) \
            are one line. Numbers are those of the window: since the reset, or with --sample or --since of the difference; \
            slowest call and spread are kept by the server since the entry exists. Which application runs a statement is \
            known from samples of activity alone.

            Examples:
              pgmedic statements shop --sort mean --top 10
              pgmedic statements service=prod --sample 30s --role reporting
              pgmedic statements --from case.json.gz --text 'order_items' --all
              pgmedic statements shop --all --format json
            """)

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var selection: SelectionOptions

    @Option(help: "What they are ranked by.")
    var sort = StatementMeasure.time

    @Option(help: ArgumentHelp("How many are shown.", valueName: "number"))
    var top = 20

    @Flag(help: "Show all of pg_stat_statements.")
    var all = false

    @Option(name: .customLong("in"), help: ArgumentHelp("Only those of this database.", valueName: "database"))
    var inDatabase: String?

    @Option(help: ArgumentHelp("Only those that this role runs.", valueName: "role"))
    var role: String?

    @Option(help: ArgumentHelp("Only those that this application was seen to run.", valueName: "name"))
    var application: String?

    @Option(help: ArgumentHelp("Only those whose text holds this, in any case.", valueName: "part"))
    var text: String?

    @Option(help: "Format of what is printed.")
    var format = Rules.Format.terminal

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Also write a file, format by extension: .json or .txt; repeatable.", valueName: "file"))
    var output: [String] = []

    @Flag(help: "No progress.")
    var quiet = false

    @Flag(name: .customLong("no-color"), help: "No colour (NO_COLOR does the same).")
    var noColor = false

    func validate() throws {
        guard top >= 1 else { throw ValidationError("--top must be 1 or more") }
        for path in output where Self.format(of: path) == nil {
            throw ValidationError("-o \(path): the extension says the format: .json or .txt")
        }
    }

    func run() async throws {
        let engine = try selection.engine()
        for path in output { try Failure.unusable { try AtomicFile.check(path) } }
        if reading.target.printSql { return Console.print(SentStatements.text) }
        let observation = try await reading.observation(quiet: quiet, everyStatement: all)
        let diagnosis = Diagnosis(judging: observation, engine: engine)
        let color = !noColor && format == .terminal && Console.wantsColor
        Console.print(written(diagnosis, format, color: color, width: Console.width))
        for path in output {
            let text = written(diagnosis, Self.format(of: path)!, color: false, width: 100)
            try Failure.unusable { try AtomicFile.write(Data(text.utf8), to: path) }
        }
        if diagnosis.snapshot.isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }

    private func written(_ diagnosis: Diagnosis, _ format: Rules.Format, color: Bool, width: Int) -> String {
        var wanted = StatementSelection()
        wanted.measure = sort
        wanted.limit = all ? nil : top
        (wanted.database, wanted.role, wanted.application, wanted.text) = (inDatabase, role, application, text)
        let report = StatementsReport(
            diagnosis, wanted,
            options: ReportOptions(color: color, width: width, generator: Pgmedic.generator))
        return format == .json ? report.json() : report.terminal()
    }

    private static func format(of path: String) -> Rules.Format? {
        switch (path as NSString).pathExtension.lowercased() {
        case "json": .json
        case "txt": .terminal
        default: nil
        }
    }
}

extension StatementMeasure: ExpressibleByArgument {}
