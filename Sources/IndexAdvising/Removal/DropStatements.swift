import Model

/// How an index is dropped and made again, as statements to run one by one, outside of a transaction block.
struct DropStatements {
    let index: Index

    /// Its definition first where ours holds no literals: it is the way back.
    var sql: [String] {
        var sql: [String] = []
        if undo.isEmpty {
            sql.append("SELECT pg_catalog.pg_get_indexdef(\(SQL.literal(index.name.quoted))::regclass);")
        }
        if index.isPartitioned {
            sql += ["SET lock_timeout = '2s';", "DROP INDEX \(index.name.quoted);", "RESET lock_timeout;"]
        } else {
            sql.append("DROP INDEX CONCURRENTLY \(index.name.quoted);")
        }
        return sql
    }

    /// Empty where the definition is not known whole.
    var undo: [String] {
        guard !index.hasLiterals, let text = index.definition, let printed = PrintedDefinition(text) else { return [] }
        return [printed.remade]
    }

    var cautions: [String] {
        var cautions: [String] = []
        if index.isPartitioned {
            cautions.append(
                "CONCURRENTLY is not possible for the index of a partitioned table: reads and writes of the table and its "
                    + "partitions wait for a moment; when lock_timeout strikes, try again. Making it again keeps writes out."
            )
        }
        if undo.isEmpty {
            cautions.append(
                "The snapshot does not hold its definition with literals: keep what the first statement prints, it is the way "
                    + "back (with CONCURRENTLY after INDEX).")
        }
        return cautions
    }

    /// What keeps waiting while it goes; nil: as CONCURRENTLY has it.
    var lock: (mode: String, blocks: String)? {
        index.isPartitioned
            ? ("ACCESS EXCLUSIVE", "reads and writes of the table and its partitions wait; an instant once it has it")
            : nil
    }

    /// Says `t` once it is gone.
    var verify: String { "SELECT pg_catalog.to_regclass(\(SQL.literal(index.name.quoted))) IS NOT NULL;" }

    /// Without its reason.
    func recommendation(_ tree: IndexTree) -> IndexRecommendation {
        let size = tree.size(index)
        return .make {
            $0.kind = .drop
            $0.relation = index.relation
            $0.drops = [index.name]
            $0.sql = sql
            $0.undo = undo
            $0.verify = verify
            if let lock { ($0.lockMode, $0.lockBlocks) = lock }
            $0.basis = .catalog
            ($0.size, $0.leastSize, $0.greatestSize) = (size, size, size)
            $0.writes.rowsWritten = Double(tree.entriesWritten(index))
            $0.cautions = cautions
        }
    }
}
