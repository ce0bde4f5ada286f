import Model

/// What a statement asks for, resolved against the catalog: its levels (the statement itself and every SELECT below it),
/// and at each the relations, predicates, joins and keys of sorting.
///
/// Names are found as the server finds them: through aliases, then CTEs (which shadow tables), then search_path. Views
/// stay views. A column without a qualifier belongs to the one relation of its level that has it in the catalog; where
/// the catalog does not tell, to the only relation there is; else to none (`relation` is nil).
package struct StatementShape: Sendable {
    /// The outermost first; a level's parent stands before it.
    package let levels: [QueryLevel]
    /// Of the statement's own text, in its order; the definitions of views are left out.
    let conjuncts: [Conjunct]
    /// Knows what each name means.
    private let builder: ShapeBuilder

    package init(_ statement: ParsedStatement, names: CatalogNames, searchPath: [String]) {
        var builder = ShapeBuilder(names: names, searchPath: searchPath)
        builder.addStatement(statement.root, parent: nil, role: .top)
        levels = builder.levels
        conjuncts = Self.conjuncts(of: builder.levels)
        self.builder = builder
    }

    /// What a reference to a column means at a level; nil for what is no plain column.
    package func column(_ reference: Node?, at level: Int) -> ColumnUse? {
        guard let reference, reference.kind == "ColumnRef" else { return nil }
        return builder.column(reference, at: level)
    }

    /// The column of a relation that a column of a CTE, a subquery in FROM or a view stands for, where a condition on the one is a
    /// condition on the other: not through GROUP BY, DISTINCT, LIMIT, UNION, or what is computed. nil where there is none.
    package func origin(of column: ColumnUse) -> ColumnUse? {
        var column = column
        // Each step goes one query further in; a recursive CTE would go round.
        for _ in 0...levels.count {
            guard let place = column.relation else { return nil }
            let use = levels[column.level].relations[place]
            guard let inner = use.inner else { return use.source == .relation ? column : nil }
            let level = levels[inner]
            guard level.isTransparent, !isShared(use, inner) else { return nil }
            guard let next = level.output(column.name) else { return nil }
            column = next
        }
        return nil
    }

    /// A CTE that is named twice, or marked MATERIALIZED, is computed whole before it is filtered.
    func isShared(_ use: RelationUse, _ inner: Int) -> Bool {
        guard use.source == .cte, let parent = levels[inner].parent else { return false }
        let uses = levels.reduce(0) { $0 + $1.relations.count { $0.source == .cte && $0.inner == inner } }
        let cte = levels[parent].ctes.first { $0.name == use.name }
        return uses > 1 || cte?.isMaterialized ?? true || cte?.isRecursive ?? true
    }

    package var top: QueryLevel? { levels.first }

    /// The relation that a column belongs to; nil where it is not known or no relation of the catalog.
    package func relation(of column: ColumnUse) -> QualifiedName? {
        let origin = origin(of: column) ?? column
        return origin.relation.flatMap { levels[origin.level].relations[$0].target }
    }

    /// The level stands in the statement's own text, not in the definition of a view.
    package func isWritten(_ level: Int) -> Bool { Self.isWritten(level, in: levels) }

    static func isWritten(_ level: Int, in levels: [QueryLevel]) -> Bool {
        guard let parent = levels[level].parent else { return level == 0 }
        return isWritten(parent, in: levels)
    }

    /// Every relation of the catalog that the statement names, each once.
    package var relations: [QualifiedName] {
        var seen: Set<QualifiedName> = []
        return levels.flatMap(\.relations).compactMap(\.target).filter { seen.insert($0).inserted }
    }
}

