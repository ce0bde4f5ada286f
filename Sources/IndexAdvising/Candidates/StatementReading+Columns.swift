import Model
import Statements

/// Follows from the top which columns are read: outputs of subqueries, views and CTEs that nobody asks for are not
/// (`remove_unused_subquery_outputs` in PostgreSQL's allpaths.c).
private struct ColumnWalk {
    let reading: StatementReading
    /// With how often each is named.
    var columns: [UsePlace: [String: Int]] = [:]
    var whole: Set<UsePlace> = []
    private var visited: Set<Int> = []
    private var outputs: Set<[String]> = []

    init(_ reading: StatementReading) { self.reading = reading }

    private var shape: StatementShape { reading.shape }

    /// A level but for its target list, and what it reads from.
    mutating func visit(_ number: Int, withTargets: Bool) {
        let level = shape.levels[number]
        if withTargets { visitTargets(level) }
        guard visited.insert(number).inserted else { return }
        for field in level.node.fields where field.name != "targetList" || level.kind != .select {
            walk(field.value, in: level)
        }
        for (place, use) in level.relations.enumerated() {
            let isTarget = place == 0 && [.update, .delete, .merge].contains(level.kind)
            if isTarget || level.locking != nil { whole.insert(UsePlace(level: number, place: place)) }
            if let inner = use.inner { visit(inner, withTargets: false) }
        }
        // USING and NATURAL name columns that no expression has.
        for join in level.joins {
            mark(join.left)
            mark(join.right)
        }
    }

    private mutating func visitTargets(_ level: QueryLevel) {
        guard outputs.insert(["\(level.number)"]).inserted else { return }
        for target in level.node.list("targetList") { walk(.node(target), in: level) }
        for other in shape.levels where other.parent == level.number && other.role == .setOperand {
            visit(other.number, withTargets: true)
        }
    }

    private mutating func walk(_ value: Node.Value, in level: QueryLevel) {
        switch value {
        case .list(let values): for value in values { walk(value, in: level) }
        case .node(let node):
            if let inner = reading.levels[ObjectIdentifier(node)], inner != level.number {
                return enter(inner)
            }
            if node.kind == "ColumnRef" { return read(node, in: level) }
            for field in node.fields { walk(field.value, in: level) }
        default: break
        }
    }

    /// A query within an expression or a clause; those of FROM and WITH are read where they are named.
    private mutating func enter(_ inner: Int) {
        let level = shape.levels[inner]
        switch level.role {
        case .from: break
        case .cte: if level.kind != .select { visit(inner, withTargets: true) }
        case .sublink(let number):
            let isExists = level.parent.map { shape.levels[$0].sublinks[number].kind == .exists } ?? false
            visit(inner, withTargets: !isExists || level.setOperation != nil)
        default: visit(inner, withTargets: true)
        }
    }

    private mutating func read(_ reference: Node, in level: QueryLevel) {
        let parts = reference.strings("fields")
        if reference.list("fields").last?.kind == "A_Star" {
            for place in level.relations.indices where parts.isEmpty || level.relations[place].alias == parts.last {
                readAll(level, place)
            }
            return
        }
        guard let column = shape.column(reference, at: level.number) else { return }
        if column.relation != nil { return mark(column) }
        // The row itself, or an output's name in ORDER BY or GROUP BY, or a column that we know nothing of.
        let rows = level.relations.indices.filter { level.relations[$0].alias == column.name }
        let isOutput = level.node.list("targetList").contains { $0.outputName == column.name }
        guard !rows.isEmpty || !isOutput else { return }
        for place in rows.isEmpty ? Array(level.relations.indices) : rows { readAll(level, place) }
    }

    private mutating func readAll(_ level: QueryLevel, _ place: Int) {
        whole.insert(UsePlace(level: level.number, place: place))
        if let inner = level.relations[place].inner { visit(inner, withTargets: true) }
    }

    private mutating func mark(_ column: ColumnUse) {
        guard let place = column.relation, place < shape.levels[column.level].relations.count else { return }
        let use = shape.levels[column.level].relations[place]
        // Not a column: the row under its alias.
        if use.alias == column.name, let target = use.target, reading.names.column(column.name, of: target) == nil {
            return readAll(shape.levels[column.level], place)
        }
        columns[UsePlace(level: column.level, place: place), default: [:]][column.name, default: 0] += 1
        if let inner = use.inner { ask(column.name, of: shape.levels[inner]) }
    }

    private mutating func ask(_ name: String, of level: QueryLevel) {
        guard outputs.insert(["\(level.number)", name]).inserted else { return }
        visit(level.number, withTargets: false)
        let targets = level.node.list("targetList")
        let found = targets.filter { $0.outputName == name }
        // Renamed by the alias (`AS t (a, b)`), computed without a name, or of several arms.
        guard !found.isEmpty || !level.starRelations.isEmpty, level.setOperation == nil, level.kind == .select,
            !level.isDistinct
        else { return visit(level.number, withTargets: true) }
        for target in found { walk(.node(target), in: level) }
        guard found.isEmpty else { return }
        for place in level.starRelations {
            mark(ColumnUse(level: level.number, relation: place, name: name, written: name))
        }
    }
}

extension StatementReading {
    mutating func addColumns() {
        guard !shape.levels.isEmpty else { return }
        var walk = ColumnWalk(self)
        walk.visit(0, withTargets: true)
        for (use, columns) in walk.columns {
            change(use) {
                $0.columns = Set(columns.keys)
                $0.mentions = columns
            }
        }
        for use in walk.whole { change(use) { $0.readsAll = true } }
    }
}
