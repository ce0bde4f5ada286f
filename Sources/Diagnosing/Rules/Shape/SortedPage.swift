import IndexAdvising
import Model
import Plans
import Statements

/// A statement on one table that sorts many rows to return the first few.
struct SortedPage {
    let level: QueryLevel
    let relation: Relation
    /// nil where nothing was measured.
    let sort: PlanNode?
    /// Rows that the planner expects to sort, or all of the table.
    let rows: Double
    /// Columns that the statement compares with one value: an index that begins with them has what is left in order.
    let equalities: [String]

    /// nil where the statement is of another kind, or its plan does not sort many rows; where nothing was measured, a condition
    /// finds fewer by an index.
    init?(_ analysis: StatementAnalysis) {
        guard analysis.parsed.kind == .select,
            let top = analysis.shape.top,
            top.kind == .select, top.setOperation == nil, top.hasLimit, !top.orderBy.isEmpty, !top.isDistinct,
            top.groupBy.isEmpty, top.aggregates.isEmpty, !top.hasWindow, top.relations.count == 1,
            !top.sortsByOperator,
            let relation = top.relations[0].target.flatMap(analysis.names.relation),
            relation.rows >= CostlyShape.largeTable.value,
            let (sort, rows) = analysis.isMeasured ? Self.planned(analysis) : Self.assumed(top, relation, analysis)
        else { return nil }
        (level, self.relation, self.sort, self.rows) = (top, relation, sort, rows)
        var seen: Set<String> = []
        equalities = top.predicates.filter { predicate in
            guard predicate.operation == .equality, predicate.wrapper == nil, !predicate.isNegated,
                !predicate.isUnderOr, predicate.clause == .where, analysis.isDirect(predicate.column),
                predicate.column.relation == 0
            else { return false }
            switch predicate.operand {
            case .parameter, .literal: return true
            default: return false
            }
        }.map(\.column.name).filter { seen.insert($0).inserted }
    }

    private static func planned(_ analysis: StatementAnalysis) -> (PlanNode?, Double)? {
        guard analysis.touchesManyRows, let plan = analysis.load.readPlan(),
            let sort = plan.root.limited(["Sort", "Incremental Sort"]), let input = sort.children.first
        else { return nil }
        let kept = analysis.load.counters.rowsPerCall
        guard input.rows >= CostlyShape.sortedRows.value, kept <= CostlyShape.keptShare.value * input.rows else {
            return nil
        }
        return (sort, input.rows)
    }

    private static func assumed(
        _ top: QueryLevel, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> (PlanNode?, Double)? {
        guard !analysis.findsByIndex(0, of: top),
            top.limit.map({ Double($0) <= CostlyShape.keptShare.value * relation.rows }) ?? true
        else { return nil }
        return (nil, relation.rows)
    }

    /// An index of these keys, as SQL has them, with a name of its own made of columns.
    func index(_ keys: [String], named columns: [String], _ analysis: StatementAnalysis) -> HypotheticalIndex {
        let taken = Set(analysis.names.catalog.indexes.map(\.name.name))
        let candidate = IndexCandidate(relation: relation.name, keys: columns.map { .init(key: .column($0)) })
        let name = SQL.identifier(candidate.name(besides: taken))
        return .make {
            $0.relation = relation.name
            $0.keys = keys
            $0.definition =
                "CREATE INDEX CONCURRENTLY \(name) ON \(relation.name.quoted) (\(keys.joined(separator: ", ")));"
        }
    }
}

extension SortKey {
    /// DESC puts NULLs first, ASC last, where nothing is written.
    var putsNullsFirst: Bool { nullsFirst ?? isDescending }

    /// ` DESC NULLS LAST`, as an index has it.
    var direction: String {
        let nulls = putsNullsFirst == isDescending ? "" : putsNullsFirst ? " NULLS FIRST" : " NULLS LAST"
        return (isDescending ? " DESC" : "") + nulls
    }
}
