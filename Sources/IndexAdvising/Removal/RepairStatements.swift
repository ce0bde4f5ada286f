import Model

/// How an index that a failed build left INVALID is made again, under its name.
struct RepairStatements {
    let index: Index
    let tree: IndexTree

    var recommendation: IndexRecommendation {
        let isPlain = index.isExclusion
        return .make {
            $0.kind = .repair
            $0.repairs = index.name
            $0.relation = index.relation
            $0.sql = ["REINDEX INDEX \(isPlain ? "" : "CONCURRENTLY ")\(index.name.quoted);"]
            if index.parent == nil, index.constraint == nil {
                $0.undo = ["DROP INDEX CONCURRENTLY \(index.name.quoted);"]
            }
            $0.verify =
                "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = "
                + "\(SQL.literal(index.name.quoted))::regclass;"
            $0.reason =
                "\(index.name) \(index.keyList) is INVALID: a build did not end. No statement can use it"
                + (index.isReady ? ", and every write maintains it." : ".")
            $0.basis = .catalog
            $0.size = index.sizeOrEstimate
            ($0.leastSize, $0.greatestSize) = ($0.size, $0.size)
            $0.writes.rowsWritten = index.isReady ? Double(tree.entriesWritten(index)) : 0
            $0.cautions = [
                "Where nobody remembers what it was for, drop it instead.",
                "When the build fails again it leaves one more INVALID index, with _ccnew at the end of its name.",
            ]
            if index.isUnique {
                $0.cautions.append("It is unique: the build fails again while there are duplicates.")
            }
            if isPlain {
                ($0.lockMode, $0.lockBlocks) = (
                    "ACCESS EXCLUSIVE", "writes wait, and reads that would use the index"
                )
                $0.cautions.append(
                    "An exclusion constraint's index cannot be made again CONCURRENTLY: writes wait.")
            }
        }
    }
}
