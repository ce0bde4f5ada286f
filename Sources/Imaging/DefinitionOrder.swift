import Model
import PostgresClient

/// Brings definitions into an order in which each finds what it needs: by kind, then by age, and what one needs before it.
struct DefinitionOrder {
    private struct Key: Hashable {
        var `class`: String
        var oid: Int64
    }

    private var made: [Key: PlannerImage.Definition] = [:]
    private var needs: [Key: [Key]] = [:]
    /// A table's row type → the table, a view's rule → the view, …
    private var owners: [Key: Key] = [:]

    mutating func takeDefinition(_ row: Row) throws {
        let key = Key(class: try row.string("class"), oid: try row.int64("oid"))
        made[key] = try PlannerImage.Definition(row)
    }

    mutating func takeDependency(_ row: Row) throws {
        let key = Key(class: try row.string("class"), oid: try row.int64("oid"))
        let needed = Key(class: try row.string("needed_class"), oid: try row.int64("needed_oid"))
        if try row.bool("belongs") { owners[key] = needed } else { needs[key, default: []].append(needed) }
    }

    var definitions: [PlannerImage.Definition] {
        // What a catalog entry needs, its object needs.
        var needed: [Key: Set<Key>] = [:]
        for (key, keys) in needs {
            let mine = owner(key)
            for other in keys.map(owner) where other != mine { needed[mine, default: []].insert(other) }
        }
        var result: [PlannerImage.Definition] = []
        var seen: Set<Key> = []
        // Depth first by a stack of our own: chains of views are as long as people make them.
        for root in made.keys.sorted(by: isBefore) where !seen.contains(root) {
            var stack: [(key: Key, isOpen: Bool)] = [(root, false)]
            while let (key, isOpen) = stack.popLast() {
                if isOpen {
                    if let definition = made[key] { result.append(definition) }
                    continue
                }
                guard seen.insert(key).inserted else { continue }
                stack.append((key, true))
                let before = (needed[key] ?? []).filter { made[$0] != nil && !seen.contains($0) }
                stack += before.sorted(by: isBefore).reversed().map { ($0, false) }
            }
        }
        return result
    }

    /// At most a few steps: rule → view, row type's array → row type → table.
    private func owner(_ key: Key) -> Key {
        var key = key
        for _ in 0..<8 {
            guard let next = owners[key] else { break }
            key = next
        }
        return key
    }

    private func isBefore(_ left: Key, _ right: Key) -> Bool {
        let (a, b) = (rank(left), rank(right))
        if a != b { return a < b }
        return (left.oid, left.class) < (right.oid, right.class)
    }

    private func rank(_ key: Key) -> Int {
        guard let kind = made[key]?.kind else { return 0 }
        // An index is attached when all indexes stand, and before a foreign key asks for it.
        return 2 * (Self.kinds.firstIndex(of: kind) ?? Self.kinds.count) + (key.class == "attached" ? 1 : 0)
    }

    private static let kinds: [PlannerImage.Definition.Kind] = [
        .schema, .extension, .collation, .type, .domain, .function, .sequence, .table, .partition, .constraint, .index,
        .statistics, .view, .foreignKey,
    ]
}
