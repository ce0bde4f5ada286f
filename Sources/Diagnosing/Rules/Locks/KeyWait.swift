import Model
import Statements

/// Sessions of one tree that wait for rows of a table because a foreign key refers to it.
///
/// A session that waits for a row holds, or waits for, the lock of its tuple in a mode that tells how strongly it wants the
/// row: FOR KEY SHARE as AccessShareLock, FOR SHARE as RowShareLock, FOR NO KEY UPDATE as ExclusiveLock, FOR UPDATE, DELETE
/// and UPDATE of a key as AccessExclusiveLock (`tupleLockExtraInfo` in src/backend/access/heap/heapam.c).
struct KeyWait {
    /// What the holder did to the referenced row, by its last statement.
    enum Cause: String {
        case delete, keyUpdate, forUpdate, unknown
    }

    var parent: QualifiedName
    var database: String
    var waiters: [Backend]
    /// The foreign keys that can be meant.
    var constraints: [Constraint]
    /// Writers of referring rows wait, as against those of the referenced row.
    var isChildWaiting: Bool
    var cause: Cause
    private var names: CatalogNames

    var children: Set<QualifiedName> { Set(constraints.map(\.relation)) }

    static func all(in tree: BlockedSessions, _ observation: Observation) -> [KeyWait] {
        let pids = Set(tree.victims.map(\.pid))
        let wanted = observation.snapshot.locks.filter {
            $0.type == "tuple" && pids.contains($0.pid) && $0.relation != nil
        }
        let groups = Dictionary(grouping: wanted) {
            Group(mode: $0.mode, relation: $0.relation!, database: $0.database)
        }
        return groups.keys.sorted { ($0.relation, $0.mode) < ($1.relation, $1.mode) }.compactMap { group in
            guard let database = group.database, let names = observation.surveys[database]?.names else { return nil }
            let waiters = Set(groups[group]!.map(\.pid)).sorted().compactMap { observation.backend($0) }
            return KeyWait(group, waiters, tree, names)
        }
    }

    private struct Group: Hashable {
        var mode: String
        var relation: QualifiedName
        var database: String?
    }

    private init?(_ group: Group, _ candidates: [Backend], _ tree: BlockedSessions, _ names: CatalogNames) {
        let keys = names.catalog.constraints.filter {
            $0.kind == .foreignKey && $0.referencedRelation == group.relation && !$0.isInherited
        }
        guard !keys.isEmpty else { return nil }
        parent = group.relation
        database = names.database
        self.names = names
        let held = tree.backend?.parsed.map { RowStatement($0, names) }
        switch group.mode {
        case "AccessShareLock":
            isChildWaiting = true
            // Who writes FOR KEY SHARE has asked for it.
            waiters = candidates.filter { !($0.parsed?.locksRows ?? false) }
            let written = Set(waiters.compactMap { $0.parsed.map { RowStatement($0, names) }?.target })
            let named = keys.filter { written.contains($0.relation) }
            constraints = named.isEmpty ? keys : named
            cause = held?.cause(for: group.relation) ?? .unknown
        case "AccessExclusiveLock":
            isChildWaiting = false
            waiters = candidates
            guard let target = held?.target, held?.isInsertOrUpdate ?? false else { return nil }
            constraints = keys.filter { $0.relation == target }
            cause = .unknown
        default: return nil
        }
        guard !waiters.isEmpty, !constraints.isEmpty else { return nil }
    }

    /// Foreign keys to the table, of any of its children, that no index begins with: a DELETE reads their whole table.
    func unindexed(_ observation: Observation) -> [Constraint] {
        names.catalog.constraints.filter { key in
            key.kind == .foreignKey && key.referencedRelation == parent && !key.isInherited
                && !names.indexes(of: key.relation).contains { index in
                    Set(index.keys.prefix(key.columns.count).compactMap(\.name)) == Set(key.columns)
                }
        }
    }
}

/// Which rows a statement writes or locks.
private struct RowStatement {
    private let parsed: ParsedStatement
    private let names: CatalogNames
    /// The table that it writes; nil of a SELECT.
    let target: QualifiedName?

    init(_ parsed: ParsedStatement, _ names: CatalogNames) {
        self.parsed = parsed
        self.names = names
        target = parsed.root.node("relation").flatMap { Self.relation($0, names) }
    }

    var isInsertOrUpdate: Bool { parsed.kind == .insert || parsed.kind == .update }

    func cause(for parent: QualifiedName) -> KeyWait.Cause {
        switch parsed.kind {
        case .delete where target == parent: return .delete
        case .update where target == parent:
            let keys = Set(names.indexes(of: parent).filter(\.isUnique).flatMap { $0.keys.compactMap(\.name) })
            let set = parsed.root.list("targetList").compactMap { $0.string("name") }
            return set.contains(where: keys.contains) ? .keyUpdate : .unknown
        case .select:
            let locks = parsed.root.all("LockingClause").contains { $0.string("strength") == "LCS_FORUPDATE" }
            let reads = parsed.root.all("RangeVar").contains { Self.relation($0, names) == parent }
            return locks && reads ? .forUpdate : .unknown
        default: return .unknown
        }
    }

    /// Which schema an unqualified name means is up to the session: `public`, else the only table of that name.
    private static func relation(_ variable: Node, _ names: CatalogNames) -> QualifiedName? {
        guard let name = variable.string("relname") else { return nil }
        if let found = names.relation(name, schema: variable.string("schemaname"), searchPath: ["public"]) {
            return found.name
        }
        let alike = names.catalog.relations.filter { $0.name.name == name }
        return variable.string("schemaname") == nil && alike.count == 1 ? alike[0].name : nil
    }
}

extension KeyWait.Cause {
    var verb: String {
        switch self {
        case .delete: "deletes"
        case .keyUpdate: "changes the keys of"
        case .forUpdate: "locks FOR UPDATE"
        case .unknown: "holds"
        }
    }

    var sentence: String {
        switch self {
        case .delete: "has deleted it, and has not ended its transaction"
        case .keyUpdate: "sets columns of its key, which locks it as strongly as a DELETE"
        case .forUpdate: "has locked it FOR UPDATE, as if it were to delete it"
        case .unknown: "has deleted it, changed its key or locked it FOR UPDATE earlier in its transaction"
        }
    }

    func cure(_ parent: QualifiedName) -> String {
        switch self {
        case .delete: "delete from \(parent) in short transactions"
        case .keyUpdate: "leave the key columns of \(parent) out of SET"
        case .forUpdate: "lock rows of \(parent) FOR NO KEY UPDATE"
        case .unknown: "lock rows of \(parent) no more strongly than is needed"
        }
    }

    func steps(_ parent: QualifiedName) -> [String] {
        switch self {
        case .delete:
            [
                "Delete in batches of some hundred rows, each committed at once, at a quieter hour.",
                "Mark rows as deleted (an UPDATE of another column goes together with foreign keys), and remove them at night.",
            ]
        case .keyUpdate:
            [
                "Frameworks set all columns: have them set those that changed only. An UPDATE that sets no column of a unique index "
                    + "locks the row FOR NO KEY UPDATE, which lets referring rows in."
            ]
        case .forUpdate:
            [
                "Write FOR NO KEY UPDATE in place of FOR UPDATE: it excludes all other writers of the row, and lets rows in that refer to it.",
                "FOR UPDATE is needed only before the row is deleted or its key changed.",
            ]
        case .unknown:
            [
                "FOR NO KEY UPDATE in place of FOR UPDATE, no key columns in SET, and DELETE as the last statement before COMMIT."
            ]
        }
    }
}
