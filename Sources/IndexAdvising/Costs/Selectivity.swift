import Foundation
import Model
import Statements

/// Shares of a relation's rows that conditions leave, by the rules of src/backend/utils/adt/selfuncs.c as far as they work without
/// the values.
struct Selectivity: Sendable {
    /// DEFAULT_EQ_SEL, DEFAULT_INEQ_SEL, DEFAULT_RANGE_INEQ_SEL, DEFAULT_MATCH_SEL of src/include/utils/selfuncs.h; 0.001 is what
    /// `contsel` of geo_selfuncs.c and `arraycontsel` give for want of statistics.
    static let equality = 0.005
    static let inequality = 1.0 / 3
    static let range = 0.005
    static let pattern = 0.005
    static let containment = 0.001

    /// A share with how far it may be off: 0 where values were compared, else the natural logarithm of a likely factor.
    struct Share: Sendable {
        var value: Double
        var doubt: Double
    }

    var names: CatalogNames
    var distributions: [ColumnReference: ColumnDistribution] = [:]

    func statistics(_ column: String, of relation: QualifiedName) -> ColumnStatistics? {
        names.column(column, of: relation)?.statistics
    }

    func distinct(_ column: String, of relation: QualifiedName, rows: Double) -> Double? {
        guard let statistics = statistics(column, of: relation), statistics.distinct != 0 else { return nil }
        return max(1, min(rows, statistics.distinctValues(inRows: rows)))
    }

    func share(_ qual: Qual, of relation: QualifiedName, rows: Double) -> Share {
        let column = qual.columns.count == 1 ? qual.columns.first : nil
        let statistics = column.flatMap { self.statistics($0, of: relation) }
        if qual.isColumn, let known = known(qual, of: relation) { return Share(value: known, doubt: 0) }
        let present = 1 - (statistics?.nullFraction ?? 0)
        switch qual.operation {
        case .equality: return equality(qual, statistics, rows)
        case .inList(let count):
            var one = equality(qual, statistics, rows)
            one.value = min(present, one.value * Double(count ?? 10))
            if count == nil { one.doubt += 1 }
            return one
        case .isNull: return Share(value: max(1e-6, statistics?.nullFraction ?? Self.equality), doubt: 0)
        case .isNotNull: return Share(value: max(1e-6, present), doubt: 0)
        case .inequality: return Share(value: present * 0.9, doubt: 0.2)
        case .range: return Share(value: present * Self.inequality, doubt: 2)
        case .prefix(let prefix):
            // FIXED_CHAR_SEL: each character leaves a fifth (`like_fixed_prefix` … `pattern_selectivity`).
            return Share(value: max(1 / max(1, rows), pow(0.2, Double(prefix.count))), doubt: 2)
        case .pattern: return Share(value: Self.pattern, doubt: 2)
        case .containment: return Share(value: Self.containment, doubt: 3)
        case .other: return Share(value: Self.inequality, doubt: 2)
        }
    }

    /// 1 ÷ distinct values (`var_eq_non_const`): in doubt by how much more common the most common ones are.
    private func equality(_ qual: Qual, _ statistics: ColumnStatistics?, _ rows: Double) -> Share {
        guard let statistics, statistics.distinct != 0, qual.isColumn || statistics.distinct < 0 else {
            // An expression has statistics only where an index on it exists; 200 values as the planner has it.
            return Share(value: Self.equality, doubt: 2)
        }
        let distinct = max(1, statistics.distinctValues(inRows: rows))
        let share = max((1 - statistics.nullFraction) / distinct, 1 / max(1, rows))
        let most = statistics.mostCommonFrequencies.first ?? share
        return Share(value: share, doubt: max(0.05, abs(log(most / share))))
    }

