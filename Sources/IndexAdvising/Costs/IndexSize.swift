import Model
import Statements

/// Bytes that an index takes when it is built, with the bounds between which we expect the truth.
package struct IndexSize: Sendable, Equatable {
    package var bytes: Int64
    package var least: Int64
    package var greatest: Int64
    /// Rows that it has entries for.
    package var rows: Double
    /// Levels above the leaves, 0 for one page.
    package var height: Int

    package var pages: Double { Double(bytes) / Double(Self.page) }

    static let page = 8192

    init(pages: Double, least: Double, greatest: Double, rows: Double, height: Int = 0) {
        func bytes(_ pages: Double) -> Int64 { Int64(min(1e14, max(1, pages.rounded(.up)))) * Int64(Self.page) }
        self.bytes = bytes(pages)
        self.least = min(bytes(least), self.bytes)
        self.greatest = max(bytes(greatest), self.bytes)
        self.rows = rows
        self.height = height
    }

    /// nil where the relation or one of the columns is not in the catalog.
    package static func estimate(
        _ candidate: IndexCandidate, _ names: CatalogNames,
        distributions: [ColumnReference: ColumnDistribution] = [:]
    ) -> IndexSize? {
        guard let relation = names.relation(candidate.relation), !candidate.keys.isEmpty else { return nil }
        let rows = TableSize(relation, names).rows
        let share = Self.share(of: candidate, rows, Selectivity(names: names, distributions: distributions))
        let columns = candidate.keys.map { IndexedColumn($0.key, of: relation.name, rows: rows, names) }
        let included = candidate.included.map { IndexedColumn($0, of: relation.name, rows: rows, names) }
        guard columns.allSatisfy({ $0 != nil }), included.allSatisfy({ $0 != nil }) else { return nil }
        let keys = columns.compactMap(\.self)
        switch candidate.method {
        case .btree:
            return BTreeSize(keys: keys, included: included.compactMap(\.self)).size(rows: rows, share: share)
        case .gin: return GINSize(candidate, keys, names).size(rows: rows * share.value)
        case .gist: return GiSTSize(candidate, keys).size(rows: rows * share.value)
        case .brin: return BRINSize(keys: keys).size(pages: TableSize(relation, names).pages, rows: rows)
        }
    }

    /// How far the planner may be off with a single condition's rows, where statistics are as old as ANALYZE (our choice).
    private static let plannerError = 1.5

    /// As the planner sees them.
    package static func rows(of relation: Relation, _ names: CatalogNames) -> Double { TableSize(relation, names).rows }

    /// Share of the rows that the predicate leaves, with its bounds.
    struct PredicateShare {
        var value = 1.0
        var least = 1.0
        var greatest = 1.0
    }

    static func share(of candidate: IndexCandidate, _ rows: Double, _ selectivity: Selectivity) -> PredicateShare {
        guard let predicate = candidate.predicate else { return PredicateShare() }
        if let known = candidate.predicateShare {
            return PredicateShare(
                value: known, least: known / Self.plannerError, greatest: min(1, known * Self.plannerError))
        }
        var share = PredicateShare()
        for qual in Qual.read(predicate, aliases: [candidate.relation.name]) {
            let one = selectivity.share(qual, of: candidate.relation, rows: rows)
            // Equal to a value that we do not know: as rare as the rarest or as common as the most common one.
            let frequencies =
                one.doubt == 0
                ? [] : selectivity.statistics(qual.key, of: candidate.relation)?.mostCommonFrequencies ?? []
            share.value *= one.value
            share.least *= min(one.value, frequencies.last ?? one.value / (1 + one.doubt))
            share.greatest *= max(one.value, frequencies.first ?? min(1, one.value * (1 + 4 * one.doubt)))
        }
        return share
    }
}

/// Rows and pages of a relation; of a partitioned one those of its partitions together.
struct TableSize: Sendable {
    var rows: Double
    var pages: Double
    /// Share of the pages that the visibility map has as all visible, 0…1.
    var visibleShare: Double

    init(_ relation: Relation, _ names: CatalogNames) {
        let parts =
            relation.kind == .partitioned
            ? names.catalog.relations.filter { $0.partitionRoot == relation.name && $0.kind == .table } : [relation]
        var visible = 0.0
        rows = 0
        pages = 0
        for part in parts {
            let now = Double(part.size.map { $0 / Int64(IndexSize.page) } ?? part.pages)
            // The planner keeps the density and looks at the file (`estimate_rel_size`, src/backend/access/table/tableam.c).
            rows += part.pages > 0 && now > 0 ? max(0, part.rows) * now / Double(part.pages) : max(0, part.rows)
            pages += now
            visible += Double(part.allVisiblePages)
        }
        rows = max(1, rows)
        pages = max(1, pages)
        visibleShare = min(1, visible / pages)
    }
}
