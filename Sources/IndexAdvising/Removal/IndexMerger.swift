import Model
import Statements

/// A new index that is to do the work of existing ones, which go.
package struct IndexMerger: Sendable {
    package var candidate: IndexCandidate
    package var old: [Index]
    /// Those of `old` whose every search, sort and index-only scan it serves (`NewIndexCover`). The others begin with the same
    /// key: what the workload does with them was priced.
    package var covered: Set<QualifiedName>
    /// Bytes of the new one, by estimate.
    package var size: Int64
    /// Bytes of the old ones.
    package var oldSize: Int64
    /// Of statements whose plans read an old one.
    package var changes: [Change] = []

    package struct Change: Sendable {
        /// Its place in the workload.
        package var statement: Int
        /// The planner's units, one call.
        package var before: Double
        package var after: Double
        /// The planner takes the new one in place of the old ones by itself.
        package var isPlanned = false

        package init(statement: Int, before: Double, after: Double) {
            self.statement = statement
            self.before = before
            self.after = after
        }
    }

    package var freed: Int64 { oldSize - size }
    /// Dropped though the new one does not serve all that they could.
    package var uncovered: [Index] { old.filter { !covered.contains($0.name) } }
}

extension IndexCandidate {
    /// An existing whole B-tree on bare columns under their default operator classes and collations; nil for others, whose work no
    /// candidate can do.
    package init?(_ index: Index) {
        guard index.accessMethod == "btree", index.predicate == nil, !index.hasLiterals, index.keyCount > 0,
            NewIndexCover.hasDefaultKeys(index)
        else { return nil }
        var keys: [Key] = []
        for column in index.keys {
            guard let name = column.name else { return nil }
            var key = Key(key: .column(name), isDescending: column.isDescending)
            if column.isNullsFirst != column.isDescending { key.nullsFirst = column.isNullsFirst }
            keys.append(key)
        }
        self.init(relation: index.relation, keys: keys)
        included = index.included.compactMap(\.name)
        guard included.count == index.included.count else { return nil }
        isPartitioned = index.isPartitioned
    }

    /// The same but for the order of what is included.
    func isSame(as other: IndexCandidate) -> Bool {
        relation == other.relation && keys == other.keys && Set(included) == Set(other.included)
    }

    /// A column stands in both, in opposite directions.
    fileprivate func turns(_ other: IndexCandidate) -> Bool {
        keys.contains { key in
            other.keys.contains {
                $0.key == key.key && ($0.isDescending != key.isDescending || $0.nullsFirst != key.nullsFirst)
            }
        }
    }
}

