import Model
import Plans
import Statements

/// All indexes that could serve statements, from their trees.
///
/// The planner judges them afterwards, all of one statement at once: what matters is that the best one is among them
/// and
/// that they are few.
package struct CandidateGenerator: Sendable {
    /// Of one statement and relation.
    package static let mostPerRelation = 24
    /// More keys than that seldom pay for their size and upkeep (dasha stops at 4); an order may have more.
    static let mostKeys = 4

    let names: CatalogNames
    /// The database's collation is C (or POSIX): a B-tree of the default operator class serves LIKE 'x%'.
    let collationIsC: Bool
    private let trees: [QualifiedName: Extent]
    /// Valid indexes by their relation.
    let existing: [QualifiedName: [ExistingIndex]]

    /// Partitions of one topmost parent together.
    struct Extent {
        var rows = 0.0
        var pages: Int64 = 0
        var allVisiblePages: Int64 = 0
        var counters = RelationCounters()
    }

    package init(_ names: CatalogNames) { self.init(names, collationIsC: false) }

    package init(_ names: CatalogNames, collationIsC: Bool) {
        self.names = names
        self.collationIsC = collationIsC
        var trees: [QualifiedName: Extent] = [:]
        for relation in names.catalog.relations where relation.kind != .partitioned {
            guard let root = relation.partitionRoot else { continue }
            trees[root, default: Extent()].add(relation)
        }
        self.trees = trees
        existing = Dictionary(
            grouping: names.catalog.indexes.filter { $0.isValid && $0.isReady && $0.isLive }.map(ExistingIndex.init),
            by: \.index.relation)
    }

    /// Those of one statement, most promising first, at most `mostPerRelation` for each relation, no two the same.
    package func candidates(for statement: WorkloadStatement) -> [IndexCandidate] {
        var ranked: [RankedCandidate] = []
        let used = statement.plan.map { Set($0.root.all { $0.index != nil }.compactMap(\.index)) }
        for reading in StatementReading(statement.shape, names: names).all {
            guard reason(against: reading.relation) == nil, statement.shape.readsRows(of: reading.use) else { continue }
            ranked += RelationCandidates(reading, self, used: used).all
        }
        ranked += foreignKeyCandidates(for: statement)
        // Of equal rank the one that was found first.
        let ordered = ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        var seen: Set<IndexCandidate> = []
        var counts: [QualifiedName: Int] = [:]
        return ordered.map(\.element.candidate).filter { candidate in
            guard seen.insert(candidate).inserted else { return false }
            counts[candidate.relation, default: 0] += 1
            return counts[candidate.relation, default: 0] <= Self.mostPerRelation
        }
    }

    func extent(of relation: Relation) -> Extent {
        var extent = Extent()
        extent.add(relation)
        guard relation.kind == .partitioned else { return extent }
        // A sub-partitioned partition is not told from its siblings.
        var sum = relation.isPartition ? extent : trees[relation.name] ?? Extent()
        sum.rows = max(sum.rows, extent.rows)
        return sum
    }
}

extension CandidateGenerator.Extent {
    mutating func add(_ relation: Relation) {
        rows += max(0, relation.rows)
        pages += relation.pages
        allVisiblePages += relation.allVisiblePages
        counters.inserted += relation.counters.inserted
        counters.updated += relation.counters.updated
        counters.deleted += relation.counters.deleted
    }
}

/// A candidate with its place among those of a statement: the less, the more promising.
struct RankedCandidate {
    var rank: Int
    var candidate: IndexCandidate
}

extension StatementShape {
    /// The target of INSERT is written only.
    fileprivate func readsRows(of use: UsePlace) -> Bool { levels[use.level].kind != .insert || use.place > 0 }
}
