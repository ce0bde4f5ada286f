import Model
import Statements

/// Gathers what a statement asks of each relation, through views, CTEs and subqueries.
struct StatementReading {
    let shape: StatementShape
    let names: CatalogNames
    /// Schema of the extension pg_trgm; nil where it is not there.
    let trigrams: String?
    /// Levels by their nodes.
    let levels: [ObjectIdentifier: Int]
    private(set) var readings: [UsePlace: RelationReading] = [:]

    init(_ shape: StatementShape, names: CatalogNames) {
        self.shape = shape
        self.names = names
        trigrams = names.catalog.extensions.first { $0.name == "pg_trgm" }?.schema
        levels = Dictionary(
            shape.levels.map { (ObjectIdentifier($0.node), $0.number) }, uniquingKeysWith: { first, _ in first })
        for level in shape.levels {
            for (place, use) in level.relations.enumerated() where use.source == .relation {
                guard let target = use.target, let relation = names.relation(target), relation.kind != .view else {
                    continue
                }
                let here = UsePlace(level: level.number, place: place)
                readings[here] = RelationReading(use: here, relation: relation)
            }
        }
        for level in shape.levels {
            addConditions(of: level)
            addOrders(of: level)
        }
        propagateValues()
        addColumns()
    }

    /// In the order of the text.
    var all: [RelationReading] {
        readings.values.sorted { ($0.use.level, $0.use.place) < ($1.use.level, $1.use.place) }
    }

    // MARK: Keys

    /// The uses of which an expression is a key, with the key as it is there.
    func keys(of node: Node, at level: Int) -> [(use: UsePlace, key: KeyExpression)] {
        guard node.all("SubLink").isEmpty, node.all("ParamRef").isEmpty else { return [] }
        let references = node.references
        var columns: [ColumnUse] = []
        for reference in references {
            guard let column = shape.column(reference, at: level), column.relation != nil else { return [] }
            if !columns.contains(where: { Self.isSame($0, column) }) { columns.append(column) }
        }
        guard let first = columns.first else { return [] }
        if columns.count == 1 {
            return shape.origins(of: first).compactMap { origin in
                key(node, at: level) { Self.isSame($0, first) ? origin : nil }
            }
        }
        let origins = columns.map(shape.origins)
        guard origins.allSatisfy({ $0.count == 1 }),
            Set(origins.map { [$0[0].level, $0[0].relation ?? -1] }).count == 1
        else { return [] }
        let found = key(node, at: level) { column in
            columns.firstIndex { Self.isSame($0, column) }.map { origins[$0][0] }
        }
        return found.map { [$0] } ?? []
    }

    private func key(
        _ node: Node, at level: Int, origin: (ColumnUse) -> ColumnUse?
    ) -> (use: UsePlace, key: KeyExpression)? {
        var use: UsePlace?
        let found = withoutActuallyEscaping(origin) { origin in
            KeyExpressionReader(
                column: { reference in
                    guard let column = shape.column(reference, at: level), let source = origin(column),
                        let place = source.relation, let column = self.column(source)
                    else { return nil }
                    use = UsePlace(level: source.level, place: place)
                    return column
                }, areLiteralsKnown: shape.isWritten(level)
            ).read(node)
        }
        guard let found, let use, readings[use] != nil else { return nil }
        return (use, found)
    }

    /// A column of the catalog with its type; where the columns of the relation were not read, without.
    private func column(_ column: ColumnUse) -> (name: String, type: String)? {
        guard let place = column.relation, let target = shape.levels[column.level].relations[place].target else {
            return nil
        }
        guard let known = names.column(column.name, of: target) else {
            return names.knowsColumns(of: target) ? nil : (column.name, "")
        }
        return (column.name, KeyExpressionReader.plainType(known.type))
    }

    static func isSame(_ left: ColumnUse, _ right: ColumnUse) -> Bool {
        left.level == right.level && left.relation == right.relation && left.name == right.name
    }

    /// The relations, CTEs and computed subqueries whose columns an expression names; nil where one is not known.
    func partners(of node: Node, at level: Int) -> Set<UsePlace>? {
        var columns = node.references.map { shape.column($0, at: level) }
        for link in node.all("SubLink") {
            columns += shape.levels[level].sublinks.first { $0.location == link.location }?.outerColumns ?? []
        }
        var found: Set<UsePlace> = []
        for column in columns {
            guard let column, let place = column.relation else { return nil }
            let origins = shape.origins(of: column)
            for origin in origins { found.insert(UsePlace(level: origin.level, place: origin.relation ?? -1)) }
            if origins.isEmpty { found.insert(UsePlace(level: column.level, place: place)) }
        }
        return found
    }

    mutating func add(_ terms: [(use: UsePlace, term: Term)]) {
        for (use, term) in terms where !(readings[use]?.terms.contains(term) ?? true) {
            readings[use]?.terms.append(term)
        }
    }

    mutating func change(_ use: UsePlace, _ change: (inout RelationReading) -> Void) {
        guard var reading = readings[use] else { return }
        change(&reading)
        readings[use] = reading
    }

    // MARK: Equivalence

    /// `a.x = b.x AND b.x = $1`: the planner derives `a.x = $1` (equivalence classes, PostgreSQL's optimizer/README).
    private mutating func propagateValues() {
        for _ in 0..<4 {
            var derived: [(UsePlace, Term)] = []
            for reading in readings.values {
                for join in reading.terms where join.kind == .equality && join.partners.count == 1 && join.key.isColumn
                {
                    guard let partner = join.partners.first, let other = readings[partner] else { continue }
                    let hasValue = other.terms.contains { term in
                        term.kind == .equality && term.partners.isEmpty
                            && other.terms.contains {
                                $0.kind == .equality && $0.partners == [reading.use] && $0.key == term.key
                                    && $0.signature == join.signature
                            }
                    }
                    let value = Term(key: join.key, kind: .equality)
                    let known = reading.terms.contains {
                        $0.key == join.key && $0.kind == .equality && $0.partners.isEmpty
                    }
                    if hasValue, !known { derived.append((reading.use, value)) }
                }
            }
            if derived.isEmpty { return }
            add(derived.map { (use: $0.0, term: $0.1) })
        }
    }
}
