import Model
import PostgresClient
import Queries

extension Visit {
    /// Of the locks query: one more is asked for, which tells that there are more.
    static let lockLimit = 10_000

    /// Locks, and the prepared transactions that hold some of them.
    mutating func takeLocks(_ answers: Answers, of query: CatalogQuery = .locks) {
        var names: [Int64: String] = [:]
        snapshot.preparedTransactions =
            take(.preparedTransactions, of: answers) { rows in
                try rows.map { row in
                    let prepared = try PreparedTransaction(row)
                    names[try row.int64("transaction_id")] = prepared.gid
                    return prepared
                }
            } ?? []
        snapshot.locks = take(query, of: answers) { try $0.map(Lock.init) } ?? []
        if snapshot.locks.count > Self.lockLimit {
            snapshot.locks.removeLast(snapshot.locks.count - Self.lockLimit)
            book.add(
                CollectionNote(
                    .locks, .limit, isTotal: false,
                    "Locks beyond the first \(Quantity.count(Self.lockLimit)) were not read: those that are awaited come first."
                ))
        }
        namePrepared(names)
    }

    /// A prepared transaction's locks have a virtual ID in common, and one of them is the lock of its own transaction ID, by
    /// which its name is known.
    private mutating func namePrepared(_ names: [Int64: String]) {
        var owners: [String: String] = [:]
        for lock in snapshot.locks where lock.type == "transactionid" && lock.isGranted {
            if let owner = lock.preparedTransaction, let name = lock.transactionID.flatMap({ names[$0] }) {
                owners[owner] = name
            }
        }
        for place in snapshot.locks.indices {
            // One that was ended between the two queries has no name any more.
            if let owner = snapshot.locks[place].preparedTransaction {
                snapshot.locks[place].preparedTransaction = owners[owner] ?? "of virtual ID \(owner)"
            }
        }
    }

    /// Names in place of OIDs in locks of a database; shared catalogs are locked under database 0.
    mutating func nameLocks(in database: String, _ name: (Int64) -> QualifiedName?) {
        for place in snapshot.locks.indices {
            guard let oid = snapshot.locks[place].relationOID,
                snapshot.locks[place].database == database || snapshot.locks[place].database == nil
            else { continue }
            snapshot.locks[place].relation = name(oid)
        }
    }

    /// Indexes are locked with their tables: only where somebody waits for one of them is there something to say.
    mutating func dropIndexLocks(_ isIndex: (Int64) -> Bool, database: String) {
        let awaited = Set(snapshot.locks.filter { !$0.isGranted }.compactMap(\.relationOID))
        snapshot.locks.removeAll { lock in
            guard let oid = lock.relationOID, lock.database == database, lock.type == "relation", lock.isFastPath
            else { return false }
            return !awaited.contains(oid) && isIndex(oid)
        }
    }
}
