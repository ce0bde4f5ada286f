import Model

extension Snapshot {
    /// Adds an index of `public.orders` on columns (`-name`: descending) to an example, with the table.
    mutating func addIndex(
        _ name: String, on columns: String..., table: String = "orders", megabytes: Int64 = 100, scans: Int64 = 5000,
        _ configure: (inout Index) -> Void = { _ in }
    ) {
        addTable(table)
        catalogs[0].indexes.append(
            .make {
                $0.oid = Int64(20_000 + catalogs[0].indexes.count)
                $0.name = QualifiedName("public", name)
                $0.relation = QualifiedName("public", table)
                $0.columns = columns.map { column in
                    .make {
                        let isDescending = column.hasPrefix("-")
                        $0.name = isDescending ? String(column.dropFirst()) : column
                        $0.isDescending = isDescending
                        $0.isNullsFirst = isDescending
                        $0.operatorClass = 1978
                    }
                }
                $0.keyCount = columns.count
                $0.size = megabytes << 20
                $0.counters.scans = scans
                let keys = columns.map { $0.hasPrefix("-") ? $0.dropFirst() + " DESC" : $0 }.joined(separator: ", ")
                $0.definition = "CREATE INDEX \(name) ON public.\(table) USING btree (\(keys))"
                configure(&$0)
            })
    }

    /// Adds a table of `public` with a million rows, once.
    mutating func addTable(_ name: String, _ configure: (inout Relation) -> Void = { _ in }) {
        let qualified = QualifiedName("public", name)
        if let place = catalogs[0].relations.firstIndex(where: { $0.name == qualified }) {
            return configure(&catalogs[0].relations[place])
        }
        catalogs[0].relations.append(
            .make {
                $0.oid = Int64(10_000 + catalogs[0].relations.count)
                $0.name = qualified
                $0.estimatedRows = 1_000_000
                $0.pages = 100_000
                $0.counters.inserted = 2_000_000
                configure(&$0)
            })
    }
}
