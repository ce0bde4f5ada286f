import Model
import PostgresClient
import Queries

/// Why a query of ours has no rows.
struct QueryFailure: Error, Sendable {
    /// nil: it did not come from the server.
    var sqlState: String?
    /// Without literals.
    var message: String
    var isConnectionLost = false
    /// Our own deadline passed, not the server's.
    var isDeadline = false

    var reason: CollectionNote.Reason {
        if isConnectionLost { return .connectionLost }
        if isDeadline { return .timeout }
        switch sqlState {
        case "42501": return .privilege
        case "57014": return .timeout
        case "55P03": return .locked
        default: return .failed
        }
    }

    var sentence: String {
        switch reason {
        case .connectionLost: "the connection was lost"
        case .timeout: "the time allowed was over"
        case .locked: "a lock stood in the way"
        default: message
        }
    }
}

/// A group of queries that are read together: what each gave.
struct Answers: Sendable {
    private var results: [CatalogQuery: Result<[Row], QueryFailure>] = [:]
    /// What was decoded as it came.
    var early = EarlyRows()

    subscript(_ query: CatalogQuery) -> Result<[Row], QueryFailure>? {
        get { results[query] }
        set { results[query] = newValue }
    }

    var isConnectionLost: Bool {
        results.values.contains { if case .failure(let failure) = $0 { failure.isConnectionLost } else { false } }
    }
}
