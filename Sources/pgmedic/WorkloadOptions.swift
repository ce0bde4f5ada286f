import ArgumentParser
import Collecting
import Diagnosing
import Foundation
import IndexAdvising
import Model
import Statements

/// Where the statements come from for which indexes are advised.
struct WorkloadOptions: ParsableArguments {
    @OptionGroup var server: AdvisedServerOptions

    var target: TargetOptions { server.target }

    @Option(
        help: ArgumentHelp(
            "Show the advice that a snapshot holds instead of asking a server; - reads stdin.", valueName: "file"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "SQL with statements to serve, `-- weight: 120` before those that run often; - reads stdin; repeatable.",
            valueName: "file"))
    var workload: [String] = []

    @Option(
        help: ArgumentHelp(
            "A log of the server, for the plans that auto_explain wrote to it; - reads stdin; repeatable.",
            valueName: "file"))
    var log: [String] = []

    @Flag(help: "Advise for the statements of --workload alone, not for those of pg_stat_statements.")
    var onlyWorkload = false

    func validate() throws {
        if onlyWorkload && workload.isEmpty { throw ValidationError("--only-workload needs a --workload") }
        if (log + workload).count(where: { $0 == "-" }) + (from == "-" ? 1 : 0) > 1 {
            throw ValidationError("stdin can be read once: - is given twice")
        }
        if from != nil && server.dsn != nil { throw ValidationError("give a DSN or --from, not both") }
        if from != nil && !(workload + log).isEmpty {
            throw ValidationError("--workload and --log need a server: they do not go with --from")
        }
    }

    /// Before the server is bothered.
    func files() throws -> [WorkloadFile] {
        let inputs = workload.map(InputFile.init)
        for log in log { try InputFile(path: log).check() }
        return try inputs.map { input in
            let text = try input.text(limit: SQLScript.longestFile)
            return try Failure.unusable { try WorkloadFile(text, name: input.name) }
        }
    }

    /// Statements and catalog; plans are the adviser's business.
    ///
    /// - Returns: beside the snapshot, by fingerprint, calls that auto_explain logged, with their values.
    func snapshot(
        for files: [WorkloadFile], quiet: Bool
    ) async throws -> (snapshot: Snapshot, examples: [String: [LoggedCall]]) {
        var snapshot = try await Visit(forAdvice: target, on: files.flatMap(\.statements).map(\.text), quiet: quiet)
            .snapshot()
        let examples = try snapshot.take(log.map(InputFile.init), quiet: quiet)
        return (snapshot, examples)
    }

    /// The statements that indexes are advised for, with what they cost.
    ///
    /// - Parameter wanted: queryids; empty: all.
    func add(
        _ files: [WorkloadFile], _ wanted: Set<Int64>, from snapshot: Snapshot, to advice: inout AdviceOptions
    ) throws {
        if !onlyWorkload { advice.take(Observation(snapshot), wanted) }
        for file in files where wanted.isEmpty {
            advice.sources.append("\(file.name) (\(Quantity.plural(file.statements.count, "statement")))")
            advice.notes += file.notes.map { "\(file.name):\($0.line): left out: \($0.reason)." }
            advice.workload += file.statements.map { statement in
                var load = WorkloadLoad()
                load.text = statement.text
                load.name = statement.name
                load.calls = statement.weight
                return load
            }
        }
    }
}

extension AdviceOptions {
    /// What pg_stat_statements counted in the window, of the database that was looked at.
    mutating func take(_ observation: Observation, _ wanted: Set<Int64> = []) {
        let snapshot = observation.snapshot
        guard snapshot.statementStatistics != nil else {
            notes += snapshot.notes.filter { $0.evidence == .statements }.map { note in
                note.text + (note.remedy.map { " " + $0 } ?? "")
            }
            return
        }
        let statements = observation.workload.statements.filter { $0.database == snapshot.server.database }
        sources.append("pg_stat_statements, \(observation.window.text)")
        var unknown = 0
        for statement in statements where wanted.isEmpty || !wanted.isDisjoint(with: statement.queryIDs) {
            guard let text = statement.text else {
                unknown += 1
                continue
            }
            var load = WorkloadLoad()
            load.text = text
            load.fingerprint = statement.representative.fingerprint
            load.queryIDs = statement.queryIDs
            load.calls = Double(statement.counters.calls)
            load.totalTime = statement.counters.executionTime
            load.rows = Double(statement.counters.rows)
            load.searchPath = statement.representative.searchPath
            workload.append(load)
        }
        if unknown > 0 {
            notes.append(
                "\(Quantity.plural(unknown, "statement")) of pg_stat_statements without a text \(unknown == 1 ? "was" : "were") left out."
            )
        }
    }

    /// Plans with the values of calls that were logged, in place of ones that the statistics suggest.
    mutating func use(_ examples: [String: [LoggedCall]]) {
        guard !examples.isEmpty else { return }
        var planned = 0
        for place in workload.indices {
            guard let found = workload[place].fingerprint.flatMap({ examples[$0] }) else { continue }
            workload[place].examples = found
            planned += 1
        }
        if planned > 0 {
            sources.append("the log, for the values of \(Quantity.plural(planned, "statement"))")
        }
    }
}
