/// What two snapshots, or one that was cut short, may be used for.
extension Snapshot {
    /// The visit broke off: what is here can be judged, but it is not all.
    package var isIncomplete: Bool { notes.contains { $0.reason == .connectionLost } }

    /// Of the same cluster, by its identifier where both know it, else by the way there.
    package func isOfSameCluster(as other: Snapshot) -> Bool {
        server.systemIdentifier == nil || other.server.systemIdentifier == nil
            ? server.host == other.server.host && server.port == other.server.port
            : server.systemIdentifier == other.server.systemIdentifier
    }

    /// Of the same cluster and database.
    package func isOfSameDatabase(as other: Snapshot) -> Bool {
        isOfSameCluster(as: other) && server.database == other.server.database
    }

    /// Whether differences to the other one mean anything: the same server and database, earlier.
    package func follows(_ earlier: Snapshot) -> Bool { isOfSameDatabase(as: earlier) && takenAt > earlier.takenAt }
}