/// Existing indexes that merge: where one new index does the work of several, so that no plan of the workload gets dearer, no
/// constraint, replica identity or foreign key loses its index, and storage or writes are saved.
///
/// (a) INCLUDE (x) and (a) INCLUDE (y) become (a) INCLUDE (x, y), which serves exactly what both do. Of (a, b) and (a, c), (a, b, c)
/// serves the first exactly; what the workload does with the second is priced.
package struct IndexMergers {
    package private(set) var mergers: [IndexMerger] = []
    package private(set) var rejected: [RejectedCandidate] = []

    private let names: CatalogNames
    private let tree: IndexTree
    private let facts: RemovalFacts
    private let needless: NeedlessIndexes
    private let used: Set<QualifiedName>
    private let staying: Set<QualifiedName>
    private let limits: Limits

    package struct Limits: Sendable {
        /// Only indexes of these; empty: of all.
        package var tables: [QualifiedName] = []
        package var most = Int.max
        /// What a merger must save of the load by its writes where it frees little storage.
        package var leastGain = 0.01

        package init() {}
    }

    /// What is known of a merger before it is accepted.
    package enum Verdict: Sendable {
        case accepted([IndexMerger.Change])
        case refused(String)
    }

    /// - Parameters:
    ///   - used: indexes that plans of the workload read.
    ///   - staying: indexes that are not to be touched: they go already, or another rests on them.
    ///   - upkeep: of a candidate, as a share of the load.
    ///   - judge: prices the statements that read the old ones.
    package init(
        _ names: CatalogNames, _ facts: RemovalFacts, used: Set<QualifiedName>, staying: Set<QualifiedName>,
        limits: Limits, upkeep: (IndexCandidate) -> Double, judge: (IndexMerger) -> Verdict
    ) {
        self.names = names
        self.facts = facts
        self.used = used
        self.staying = staying
        self.limits = limits
        tree = IndexTree(names)
        needless = NeedlessIndexes(names.catalog)
        let mergeable = Dictionary(grouping: tree.roots(where: isMergeable), by: \.relation)
        for (relation, indexes) in mergeable.sorted(by: { $0.key < $1.key })
        where indexes.count > 1 && (limits.tables.isEmpty || limits.tables.contains(relation)) {
            merge(indexes, upkeep, judge)
        }
        mergers.sort { ($1.freed, $0.candidate.description) < ($0.freed, $1.candidate.description) }
        mergers = Array(mergers.prefix(limits.most))
    }

    private func isMergeable(_ index: Index) -> Bool {
        index.isUsable && index.purpose == nil && !staying.contains(index.name)
            && !needless.covered.contains { $0.index.name == index.name }
            && !needless.copies.contains { copies in copies.others.contains { $0.name == index.name } }
    }

    /// An existing index, or a merger of several.
    private struct Unit {
        var candidate: IndexCandidate
        var old: [Index]
        var merger: IndexMerger?
    }

    /// Pair by pair, what frees the most first; a merger may be merged on.
    private mutating func merge(
        _ indexes: [Index], _ upkeep: (IndexCandidate) -> Double, _ judge: (IndexMerger) -> Verdict
    ) {
        var units = indexes.sorted { $0.name < $1.name }.compactMap { index in
            IndexCandidate(index).map { Unit(candidate: $0, old: [index]) }
        }
        var reasons: [Set<QualifiedName>: (candidate: IndexCandidate, text: String)] = [:]
        var judged: [Set<QualifiedName>: [IndexMerger]] = [:]
        while true {
            var best: (left: Int, right: Int, merger: IndexMerger)?
            for left in units.indices {
                for right in units.indices.dropFirst(left + 1)
                where units[left].candidate.keys.first == units[right].candidate.keys.first {
                    let pair = Set((units[left].old + units[right].old).map(\.name))
                    if judged[pair] == nil {
                        judged[pair] = []
                        for candidate in CandidateGenerator.merged(units[left].candidate, units[right].candidate) {
                            guard var merger = merger(candidate, units[left], units[right], upkeep) else { continue }
                            switch ownVerdict(on: merger, units[left].candidate, units[right].candidate)
                                ?? judge(merger)
                            {
                            case .accepted(let changes):
                                merger.changes = changes
                                judged[pair]?.append(merger)
                            case .refused(let text): reasons[pair] = reasons[pair] ?? (candidate, text)
                            }
                        }
                    }
                    guard let found = judged[pair]?.max(by: { $0.rank < $1.rank }) else { continue }
                    if best.map({ $0.merger.rank < found.rank }) ?? true { best = (left, right, found) }
                }
            }
            guard let best else { break }
            let merged = Unit(candidate: best.merger.candidate, old: best.merger.old, merger: best.merger)
            units = units.enumerated().filter { $0.offset != best.left && $0.offset != best.right }.map(\.element)
            units.append(merged)
        }
        mergers += units.compactMap(\.merger)
        let gone = Set(units.compactMap(\.merger).flatMap(\.old).map(\.name))
        for (pair, reason) in reasons.sorted(by: { $0.value.candidate.description < $1.value.candidate.description })
        where gone.isDisjoint(with: pair) {
            rejected.append(
                .make {
                    let merged = pair.sorted().map(\.description).joined(separator: " and ")
                    $0.index = "\(reason.candidate.description) in place of \(merged)"
                    $0.relation = reason.candidate.relation
                    $0.reason = reason.text
                })
        }
    }

    /// nil where nothing is saved, or the two are no pair.
    private func merger(
        _ candidate: IndexCandidate, _ left: Unit, _ right: Unit, _ upkeep: (IndexCandidate) -> Double
    ) -> IndexMerger? {
        let present = names.allIndexes(of: candidate.relation)
        guard left.old[0].isPartitioned == right.old[0].isPartitioned,
            !present.contains(where: { IndexCandidate($0)?.isSame(as: candidate) ?? false }),
            let size = IndexSize.estimate(candidate, names)?.bytes
        else { return nil }
        var old = left.old + right.old
        let others = IndexRemovals.needless(because: candidate, size: size, in: names, used: used, kept: staying)
        for index in others where !old.contains(where: { $0.name == index.name }) { old.append(index) }
        let gone = Set(old.map(\.name))
        // What goes because one of these stays would have nothing to rest on.
        guard needless.covered.allSatisfy({ gone.contains($0.index.name) == gone.contains($0.cover.name) }),
            needless.copies.allSatisfy({ copies in
                ([copies.kept] + copies.others).allSatisfy { gone.contains($0.name) == gone.contains(copies.kept.name) }
            })
        else { return nil }
        let merger = IndexMerger(
            candidate: candidate, old: old.sorted { $0.name < $1.name },
            covered: Set(old.filter { NewIndexCover.covers(candidate, $0) }.map(\.name)), size: size,
            oldSize: old.reduce(0) { $0 + tree.size($1) })
        guard merger.freed >= 0 else { return nil }
        if Double(merger.freed) >= RemovalLimits.coveredSize { return merger }
        let spared = old.compactMap { IndexCandidate($0) }.reduce(0) { $0 + upkeep($1) } - upkeep(candidate)
        return spared >= limits.leastGain ? merger : nil
    }

    // MARK: What speaks against it, whatever the plans say

    private func ownVerdict(on merger: IndexMerger, _ left: IndexCandidate, _ right: IndexCandidate) -> Verdict? {
        for index in merger.old
        where used.contains(index.name) || tree.leaves(index).contains(where: { used.contains($0.name) }) {
            if NewIndexCover.losesOrder(index, keys: merger.candidate.keys.count, in: names) {
                return .refused("Plans of the workload use \(index.name): \(NewIndexCover.lostOrder)")
            }
        }
        for index in merger.old where tree.scans(index) > 0 {
            let ratio = Double(merger.size) / Double(max(1, tree.size(index)))
            guard ratio > RemovalLimits.coverRatio else { continue }
            return .refused(
                "It would be \(Quantity.decimal(ratio, places: 1)) times as large as \(index.name): reads of that would cost "
                    + "more.")
        }
        if let key = orphan(of: merger) {
            return .refused("Without \(key.index) the foreign key \(key.name) has no index that finds its rows.")
        }
        guard !merger.uncovered.isEmpty else { return nil }
        if left.turns(right) {
            return .refused("One column stands in both in opposite directions: neither order is the other's.")
        }
        if facts.standbys > 0 || facts.isStandby {
            return .refused(
                "\(list(merger.uncovered)) may be read otherwise on \(facts.isStandby ? "the primary" : "a standby"), whose "
                    + "statements are not seen from here.")
        }
        for index in merger.uncovered where tree.scans(index) > 0 {
            let isKnown = used.contains(index.name) || tree.leaves(index).contains { used.contains($0.name) }
            if !isKnown {
                return .refused("\(index.name) is read by statements that this workload does not hold.")
            }
        }
        return nil
    }

    private func list(_ indexes: [Index]) -> String { indexes.map(\.name.description).joined(separator: ", ") }

    /// A foreign key that would be left without an index.
    private func orphan(of merger: IndexMerger) -> (name: String, index: QualifiedName)? {
        let gone = Set(merger.old.map(\.name))
        for key in names.catalog.constraints where key.kind == .foreignKey && key.relation == merger.candidate.relation
        {
            guard let serving = merger.old.first(where: { $0.finds(key) }) else { continue }
            let first = merger.candidate.keyColumns.prefix(key.columns.count)
            if Set(first) == Set(key.columns) { continue }
            let others = names.indexes(of: key.relation).contains {
                !gone.contains($0.name) && !staying.contains($0.name) && $0.finds(key)
            }
            if !others { return (key.name, serving.name) }
        }
        return nil
    }
}

extension IndexMerger {
    /// What covers all is better than what was priced; then what frees more.
    fileprivate var rank: (Int, Int64, String) { (-uncovered.count, freed, candidate.description) }
}
