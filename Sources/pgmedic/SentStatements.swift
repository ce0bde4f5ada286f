import Collecting

/// `--print-sql`: all that can reach a server, and how it is framed there.
enum SentStatements {
    /// Every variant of every query, for PostgreSQL 14 to 18; a server gets one of each.
    static var text: String {
        Collector.sentStatements.map { "-- \($0.name)\n\($0.sql)\n\n" }.joined()
    }
}
