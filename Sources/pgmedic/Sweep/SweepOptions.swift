import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import Sweeping

/// What the command line says of a sweep, over what pgmedic.yaml says.
struct SweepOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    @Option(help: ArgumentHelp("Where snapshots are kept: a path, or postgresql://…", valueName: "place"))
    var history: String?

    @Option(help: ArgumentHelp("Visits at a time.", valueName: "count"))
    var parallel: Int?

    @Option(help: ArgumentHelp("Time for the visit of a target.", valueName: "span"))
    var deadline: TimeSpan?

    @Option(help: ArgumentHelp("Time for one query on a server.", valueName: "span"))
    var queryTimeout: TimeSpan?

    @Option(help: ArgumentHelp("Wait at random before the first visit, so long at most.", valueName: "span"))
    var jitter: TimeSpan?

    @Flag(help: "Visit all at once: no jitter, and no leaving alone of what failed or was just visited.")
    var now = false

    @Flag(help: "Read the views only: no samples of activity, no plans, no what-if.")
    var viewsOnly = false

    @Flag(help: "No samples of activity.")
    var noSamples = false

    @Option(help: "Exit with 1 when a finding of a target is at least this severe.")
    var failOn: SeverityLimit?

    @Option(help: "The least severity of a change that is told: notice, warning or critical.")
    var tell: Severity?

    @Option(help: "Format of what is printed; JSON is printed also when nothing changed.")
    var format = Format.terminal

    @Flag(help: "Print a mail for `sendmail -t` instead, when there is something to tell.")
    var mailFormat = false

    @Option(
        help: ArgumentHelp(
            "POST the result as JSON when there is something to tell; @FILE: the URL stands in a file.",
            valueName: "url"))
    var webhook: String?

    @Option(
        help: ArgumentHelp("Write metrics for node_exporter's textfile collector.", valueName: "dir"))
    var textfileCollector: String?

    @Option(help: ArgumentHelp("Write reports into this folder.", valueName: "dir"))
    var reports: String?

    @Flag(help: "Print all targets, whether anything changed or not.")
    var verbose = false

    @Flag(name: .customLong("no-color"), help: "No colour (NO_COLOR does the same).")
    var noColor = false

    func validate() throws {
        if mailFormat && (format == .json || verbose) {
            throw ValidationError("--mail-format does not go with --format json or --verbose")
        }
        if let parallel, !(1...64).contains(parallel) { throw ValidationError("--parallel must be 1 to 64") }
        if let deadline, !(1...3600).contains(deadline.seconds) { throw ValidationError("--deadline must be 1s to 1h") }
        if let queryTimeout, queryTimeout.seconds < 0.1 {
            throw ValidationError("--query-timeout must be 100ms or more")
        }
        if let webhook, !webhook.hasPrefix("@"), let problem = WebhookURL.problem(webhook) {
            throw ValidationError("--webhook \(problem): write https://host/path, or @FILE where the URL is a secret")
        }
    }

    /// The project file as this run has it.
    func applied(to project: ProjectFile) -> ProjectFile {
        var project = project
        func apply(_ change: (inout TargetSweepSettings) -> Void) {
            for place in project.targets.indices { change(&project.targets[place].sweep) }
        }
        if let parallel { project.sweep.parallel = parallel }
        if let jitter { project.sweep.jitter = jitter.seconds }
        if let deadline { apply { $0.deadline = deadline.seconds } }
        if let queryTimeout { apply { $0.queryTimeout = queryTimeout.seconds } }
        if viewsOnly { apply { $0.viewsOnly = true } }
        if let failOn { apply { $0.failOn = failOn } }
        if let tell {
            project.sweep.tell = tell
            apply { $0.tell = tell }
        }
        if let webhook {
            let address: SweepSettings.Webhook.Address =
                webhook.hasPrefix("@") ? .file(String(webhook.dropFirst())) : .url(webhook)
            var settings = project.sweep.webhook ?? SweepSettings.Webhook(address)
            settings.address = address
            project.sweep.webhook = settings
        }
        if let textfileCollector { project.sweep.textfile = textfileCollector }
        if let reports {
            var settings = project.sweep.reports ?? SweepSettings.Reports(folder: reports)
            settings.folder = reports
            project.sweep.reports = settings
        }
        return project
    }
}

extension Severity: ExpressibleByArgument {}
