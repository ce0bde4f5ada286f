import Model
import Statements

/// What a statement that never ran finds by a key: a handful of rows, over which no shape does harm. Where calls were counted
/// they tell better, and nothing of this is asked.
extension StatementAnalysis {
    /// The column's relation yields few rows: a key finds them, on the column's own level or within what it stands for.
    func findsFewRows(of column: ColumnUse) -> Bool {
        guard !isMeasured, let place = column.relation else { return false }
        return FoundRows(self, shape.levels[column.level]).few.contains(place)
    }

    /// Each relation of the level yields few rows.
    func findsFewRows(_ level: QueryLevel) -> Bool { !isMeasured && FoundRows(self, level).areFew }

    /// These relations of the level (by index) yield few rows.
    func findsFewRows(_ places: Set<Int>, of level: QueryLevel) -> Bool {
        !isMeasured && !places.isEmpty && places.isSubset(of: FoundRows(self, level).few)
    }

    /// The relation's own conditions, without any join, find few rows.
    func findsFewRowsItself(_ place: Int, of level: QueryLevel) -> Bool {
        !isMeasured && FoundRows(self, level).isFew(place)
    }

    /// A value finds the relation's rows by an index, unique or not, or a join does from such a relation. How many there are is
    /// not known, but the table is not read whole. Conditions on `columns` of the relation do not count.
    func findsByIndex(_ place: Int, of level: QueryLevel, besides columns: Set<String> = []) -> Bool {
        !isMeasured && FoundRows(self, level, besides: (place, columns)).indexed.contains(place)
    }

    /// Nothing was measured, and the level reads a large table of which no key finds a few rows.
    func mayReadMany(_ level: QueryLevel) -> Bool {
        guard !isMeasured else { return false }
        let few = FoundRows(self, level).few
        return level.relations.indices.contains { isLarge($0, of: level) && !few.contains($0) }
    }

    /// Nothing was measured, and the level reads a large table whose rows no index finds.
    func mayReadWhole(_ level: QueryLevel) -> Bool {
        guard !isMeasured else { return false }
        let indexed = FoundRows(self, level).indexed
        return level.relations.indices.contains { isLarge($0, of: level) && !indexed.contains($0) }
    }

    /// Of a table whose definition is not known, an index may serve any condition.
    private func isLarge(_ place: Int, of level: QueryLevel) -> Bool {
        guard let relation = level.relations[place].target.flatMap(names.relation) else { return false }
        return relation.rows >= CostlyShape.largeTable.value
            && (names.knowsColumns(of: relation.name) || readsAll(level))
    }

    /// LIMIT with a small number.
    func hasSmallLimit(_ level: QueryLevel) -> Bool { level.limit.map { $0 <= FoundRows.handful } ?? false }
}

/// How the conditions of one query find the rows of its relations, by the catalog's indexes alone.
struct FoundRows {
    /// Rows from which a list or a page is no handful any more.
    static let handful = 100

    let analysis: StatementAnalysis
    let level: QueryLevel
    /// Columns of a relation (by index) whose conditions do not count.
    let besides: (place: Int, columns: Set<String>)
    /// Queries within queries that are looked into: a chain of WITH queries that each name the last one twice has no end.
    private let depth: Int
    private static let deepest = 4

    init(
        _ analysis: StatementAnalysis, _ level: QueryLevel, besides: (place: Int, columns: Set<String>) = (-1, []),
        depth: Int = 0
    ) {
        self.analysis = analysis
        self.level = level
        self.besides = besides
        self.depth = depth
    }

    /// Relations (by index) of which a key, or a join by a key from such a one, finds few rows.
    var few: Set<Int> {
        grown(from: Set(level.relations.indices.filter(isFew))) { place, found in
            isFound(place, from: found, by: keys(of: place))
        }
    }

    var areFew: Bool { level.setOperation == nil && Set(level.relations.indices).isSubset(of: few) }

    /// Relations (by index) whose rows a condition finds by the first column of an index.
    var indexed: Set<Int> {
        let ranged = level.relations.indices.filter { place in
            isContained(place) || isExpressionFound(place, unique: false)
                || !leading(of: place).isDisjoint(with: filtered(place, by: [.range]))
        }
        return grown(from: few.union(ranged)) { place, found in
            isFound(place, from: found, by: leading(of: place)) || isLookedUp(place)
        }
    }

    private func grown(from start: Set<Int>, _ follows: (Int, Set<Int>) -> Bool) -> Set<Int> {
        var found = start
        var grows = true
        while grows {
            let more = level.relations.indices.filter { !found.contains($0) && follows($0, found) }
            found.formUnion(more)
            grows = !more.isEmpty
        }
        return found
    }

    /// By its own conditions, or as what a subquery, a CTE or a view of few rows returns.
    func isFew(_ place: Int) -> Bool {
        guard let inner = level.relations[place].inner.map({ analysis.shape.levels[$0] }) else {
            return isFound(place, from: [], by: keys(of: place)) || isExpressionFound(place, unique: true)
        }
        if inner.kind == .values { return inner.valueRows <= Self.handful }
        let isOneRow = !inner.aggregates.isEmpty && inner.groupBy.isEmpty && inner.setOperation == nil
        if isOneRow || analysis.hasSmallLimit(inner) || isKeyOutside(place) { return true }
        return depth < Self.deepest && FoundRows(analysis, inner, depth: depth + 1).areFew
    }

