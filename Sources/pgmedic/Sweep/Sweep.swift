import ArgumentParser
import Configuration
import Foundation
import Sweeping

struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Visits the targets of pgmedic.yaml, keeps what it saw, and says what changed.",
        discussion: """
            For cron and systemd timers: prints nothing and ends with 0 when nothing changed, else a line for each target \
            with something new. A target that cannot be reached is unknown, not healthy; it holds up no other and is left \
            alone for a while. A sweep that finds another one of the same targets running says so and ends with 0.

            Exit codes: 1 --fail-on was reached; 4 a failure of pgmedic itself (history, report, webhook); 3 a target is \
            unknown; 2 a wrong option or file; 130 interrupted: the next sweep goes on where this one ended.

            Examples:
              pgmedic sweep --example-config > pgmedic.yaml
              pgmedic sweep --check-config
              pgmedic sweep
              pgmedic sweep production tag:eu --now --verbose
              pgmedic sweep --mail-format | sendmail -t
            """)

    @Argument(help: ArgumentHelp("Targets, groups, or tag:NAME; none: all targets.", valueName: "target"))
    var targets: [String] = []

    @Option(
        help: ArgumentHelp(
            "The project file; else ./pgmedic.yaml, else $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml.", valueName: "file"))
    var config: String?

    @Flag(help: "Check the project file, its DSNs and folders, say what was read, and stop.")
    var checkConfig = false

    @Flag(help: "Print a commented project file, and stop.")
    var exampleConfig = false

    @OptionGroup var options: SweepOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var runbooks: RunbookOptions

    func validate() throws {
        if checkConfig && exampleConfig { throw ValidationError("give --check-config or --example-config, not both") }
    }

    func run() async throws {
        let known = try runbooks.load(try ProjectFile.read(config))
        try await run(print: Console.print) { try await SweepStores.open($0, known) }
    }

    /// - Parameters:
    ///   - print: where the output goes.
    ///   - open: the history at a place.
    func run(
        print: @Sendable (String) -> Void, open: @Sendable (String) async throws -> any SweepStore
    ) async throws {
        if exampleConfig { return print(ProjectFile.example) }
        guard let read = try ProjectFile.read(config) else {
            throw Failure(
                .unusable,
                "there is no pgmedic.yaml here or in $XDG_CONFIG_HOME/pgmedic; write one: pgmedic sweep --example-config"
            )
        }
        let project = options.applied(to: read)
        if checkConfig { return try check(project, print) }
        let chosen = try Failure.unusable { try project.selected(targets) }
        guard !chosen.isEmpty else { throw Failure(.unusable, "\(project.path) has no targets; give it some") }
        let errand = SweepErrand(
            project: project, targets: chosen.map { SweepTarget($0, of: project) }, words: targets, options: options,
            engine: try selection.engine())
        try await errand.run(print: print, open: open)
    }

    private func check(_ project: ProjectFile, _ print: (String) -> Void) throws {
        _ = try Failure.unusable { try project.selected(targets) }
        let check = ConfigurationCheck(project, problemOfDSN: SweepVisit.problem)
        let problems = check.problems
        guard problems.isEmpty else { throw Failure(.unusable, problems.joined(separator: "\npgmedic: ")) }
        print((check.summary + ["no problem found", ""]).joined(separator: "\n"))
    }
}
