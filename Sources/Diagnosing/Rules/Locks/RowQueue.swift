import Foundation
import Model

/// Sessions that queue for rows of one table behind one transaction, and whether the row has changed hands meanwhile.
///
/// Of all that want a row, one takes the heavyweight lock of the tuple and waits for the transaction that holds the row;
/// the others wait for the tuple lock (src/backend/access/heap/README.tuplock). When the holder ends, the first takes the
/// row, and the next one begins to wait for *its* transaction: who has waited for the tuple longer than anybody for the
/// present transaction has seen the row go from hand to hand.
struct RowQueue {
    let root: WaitForest.Node
    let relation: QualifiedName
    let database: String
    /// pids, in no order.
    let waiting: [Int]
    /// The earliest moments at which somebody began to wait for the tuple, and for the present holder's transaction.
    private let tupleWait: Date?
    private let holderWait: Date?
    private let takenAt: Date
    /// When the holder's transaction began: with the pid it tells one holder from the next.
    let holderStart: Date?

    init?(_ root: WaitForest.Node, _ snapshot: Snapshot) {
        let heads = root.waiting.filter { $0.awaited?.type == "transactionid" }
        let followers = heads.flatMap(\.waiting).filter { $0.awaited?.type == "tuple" }
        let pids = Set((heads + followers).map(\.pid))
        let tuples = snapshot.locks.filter { $0.type == "tuple" && pids.contains($0.pid) && $0.relation != nil }
        let counts = Dictionary(grouping: tuples) { $0.relation! }.mapValues(\.count)
        guard let relation = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return nil }
        self.root = root
        self.relation = relation
        database = tuples.first { $0.relation == relation }?.database ?? ""
        waiting = pids.sorted()
        tupleWait = followers.compactMap { $0.awaited?.waitStart }.min()
        holderWait = heads.compactMap { $0.awaited?.waitStart }.min()
        takenAt = snapshot.takenAt
        holderStart = snapshot.backends.first { $0.pid == root.pid }?.transactionStart
    }

    static func all(_ forest: WaitForest, _ snapshot: Snapshot) -> [RowQueue] {
        forest.roots.compactMap { RowQueue($0, snapshot) }
    }

    /// s; for the row, and for its present holder.
    var longestWait: Double {
        [tupleWait, holderWait].compactMap { $0.map { max(0, takenAt.timeIntervalSince($0)) } }.max() ?? 0
    }
    var longestTurn: Double { holderWait.map { max(0, takenAt.timeIntervalSince($0)) } ?? 0 }

    /// Somebody has waited for several times as long as the present holder has been waited for. The tenth of a second
    /// leaves room for two that come at the same moment.
    func changedHands(turns: Double) -> Bool {
        guard let tupleWait, let holderWait else { return false }
        return holderWait.timeIntervalSince(tupleWait) >= 0.01 && longestWait >= turns * longestTurn
    }

    /// Another transaction held a row of the table then, and many waited for it too.
    func follows(_ earlier: RowQueue) -> Bool {
        earlier.relation == relation && earlier.database == database
            && (earlier.root.pid != root.pid || earlier.holderStart != holderStart)
            && longestTurn < takenAt.timeIntervalSince(earlier.takenAt)
    }
}