    private func known(_ qual: Qual, of relation: QualifiedName) -> Double? {
        guard let distribution = distributions[ColumnReference(relation, qual.key)], !qual.values.isEmpty else {
            return nil
        }
        switch qual.operation {
        case .equality: return distribution.selectivity(operator: "=", value: qual.values[0])
        case .inequality: return distribution.selectivity(operator: "<>", value: qual.values[0])
        case .range(let name): return distribution.selectivity(operator: name, value: qual.values[0])
        case .inList:
            let each = qual.values.compactMap { distribution.selectivity(operator: "=", value: $0) }
            return each.count == qual.values.count ? min(1, each.reduce(0, +)) : nil
        default: return nil
        }
    }

    /// The shares of each condition and of each pair of bounds on one key, fitted so that all together leave `rows` ÷ relation's rows:
    /// the planner knew the values. What is most in doubt gives way most.
    func fitted(_ quals: [Qual], of relation: QualifiedName, rows: Double, joint: Double?) -> FittedShares {
        var groups: [FittedShares.Group] = []
        for (place, qual) in quals.enumerated() {
            let share = share(qual, of: relation, rows: rows)
            if case .range(let name) = qual.operation,
                let other = groups.firstIndex(where: { $0.key == qual.key && $0.isOpenTo(name) })
            {
                groups[other].close(place, share)
            } else {
                var group = FittedShares.Group(key: qual.key, places: [place], share: share)
                if case .range(let name) = qual.operation { group.bound = name.first }
                groups.append(group)
            }
        }
        var fitted = FittedShares(groups: groups)
        if let joint { fitted.fit(to: max(joint, 1 / max(1, rows))) }
        return fitted
    }
}

/// Shares of several conditions, which may be asked for any part of them.
struct FittedShares: Sendable {
    struct Group: Sendable {
        var key: String
        /// Places in the list of conditions.
        var places: [Int]
        var share: Selectivity.Share
        /// `<` or `>` while only one side is bounded.
        var bound: Character?
        /// The share of one bound alone.
        var single: Double?

        func isOpenTo(_ name: String) -> Bool { bound != nil && bound != name.first }

        /// `clauselist_selectivity`: the two shares less what both leave out, or DEFAULT_RANGE_INEQ_SEL where it is not known.
        mutating func close(_ place: Int, _ other: Selectivity.Share) {
            places.append(place)
            bound = nil
            single = min(share.value, other.value)
            let isKnown = share.doubt == 0 && other.doubt == 0
            let both = share.value + other.value - 1
            share = .init(value: isKnown ? max(both, 1e-6) : Selectivity.range, doubt: isKnown ? 0 : 3)
        }
    }

    var groups: [Group]

    mutating func fit(to joint: Double) {
        let now = groups.reduce(0) { $0 + log(max($1.share.value, 1e-9)) }
        let doubt = groups.reduce(0) { $0 + $1.share.doubt }
        var gap = log(joint) - now
        // Nothing is in doubt, and yet the planner has it otherwise: dependent columns.
        guard doubt > 0.01 else { return }
        for place in groups.indices {
            let part = gap * groups[place].share.doubt / doubt
            let value = log(max(groups[place].share.value, 1e-9)) + part
            groups[place].share.value = exp(min(0, max(log(joint), value)))
        }
        gap = log(joint) - groups.reduce(0) { $0 + log(max($1.share.value, 1e-9)) }
        // What bounds took away is shared among those that have room.
        guard abs(gap) > 0.01, gap < 0 else { return }
        for place in groups.indices where gap < 0 {
            let room = log(groups[place].share.value) - log(joint)
            let part = min(room, -gap)
            groups[place].share.value *= exp(-part)
            gap += part
        }
    }

    /// Of the conditions at these places together; 1 for none.
    func share(of places: Set<Int>) -> Double {
        groups.reduce(1) { product, group in
            if places.isSuperset(of: group.places) { return product * group.share.value }
            return places.isDisjoint(with: group.places) ? product : product * (group.single ?? group.share.value)
        }
    }
}
