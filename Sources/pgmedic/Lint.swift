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
        let scripts = try files.map { (name: Self.name($0), script: try Self.script($0)) }
        var report = LintReport()
        let review = try await review(scripts.map(\.script), rules, &report)
        for (name, script) in scripts { Self.judge(script, of: name, review, &report) }
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

    private static func name(_ path: String) -> String { path == "-" ? "stdin" : path }

    private static func script(_ path: String) throws -> SQLScript {
        let data: Data
        if path == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Failure(.unusable, "\(path): there is no such file")
            }
            guard !isFolder.boolValue, let found = FileManager.default.contents(atPath: path) else {
                throw Failure(.unusable, "\(path): \(isFolder.boolValue ? "is a directory" : "it cannot be read")")
            }
            data = found
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Failure(.unusable, "\(name(path)): it is not UTF-8; convert it first (iconv -t UTF-8)")
        }
        do throws(SQLScript.Failure) {
            return try SQLScript(text)
        } catch {
            throw Failure(.unusable, "\(name(path)):\(error.line): \(error.reason)")
        }
    }

    /// By whose catalog statements are judged.
    private func review(
        _ scripts: [SQLScript], _ rules: [any Rule.Type], _ report: inout LintReport
    ) async throws -> StatementReview {
        if target == nil && from == nil {
            let parsed = scripts.flatMap(\.statements).compactMap { try? ParsedStatement(parsing: $0.text) }
            let known = ScriptCatalog(parsed)
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

    private static func judge(
        _ script: SQLScript, of file: String, _ review: StatementReview, _ report: inout LintReport
    ) {
        for statement in script.statements {
            report.statements += 1
            for mark in statement.ignored where mark.reason.isEmpty {
                report.remarks.append(
                    .init(
                        file: file, line: mark.line, "pgmedic:ignore \(mark.rule) gives no reason, and is not heeded."))
            }
            do throws(ParsingError) {
                let verdict = try review.judge(statement.text)
                for finding in verdict.findings {
                    if isIgnored(finding, statement) {
                        report.suppressed += 1
                    } else {
                        report.results.append(result(finding, verdict.share, statement, file))
                    }
                }
            } catch {
                report.remarks.append(
                    .init(file: file, line: statement.line, "not judged: \(error.description)."))
            }
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
