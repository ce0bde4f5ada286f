/// What two snapshots, or one that was cut short, may be used for.
extension Snapshot {
    /// The visit broke off: what is here can be judged, but it is not all.
    package var isIncomplete: Bool { notes.contains { $0.reason == .connectionLost } }

    /// Of the same server and database. By the cluster's identifier where both know it, else by the way there.
    package func isOfSameDatabase(as other: Snapshot) -> Bool {
        let isSame =
            server.systemIdentifier == nil || other.server.systemIdentifier == nil
            ? server.host == other.server.host && server.port == other.server.port
            : server.systemIdentifier == other.server.systemIdentifier
        return isSame && server.database == other.server.database
    }

    /// Whether differences to the other one mean anything: the same server and database, earlier.
    package func follows(_ earlier: Snapshot) -> Bool { isOfSameDatabase(as: earlier) && takenAt > earlier.takenAt }
}
