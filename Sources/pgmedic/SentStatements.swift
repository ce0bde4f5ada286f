import Queries

/// `--print-sql`: all that can reach a server.
enum SentStatements {
    static var text: String { "" }
}
