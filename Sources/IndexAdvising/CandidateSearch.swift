import Model
import Plans

/// Finds indexes worth asking the planner about, from the plans of the statements that take the time: names and views are
/// resolved there already.
///
/// Collecting calls `propose` once a database after the plans were read, makes each candidate with `hypopg_create_index`, explains
/// the statements again, and keeps the two costs.
package struct CandidateSearch {
    /// Relations with fewer rows are read as fast without an index (pghero's floor for index advice).
    package static let fewestRows = 10_000.0
    /// More keys than that seldom pay for their size and upkeep (postgres-mcp stops at 3, dasha at 4).
    package static let mostKeys = 3
    package static let limit = 20

    private let catalog: DatabaseCatalog
    private let relations: [String: [Relation]]

    package init(_ catalog: DatabaseCatalog) {
        self.catalog = catalog
        relations = Dictionary(grouping: catalog.relations, by: \.name.name)
    }

    /// At most `limit` candidates for the plans, those of earlier plans first; each is for one relation.
    package func propose(_ plans: [(plan: Plan, searchPath: [String])]) -> [IndexCandidate] {
        var found: [IndexCandidate] = []
        for (plan, searchPath) in plans {
            for candidate in candidates(plan, searchPath) where !found.contains(candidate) { found.append(candidate) }
        }
        return Array(found.filter { candidate in !found.contains { $0.covers(candidate) } }.prefix(Self.limit))
    }

    private func candidates(_ plan: Plan, _ searchPath: [String]) -> [IndexCandidate] {
        var found: [IndexCandidate] = []
        plan.root.walk { node, above in
            guard node.isSequentialScan || node.type == "Index Scan" || node.type == "Bitmap Heap Scan",
                let relation = relation(of: node, searchPath), isWorth(relation)
            else { return }
            found += forScan(node, relation)
            found += forOrder(node, above, relation)
            found += forInnerSide(node, above, relation)
        }
        return found
    }

    private func isWorth(_ relation: Relation) -> Bool {
        relation.rows >= Self.fewestRows && !relation.isSystem && !relation.isLocked
            // An index of a partitioned table is built partition by partition: another procedure than what we print.
            && !relation.isPartition && (relation.kind == .table || relation.kind == .materializedView)
    }

    /// EXPLAIN prints no schema: the first in the statement's search_path that has the name, else the only one.
    package func relation(of node: PlanNode, _ searchPath: [String]) -> Relation? {
        guard let name = node.relation, let named = relations[name] else { return nil }
        if let schema = node.schema { return named.first { $0.name.schema == schema } }
        for schema in searchPath { if let found = named.first(where: { $0.name.schema == schema }) { return found } }
        return named.count == 1 ? named[0] : nil
    }

    private func aliases(_ node: PlanNode) -> Set<String> { Set([node.alias, node.relation].compactMap(\.self)) }

    /// Equalities first, then one range (the manual, "Multicolumn Indexes").
    private func forScan(_ node: PlanNode, _ relation: Relation) -> [IndexCandidate] {
        let texts = [node.filter, node.type == "Bitmap Heap Scan" ? node.recheckCondition : node.indexCondition]
        guard node.filter != nil else { return [] }
        return candidate(texts.compactMap(\.self).flatMap { ScanCondition.read($0, aliases: aliases(node)) }, relation)
    }

    private func candidate(_ conditions: [ScanCondition], _ relation: Relation) -> [IndexCandidate] {
        var equalities = unique(conditions.filter { $0.kind == .equality }.map(\.key))
        let ranges = unique(conditions.filter { $0.kind == .range }.map(\.key)).filter { !equalities.contains($0) }
        // Where all are compared for equality the most selective comes first: shared by more statements.
        equalities.sort { distinct($0, relation) > distinct($1, relation) }
        let keys = Array((equalities.prefix(Self.mostKeys) + ranges.prefix(1)).prefix(Self.mostKeys))
        guard !keys.isEmpty else { return [] }
        return checked(
            IndexCandidate(relation: relation.name, keys: keys.map { .init(key: $0) }),
            equalities: min(equalities.count, Self.mostKeys))
    }

    /// `WHERE a = … ORDER BY b LIMIT …`: an index that brings the order needs no sort and stops early.
    private func forOrder(_ node: PlanNode, _ above: [PlanNode], _ relation: Relation) -> [IndexCandidate] {
        guard let sort = above.last(where: { $0.type == "Sort" || $0.type == "Incremental Sort" }),
            let limit = above.last(where: { $0.type == "Limit" }), limit.rows < sort.rows, !sort.sortKeys.isEmpty
        else { return [] }
        // A join or an aggregate in between changes the order's meaning, or needs all rows before the limit.
        guard let place = above.lastIndex(where: { $0.type == "Limit" }),
            above[(place + 1)...].allSatisfy({
                ["Sort", "Incremental Sort", "Gather", "Gather Merge"].contains($0.type)
            })
        else { return [] }
        let order = sort.sortKeys.map { ScanCondition.sortKey($0, aliases: aliases(node)) }
        guard order.allSatisfy({ $0 != nil }) else { return [] }
        let conditions = node.filter.map { ScanCondition.read($0, aliases: aliases(node)) } ?? []
        let equalities = unique(conditions.filter { $0.kind == .equality }.map(\.key))
        let sortKeys = order.compactMap(\.self).filter { !equalities.contains($0.key) }
        let all = sortKeys.allSatisfy(\.isDescending)
        let keys =
            equalities.map { IndexCandidate.Key(key: $0) }
            + sortKeys.map { IndexCandidate.Key(key: $0.key, isDescending: all ? false : $0.isDescending) }
        guard keys.count <= Self.mostKeys else { return [] }
        return checked(IndexCandidate(relation: relation.name, keys: keys), equalities: equalities.count)
    }

    /// The inner side of a join that is read whole, once or again and again: an index on its join keys.
    private func forInnerSide(_ node: PlanNode, _ above: [PlanNode], _ relation: Relation) -> [IndexCandidate] {
        guard node.isSequentialScan, let join = above.last(where: { $0.joinFilter != nil || $0.hashCondition != nil })
        else { return [] }
        let text = join.hashCondition ?? join.joinFilter ?? ""
        // In the join's condition names carry their alias: another's column counts as a value.
        return candidate(ScanCondition.read(text, aliases: aliases(node)), relation)
    }

    private func checked(_ candidate: IndexCandidate, equalities: Int) -> [IndexCandidate] {
        let columns = Set(catalog.columns.filter { $0.relation == candidate.relation }.map(\.name))
        guard candidate.keys.allSatisfy({ columns.isEmpty || columns.contains($0.key.column) }),
            !catalog.indexes.contains(where: { candidate.isServed(by: $0, equalities: equalities) })
        else { return [] }
        return [candidate]
    }

    private func distinct(_ key: ScanCondition.Key, _ relation: Relation) -> Double {
        catalog.columns.first { $0.relation == relation.name && $0.name == key.column }?.statistics?
            .distinctValues(inRows: relation.rows) ?? 0
    }

    private func unique(_ keys: [ScanCondition.Key]) -> [ScanCondition.Key] {
        var seen: Set<ScanCondition.Key> = []
        return keys.filter { seen.insert($0).inserted }
    }
}
