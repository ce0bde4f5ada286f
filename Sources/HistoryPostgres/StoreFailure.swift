import History
import PostgresClient

/// Why a statement on our own database failed.
struct StoreFailure: Error {
    enum Kind {
        /// The server said no, and the connection lives.
        case refused
        case lost
        /// Nothing came for longer than the server's own time limit.
        case silent
        case cancelled
        /// Lost after COMMIT was sent: nobody knows whether it was heard.
        case uncertain
    }

    var kind: Kind
    var sqlState: String?
    /// The server's words, without detail: that holds values.
    var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ error: QueryError) {
        kind = error.kind == .connectionLost ? .lost : .refused
        sqlState = error.sqlState
        message = error.message
    }

    /// Met another's transaction: serialization_failure, deadlock_detected, and a key that another has just taken, which at a
    /// lower isolation is how the same race shows (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
    var metAnother: Bool { ["40001", "40P01", "23505"].contains(sqlState) }

    /// https://www.postgresql.org/docs/current/errcodes-appendix.html
    func told(_ place: String) -> HistoryError {
        let (kind, reason) = kindAndReason
        return HistoryError(kind, place, reason)
    }

    private var kindAndReason: (HistoryError.Kind, String) {
        switch kind {
        case .lost: return (.failed, "the connection was lost: \(message)")
        case .silent: return (.failed, message)
        case .cancelled: return (.failed, "cancelled")
        case .uncertain:
            return (
                .failed, "the connection was lost at the commit; the newest snapshot may be kept or not: \(message)"
            )
        case .refused: break
        }
        switch sqlState ?? "" {
        case "42501": return (.unusable, message + "; grant it to this role, or name another role in the DSN")
        case "25006":
            return (
                .failed, "it cannot be written to: the server is a standby, or the role or database is set read-only"
            )
        case "53100": return (.failed, "its disk is full: \(message). What was kept before is whole")
        case "55P03": return (.busy, "another session holds a table of it for too long: \(message)")
        case "57014": return (.busy, "the server did not get it done in time: \(message)")
        case _ where metAnother:
            return (.busy, "others wrote the same each time it was tried; try again when they have ended: \(message)")
        case "3F000", "42P01": return (.unusable, "its tables are not there or not whole: \(message)")
        case let state where state.hasPrefix("XX"): return (.unusable, "it is damaged: \(message)")
        default: return (.failed, message)
        }
    }
}

extension HistoryError {
    init(_ error: ConnectionError, _ place: String) {
        let kind: Kind =
            switch error.kind {
            case .badDSN, .noSuchDatabase, .adminConsole, .authenticationFailed: .unusable
            case .cannotReach, .timedOut, .refused, .cancelled: .unreachable
            }
        self.init(kind, place, error.message)
    }
}
