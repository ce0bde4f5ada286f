import Foundation
import Model

extension Observation {
    /// Why one waits for the other: `ALTER TABLE needs ACCESS EXCLUSIVE on orders; session 41 (report) has held ACCESS SHARE for
    /// up to 12 min`.
    ///
    /// PostgreSQL does not tell when a lock was granted: at the earliest when its transaction began.
    package func conflict(of node: WaitForest.Node, below above: WaitForest.Holder) -> String {
        guard let awaited = node.awaited, let blocking = node.blockedBy else { return "" }
        let command = backend(node.pid)?.command ?? name(of: node.holder)
        let blocker = name(of: above)
        if !blocking.isGranted {
            let other = backend(above.pid)?.command.map { " (\($0))" } ?? ""
            return "\(command) needs \(want(awaited, node)) and stands behind the request of \(blocker)\(other) for "
                + "\(LockMode.sql(blocking.mode))"
        }
        let began = backend(above.pid)?.transactionStart ?? preparedStart(above)
        let since = age(of: began).map { " for up to \(Quantity.seconds($0))" } ?? ""
        switch awaited.type {
        case "relation", "object", "advisory":
            return "\(command) needs \(LockWords.lock(awaited)); \(blocker) has held "
                + "\(awaited.type == "advisory" ? "it" : LockMode.sql(blocking.mode))\(since)"
        case "transactionid":
            return "\(command) needs \(want(awaited, node)), which \(blocker) has locked\(since)"
        case "virtualxid":
            return
                "\(command) waits for transactions that are older than itself; that of \(blocker) has been open\(since)"
        default:
            return "\(command) needs \(want(awaited, node)), which \(blocker) has"
        }
    }

    /// What a waiter waits for; of a wait for a transaction, the row or the relation that it is about.
    package func want(_ awaited: Lock, _ node: WaitForest.Node) -> String {
        guard awaited.type == "transactionid" else { return LockWords.lock(awaited) }
        if let row = rowLock(of: node.pid) { return LockWords.object(row) }
        let written = Set(
            locks(of: node.pid).filter {
                $0.type == "relation" && $0.isGranted && ["RowExclusiveLock", "RowShareLock"].contains($0.mode)
            }.map(LockWords.relation))
        // A key that another transaction has just inserted is waited for without a tuple lock.
        return written.count == 1 ? "a row or key of \(written.first!)" : "a row or key"
    }

    private func preparedStart(_ holder: WaitForest.Holder) -> Date? {
        snapshot.preparedTransactions.first { $0.gid == holder.preparedTransaction }?.prepared
    }
}
