import Model
import Statements

/// The statements that make an index without stopping writes, and those that take it away again.
///
/// https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
package struct IndexBuild {
    package var sql: [String] = []
    package var undo: [String] = []
    package var verify = ""
    package var cautions: [String] = []
    /// The strongest table lock, and what it keeps out (https://www.postgresql.org/docs/current/explicit-locking.html).
    package var lockMode = "SHARE UPDATE EXCLUSIVE"
    package var lockBlocks = "reads and writes go on; waits for transactions that are open now"

    /// - Parameter taken: names that are not free; those of the new indexes join them.
    package init(_ candidate: IndexCandidate, _ names: CatalogNames, besides taken: inout Set<String>) {
        let name = candidate.name(besides: taken)
        taken.insert(name)
        let schema = SQL.identifier(candidate.relation.schema)
        let qualified = "\(schema).\(SQL.identifier(name))"
        undo = ["DROP INDEX CONCURRENTLY \(qualified);"]
        // Valid at once; read within a day.
        verify =
            "SELECT i.indisvalid, s.idx_scan FROM pg_catalog.pg_index i "
            + "LEFT JOIN pg_catalog.pg_stat_all_indexes s USING (indexrelid) "
            + "WHERE i.indexrelid = \(SQL.literal(qualified))::pg_catalog.regclass;"
        cautions = [
            "Not inside a transaction block; when it fails it leaves an INVALID index: drop it and run again."
        ]
        if !candidate.isPartitioned {
            sql = [
                "CREATE \(candidate.isUnique ? "UNIQUE " : "")INDEX CONCURRENTLY \(SQL.identifier(name)) "
                    + "ON \(candidate.relation.quoted) \(candidate.specification);"
            ]
        } else {
            buildByPartition(candidate, name, qualified, names, besides: &taken)
        }
        // Until then the planner knows no values of the expression and takes 0.5 % of the rows for any (DEFAULT_EQ_SEL):
        // https://www.postgresql.org/docs/current/planner-stats.html
        if candidate.keys.contains(where: \.key.isExpression) {
            sql.append("ANALYZE \(candidate.relation.quoted);")
        }
    }

    /// CREATE INDEX CONCURRENTLY does not take a partitioned table: each partition's is made so and attached.
    /// https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
    private mutating func buildByPartition(
        _ candidate: IndexCandidate, _ name: String, _ qualified: String, _ names: CatalogNames,
        besides taken: inout Set<String>
    ) {
        let below = names.catalog.relations.filter { $0.partitionRoot == candidate.relation }
        undo = ["DROP INDEX \(qualified);"]
        guard !below.contains(where: { $0.kind == .partitioned }) else {
            (lockMode, lockBlocks) = ("SHARE", "writes wait while it is built; reads go on")
            // Of several levels we do not know which partition is below which.
            sql = ["CREATE INDEX \(SQL.identifier(name)) ON \(candidate.relation.quoted) \(candidate.specification);"]
            cautions = [
                "It takes SHARE on the table and all its partitions while it is built: writes wait. Over several levels of "
                    + "partitions the way without that (ON ONLY, CONCURRENTLY for each partition, ATTACH) is to be gone level by level."
            ]
            return
        }
        (lockMode, lockBlocks) = (
            "SHARE",
            "on the parent for a moment, whose own index holds nothing; reads and writes go on while partitions get theirs"
        )
        let leaves = below.filter { $0.kind == .table }.map(\.name).sorted()
        sql = ["CREATE INDEX \(SQL.identifier(name)) ON ONLY \(candidate.relation.quoted) \(candidate.specification);"]
        var attach: [String] = []
        for leaf in leaves {
            var part = candidate
            part.relation = leaf
            part.isPartitioned = false
            let partName = part.name(besides: taken)
            taken.insert(partName)
            sql.append("CREATE INDEX CONCURRENTLY \(SQL.identifier(partName)) ON \(leaf.quoted) \(part.specification);")
            attach.append(
                "ALTER INDEX \(qualified) ATTACH PARTITION \(SQL.identifier(leaf.schema)).\(SQL.identifier(partName));")
        }
        sql += attach
        cautions.append(
            "The parent's index is valid when every partition's is attached. Undoing it takes ACCESS EXCLUSIVE on the table and all "
                + "partitions for a moment: set lock_timeout before.")
    }
}
