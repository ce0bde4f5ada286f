import Foundation
import Model

/// Sessions that queue for rows of one table behind one transaction, and whether the row has changed hands meanwhile.
///
/// Of all that want a row, one takes the heavyweight lock of the tuple and waits for the transaction that holds the row;
/// the others wait for the tuple lock (src/backend/access/heap/README.tuplock). When the holder commits a new version of
/// the row, all of them begin to wait anew, for that version: the present wait tells how long the present holder has been
/// waited for, and the age of their statements how long they have waited in all.
struct RowQueue {
    let root: WaitForest.Node
    let relation: QualifiedName
    let database: String
    /// pids, ascending.
    let waiting: [Int]
    /// s; since each of them sent its statement.
    private let waits: [Double]
    /// s; how long the present holder has been waited for.
    let longestTurn: Double
    private let takenAt: Date
    /// When the holder's transaction began: with the pid it tells one holder from the next.
    private let holderStart: Date?

    init?(_ root: WaitForest.Node, _ snapshot: Snapshot) {
        let heads = root.waiting.filter { $0.awaited?.type == "transactionid" }
        let followers = heads.flatMap(\.waiting).filter { $0.awaited?.type == "tuple" }
        let pids = Set((heads + followers).map(\.pid))
        let tuples = snapshot.locks.filter { $0.type == "tuple" && pids.contains($0.pid) && $0.relation != nil }
        let counts = Dictionary(grouping: tuples) { $0.relation! }.mapValues(\.count)
        guard let relation = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return nil }
        let takenAt = snapshot.takenAt
        let since = { (moment: Date?) in moment.map { max(0, takenAt.timeIntervalSince($0)) } }
        self.root = root
        self.relation = relation
        self.takenAt = takenAt
        database = tuples.first { $0.relation == relation }?.database ?? ""
        waiting = pids.sorted()
        waits = snapshot.backends.filter { pids.contains($0.pid) }.compactMap { since($0.queryStart) }
        longestTurn = heads.compactMap { since($0.awaited?.waitStart) }.max() ?? 0
        holderStart = snapshot.backends.first { $0.pid == root.pid }?.transactionStart
    }

    static func all(_ forest: WaitForest, _ snapshot: Snapshot) -> [RowQueue] {
        forest.roots.compactMap { RowQueue($0, snapshot) }
    }

    /// s
    var longestWait: Double { waits.max() ?? 0 }

    /// Half of them and more have waited for several times as long as the present holder has been waited for. The
    /// hundredth of a second leaves room for those that come at the same moment.
    func changedHands(turns: Double) -> Bool {
        let long = waits.count { $0 >= turns * longestTurn && $0 >= longestTurn + 0.01 }
        return long * 2 >= waiting.count && long > 0
    }

    /// Another transaction held a row of the table then, and many waited for it too.
    func follows(_ earlier: RowQueue) -> Bool {
        earlier.relation == relation && earlier.database == database
            && (earlier.root.pid != root.pid || earlier.holderStart != holderStart)
            && longestTurn < takenAt.timeIntervalSince(earlier.takenAt)
    }
}
