import Model

extension Observation {
    /// Seconds over which statements' calls were counted; nil where the beginning is not known: the counters survive a
    /// restart, so that the server's start would say too little. pg_stat_statements before 1.9 keeps no time of its reset.
    var knownSeconds: Double? {
        guard earlier != nil || snapshot.statementStatistics?.reset != nil, let seconds = window.seconds, seconds > 0
        else { return nil }
        return seconds
    }
}
