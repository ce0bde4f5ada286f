import Model

/// Locks in words.
package enum LockWords {
    /// What a lock is on: `orders`, `row (31,26) of orders`, `advisory lock 42`.
    package static func object(_ lock: Lock) -> String {
        let place = relation(lock)
        return switch lock.type {
        case "relation": place
        case "extend": "the extension of \(place)"
        case "page": "page \(lock.page ?? 0) of \(place)"
        case "tuple": "row (\(lock.page ?? 0),\(lock.tuple ?? 0)) of \(place)"
        case "transactionid": "the end of transaction \(lock.transactionID.map(String.init) ?? "?")"
        case "virtualxid": "the end of the transaction of virtual ID \(lock.virtualXID ?? "?")"
        case "spectoken": "an insertion that another session tries"
        case "applytransaction": "a transaction of logical replication"
        case "frozenid": "the frozen transaction ID of a database"
        case "advisory": "advisory lock \(advisoryKey(lock))"
        case "userlock": "user lock \(lock.classID ?? 0), \(lock.objectID ?? 0)"
        default: object(lock.classID, lock.objectID)
        }
    }

    /// The lock with its mode: `ACCESS EXCLUSIVE on orders`, `row (31,26) of orders`.
    package static func lock(_ lock: Lock) -> String {
        switch lock.type {
        case "relation", "object": "\(LockMode.sql(lock.mode)) on \(object(lock))"
        case "advisory": object(lock) + (lock.mode == "ShareLock" ? " (shared)" : "")
        default: object(lock)
        }
    }

    /// Relations of other databases are known by their number alone.
    static func relation(_ lock: Lock) -> String {
        if let name = lock.relation { return name.description }
        let number = "relation \(lock.relationOID.map(String.init) ?? "?")"
        return lock.database.map { "\(number) of database \($0)" } ?? number
    }

    /// One key of 64 bits, or two of 32: https://www.postgresql.org/docs/current/view-pg-locks.html
    private static func advisoryKey(_ lock: Lock) -> String {
        let (high, low) = (lock.classID ?? 0, lock.objectID ?? 0)
        if lock.objectSubID == 2 {
            return "(\(Int32(truncatingIfNeeded: high)), \(Int32(truncatingIfNeeded: low)))"
        }
        return String(high << 32 | low & 0xFFFF_FFFF)
    }

    /// The catalogs' own numbers never change: https://www.postgresql.org/docs/current/catalogs.html
    private static func object(_ catalog: Int64?, _ number: Int64?) -> String {
        let kinds: [Int64: String] = [
            1213: "tablespace", 1247: "type", 1255: "function", 1259: "relation", 1260: "role", 1262: "database",
            1417: "foreign server", 2328: "foreign-data wrapper", 2601: "access method", 2606: "constraint",
            2615: "schema", 2617: "operator", 2618: "rule", 2620: "trigger", 3079: "extension", 3466: "event trigger",
            6000: "replication origin", 6100: "subscription", 6104: "publication",
        ]
        let kind = catalog.flatMap { kinds[$0] } ?? "object of catalog \(catalog.map(String.init) ?? "?"),"
        return "\(kind) number \(number.map(String.init) ?? "?")"
    }
}
