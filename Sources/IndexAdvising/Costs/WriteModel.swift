import Foundation
import Model
import Statements

/// What keeping indexes up to date costs, in the planner's units, which has no formula for it.
///
/// An entry is a descent as `btcostestimate` has it, `log2(rows) × cpu_operator_cost + 50 × (height + 1) × cpu_operator_cost`, an index
/// tuple, `page` for the dirtied page with its WAL, and a random page for the share of the index that the cache does not hold. Measured on
/// PostgreSQL 15 (200,000 inserts into a table with a primary key, without further indexes, with one, with four): 0.75 s, 1.1 s, 2.5 s,
/// and 3.6 s to 4.7 s with four on a million rows, which is 1.8 to 4.9 µs an entry; a sequential scan there took 6 to 9 µs for a unit.
/// So an entry costs 0.3 to 0.7 units; the formula gives 0.53 for a million rows. GIN with trigrams of 32 bytes: 26 µs a row, 0.1
/// units an element.
///
/// DELETE costs nothing at once; VACUUM removes the entries later, reading the whole index each time: that is not charged.
package struct WriteModel: Sendable {
    /// A dirtied leaf page and its WAL; measured, as what the descent leaves of an entry's time.
    static let page = 0.1
    /// For each further element of a GIN entry (pending list and postings); measured.
    static let element = 0.1
    /// For want of counters: how many of the updates that may be HOT are.
    static let usualHotShare = 0.5

    private let names: CatalogNames
    private let settings: CostSettings
    private let selectivity: Selectivity

    package init(names: CatalogNames, settings: CostSettings) {
        self.names = names
        self.settings = settings
        selectivity = Selectivity(names: names)
    }

    /// One more row in the candidate, where its predicate holds; nil where its relation is not known.
    package func entry(_ candidate: IndexCandidate) -> Double? {
        AccessIndex(candidate, on: candidate.relation, names, distributions: [:]).map { entry($0, candidate.relation) }
    }

    func entry(_ index: AccessIndex, _ relation: QualifiedName) -> Double {
        if index.method == .brin {
            // The range's summary is looked at and seldom changed; many rows share it.
            return settings.indexTuple + settings.operator
        }
        let descent = log2(max(2, index.rows)) * settings.operator + 50 * Double(index.height + 1) * settings.operator
        let column = index.keys.first?.column
        let correlation = column.flatMap { selectivity.statistics($0, of: relation)?.correlation } ?? 0
        // Ascending keys go to the last leaf, which is in the cache.
        let isAscending = index.method == .btree && correlation > 0.95
        let missed = isAscending ? 0 : max(0, 1 - settings.effectiveCachePages / max(1, index.pages))
        return descent + settings.indexTuple + Self.page + missed * settings.randomPage
            + Self.element * max(0, index.entriesPerRow - 1)
    }

    /// What the workload's writes cost with the candidate beyond what they cost without it; nil where its relation is not known.
    package func cost(of candidate: IndexCandidate, under writes: [TableWrites]) -> IndexWriteCost? {
        guard let entry = entry(candidate), let relation = names.relation(candidate.relation) else { return nil }
        let own = writes.filter { $0.relation == candidate.relation }
        let rows = TableSize(relation, names).rows
        let share = IndexSize.share(of: candidate, rows, selectivity).value
        let present = names.allIndexes(of: relation.name).filter(\.isLive)
        let others = present.reduce(0) { sum, index in
            sum + (AccessIndex(index, TableSize(relation, names)).map { self.entry($0, relation.name) } ?? entry)
        }
        let columns = Self.columns(of: candidate)
        var cost = IndexWriteCost()
        for table in own {
            let hot = hotShare(table, relation, present)
            cost.rowsWritten += table.inserted
            for (set, rows) in table.updated {
                let isHot = set.isDisjoint(with: Self.columns(of: present)) ? hot : 0
                cost.rowsWritten += rows * (1 - isHot)
                if !set.isDisjoint(with: columns) { cost.hotUpdatesLost += rows * isHot }
            }
        }
        if own.contains(where: \.isCounted) { cost.basis = .counters }
        cost.cost = (cost.rowsWritten + cost.hotUpdatesLost) * entry * share + cost.hotUpdatesLost * others
        return cost
    }

    /// Share of those updates that are HOT which set no indexed column (https://www.postgresql.org/docs/current/storage-hot.html), by the
    /// counters of all updates.
    private func hotShare(_ table: TableWrites, _ relation: Relation, _ present: [Index]) -> Double {
        guard relation.counters.updated > 0 else { return Self.usualHotShare }
        let indexed = Self.columns(of: present)
        let all = table.updated.values.reduce(0, +)
        let able = table.updated.filter { $0.key.isDisjoint(with: indexed) }.values.reduce(0, +)
        guard able > 0 else { return 0 }
        let share = Double(relation.counters.hotUpdated) / Double(relation.counters.updated)
        return min(1, share * all / able)
    }

    /// Columns whose change makes a new entry: keys, included ones, and those of the predicate.
    static func columns(of candidate: IndexCandidate) -> Set<String> {
        let predicate = candidate.predicate.map { Qual.read($0, aliases: [candidate.relation.name]) } ?? []
        return predicate.reduce(into: Set(candidate.keyColumns + candidate.included)) { $0.formUnion($1.columns) }
    }

    private static func columns(of indexes: [Index]) -> Set<String> {
        var found: Set<String> = []
        for index in indexes {
            found.formUnion(index.columns.compactMap(\.name))
            for text in index.columns.compactMap(\.expression) + [index.predicate].compactMap(\.self) {
                found.formUnion(PlanText.expression(text)?.columnNames ?? [])
            }
        }
        return found
    }
}

extension Node {
    fileprivate var columnNames: [String] {
        (kind == "ColumnRef" ? [self] : all("ColumnRef")).compactMap { $0.strings("fields").last }
    }
}
