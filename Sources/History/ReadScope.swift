/// What a snapshot could have told of.
package struct ReadScope: Sendable, Equatable {
    /// Kinds that could not be read: their series are not gone, they are not known.
    package var unread: Set<SeriesKind> = []
    /// Databases whose catalog was read; relations, indexes and sequences of others are not known.
    package var databases: Set<String> = []

    package init() {}

    /// Of a series that is not among the snapshot's numbers: true when it is gone, false when nobody knows.
    func tells(of key: SeriesKey) -> Bool {
        guard !unread.contains(key.kind) else { return false }
        switch key.kind {
        case .relation, .index, .sequence: return key.database.map(databases.contains) ?? true
        case .server, .database, .statement, .slot, .standby, .wait: return true
        }
    }
}
