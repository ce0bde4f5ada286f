import Sweeping

/// Where a sweep keeps what it saw.
enum SweepStores {
    /// - Parameter place: a path, or the URI of a PostgreSQL server.
    /// - Throws: `Failure` when it cannot be used.
    static func open(_ place: String) async throws -> any SweepStore {
        HistorySweepStore(try await HistoryAccess.open(place))
    }
}
