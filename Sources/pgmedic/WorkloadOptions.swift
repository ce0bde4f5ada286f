import ArgumentParser
import Foundation
import IndexAdvising
import Model
import Statements

/// Where the statements come from for which indexes are advised.
struct WorkloadOptions: ParsableArguments {
    @OptionGroup var target: TargetOptions

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

    func validate() throws {
        if (log + workload).count(where: { $0 == "-" }) + (from == "-" ? 1 : 0) > 1 {
            throw ValidationError("stdin can be read once: - is given twice")
        }
        if from != nil && target.dsn != nil { throw ValidationError("give a DSN or --from, not both") }
        if from != nil && !(workload + log).isEmpty {
            throw ValidationError("--workload and --log need a server: they do not go with --from")
        }
        if target.allDatabases || !target.database.isEmpty {
            throw ValidationError("indexes are advised for one database: name it in the DSN")
        }
        if target.viewsOnly {
            throw ValidationError(
                "indexes are advised by the planner's costs: --views-only leaves nothing to judge them by")
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
    func snapshot(quiet: Bool) async throws -> Snapshot {
        var snapshot = try await Visit(forAdvice: target, quiet: quiet).snapshot()
        try snapshot.take(log.map(InputFile.init), quiet: quiet)
        return snapshot
    }
}
