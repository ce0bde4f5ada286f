extension ConnectionTarget {
    /// The same server, another of its databases.
    package func inDatabase(_ name: String) throws -> ConnectionTarget {
        try ConnectionTarget(dsn: conninfo, database: name)
    }
}
