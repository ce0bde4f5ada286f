import Model
import Plans

/// What two plans of a statement, without and with hypothetical indexes, say about them.
package enum WhatIfReading {
    /// nil where a plan cannot be read.
    ///
    /// - Parameter indexes: by the names that HypoPG gave them, `<13579>btree_orders_customer_id`.
    package static func read(before: String, after: String, indexes: [String: HypotheticalIndex]) -> WhatIf? {
        guard let first = try? Plan(json: before), let second = try? Plan(json: after) else { return nil }
        let names = Set(second.root.all { $0.index != nil }.compactMap(\.index))
        let used = indexes.filter { names.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
        return .make {
            $0.indexes = used
            $0.costBefore = first.root.totalCost
            $0.costAfter = second.root.totalCost
            $0.isUsed = !used.isEmpty
            $0.json = after
        }
    }
}
