import Model

/// Waits for rows that were seen while the snapshot was taken.
extension Observation {
    /// How often a session was seen to wait for a row in the statement: now, and in each sample of activity.
    func rowLockWaits(of load: StatementLoad) -> Int {
        let now = snapshot.backends.count { $0.waitsForRow && ($0.queryID.map(load.queryIDs.contains) ?? false) }
        let sampled = snapshot.activity?.entries.filter {
            $0.activity.waitsForRow && ($0.activity.queryID.map(load.queryIDs.contains) ?? false)
        }
        return now + (sampled ?? []).reduce(0) { $0 + $1.sightings }
    }

    /// Trees of sessions that wait for rows which a session holds whose last statement is this one.
    func rowLockTrees(behind load: StatementLoad) -> [BlockedSessions] {
        forest.roots.map { BlockedSessions($0, self) }.filter { tree in
            tree.isAboutRows && (tree.backend?.queryID.map(load.queryIDs.contains) ?? false)
        }
    }

    /// Deadlocks of a database, and how many a day; nil where it is not known since when they are counted.
    func deadlocks(in name: String) -> (count: Int64, perDay: Double)? {
        guard let database = snapshot.databases.first(where: { $0.name == name }) else { return nil }
        let count = counters(of: database).deadlocks
        let days = earlier == nil ? statisticsAge(of: name) : window.seconds.map { $0 / 86_400 }
        guard let days, days > 0 else { return nil }
        return (count, Double(count) / days)
    }
}

extension Activity {
    /// Another transaction holds the row that it wants.
    var waitsForRow: Bool {
        waitEventType == "Lock" && ["transactionid", "tuple"].contains(waitEvent)
    }
}
