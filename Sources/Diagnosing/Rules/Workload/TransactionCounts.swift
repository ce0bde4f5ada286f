import Model

extension Observation {
    /// The counters of a database over a time that begins no later than the one over which its statements were counted:
    /// what is divided by them is then never overrated. nil where that is not known.
    func countersBesideStatements(of name: String) -> DatabaseCounters? {
        guard let database = snapshot.databases.first(where: { $0.name == name }) else { return nil }
        if earlier != nil { return counters(of: database) }
        guard let reset = snapshot.statementStatistics?.reset else { return nil }
        if let since = database.statisticsReset, since > reset { return nil }
        return database.counters
    }
}

extension Observation {
    /// s over which the databases' counters were counted: the window, or since the reset that is longest ago.
    func countedSeconds(of databases: [Database]) -> Double? {
        guard earlier == nil else { return window.seconds }
        return databases.compactMap { statisticsAge(of: $0.name) }.max().map { $0 * 86_400 }
    }
}

extension DatabaseCounters {
    /// Ended, either way.
    var transactions: Int64 { commits + rollbacks }
}