    /// A condition outside a subquery, a CTE or a view, which goes in, is on a key there.
    private func isKeyOutside(_ place: Int) -> Bool {
        level.predicates.contains { predicate in
            guard isPlain(predicate, of: place), [.equality, .inList].contains(predicate.operation),
                let origin = analysis.shape.origin(of: predicate.column),
                let relation = analysis.shape.relation(of: origin)
            else { return false }
            return keys(of: relation).contains(origin.name)
        }
    }

    private func isFound(_ place: Int, from others: Set<Int>, by columns: Set<String>) -> Bool {
        !columns.isDisjoint(with: filtered(place, by: [.equality, .inList]))
            || !columns.isDisjoint(with: joined(place, with: others))
    }

    /// First columns of unique indexes.
    private func keys(of place: Int) -> Set<String> {
        guard level.relations[place].inner == nil, let target = level.relations[place].target else { return [] }
        let known = analysis.names.knowsColumns(of: target)
        return (known ? keys(of: target) : [Self.usualKey])
            .subtracting(place == besides.place ? besides.columns : [])
    }

    /// Of a table whose definition is not known.
    private static let usualKey = "id"

    private func keys(of relation: QualifiedName) -> Set<String> {
        let unique = analysis.names.indexes(of: relation).filter { $0.isUnique && $0.predicate == nil }
        return Set(unique.compactMap(\.columns.first?.name))
    }

    /// First columns of indexes that have an order.
    private func leading(of place: Int) -> Set<String> {
        guard let target = level.relations[place].target else { return [] }
        let ordered = analysis.names.indexes(of: target).filter {
            ["btree", "hash"].contains($0.accessMethod) && $0.predicate == nil
        }
        return Set(ordered.compactMap(\.columns.first?.name)).subtracting(place == besides.place ? besides.columns : [])
    }

    /// Columns that equal a value, or are in a range: conditions of AND, on the bare column.
    private func filtered(_ place: Int, by operations: [Predicate.Operation]) -> Set<String> {
        Set(
            level.predicates.filter { isPlain($0, of: place) && operations.contains($0.operation) }.map(\.column.name))
    }

    /// A condition on the bare column that every row of the relation has to meet.
    private func isPlain(_ predicate: Predicate, of place: Int) -> Bool {
        guard predicate.column.level == level.number, predicate.column.relation == place, predicate.wrapper == nil,
            !predicate.isNegated, !predicate.isUnderOr, predicate.clause != .having,
            predicate.outerJoin?.contains(place) ?? true
        else { return false }
        if case .list(let count) = predicate.operand { return count <= Self.handful }
        return predicate.operand != .none
    }

    /// Columns that equal one of those relations', or of an outer query's relation that its own conditions find.
    private func joined(_ place: Int, with others: Set<Int>) -> Set<String> {
        Set(
            equalities(of: place).compactMap { mine, other in
                guard let source = other.relation else { return nil }
                if other.level == level.number { return others.contains(source) ? mine.name : nil }
                let outer = FoundRows(analysis, analysis.shape.levels[other.level])
                return outer.isFound(source, from: [], by: outer.keys(of: source)) ? mine.name : nil
            })
    }

    /// Pairs of a column of the relation and one of another, or of an outer query, that AND sets equal.
    private func equalities(of place: Int) -> [(mine: ColumnUse, other: ColumnUse)] {
        level.joins.flatMap { join -> [(ColumnUse, ColumnUse)] in
            guard join.operation == .equality, join.leftWrapper == nil, join.rightWrapper == nil, !join.isNegated,
                !join.isUnderOr, join.clause != .having, join.outerJoin?.contains(place) ?? true
            else { return [] }
            return [(join.left, join.right), (join.right, join.left)].filter { mine, other in
                mine.level == level.number && mine.relation == place && other.level <= level.number
            }
        }
    }

    /// A subquery that runs for each row of the outer query, as EXISTS and IN need not, finds its rows by an index.
    private func isLookedUp(_ place: Int) -> Bool {
        guard let parent = level.parent.map({ analysis.shape.levels[$0] }) else { return false }
        switch level.role {
        case .sublink(let number): guard [.scalar, .array].contains(parent.sublinks[number].kind) else { return false }
        case .from: break
        default: return false
        }
        let outer = equalities(of: place).filter { $0.other.level < level.number }.map(\.mine.name)
        return !leading(of: place).isDisjoint(with: outer)
    }

    /// `lower(email) = $1` with an index on just that.
    private func isExpressionFound(_ place: Int, unique: Bool) -> Bool {
        guard let target = level.relations[place].target else { return false }
        let indexes = analysis.names.indexes(of: target).filter { $0.predicate == nil && ($0.isUnique || !unique) }
        return level.predicates.contains { predicate in
            guard let wrapper = predicate.wrapper, predicate.column.level == level.number,
                predicate.column.relation == place, !predicate.isNegated, !predicate.isUnderOr,
                predicate.clause != .having, predicate.outerJoin?.contains(place) ?? true,
                [.equality, .inList].contains(predicate.operation) || predicate.operation == .range && !unique
            else { return false }
            return indexes.contains { index in
                index.columns.first?.expression.map {
                    $0.contains(predicate.column.name) && $0.contains(wrapper.name)
                } ?? false
            }
        }
    }

    /// `tags @> $1` with a GIN index.
    private func isContained(_ place: Int) -> Bool {
        guard let target = level.relations[place].target else { return false }
        let columns = filtered(place, by: [.containment]).subtracting(place == besides.place ? besides.columns : [])
        return analysis.names.indexes(of: target).contains { index in
            ["gin", "gist"].contains(index.accessMethod)
                && index.keys.contains { $0.name.map(columns.contains) ?? false }
        }
    }
}
