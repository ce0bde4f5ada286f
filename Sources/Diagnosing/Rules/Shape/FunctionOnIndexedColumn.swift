import Model
import Statements

/// `lower(email) = $1` where the index is on `email`.
struct FunctionOnIndexedColumn: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.function-on-indexed-column",
        title: "Function or cast around an indexed column",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt: "conditions in the parse trees of statements that cost, the indexes of the columns in them, and the "
            + "plan (or the blocks a call touches)",
        why: "An index on a column finds values of the column, not of what a function makes of it: `lower(email) = $1` "
            + "cannot use the index on email, and the table is read whole.",
        limits:
            "Casts that change nothing in the value (varchar to text) are left out, and so are tables that the plan "
            + "reads in another way; in files, those that a key finds. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/indexes-expressional.html",
            "https://use-the-index-luke.com/sql/where-clause/functions",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            for predicate in level.predicates where isCandidate(predicate) {
                if let finding = judge(predicate.column, wrapper: predicate.wrapper, analysis) { return finding }
            }
            guard !analysis.isMeasured else { continue }
            for (column, wrapper) in joined(level, analysis) {
                if let finding = judge(column, wrapper: wrapper, analysis) { return finding }
            }
        }
        return nil
    }

    /// Columns that a join wraps, where the other side is found by an index and could look this side up.
    private func joined(_ level: QueryLevel, _ analysis: StatementAnalysis) -> [(ColumnUse, Wrapper)] {
        level.joins.flatMap { join -> [(ColumnUse, Wrapper)] in
            guard join.operation == .equality, !join.isNegated, !join.isUnderOr, join.clause != .having else {
                return []
            }
            let sides = [(join.left, join.leftWrapper, join.right), (join.right, join.rightWrapper, join.left)]
            return sides.compactMap { mine, wrapper, other in
                guard let wrapper, let place = mine.relation, let source = other.relation, mine.level == level.number,
                    other.level == level.number, !analysis.findsByIndex(place, of: level),
                    analysis.findsByIndex(source, of: level)
                else { return nil }
                return (mine, wrapper)
            }
        }
    }

    /// It fires for the statement, and advises the index on the expression: other rules need not advise it again.
    static func advises(indexFor load: StatementLoad, _ observation: Observation) -> Bool {
        guard load.share >= CostlyShape.share.value, observation.workload.totalTime >= CostlyShape.leastTime.value,
            let analysis = observation.analyses.analysis(of: load),
            let finding = FunctionOnIndexedColumn().judge(analysis, observation)
        else { return false }
        return finding.tier == .fix
    }

    private func isCandidate(_ predicate: Predicate) -> Bool {
        guard !predicate.isNegated, !predicate.isUnderOr, predicate.clause != .having else { return false }
        return [.equality, .range, .inList].contains(predicate.operation)
    }

    /// Casts between types whose values are stored alike cost nothing and keep the index.
    private static let harmlessCasts: Set<String> = ["text", "varchar", "bpchar"]

    /// As far as is known: a number cast to text is another value.
    private func isText(_ use: ColumnUse, _ analysis: StatementAnalysis) -> Bool {
        let category = analysis.isMeasured ? "" : analysis.column(of: use)?.typeCategory ?? ""
        return category.isEmpty || category == "S"
    }

    private func judge(_ use: ColumnUse, wrapper: Wrapper?, _ analysis: StatementAnalysis) -> Finding? {
        guard let wrapper, let relation = analysis.relation(of: use),
            relation.rows >= CostlyShape.largeTable.value, !analysis.findsFewRows(of: use),
            analysis.readsMuch(of: relation, share: CostlyShape.readShare.value)
        else { return nil }
        if case .cast(let type) = wrapper, Self.harmlessCasts.contains(type), isText(use, analysis) { return nil }
        // A field of a document: `shape.json-path-filter` judges those.
        if case .operation(let name) = wrapper, JSONPath.operators.contains(name) { return nil }
        let indexes = analysis.names.indexes(of: relation.name)
        let column = analysis.name(of: use)
        guard let index = indexes.first(where: { $0.columns.first?.name == column }) else { return nil }
        let served = indexes.contains { index in
            let expression = index.columns.first?.expression ?? ""
            return expression.contains(column) && expression.contains(wrapper.name)
        }
        return served ? nil : finding(column, wrapper, relation, index, analysis)
    }

    private func written(_ wrapper: Wrapper, _ column: String) -> String {
        switch wrapper {
        case .function(let name): "\(name)(… \(column) …)".replacing("… \(column) …", with: column)
        case .cast(let type): "\(column)::\(type)"
        case .operation(let name): "\(column) \(name) …"
        }
    }

    private func finding(
        _ column: String, _ wrapper: Wrapper, _ relation: Relation, _ index: Index, _ analysis: StatementAnalysis
    ) -> Finding {
        let expression = written(wrapper, column)
        return analysis.finding(
            Self.metadata, title: "\(expression) keeps \(relation.name) from using its index on \(column)",
            about: [relation.name],
            summary: "A statement with \(analysis.cost) compares \(expression), so that index \(index.name.name) on "
                + "\(column) cannot serve: each call reads \(relation.name) "
                + "(\(Quantity.about(relation.rows)) rows) whole.",
            evidence: [
                Evidence("expression", "compared", .text(expression)),
                Evidence("index", "index that cannot serve", .text(index.name.description)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "the condition holds for most rows: then reading the table whole is right",
            tier: indexExpression(wrapper, column) == nil ? .cure : .fix,
            actions: actions(wrapper, relation, column, analysis))
    }

    /// The expression to index; nil where it may not be IMMUTABLE, or needs arguments that the text does not show.
    private func indexExpression(_ wrapper: Wrapper, _ column: String) -> String? {
        guard case .function(let name) = wrapper, ["lower", "upper", "md5", "length"].contains(name) else { return nil }
        return "\(name)(\(SQL.identifier(column)))"
    }

    private func actions(
        _ wrapper: Wrapper, _ relation: Relation, _ column: String, _ analysis: StatementAnalysis
    ) -> [Action] {
        var actions: [Action] = []
        if let index = proven(relation, analysis) {
            actions.append(index)
        } else if let expression = indexExpression(wrapper, column), relation.kind == .table {
            let name = SQL.freeName(
                [relation.name.name, column, wrapper.name], besides: analysis.names.takenNames)
            actions.append(
                Action(
                    .fix, "index the expression",
                    sql: [
                        "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) (\(expression));",
                        "ANALYZE \(relation.name.quoted);",
                    ],
                    lock: .concurrentIndex, gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
                    undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
                    caution: "leaves an INVALID index when it fails: drop it and run again; every write pays for it"))
        }
        actions.append(
            Action.rewrite(
                "compare the bare column", steps: steps(wrapper, column),
                gain: analysis.gain))
        return actions
    }

    /// The index on the expression that the planner would use, where it was asked.
    private func proven(_ relation: Relation, _ analysis: StatementAnalysis) -> Action? {
        guard let answer = analysis.load.representative.whatIf.first(where: \.isUsed), answer.costBefore > 0,
            let index = answer.indexes.first, index.relation == relation.name, index.isOnExpression
        else { return nil }
        let saved = analysis.load.share * (1 - answer.costAfter / answer.costBefore)
        return IndexStep.create(
            index, gain: Gain("−\(Quantity.percent(saved)) of the time", .whatIf),
            notes: [
                IndexStep.size(index),
                "ANALYZE \(relation.name.quoted); afterwards: the planner keeps statistics of the expression with the index.",
            ])
    }

    /// `'2026-03-31'::date - interval '1 month'` is the last of February.
    private static let months =
        "With intervals of months the two differ at the ends of months: look at the days that are meant."

    private func steps(_ wrapper: Wrapper, _ column: String) -> [String] {
        let bare = SQL.identifier(column)
        switch wrapper {
        case .function("date_trunc"), .function("date"), .function("to_char"), .cast("date"):
            return ["Write the period as a range: `\(bare) >= $1 AND \(bare) < $2`, with its begin and its end."]
        case .function("extract"), .function("date_part"):
            return ["Write the year or month as a range: `\(bare) >= $1 AND \(bare) < $2`."]
        case .function("coalesce"):
            return [
                "Write `(\(bare) = $1 OR \(bare) IS NULL)` only where the default is meant, `\(bare) = $1` elsewhere."
            ]
        case .function("lower"), .function("upper"):
            return ["Store \(bare) in one case, or give it a case-insensitive collation, and compare it bare."]
        case .operation("-"):
            return [
                "Move the arithmetic to the other side: `\(bare) > $1 + $2`, not `\(bare) - $2 > $1`; and "
                    + "`\(bare) > now() - $1`, not `now() - \(bare) < $1`, where the sign turns round.",
                Self.months,
            ]
        case .operation("+"):
            return [
                "Move the arithmetic to the other side: `\(bare) > $1 - $2`, not `\(bare) + $2 > $1`.", Self.months,
            ]
        case .operation:
            return ["Move the arithmetic to the other side, and compare \(bare) bare."]
        case .cast(let type):
            return [
                "Cast the value, not the column: `\(bare) = $1` with a parameter of the column's type instead of \(type)."
            ]
        case .function(let name):
            return ["Apply the inverse of \(name) to the value, and compare \(bare) bare."]
        }
    }

    static let examples: [RuleExample] = [
        .fires("lower(email) beside an index on email", on: "f1") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE lower(email) = $1")
        },
        .fires("the planner would use an index on the expression", on: "f1") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE lower(email) = $1")
            $0.statementStatistics!.statements[0].whatIf = [.onLowerEmail]
        },
        .fires("a day of a timestamp", on: "f1") {
            $0.addColumns("orders", "id!", "created_at", "customer_id")
            $0.addIndex("orders_created_at_idx", on: "created_at")
            $0.addCostly("SELECT count(*) FROM orders o WHERE o.created_at::date = $1")
        },
        .silent("an index on the expression is there") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addIndex("customers_lower_idx", on: "x", table: "customers") {
                $0.columns = [.make { $0.expression = "lower((email)::text)" }]
            }
            $0.addCostly("SELECT * FROM customers WHERE lower(email) = $1")
        },
        .silent("another condition finds the rows") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE id = $1 AND lower(email) = $2", blocksPerCall: 4)
        },
        .fires("the age of a row", on: "f1") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addIndex("orders_created_at_idx", on: "created_at")
            $0.addCostly("SELECT count(*) FROM orders WHERE now() - created_at < $1")
        },
        .fires("an interval is added to the column", on: "f1") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addIndex("orders_created_at_idx", on: "created_at")
            $0.addCostly("SELECT count(*) FROM orders WHERE created_at + $1 > now()")
        },
        .silent("the interval is on the value's side") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addIndex("orders_created_at_idx", on: "created_at")
            $0.addCostly("SELECT count(*) FROM orders WHERE created_at > now() - $1", blocksPerCall: 90_000)
        },
        .silent("a field of a document, whose index is on the whole") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addIndex("events_doc_idx", on: "doc", table: "events") { $0.accessMethod = "gin" }
            $0.addCostly("SELECT * FROM events WHERE doc ->> $1 = $2")
        },
        .silent("the function is on the value") {
            $0.addColumns("customers", "id!", "email")
            $0.addIndex("customers_email_idx", on: "email", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE email = lower($1)")
        },
    ]
}

extension WhatIf {
    /// For examples: the planner would use an index on `lower(email)` of customers.
    static var onLowerEmail: WhatIf {
        .make {
            $0.costBefore = 9000
            $0.costAfter = 8
            $0.isUsed = true
            $0.indexes = [
                .make {
                    $0.relation = QualifiedName("public", "customers")
                    $0.keys = ["(lower(email))"]
                    $0.definition =
                        "CREATE INDEX CONCURRENTLY customers_email_idx1 ON public.customers ((lower(email)));"
                }
            ]
        }
    }
}
