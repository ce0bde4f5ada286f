import Model

extension Observation {
    /// Below, measuring is not worth its reading.
    private static let leastSuspected = Threshold(
        "bytes that may be wasted", 10_485_760, "bytes", source: "pgx_scripts' floor for tables")

    /// Tables, TOAST tables and B-trees of a database that may be bloated, those that may waste most first: what
    /// `--measure-bloat` measures. Of those without an estimate all is suspected.
    package func bloatSuspects(in database: String) -> [BloatSuspect] {
        guard let catalog = snapshot.catalogs.first(where: { $0.database == database }) else { return [] }
        let columns = catalog.columnsByRelation
        let locked = Set(catalog.relations.lazy.filter(\.isLocked).map(\.name))
        let tables = catalog.relations.filter { $0.isVacuumed && !$0.isSystem && !$0.isLocked && $0.sizeOrEstimate > 0 }
        var suspects = tables.map { relation -> (suspect: BloatSuspect, waste: Double) in
            let all = Double(relation.sizeOrEstimate)
            let estimate = try? HeapEstimate(relation, columns: columns[relation.name] ?? [], pageSize: pageSize)
            let unseen = max(0, Double(relation.pages - relation.allVisiblePages)) * pageSize
            // Pages that came since VACUUM are not all-visible either.
            let cost = unseen + max(0, all - Double(relation.pages) * pageSize)
            return (
                BloatSuspect(oid: relation.oid, name: relation.name, isIndex: false, cost: Int64(cost)),
                estimate?.wastedBytes.upperBound ?? all
            )
        }
        for index in catalog.indexes
        where index.accessMethod == "btree" && !index.isPartitioned && index.isValid
            && !locked.contains(index.relation) && index.relation.schema != "pg_catalog"
        {
            let all = Double(index.sizeOrEstimate)
            let estimate = BTreeEstimate(index, columns: columns[index.relation] ?? [], pageSize: pageSize)
            suspects.append(
                (
                    BloatSuspect(oid: index.oid, name: index.name, isIndex: true, cost: Int64(all)),
                    estimate?.wastedBytes.upperBound ?? all
                ))
        }
        return suspects.filter { $0.waste >= Self.leastSuspected.value }
            .sorted { ($0.waste, $1.suspect.oid) > ($1.waste, $0.suspect.oid) }.map(\.suspect)
    }
}
