import ArgumentParser
import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import Reporting

struct Locks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows who waits for whom, why the root has not let go, and what ends it.",
        discussion: """
            One reading of pg_locks, pg_stat_activity and pg_prepared_xacts, in short transactions that wait for no lock. \
            The forest is built here: each waiter below the session that it has to wait for, of every kind of lock, queues \
            as well as what is held. Each root is told with what it holds, why it has not let go, what is lost when it is \
            ended, and the statement that ends it. pgmedic ends nobody: it prints the SQL.

            With --watch it is read again and again, drawn in place on a terminal, one after another elsewhere, one \
            document a line with --format json. Ctrl-C, or the end of --for, ends it with what the time came to: each root \
            that was seen, and the session time that others lost behind it.

            Examples:
              pgmedic locks shop
              pgmedic locks service=prod --watch 2s
              pgmedic locks service=prod --watch 1s --for 10min --min-wait 1s --format json > locks.ndjson
              pgmedic locks service=prod --fail-on-blocked 30s --quiet      (exit code 1 when somebody waits as long)
              pgmedic locks --from case.json.gz -o locks.html
            """)

    @Argument(
        help: ArgumentHelp(
            "A target of pgmedic.yaml, or what psql takes: a URI, a conninfo string (service=NAME among them), a database name.",
            discussion: "Nothing: libpq's own defaults, environment, service file and ~/.pgpass.", valueName: "dsn"))
    var dsn: String?

    @Option(
        help: ArgumentHelp(
            "The project file; else ./pgmedic.yaml, else $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Read again at this interval until Ctrl-C.", valueName: "span"))
    var watch: TimeSpan?

    @Option(name: .customLong("for"), help: ArgumentHelp("End the watch after this time.", valueName: "span"))
    var duration: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Show a snapshot of `pgmedic collect` instead of a server; - reads stdin.", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("Only trees that hold up a session of this database.", valueName: "name"))
    var database: String?

    @Option(help: ArgumentHelp("Only trees in which somebody has waited for as long.", valueName: "span"))
    var minWait = TimeSpan(seconds: 0)

    @Option(
        help: ArgumentHelp("Exit with 1 when somebody has waited for as long, in any reading.", valueName: "span"))
    var failOnBlocked: TimeSpan?

    @Option(help: ArgumentHelp("Time for one reading.", valueName: "span"))
    var timeout = TimeSpan(seconds: 10)

    @Option(help: ArgumentHelp("Time for one query on the server.", valueName: "span"))
    var queryTimeout = TimeSpan(seconds: 5)

    @Flag(help: "Keep literals in statement texts. The report may then hold your users' data.")
    var showLiterals = false

    @Flag(help: "Print every statement that would be sent, and stop.")
    var printSql = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if from != nil && dsn != nil { throw ValidationError("give a DSN or --from, not both") }
        if from != nil && watch != nil { throw ValidationError("--watch needs a server: it does not go with --from") }
        if duration != nil && watch == nil { throw ValidationError("--for ends a --watch: give both") }
        if let watch, watch.seconds < 0.1 { throw ValidationError("--watch must be 100ms or more") }
        if let duration, duration.seconds <= 0 { throw ValidationError("--for must be more than nothing") }
        guard timeout.seconds >= 1 else { throw ValidationError("--timeout must be 1s or more") }
        guard queryTimeout.seconds >= 0.1 else { throw ValidationError("--query-timeout must be 100ms or more") }
    }

    func run() async throws {
        try output.check()
        if printSql { return Console.print(SentStatements.text) }
        if let from {
            return try end(try LockReading(Failure.unusable { try SnapshotFile.read(from) }, selection), nil)
        }
        let server = try NamedServer(dsn, config: config)
        let target = try Failure.unusable { try ConnectionTarget(dsn: server.dsn) }
        let reader = LockReader(target, options: collection)
        if let watch {
            let loop = LockLoop(
                reader, selection, interval: watch.seconds, duration: duration?.seconds,
                screen: LockScreen(output, isPlain: output.format == .terminal))
            let (result, _) = await Interruption.stoppable { await loop.run() }
            let (last, watch) = try result.get()
            return try end(last, watch)
        }
        try end(try await once(reader), nil)
    }

    private func once(_ reader: LockReader) async throws -> LockReading {
        let progress = ProgressLine(quiet: output.quiet)
        progress.show("reading locks")
        defer { progress.clear() }
        let selection = selection
        do {
            return try await Interruption.cancellable {
                var reader = reader
                let snapshot = try await reader.read()
                await reader.close()
                return LockReading(snapshot, selection)
            }
        } catch let error as ConnectionError {
            throw Failure(error.kind == .badDSN ? .unusable : .unreachable, error.description)
        }
    }

    /// Writes the last reading, and says by the exit code what it came to.
    private func end(_ reading: LockReading, _ watch: LockWatch?) throws {
        if watch != nil {
            try output.write { WatchedReport(report: LockReport(reading, watch: watch, options: $0)) }
        } else {
            try output.write { LockReport(reading, options: $0) }
        }
        let longest = max(reading.longestWait, watch?.longestWait ?? 0)
        if let failOnBlocked, longest > 0, longest >= failOnBlocked.seconds {
            throw ExitCode(Ending.severityReached.rawValue)
        }
        if LockReport(reading).isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }

    private var selection: LockReading.Selection {
        LockReading.Selection(database: database, leastWait: minWait.seconds)
    }

    private var collection: CollectionOptions {
        var options = CollectionOptions()
        options.timeout = .seconds(timeout.seconds)
        options.queryTimeout = .seconds(queryTimeout.seconds)
        options.redaction = showLiterals ? .none : .literals
        return options
    }
}
