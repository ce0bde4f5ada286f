import ArgumentParser
import Collecting
import Foundation
import IndexAdvising
import Model
import PostgresClient
import Reporting

struct Indexes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Advises the set of indexes that the whole workload wants: what to create, replace and drop.",
        discussion: """
            The workload is what pg_stat_statements counted, the statements of files (--workload), and plans of auto_explain \
            (--log). Each index is proven by the planner with HypoPG where that is there, and estimated by the planner's \
            formulas where it is not; the report says which. Writes are charged, what others make needless goes, and nothing \
            that enforces a constraint, is a replica identity or serves a foreign key is dropped. Nothing is created or dropped \
            by pgmedic: it prints the SQL, with what each index serves, its size, its lock, how to check it and how to undo it.

            A file of statements is plain SQL; `-- weight: 120` before a statement says how often it runs, `$1` stands for a \
            value. Costs are the planner's units, not time.

            Ctrl-C during the search ends it: the best set found until then is shown, with exit code 4; a second one ends at \
            once.

            Examples:
              pgmedic indexes shop
              pgmedic indexes service=prod --budget-storage 25% --budget-writes 10% -o indexes.html
              pgmedic indexes shop --workload queries.sql --table orders --explain
              pgmedic indexes shop --budget-storage 0             (only what can go)
              pgmedic indexes shop --format json | jq -r '.recommendations[].sql[]'
            """)

    @OptionGroup var reading: WorkloadOptions
    @OptionGroup var bounds: IndexBoundOptions

    @Flag(help: "List the candidates that were rejected too, with the reasons.")
    var explain = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if reading.from != nil && bounds.isGiven {
            throw ValidationError("--from shows the advice as it was given: bounds and selections need a server")
        }
    }

    func run() async throws {
        try output.check()
        let files = try reading.files()
        if reading.target.printSql { return Console.print(SentStatements.text) }
        if let from = reading.from { return try show(try Failure.unusable { try SnapshotFile.read(from) }, from) }
        let (snapshot, examples) = try await reading.snapshot(for: files, quiet: output.quiet)
        var advice = try bounds.advice(in: snapshot)
        try reading.add(files, bounds.queryIDs(in: snapshot), from: snapshot, to: &advice)
        advice.use(examples)
        let found = try await advise(snapshot, advice)
        try write(found.advice, snapshot)
        if found.wasStopped || found.advice.refusal != nil || found.advice.isUnjudged || snapshot.isIncomplete {
            throw ExitCode(Ending.failed.rawValue)
        }
    }

    private func write(_ advice: IndexAdvice, _ snapshot: Snapshot) throws {
        try output.write { IndexReport(advice, of: snapshot, explains: explain, options: $0) }
    }

    /// The advice that a snapshot holds.
    private func show(_ snapshot: Snapshot, _ path: String) throws {
        guard let advice = snapshot.indexAdvice else {
            throw Failure(
                .unusable,
                "\(path) holds no index advice: none was asked for when it was taken. A server is needed: "
                    + "pgmedic indexes DSN")
        }
        try write(advice, snapshot)
    }

    private func advise(
        _ snapshot: Snapshot, _ advice: AdviceOptions
    ) async throws -> (advice: IndexAdvice, wasStopped: Bool) {
        let server = try reading.target.named()
        let target = try Failure.unusable { try ConnectionTarget(dsn: server.dsn) }
        let options = reading.target.collection
        let progress = ProgressLine(quiet: output.quiet)
        defer { progress.clear() }
        let result = await Interruption.stoppable {
            await Collector.adviseIndexes(on: target, snapshot, advice, options: options) { progress.show($0.text) }
        }
        return (result.value, result.wasStopped)
    }
}

extension AdviceStep {
    /// For the progress line.
    fileprivate var text: String {
        switch self {
        case .readingWorkload(let statements): "reading the workload, \(Quantity.plural(statements, "statement"))"
        case .asking(let done, let all): "pricing indexes, \(Quantity.count(done)) of \(Quantity.count(all)) questions"
        case .choosing(let indexes):
            "choosing the set, \(Quantity.plural(indexes, "index", "indexes")) so far; Ctrl-C shows it"
        }
    }
}
