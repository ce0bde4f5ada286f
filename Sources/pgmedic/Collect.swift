import ArgumentParser
import Foundation
import Model

struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes a snapshot of a server into a file, to be judged later or elsewhere.",
        discussion: """
            The file holds statistics, catalog, locks and plans, no data of tables, and no literals unless \
            --show-literals is given. `pgmedic diagnose --from FILE` gives the same findings as on the server.
            """)

    @OptionGroup var target: TargetOptions

    @OptionGroup var host: HostOptions

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file; gzipped when its name ends in .gz.", valueName: "file"))
    var output: String

    @Flag(help: "No progress.")
    var quiet = false

    func run() async throws {
        try Failure.unusable { try AtomicFile.check(output) }
        if target.printSql { return Console.print(SentStatements.text) }
        // It may become the earlier end of a window (--since).
        let snapshot = try await Visit(target, told: host.facts, quiet: quiet, isCompared: true).snapshot()
        try Failure.unusable { try SnapshotFile.write(snapshot, to: output) }
        if snapshot.isIncomplete {
            Console.note("the visit broke off; \(output) holds what was read until then")
            throw ExitCode(Ending.failed.rawValue)
        }
    }
}
