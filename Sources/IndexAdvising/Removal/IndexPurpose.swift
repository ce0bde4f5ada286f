import Model

/// What an index does beside being read, so that it is not dropped though nothing reads it or another could.
extension Index {
    /// nil: it does nothing but serve reads.
    package var purpose: String? {
        if isPrimary { return "it is the primary key" }
        if isExclusion { return "it enforces the exclusion constraint \(constraint ?? name.name)" }
        if let constraint { return "it enforces the constraint \(constraint)" }
        if referencedByForeignKeys > 0 { return "foreign keys refer to it" }
        if isReplicaIdentity { return "it is the replica identity of its table: logical replication needs it" }
        if isUnique { return "it is unique: it keeps duplicates out, and the planner learns from it" }
        if isClustered { return "its table is clustered by it" }
        return nil
    }

    package var isUsable: Bool { isValid && isReady && isLive }

    /// Serves deletes and updates of the parent: a whole B-tree that begins with the key's columns.
    func finds(_ foreignKey: Constraint) -> Bool {
        isUsable && accessMethod == "btree" && predicate == nil && keyCount >= foreignKey.columns.count
            && relation == foreignKey.relation && serves(foreignKey)
    }
}
