import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

struct Diagnose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks at a server once and says what is wrong, why, and what to do.",
        discussion: """
            Counters are judged since pg_stat_statements was reset, over a window with --sample 30s, since an earlier \
            snapshot with --since, or since the last one of a history with --history, which then keeps this one: the \
            report says what is new, worse, or back. Literals are redacted unless --show-literals is given.

            Examples:
              pgmedic diagnose shop
              pgmedic diagnose service=prod --sample 30s -o report.html -o report.json
              pgmedic diagnose postgresql://monitor@db1/shop --only locks --fail-on critical --quiet
              pgmedic diagnose shop --history ~/.local/state/pgmedic/history.db
              pgmedic diagnose --from case.json.gz --format markdown
            """)

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var accepted: SuppressionOptions
    @OptionGroup var past: HistoryOptions
    @OptionGroup var runbooks: RunbookOptions

    @Option(help: "Exit with 1 when a finding is at least this severe.")
    var failOn = SeverityLimit.never

    @Flag(
        help: """
            Measure the tables and indexes that look bloated with pgstattuple, where it is installed, likeliest first. It \
            reads them: up to 8 GB, within --timeout, each within --query-timeout.
            """)
    var measureBloat = false

    func validate() throws {
        if measureBloat && reading.from != nil {
            throw ValidationError("--measure-bloat needs a server: it does not go with --from")
        }
        if past.history != nil && reading.from != nil {
            throw ValidationError("--history keeps what was read from a server: it does not go with --from")
        }
    }

    func run() async throws {
        let engine = try selection.engine(measures: output.verbose)
        try output.check()
        let project = try ProjectFile.read(reading.target.config)
        let given = try accepted.read()
        var known = try runbooks.load(project)
        if reading.target.printSql { return Console.print(SentStatements.text) }
        let history = try await past.open(reading)
        let observation = try await reading.observation(
            quiet: output.quiet, measuresBloat: measureBloat, history: history)
        var judgement = engine.judge(observation)
        let kept = await HistoryAccess.keep(observation, &judgement, in: history)
        try await known.count(in: history)
        judgement = known.advising(judgement)
        let diagnosis = Diagnosis(
            observation: observation, judgement: judgement, rules: engine.rules,
            suppressions: accepted.applying(given, project, to: observation.snapshot.server.target))
        if let fingerprint = accepted.printSuppression {
            return Console.print(try SuppressionOptions.entry(for: fingerprint, in: diagnosis))
        }
        try output.write(diagnosis)
        if let severity = failOn.severity, diagnosis.reaches(failOn: severity) {
            throw ExitCode(Ending.severityReached.rawValue)
        }
        // The report stands, though it was not kept.
        if let failure = kept { throw failure }
        if diagnosis.snapshot.isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }
}

extension SeverityLimit: ExpressibleByArgument {}
