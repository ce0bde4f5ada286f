import Model

/// What a session holds, as far as it was read: of those that stand in somebody's way, all tables and other objects.
package struct HeldLocks: Sendable {
    package struct Entry: Sendable, Hashable {
        /// `orders`, `advisory lock 42`
        package var object: String
        /// `ROW EXCLUSIVE`; the strongest of several.
        package var mode: String
        /// Somebody waits for it.
        package var isAwaited: Bool
    }

    /// Awaited ones first, then the strongest.
    package let entries: [Entry]

    init(of holder: WaitForest.Holder, in locks: [Lock], awaited: Set<LockTag>) {
        var strongest: [String: (lock: Lock, isAwaited: Bool)] = [:]
        for lock in locks where lock.isGranted && !["virtualxid", "transactionid"].contains(lock.type) {
            let isIts =
                lock.preparedTransaction.map { $0 == holder.preparedTransaction }
                ?? (holder.preparedTransaction == nil && lock.pid == holder.pid)
            guard isIts else { continue }
            let object = LockWords.object(lock)
            let isAwaited = awaited.contains(LockTag(lock))
            let known = strongest[object]
            if (LockMode.number(lock.mode) ?? 0) >= (known.flatMap { LockMode.number($0.lock.mode) } ?? -1) {
                strongest[object] = (lock, isAwaited || known?.isAwaited ?? false)
            } else if isAwaited {
                strongest[object]?.isAwaited = true
            }
        }
        entries = strongest.map { object, held in
            (entry: Entry(object: object, mode: LockMode.sql(held.lock.mode), isAwaited: held.isAwaited), held.lock)
        }
        .sorted { left, right in
            if left.entry.isAwaited != right.entry.isAwaited { return left.entry.isAwaited }
            let (first, second) = (LockMode.number(left.1.mode) ?? 0, LockMode.number(right.1.mode) ?? 0)
            return first == second ? left.entry.object < right.entry.object : first > second
        }
        .map(\.entry)
    }

    /// `ROW EXCLUSIVE on orders, order_items; ACCESS SHARE on carts and 3 more`; empty where nothing was read.
    package func text(limit: Int = 6) -> String {
        var groups: [(mode: String, objects: [String])] = []
        for entry in entries.prefix(limit) {
            if groups.last?.mode == entry.mode {
                groups[groups.count - 1].objects.append(entry.object)
            } else {
                groups.append((entry.mode, [entry.object]))
            }
        }
        let more = entries.count - limit
        return groups.map { "\($0.mode) on \($0.objects.joined(separator: ", "))" }.joined(separator: "; ")
            + (more > 0 ? " and \(Quantity.count(more)) more" : "")
    }
}
