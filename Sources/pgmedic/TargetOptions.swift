import ArgumentParser

/// How to reach a server and how long to bother it.
struct TargetOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A target of pgmedic.yaml, or what psql takes: a URI, a conninfo string (service=NAME among them), a database name.",
            discussion: "Nothing: libpq's own defaults, environment, service file and ~/.pgpass.", valueName: "dsn"))
    var dsn: String?

    @Option(
        help: ArgumentHelp(
            "The project file; else ./pgmedic.yaml, else $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp("Another database of the same server to look at in depth; repeatable.", valueName: "name"))
    var database: [String] = []

    @Flag(help: "Look at every database that allows connections in depth.")
    var allDatabases = false

    @Option(help: ArgumentHelp("Time for everything beside --sample.", valueName: "span"))
    var timeout = TimeSpan(seconds: 30)

    @Option(help: ArgumentHelp("Time for one query on the server.", valueName: "span"))
    var queryTimeout = TimeSpan(seconds: 5)

    @Flag(help: "Read the views only: no samples of activity, no plans, no what-if.")
    var viewsOnly = false

    @Flag(help: "No samples of activity.")
    var noSamples = false

    @Flag(help: "Keep literals in statement texts and plans. The report may then hold your users' data.")
    var showLiterals = false

    @Flag(help: "Print every statement that would be sent, and stop.")
    var printSql = false

    /// The server that is meant.
    func named() throws -> NamedServer { try NamedServer(dsn, config: config) }

    func validate() throws {
        guard timeout.seconds >= 1 else { throw ValidationError("--timeout must be 1s or more") }
        guard queryTimeout.seconds >= 0.1 else { throw ValidationError("--query-timeout must be 100ms or more") }
    }
}
