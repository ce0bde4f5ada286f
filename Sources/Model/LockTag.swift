/// What makes two locks the same lock: the columns of `pg_locks` that name it.
package struct LockTag: Hashable, Sendable {
    private var type: String
    private var database: String?
    private var relation: Int64?
    private var page: Int64?
    private var tuple: Int64?
    private var transaction: Int64?
    private var virtualXID: String?
    private var classID: Int64?
    private var objectID: Int64?
    private var objectSubID: Int64?

    package init(_ lock: Lock) {
        type = lock.type
        database = lock.database
        relation = lock.relationOID
        page = lock.page
        tuple = lock.tuple
        transaction = lock.transactionID
        virtualXID = lock.virtualXID
        classID = lock.classID
        objectID = lock.objectID
        objectSubID = lock.objectSubID
    }
}
