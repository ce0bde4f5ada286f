import Model
import Statements

/// A parent joined to two tables that each hold several rows for one of its own: every row of the one meets every row of
/// the other.
struct TwoFanOuts {
    let level: QueryLevel
    let parent: QualifiedName
    let children: [Child]
    /// Aggregates that count or sum up a row as often as the other table has rows for the same parent.
    let wrong: [AggregateUse]
    /// Aggregates that leave the repetitions out again by DISTINCT.
    let repaired: [AggregateUse]

    struct Child {
        var place: Int
        var relation: Relation
        /// Its columns that are compared with the parent's key.
        var columns: [String]
        /// Rows for each row of the parent that has any, with the values that the statement asks for, by the statistics; nil
        /// where there are none.
        var rowsPerParent: Double?
    }

    /// The first such pair of a query with aggregates that suffer from it.
    init?(_ level: QueryLevel, _ analysis: StatementAnalysis) {
        guard level.kind == .select, !level.aggregates.isEmpty,
            level.groupBy.allSatisfy({ $0.column?.relation != nil })
        else { return nil }
        for place in level.relations.indices {
            guard let parent = level.relations[place].target else { continue }
            let children = level.relations.indices.compactMap { Self.child($0, of: place, level, analysis) }
            for (number, first) in children.enumerated() {
                for second in children[(number + 1)...] {
                    let pair = Set([first.place, second.place])
                    guard let found = Self.suffering(pair, parent: place, level) else { continue }
                    (self.level, self.parent, self.children) = (level, parent, [first, second])
                    (wrong, repaired) = found
                    return
                }
            }
        }
        return nil
    }

    private static func child(
        _ place: Int, of parent: Int, _ level: QueryLevel, _ analysis: StatementAnalysis
    ) -> Child? {
        let use = level.relations[place]
        guard place != parent, use.source == .relation, use.kind == .table || use.kind == .partitioned,
            let name = use.target, analysis.names.knowsColumns(of: name), let relation = analysis.names.relation(name),
            let target = level.relations[parent].target
        else { return nil }
        let pairs = equalities(of: place, with: parent, level)
        let unique = UniqueRows(level, analysis, by: [])
        // One row of the parent for each of the child.
        guard unique.keys(of: target).contains(where: { $0.allSatisfy(pairs.map(\.other).contains) }) else {
            return nil
        }
        // Whatever the other side is, an equality may leave one row; so may a test for NULL, of what is valid now.
        let fixed = level.predicates.filter { $0.column.level == level.number && $0.column.relation == place }
        guard !fixed.contains(where: { $0.operation == .isNull }) else { return nil }
        let known = Set(
            fixed.filter { $0.operation == .equality }.map(\.column.name) + allEqualities(of: place, level))
        let isSingle = analysis.names.indexes(of: name).contains { index in
            index.isUnique && index.keys.compactMap(\.name).allSatisfy(known.contains)
        }
        guard !isSingle else { return nil }
        let columns = pairs.map(\.mine)
        let compared = Set(columns + fixed.filter { $0.operation == .equality && !$0.isUnderOr }.map(\.column.name))
        return Child(
            place: place, relation: relation, columns: columns,
            rowsPerParent: rows(of: relation, for: compared.sorted(), analysis))
    }

    private static func equalities(
        of place: Int, with other: Int, _ level: QueryLevel
    ) -> [(mine: String, other: String)] {
        level.joins.flatMap { join -> [(mine: String, other: String)] in
            guard join.operation == .equality, !join.isNegated, !join.isUnderOr, join.leftWrapper == nil,
                join.rightWrapper == nil, join.left.level == level.number, join.right.level == level.number
            else { return [] }
            if join.left.relation == place, join.right.relation == other { return [(join.left.name, join.right.name)] }
            if join.right.relation == place, join.left.relation == other { return [(join.right.name, join.left.name)] }
            return []
        }
    }

    private static func allEqualities(of place: Int, _ level: QueryLevel) -> [String] {
        level.joins.filter { $0.operation == .equality }.flatMap { [$0.left, $0.right] }
            .filter { $0.level == level.number && $0.relation == place }.map(\.name)
    }

    private static func rows(of relation: Relation, for columns: [String], _ analysis: StatementAnalysis) -> Double? {
        let distinct = columns.compactMap {
            analysis.names.column($0, of: relation.name)?.statistics?.distinctValues(inRows: relation.rows)
        }
        guard distinct.count == columns.count, relation.rows > 0 else { return nil }
        return relation.rows / max(1, min(relation.rows, distinct.reduce(1, *)))
    }

    /// The aggregates that the pair harms; nil where there are none, or where the pairs themselves are meant.
    private static func suffering(
        _ pair: Set<Int>, parent: Int, _ level: QueryLevel
    ) -> (wrong: [AggregateUse], repaired: [AggregateUse])? {
        let isLinked = level.connections.contains { pair == Set([$0.0, $0.1]) }
        // In groups of one row of a child only the other multiplies nothing.
        let grouped = level.groupBy.contains {
            $0.column?.level == level.number && pair.contains($0.column?.relation ?? -1)
        }
        guard !isLinked, !grouped else { return nil }
        func relations(_ aggregate: AggregateUse) -> Set<Int> {
            Set(aggregate.columns.filter { $0.level == level.number }.map { $0.relation ?? -1 })
        }
        // hours × rate: each pair is meant.
        guard !level.aggregates.contains(where: { relations($0).isSuperset(of: pair) || relations($0).contains(-1) })
        else { return nil }
        let touched = level.aggregates.filter {
            !relations($0).isEmpty && relations($0).isSubset(of: pair.union([parent]))
        }
        let wrong = touched.filter { additive.contains($0.name) && (!$0.isDistinct || $0.name == "sum") }
        let repaired = touched.filter { $0.isDistinct && $0.name == "count" }
        return wrong.isEmpty && repaired.isEmpty ? nil : (wrong, repaired)
    }

    /// A row that comes twice changes their result.
    private static let additive: Set<String> = ["sum", "count", "array_agg", "string_agg", "json_agg", "jsonb_agg"]
}