/// One SELECT, INSERT, UPDATE, DELETE or MERGE within a statement.
package struct QueryLevel: Sendable {
    package enum Role: Sendable, Equatable {
        case top
        case cte(String)
        /// A subquery in FROM.
        case from
        /// One side of UNION, INTERSECT or EXCEPT.
        case setOperand
        /// The SELECT of INSERT … SELECT.
        case insertSource
        /// A subquery in an expression: index into the parent's `sublinks`.
        case sublink(Int)
        /// The definition of a view that a level names.
        case view(QualifiedName)
    }

    package enum Kind: String, Sendable { case select, insert, update, delete, merge, values }

    package var number: Int
    package var parent: Int?
    package var role: Role
    /// The level's own node of the tree.
    package var node: Node
    package var kind = Kind.select
    package var relations: [RelationUse] = []
    package var predicates: [Predicate] = []
    package var joins: [JoinPredicate] = []
    package var ors: [OrCondition] = []
    package var sublinks: [SublinkUse] = []
    /// What AND joins in WHERE and in each ON, in the order of the text.
    var conditions: [Condition] = []
    package var orderBy: [SortKey] = []
    package var groupBy: [SortKey] = []
    package var isDistinct = false
    package var hasAggregates = false
    package var aggregates: [AggregateUse] = []
    package var hasLimit = false
    package var hasOffset = false
    package var selectsStar = false
    /// Plain columns of the target list, in order; nil where an entry is something else.
    package var targets: [ColumnUse?] = []
    /// The plain columns of the target list by the names that they have outside.
    var outputs: [String: ColumnUse] = [:]
    /// By `*`: every column of these relations (by index).
    package var starRelations: [Int] = []
    package var hasWindow = false
    /// UNION, INTERSECT or EXCEPT; `all` keeps duplicates.
    package var setOperation: String?
    package var isUnionAll = false
    /// The WITH clause of this level.
    package var ctes: [CTE] = []
    /// Rows of VALUES, also of INSERT … VALUES.
    package var valueRows = 0
    /// Columns that UPDATE sets.
    package var setColumns: [String] = []
    package var locking: Locking?
    /// Pairs of relations (by index) that some condition, whatever its form, connects.
    package var connections: [(Int, Int)] = []

    /// The number after LIMIT or FETCH FIRST, where it is written.
    package var limit: Int? {
        guard let count = node.node("limitCount"), count.kind == "A_Const" else { return nil }
        return count.node("ival")?.integer("ival")
    }

    package var hasWhere: Bool { node["whereClause"] != nil }

    /// No function of pg_catalog that is in use and VOLATILE.
    package var callsNothingVolatile: Bool {
        node.all("FuncCall").allSatisfy { call in
            !StatementShape.volatileFunctions.contains(call.strings("funcname").last ?? "")
        }
    }

    /// A condition on a column of its result is a condition on what it selects from.
    package var isTransparent: Bool {
        kind == .select && setOperation == nil && !isDistinct && !hasAggregates && groupBy.isEmpty && !hasLimit
            && !hasOffset && !hasWindow
    }

    /// What the result's column stands for; nil where it is computed.
    package func output(_ name: String) -> ColumnUse? {
        if let found = outputs[name] { return found }
        // Of one relation all columns go by their names; of several we would have to know whose it is.
        guard starRelations.count == 1 else { return nil }
        return ColumnUse(level: number, relation: starRelations[0], name: name, written: name)
    }

    package struct CTE: Sendable {
        package var name: String
        package var isMaterialized: Bool
        /// Under WITH RECURSIVE, whether it refers to itself or not.
        package var isRecursive: Bool
        /// Its level; nil where the tree has no query for it.
        package var level: Int?
        /// Byte of the text at which its name stands.
        var location: Int?
    }

    package struct Locking: Sendable {
        /// FOR UPDATE or FOR NO KEY UPDATE, not the shared ones.
        package var isForUpdate: Bool
        package var skipsLocked: Bool
        package var isNoWait: Bool
        /// Names (aliases) after OF; empty where one clause locks every relation of the level.
        package var named: [String]
    }
}

/// A relation, CTE, subquery or function in FROM, or the target of a write.
package struct RelationUse: Sendable {
    package enum Source: Sendable, Equatable { case relation, cte, subquery, function, values }

    package var source: Source
    package var schema: String?
    package var name: String
    /// The alias, or the name: what its columns are qualified with.
    package var alias: String
    /// What the name means in the catalog; nil for all but relations, and for relations that are not in it.
    package var target: QualifiedName?
    package var kind: Relation.Kind?
    /// On the side of an outer join that may be missing.
    package var isNullable = false
    package var isLateral = false
    /// The level that it is made of: of a CTE, a subquery, or a view whose definition is known.
    package var inner: Int?
    /// Byte of the text at which the name stands; nil for all but names.
    var location: Int?
}

package struct ColumnUse: Sendable, Equatable, Hashable {
    /// The level whose relation it belongs to: another than the predicate's when it is correlated.
    package var level: Int
    /// Index into that level's `relations`; nil where it is not known.
    package var relation: Int?
    package var name: String
    /// As the text has it, with its qualifier.
    package var written: String

    package init(level: Int, relation: Int?, name: String, written: String) {
        self.level = level
        self.relation = relation
        self.name = name
        self.written = written
    }
}

