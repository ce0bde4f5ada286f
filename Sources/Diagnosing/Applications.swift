import Model

extension Observation {
    /// The applications that were seen with a statement, by its queryid, one entry a reading: pg_stat_statements does not know
    /// them. What a session ran last counts as well.
    package var applicationsByQueryID: [Int64: [String]] {
        var found: [Int64: [String]] = [:]
        for entry in snapshot.activity?.entries ?? [] {
            if let id = entry.activity.queryID, !entry.activity.application.isEmpty {
                found[id, default: []] += Array(repeating: entry.activity.application, count: entry.sightings)
            }
        }
        for backend in snapshot.backends where !backend.isOurs && backend.isClient {
            if let id = backend.queryID, !backend.application.isEmpty {
                found[id, default: []].append(backend.application)
            }
        }
        return found
    }
}
