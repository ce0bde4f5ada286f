import ArgumentParser
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Statements

struct Lint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judges the statements of SQL files before they run anywhere, for reviews and CI.",
        discussion: """
            The rules about query shapes, as in a diagnosis, but without its weight: what a shape can do, not what it does. \
            CREATE TABLE and CREATE INDEX in the files are read; of other tables the worst is assumed, and said. With \
            --target or --from the catalog, the sizes and the workload of a server count.

            `-- pgmedic:ignore RULE reason` in or before a statement keeps a rule quiet there; the reason is mandatory.

            Examples:
              pgmedic lint schema.sql queries/*.sql
              git diff --name-only main -- '*.sql' | xargs pgmedic lint --format github
              pgmedic lint --target service=staging --fail-on notice report.sql
              pg_dump -s shop | cat - query.sql | pgmedic lint -
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json, github, sarif
    }

    enum FailOn: String, ExpressibleByArgument, CaseIterable {
        case notice, warning, never
    }

    @Argument(help: ArgumentHelp("Files of SQL; - is stdin.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("A server whose catalog, sizes and workload count.", valueName: "dsn"))
    var target: String?

    @Option(help: ArgumentHelp("The same from a snapshot of `pgmedic collect`.", valueName: "file"))
    var from: String?

    @OptionGroup var selection: SelectionOptions

    @Option(help: "Format of what is printed; github are annotations, sarif is SARIF 2.1.0.")
    var format = Format.terminal

    @Option(help: "Exit with 1 when a finding is at least this severe.")
    var failOn = FailOn.warning

    @Flag(name: .customLong("no-color"), help: "No colour (NO_COLOR does the same).")
    var noColor = false

    func validate() throws {
        if target != nil && from != nil { throw ValidationError("give --target or --from, not both") }
        if files.isEmpty { throw ValidationError("name at least one file, or - for stdin") }
    }

    func run() async throws {
        let rules = try selection.engine().rules
        let texts = try files.map(InputFile.init).flatMap { file in
            try Self.script(file).statements.map { (file: file.name, statement: $0) }
        }
        let statements = await Self.onAllCores(texts) { FileStatement($0.statement, in: $0.file) }
        var report = LintReport()
        let review = try await review(statements, rules, &report)
        report.remarks += review.adjusted.map { .init("judged by an adjusted threshold: \($0.text).") }
        let verdicts = await Self.onAllCores(statements) { (try? $0.parsed.get()).map(review.judge) }
        for (statement, verdict) in zip(statements, verdicts) { Self.record(statement, verdict, &report) }
        Console.print(written(report))
        let isReached = report.results.contains { $0.finding.severity >= (failOn == .notice ? .notice : .warning) }
        if failOn != .never, isReached { throw ExitCode(Ending.severityReached.rawValue) }
    }

    private func written(_ report: LintReport) -> String {
        switch format {
        case .terminal: report.terminal(width: Console.width, color: !noColor && Console.wantsColor)
        case .json: report.json()
        case .github: report.github()
        case .sarif: report.sarif(generator: Pgmedic.version)
        }
    }

    // MARK: What is judged

    /// A statement with the file that it stands in, and its tree or why it has none.
    private struct FileStatement {
        var file: String
        var statement: SQLScript.Statement
        var parsed: Result<ParsedStatement, ParsingError>

        init(_ statement: SQLScript.Statement, in file: String) {
            self.file = file
            self.statement = statement
            parsed = Result { () throws(ParsingError) in try ParsedStatement(parsing: statement.text) }
        }
    }

    private static func script(_ input: InputFile) throws -> SQLScript {
        let text = try input.text()
        do throws(SQLScript.Failure) {
            return try SQLScript(text)
        } catch {
            throw Failure(.unusable, "\(input.name):\(error.line): \(error.reason)")
        }
    }

    /// By whose catalog statements are judged.
    private func review(
        _ statements: [FileStatement], _ rules: [any Rule.Type], _ report: inout LintReport
    ) async throws -> StatementReview {
        if target == nil && from == nil {
            let known = ScriptCatalog(statements.compactMap { try? $0.parsed.get() })
            var snapshot = Snapshot()
            snapshot.catalogs = [known.catalog]
            if !known.assumed.isEmpty {
                let names = known.assumed.prefix(3).map(\.description).joined(separator: ", ")
                report.remarks.append(
                    .init(
                        "Not defined in the files, so taken for large, their columns for nullable, and without any index: "
                            + names + (known.assumed.count > 3 ? " and \(known.assumed.count - 3) more." : ".")))
            }
            return StatementReview(Observation(snapshot), rules: rules)
        }
        let observation = try await observation()
        return StatementReview(observation, rules: rules, searchPath: Self.searchPath(observation.snapshot))
    }

    private func observation() async throws -> Observation {
        var arguments = ["--no-samples"]
        if let from { arguments += ["--from", from] }
        if let target { arguments.append(target) }
        return try await ReadingOptions.parse(arguments).observation(quiet: true)
    }

    private static func searchPath(_ snapshot: Snapshot) -> [String] {
        let value = snapshot.settings.first { $0.name == "search_path" }?.value ?? "public"
        let names = value.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")) }
        return names.filter { $0 != "$user" && !$0.isEmpty }
    }

    // MARK: Judging

    /// The outcomes, in the order of the inputs; worked out in runs, so that a task is worth its start.
    private static func onAllCores<Input: Sendable, Outcome: Sendable>(
        _ inputs: [Input], _ work: @escaping @Sendable (Input) -> Outcome
    ) async -> [Outcome] {
        await withTaskGroup(of: (Int, [Outcome]).self) { group in
            let length = 64
            for start in stride(from: 0, to: inputs.count, by: length) {
                group.addTask { (start, inputs[start..<min(start + length, inputs.count)].map(work)) }
            }
            var runs: [(start: Int, outcomes: [Outcome])] = []
            for await run in group { runs.append(run) }
            return runs.sorted { $0.start < $1.start }.flatMap(\.outcomes)
        }
    }

    private static func record(
        _ one: FileStatement, _ verdict: StatementReview.Verdict?, _ report: inout LintReport
    ) {
        report.statements += 1
        for mark in one.statement.ignored where mark.reason.isEmpty {
            report.remarks.append(
                .init(
                    file: one.file, line: mark.line, "pgmedic:ignore \(mark.rule) gives no reason, and is not heeded."))
        }
        switch one.parsed {
        case .failure(let error):
            report.remarks.append(
                .init(file: one.file, line: one.statement.line, "not judged: \(error.description)."))
        case .success:
            guard let verdict else { return }
            let heeded = verdict.findings.filter { !isIgnored($0, one.statement) }
            report.suppressed += verdict.findings.count - heeded.count
            report.results += heeded.map { result($0, verdict.share, one.statement, one.file) }
        }
    }

    private static func isIgnored(_ finding: Finding, _ statement: SQLScript.Statement) -> Bool {
        statement.ignored.contains { mark in
            !mark.reason.isEmpty && [finding.rule, finding.area.rawValue].contains(mark.rule)
        }
    }

    private static func result(
        _ finding: Finding, _ share: Double?, _ statement: SQLScript.Statement, _ file: String
    ) -> LintReport.Result {
        let why = allRules.first { $0.metadata.id == finding.rule }?.metadata.why ?? ""
        return LintReport.Result(
            file: file, line: statement.line, column: statement.column, finding: finding, why: why, share: share)
    }
}
