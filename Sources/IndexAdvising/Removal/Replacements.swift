import Model
import Statements

/// What new indexes of the set make needless.
extension IndexRemovals {
    /// Existing indexes whose work the candidate would do exactly, and that do nothing else; those of `kept` stay.
    ///
    /// - Parameters:
    ///   - size: bytes of the new index. Much larger than an old one that is read, it does not replace it.
    ///   - used: indexes that plans of the workload read: none of these plans shall cost more.
    package static func needless(
        because candidate: IndexCandidate, size: Int64? = nil, in names: CatalogNames, used: Set<QualifiedName> = [],
        kept: Set<QualifiedName> = []
    ) -> [Index] {
        let tree = IndexTree(names)
        return names.indexes(of: candidate.relation).filter { index in
            guard NewIndexCover.covers(candidate, index), index.purpose == nil, !kept.contains(index.name) else {
                return false
            }
            if used.contains(index.name) || tree.leaves(index).contains(where: { used.contains($0.name) }),
                NewIndexCover.losesOrder(index, keys: candidate.keys.count, in: names)
            {
                return false
            }
            guard let size, tree.scans(index) > 0 else { return true }
            return Double(size) <= Double(tree.size(index)) * RemovalLimits.coverRatio
        }
    }

    /// A `create` made a `replace`: the old indexes go after the new one is there, and come back before it goes.
    package static func replacing(_ old: [Index], with create: IndexRecommendation) -> IndexRecommendation {
        guard !old.isEmpty else { return create }
        var replace = create
        replace.kind = .replace
        replace.makesNeedless = old.map(\.name)
        replace.drops += old.map(\.name)
        let drops = old.map(DropStatements.init)
        replace.sql += drops.flatMap(\.sql)
        replace.undo = drops.reversed().flatMap(\.undo) + create.undo
        replace.cautions += drops.flatMap(\.cautions)
        if let lock = drops.lazy.compactMap(\.lock).first { (replace.lockMode, replace.lockBlocks) = lock }
        replace.cautions.append("Drop nothing before the new index is there and valid.")
        return replace
    }
}