/// What stands between a column and its comparison, so that an index on the bare column does not serve.
package enum Wrapper: Sendable, Equatable {
    case function(String)
    /// A cast that was written: `created_at::date`.
    case cast(String)
    case operation(String)

    package var name: String {
        switch self {
        case .function(let name), .cast(let name), .operation(let name): name
        }
    }
}

/// A condition on one column.
package struct Predicate: Sendable {
    package enum Operation: Sendable, Equatable {
        case equality, inequality
        /// `<`, `<=`, `>`, `>=`, BETWEEN.
        case range
        case like, ilike, regex
        /// `IN (…)` and `= ANY (…)`.
        case inList
        case isNull, isNotNull
        /// `@>`, `<@`, `&&`, `?`: what GIN and GiST serve.
        case containment
        case other(String)
    }

    package enum Operand: Sendable, Equatable {
        case parameter(Int)
        case literal
        /// A literal pattern that begins with `%` or `_`. Only texts that are not redacted show it.
        case unanchoredPattern
        case list(Int)
        case expression
        case none
    }

    package enum Clause: String, Sendable { case `where`, joinOn, having }

    package var column: ColumnUse
    package var operation: Operation
    package var operand: Operand
    package var wrapper: Wrapper?
    package var isNegated: Bool
    /// Also under NOT (… AND …).
    package var isUnderOr: Bool
    package var clause: Clause
    /// Of the ON of an outer join: the relations (by index) that are missing where it does not hold. It restricts no
    /// others. nil: it restricts all.
    package var outerJoin: Range<Int>?
    /// Those of its parameters that stand for values of the column.
    package var parameters: [ParameterUse] = []
}

/// One of the conditions that AND joins, whatever its form.
struct Condition: Sendable {
    var clause: Predicate.Clause
    /// Of ON: which one of the level.
    var list: Int
    /// Relations of the level (by index) that it names, also from within its subqueries; nil where a column's relation is
    /// not known.
    var relations: Set<Int>?
}

/// A comparison of two columns of different relations, of this level or (correlated) of one above.
package struct JoinPredicate: Sendable {
    package var left: ColumnUse
    package var right: ColumnUse
    package var leftWrapper: Wrapper?
    package var rightWrapper: Wrapper?
    package var operation: Predicate.Operation
    package var isNegated = false
    package var isUnderOr: Bool
    package var clause: Predicate.Clause
    /// As of `Predicate`.
    package var outerJoin: Range<Int>?
}

/// An OR with what its arms are about.
package struct OrCondition: Sendable {
    package var columns: [ColumnUse]
    /// Relations of this level (by index) that each arm restricts.
    package var arms: [Set<Int>]
    /// An arm asks nothing but a parameter (`$n IS NULL`, `$n = ''`): the other arms are a filter that can be switched off.
    package var hasParameterTest: Bool
    package var clause: Predicate.Clause
}

package struct SortKey: Sendable {
    /// nil for an expression or a position.
    package var column: ColumnUse?
    /// The function that is sorted by: `random`.
    package var function: String?
    package var isDescending = false
    /// As written; nil where the direction's default holds.
    package var nullsFirst: Bool?
    /// What is sorted by where it is no column.
    package var expression: Node?

    /// It is a column, or computed from columns without a subquery.
    package var isWithoutSubquery: Bool { column != nil || expression.map { $0.all("SubLink").isEmpty } ?? false }
}

/// A subquery in an expression.
package struct SublinkUse: Sendable {
    package enum Kind: Sendable { case exists, any, all, scalar, array }
    package enum Place: Sendable { case targets, conditions, other }

    package var kind: Kind
    package var isNegated: Bool
    package var place: Place
    /// The tested expression, where it is a column: `x IN (SELECT …)`.
    package var tested: ColumnUse?
    /// The subquery's level.
    package var level: Int
    /// Columns of outer levels that it refers to.
    package var outerColumns: [ColumnUse] = []
    /// Byte of the text at which the grammar places it; nil where it keeps none.
    package var location: Int?

    /// `x <> ALL (SELECT …)`, which is `x NOT IN (SELECT …)`.
    package var isNotEqualToAll = false

    package var isCorrelated: Bool { !outerColumns.isEmpty }
}
