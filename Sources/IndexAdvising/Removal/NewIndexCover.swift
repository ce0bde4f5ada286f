import Model
import Statements

/// Existing indexes whose work an index that is not there yet would do: exactly, as `IndexComparison` has it of two that are.
package enum NewIndexCover {
    /// Every search, sort and index-only scan that `index` serves, the candidate serves, too.
    ///
    /// Of whole B-trees under the default operator classes and collations of their columns: a candidate names no other.
    package static func covers(_ candidate: IndexCandidate, _ index: Index) -> Bool {
        guard index.relation == candidate.relation, index.isUsable, index.parent == nil,
            index.isPartitioned == candidate.isPartitioned, !index.hasLiterals, index.accessMethod == "btree",
            candidate.method == .btree, index.predicate == nil, candidate.predicate == nil, index.keyCount > 0,
            candidate.keys.count >= index.keyCount, hasDefaultKeys(index)
        else { return false }
        let pairs = Array(zip(index.keys, candidate.keys))
        guard pairs.allSatisfy({ isSameValue($0, $1) }) else { return false }
        let isForwards = pairs.allSatisfy { $0.isDescending == $1.isDescending && $0.isNullsFirst == $1.isNullsFirst }
        let isBackwards = pairs.allSatisfy { $0.isDescending != $1.isDescending && $0.isNullsFirst != $1.isNullsFirst }
        guard isForwards || isBackwards else { return false }
        let held = Set(candidate.included + candidate.keys.compactMap(\.bareColumn))
        return index.included.allSatisfy { $0.name.map(held.contains) ?? false }
    }

    /// Correlation from which the planner's cost of a scan rises by a tenth: it interpolates by the square between reading pages
    /// in order and at random, and takes three quarters of the correlation for an index of several keys (btcostestimate and
    /// cost_index; 9 grew to 92 where it was 1, measured on 15).
    private static let feltCorrelation = 0.4

    static let lostOrder =
        "one of several keys counts as less in the order of the table, so that they would cost more by the planner."

    /// A single key in the order of the table has a cost that an index of more keys has not.
    static func losesOrder(_ index: Index, keys: Int, in names: CatalogNames) -> Bool {
        guard index.keyCount == 1, keys > 1, let name = index.columns.first?.name,
            let correlation = names.column(name, of: index.relation)?.statistics?.correlation
        else { return false }
        return abs(correlation) >= feltCorrelation
    }

    private static func isSameValue(_ column: IndexColumn, _ key: IndexCandidate.Key) -> Bool {
        guard key.operatorClass == nil else { return false }
        switch key.key {
        case .column(let name): return column.name == name
        case .expression(let text, _): return column.name == nil && column.expression == text
        }
    }

    /// The definition names operator classes and collations where they are not the defaults of the column, and nowhere else
    /// (get_opclass_name and pg_get_indexdef_worker in ruleutils.c).
    static func hasDefaultKeys(_ index: Index) -> Bool {
        guard let definition = index.definition, let parsed = try? ParsedStatement(parsing: definition),
            case let keys = parsed.root.list("indexParams"), keys.count == index.keyCount
        else { return false }
        return keys.allSatisfy { $0.strings("opclass").isEmpty && $0.strings("collation").isEmpty }
    }
}

extension IndexCandidate.Key {
    fileprivate var bareColumn: String? {
        if case .column(let name) = key { return name }
        return nil
    }

    fileprivate var isNullsFirst: Bool { nullsFirst ?? isDescending }
}
