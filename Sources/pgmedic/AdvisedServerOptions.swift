import ArgumentParser

/// The server that indexes are advised for: one database of it, looked at whole.
struct AdvisedServerOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A target of pgmedic.yaml, or what psql takes: a URI, a conninfo string (service=NAME among them), a database name.",
            discussion: "Nothing: libpq's own defaults, environment, service file and ~/.pgpass.", valueName: "dsn"))
    var dsn: String?

    @Option(
        help: ArgumentHelp(
            "The project file; else ./pgmedic.yaml, else $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Time for reading the server; the search comes on top of it.", valueName: "span"))
    var timeout = TimeSpan(seconds: 30)

    @Option(help: ArgumentHelp("Time for one query on the server.", valueName: "span"))
    var queryTimeout = TimeSpan(seconds: 5)

    @Flag(help: "Keep literals in statement texts. The report may then hold your users' data.")
    var showLiterals = false

    @Flag(help: "Print every statement that would be sent, and stop.")
    var printSql = false

    // What other commands take is refused in words of its own; no help names it.
    @Option(help: .hidden) var database: [String] = []
    @Flag(help: .hidden) var allDatabases = false
    @Flag(help: .hidden) var viewsOnly = false
    @Flag(help: .hidden) var noSamples = false

    func validate() throws {
        try target.validate()
        if allDatabases || !database.isEmpty {
            throw ValidationError("indexes are advised for one database: name it in the DSN")
        }
        if viewsOnly {
            throw ValidationError(
                "indexes are advised by the planner's costs: --views-only leaves nothing to judge them by")
        }
    }

    var target: TargetOptions {
        var target = TargetOptions()
        target.dsn = dsn
        target.config = config
        target.database = []
        target.allDatabases = false
        target.timeout = timeout
        target.queryTimeout = queryTimeout
        target.viewsOnly = false
        target.noSamples = noSamples
        target.showLiterals = showLiterals
        target.printSql = printSql
        return target
    }
}
