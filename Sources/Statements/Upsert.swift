import Model

/// INSERT … ON CONFLICT DO UPDATE.
package struct Upsert: Sendable {
    /// Columns that DO UPDATE sets, in order.
    package var setColumns: [String]
    /// Those that it sets to `excluded.` of the same name.
    package var copied: Set<String>
    /// Columns of the conflict target; empty where it names a constraint or none.
    package var target: [String]
    package var constraint: String?

    init?(_ insert: Node) {
        guard let clause = insert.node("onConflictClause"), clause.string("action") == "ONCONFLICT_UPDATE" else {
            return nil
        }
        let items = clause.list("targetList")
        setColumns = items.compactMap { $0.string("name") }
        copied = Set(
            items.compactMap { item in
                guard let name = item.string("name"), item["indirection"] == nil, let value = item.node("val"),
                    value.kind == "ColumnRef", value.strings("fields") == ["excluded", name]
                else { return nil }
                return name
            })
        let infer = clause.node("infer")
        target = infer?.list("indexElems").compactMap { $0.string("name") } ?? []
        constraint = infer?.string("conname")
        guard setColumns.count == items.count else { return nil }
    }
}

extension QueryLevel {
    /// nil where the level is no such INSERT.
    package var upsert: Upsert? { kind == .insert ? Upsert(node) : nil }
}

extension ParsedStatement {
    /// The INSERT whose DO UPDATE no longer sets these columns; nil where it would set none.
    package func upsertWithoutSetting(_ columns: Set<String>) -> String? {
        guard kind == .insert, let upsert = Upsert(root), !Set(upsert.setColumns).isSubset(of: columns), let words,
            let conflict = words.first("conflict"), let verb = words.first("do", after: conflict),
            words.isWord("update", verb + 1), words.isWord("set", verb + 2)
        else { return nil }
        let start = verb + 3
        let end = words.first("where", after: start) ?? words.first("returning", after: start) ?? words.count
        var items: [Range<Int>] = []
        var begin = start
        for index in start..<end where words.depths[index] == 0 && words.string(index) == "," {
            items.append(begin..<index)
            begin = index + 1
        }
        items.append(begin..<end)
        guard items.count == upsert.setColumns.count, !items.contains(where: \.isEmpty) else { return nil }
        let kept = zip(items, upsert.setColumns).filter { !columns.contains($0.1) }.map { words.text($0.0) }
        return applying([TextEdit(words.bytes(of: start..<end), kept.joined(separator: ", "))], to: words)
    }
}
