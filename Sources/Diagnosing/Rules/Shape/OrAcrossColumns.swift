import IndexAdvising
import Model
import Plans
import Statements

/// `a = $1 OR b = $2` where only one of the two has an index.
struct OrAcrossColumns: StatementRule {
    private static let kept = Threshold(
        "rows that the whole condition lets through, by the planner's estimate", 0.05, "share",
        source: "our choice, as of index.missing-for-predicate: where a bitmap scan surely wins over a sequential scan")

    static let metadata = RuleMetadata(
        id: "shape.or-across-columns",
        title: "OR of which one arm has no index",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt:
            "ORs over columns of one table in the parse trees of statements that cost, the indexes for each arm, the plan "
            + "with its estimate of rows, and the blocks a call touches",
        why:
            "PostgreSQL combines the indexes of an OR's arms (BitmapOr) only if every arm has one: a single arm without "
            + "makes it read the whole table, and the indexes of all the others are of no use.",
        limits:
            "Measured on 15.18 and 18.1: of an arm that AND joins from several conditions, one with an index is enough. "
            + "Fires only where each arm that lacks an index could have a B-tree one, at least one arm has an index, and "
            + "few rows pass. Partial indexes count as none. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare,
            CostlyShape.returnedShare, kept,
        ],
        references: [
            "https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
            "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for condition in analysis.shape.orsOfColumns {
            let use = analysis.shape.levels[condition.level].relations[condition.relation]
            guard use.source == .relation, let relation = use.target.flatMap(analysis.names.relation),
                relation.kind == .table,
                let missing = missing(condition, relation, analysis),
                analysis.readsWhole(relation, at: condition.level, for: []), keepsLittle(relation, analysis)
            else { continue }
            return finding(missing, condition, relation, analysis)
        }
        return nil
    }

    /// The columns to index, one for each arm that lacks an index; nil where none lacks one, all do, or an index could not
    /// help.
    private func missing(_ condition: OrOfColumns, _ relation: Relation, _ analysis: StatementAnalysis) -> [String]? {
        let unserved = condition.arms.filter { arm in
            !arm.conditions.contains { isServed($0.column, $0.operation, relation, analysis) }
        }
        guard !unserved.isEmpty, unserved.count < condition.arms.count else { return nil }
        var columns: [String] = []
        for arm in unserved {
            // Equality before a range: it finds fewer rows.
            let best =
                arm.conditions.first { $0.operation == .equality || $0.operation == .inList }
                ?? arm.conditions.first { $0.operation == .range && analysis.isMeasured }
            guard let name = best?.column.name, isSelective(name, relation, analysis) else { return nil }
            if !columns.contains(name) { columns.append(name) }
        }
        return columns
    }

    private func isServed(
        _ column: ColumnUse, _ operation: Predicate.Operation, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Bool {
        analysis.names.indexes(of: relation.name).contains { index in
            // Of a statement that never ran nobody knows whether it asks for what a partial index holds.
            guard index.predicate == nil || !analysis.isMeasured else { return false }
            let isOrdered = ["btree", "hash"].contains(index.accessMethod)
            // GIN and GiST serve any of their columns.
            let keys = isOrdered ? index.columns.prefix(1) : index.columns.prefix(index.keyCount)
            guard keys.contains(where: { $0.name == column.name }) else { return false }
            // Whether a B-tree serves a pattern depends on its collation and on the pattern.
            return !isOrdered || ![.like, .ilike, .regex, .containment].contains(operation)
        }
    }

    /// A value of the column stands for few rows, as far as is known.
    private func isSelective(_ column: String, _ relation: Relation, _ analysis: StatementAnalysis) -> Bool {
        guard let statistics = analysis.names.column(column, of: relation.name)?.statistics else { return true }
        return statistics.distinctValues(inRows: relation.rows) * Self.kept.value >= 1
    }

    /// The scan's condition lets few rows through: by its plan, or by what a call returns.
    private func keepsLittle(_ relation: Relation, _ analysis: StatementAnalysis) -> Bool {
        guard analysis.isMeasured else { return true }
        guard let plan = analysis.load.readPlan() else {
            let isCounted = analysis.shape.levels.contains(where: \.hasAggregates)
            return !isCounted && analysis.returnsLittle(of: relation)
        }
        return plan.root.all { $0.isSequentialScan && $0.relation == relation.name.name }
            .contains { $0.filter?.contains(" OR ") ?? false && $0.rows <= Self.kept.value * relation.rows }
    }

    private func finding(
        _ missing: [String], _ condition: OrOfColumns, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Finding {
        let columns = missing.joined(separator: " and ")
        return analysis.finding(
            Self.metadata, title: "One arm of an OR has no index: \(relation.name) is read whole for \(columns)",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) asks \(relation.name) with an OR, of which the arm on \(columns) has "
                + "no index. So the indexes of the other arms do not serve either, and each call reads "
                + "\(Quantity.about(relation.rows)) rows.",
            evidence: [
                Evidence("arms", "columns of each arm", .list(condition.arms.map(\.text))),
                Evidence("withoutIndex", "columns to index", .list(missing)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "an arm holds for many rows: then reading the table whole is right",
            tier: .fix,
            actions: actions(missing, relation, analysis))
    }

    private func actions(_ missing: [String], _ relation: Relation, _ analysis: StatementAnalysis) -> [Action] {
        var taken = Set(analysis.names.catalog.indexes.map(\.name.name))
        let indexes = missing.map { column -> Action in
            let candidate = IndexCandidate(relation: relation.name, keys: [.init(key: .column(column))])
            let index = candidate.hypothetical(estimatedSize: 0, besides: taken)
            taken.insert(candidate.name(besides: taken))
            return IndexStep.create(
                index, gain: analysis.gain,
                notes: ["Then every arm of the OR has an index, and BitmapOr combines them."])
        }
        let rewrite = Action.rewrite(
            "ask for \(missing.joined(separator: " and ")) apart",
            steps: [
                "Where no index can be added and that arm is seldom needed: make it a statement of its own. Without it the "
                    + "others use their indexes; UNION of the two reads the table whole again."
            ], gain: analysis.gain)
        return indexes + [rewrite]
    }

    static let examples: [RuleExample] = [
        .fires("a mail or a telephone number", on: "f1") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR phone = $2")
        },
        .fires("three arms, one of them a list", on: "f1") {
            $0.addOr("SELECT * FROM customers WHERE (email = $1 OR id = $2 OR phone IN ($3, $4)) AND name <> $5")
        },
        .fires("an arm of two conditions without an index", on: "f1") {
            $0.addOr("UPDATE customers SET name = $1 WHERE email = $2 OR (phone = $3 AND name = $4)")
        },
        .silent("every arm has an index") { $0.addOr("SELECT * FROM customers WHERE email = $1 OR id = $2") },
        .silent("of an arm with two conditions one has an index") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR (phone = $2 AND id = $3)")
        },
        .silent("no arm has an index: that is another matter") {
            $0.addOr("SELECT * FROM customers WHERE name = $1 OR phone = $2")
        },
        .silent("an arm that no index could serve") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR phone <> $2")
        },
        .silent("an arm with a pattern, which a B-tree may not serve") {
            $0.addOr("SELECT * FROM customers WHERE email LIKE $1 OR id = $2 OR phone = $3")
        },
        .silent("an arm that is a function of a column") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR lower(phone) = $2")
        },
        .silent("an arm that can be switched off") {
            $0.addOr("SELECT * FROM customers WHERE $1 IS NULL OR phone = $1")
        },
        .silent("the other column has five values") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR phone = $2", distinct: 5)
        },
        .silent("many rows pass") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR phone > $2", kept: 300_000)
        },
        .silent("another condition finds the rows") {
            $0.addOr(
                "SELECT * FROM customers WHERE id = $1 AND (email = $2 OR phone = $3)", blocksPerCall: 4,
                scan: "Index Scan")
        },
        .silent("columns of two tables: shape.or-across-relations") {
            $0.addOr("SELECT * FROM customers c JOIN orders o ON o.id = c.id WHERE c.email = $1 OR o.number = $2")
        },
        .silent("negated, it is an AND") {
            $0.addOr("SELECT * FROM customers WHERE NOT (email = $1 OR phone = $2)")
        },
        .silent("a small table") {
            $0.addOr("SELECT * FROM customers WHERE email = $1 OR phone = $2")
            $0.addTable("customers") { $0.estimatedRows = 900 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addOr(
        _ text: String, kept: Int = 200, distinct: Double? = nil, blocksPerCall: Int64 = 90_000,
        scan: String = "Seq Scan"
    ) {
        addColumns("customers", "id!", "email", "phone", "name")
        addColumns("orders", "id!", "number")
        addKey("customers", "id")
        addIndex("customers_email_idx", on: "email", table: "customers")
        if let distinct, let place = catalogs[0].columns.firstIndex(where: { $0.name == "phone" }) {
            catalogs[0].columns[place].statistics = .make { $0.distinct = distinct }
        }
        addCostly(text, blocksPerCall: blocksPerCall)
        explainLast(
            #"{"Node Type": "\#(scan)", "Relation Name": "customers", "Alias": "customers", "Plan Rows": \#(kept), "Filter": "((email = $1) OR (phone = $2))"}"#
        )
    }
}
