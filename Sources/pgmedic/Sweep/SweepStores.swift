import Sweeping

/// Where a sweep keeps what it saw.
enum SweepStores {
    /// - Parameter place: a path, or the URI of a PostgreSQL server.
    /// - Throws: `Failure` when it cannot be used.
    /// - Parameter runbooks: shown with the findings they fit.
    static func open(_ place: String, _ runbooks: KnownRunbooks) async throws -> any SweepStore {
        let history = try await HistoryAccess.open(place)
        var known = runbooks
        try await known.count(in: history)
        return HistorySweepStore(history, runbooks: known.runbooks, records: known.records)
    }
}
