import Model
import Statements

/// `doc ->> 'state' = $1` without an index on the field.
struct JSONPathFilter: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.json-path-filter",
        title: "Filter on a field within a document",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns],
        looksAt:
            "conditions `column ->> key = value` and `column #>> path = value` on json and jsonb columns in the parse "
            + "trees of statements that cost, the table's indexes, and the blocks a call touches",
        why:
            "An index on the column does not know the field: each call reads the table whole, takes every document out of "
            + "TOAST, decompresses it and searches it, to compare one field.",
        limits: "Keys are constants, which pg_stat_statements takes out: which field it is must be looked up in the "
            + "application. Silent where any index is on such an expression of the column. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare,
            CostlyShape.returnedShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING",
            "https://www.postgresql.org/docs/current/indexes-expressional.html",
        ],
        explains: [.costsTime])

    /// Casts that depend on no setting, so that an index may hold what they make.
    private static let immutableCasts: Set<String> = [
        "int2", "int4", "int8", "numeric", "float4", "float8", "bool", "uuid", "text",
    ]

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let paths = JSONPath.compared(in: analysis.parsed.root).filter(\.isText)
        guard !paths.isEmpty else { return nil }
        for level in analysis.shape.levels {
            for predicate in level.predicates where isCandidate(predicate) {
                guard let path = paths.first(where: { $0.column == predicate.column.written }),
                    let relation = analysis.relation(of: predicate.column),
                    relation.rows >= CostlyShape.largeTable.value,
                    let column = analysis.column(of: predicate.column), ["json", "jsonb"].contains(column.type),
                    // The generic plan of a statement whose key is a parameter never uses an index on the field: only
                    // what calls touch tells whether the table is read.
                    analysis.readsMuch(of: relation, share: CostlyShape.readShare.value),
                    analysis.touchesMuch(of: relation), analysis.returnsLittle(of: relation),
                    !analysis.isFoundBefore(predicate.column), !isServed(column.name, relation, analysis)
                else { continue }
                return finding(path, column, relation, analysis)
            }
        }
        return nil
    }

    private func isCandidate(_ predicate: Predicate) -> Bool {
        guard case .operation(let name)? = predicate.wrapper, JSONPath.operators.contains(name) else { return false }
        return [.equality, .inList].contains(predicate.operation) && !predicate.isNegated && !predicate.isUnderOr
            && predicate.clause != .having
    }

    /// Which key the expression has is not known: any of the column may be the one.
    private func isServed(_ column: String, _ relation: Relation, _ analysis: StatementAnalysis) -> Bool {
        analysis.names.indexes(of: relation.name).contains { index in
            index.keys.contains { $0.expression.map { $0.contains(column) && $0.contains(">") } ?? false }
        }
    }

    private func finding(
        _ path: JSONPath, _ column: Column, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Finding {
        let hasGIN = GINIndex.serves(column.name, analysis.names.indexes(of: relation.name))
        let field = path.expression(over: column.name)
        var actions = [index(path, column, relation, analysis)].compactMap(\.self)
        if column.type == "jsonb" {
            if !hasGIN, path.contained != nil, path.cast == nil,
                let gin = GINIndex(column.name, of: relation, operatorClass: "jsonb_path_ops", in: analysis.names)
                    .action(gain: analysis.gain)
            {
                actions.append(gin)
            }
            actions += containment(path, analysis).map { [$0] } ?? []
        }
        actions.append(asColumn(field, column, relation, analysis))
        return analysis.finding(
            Self.metadata, title: "\(field) = … reads all of \(relation.name)", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) compares a field of \(column.name), for which \(relation.name) has "
                + "no index: each call reads its \(Quantity.about(relation.rows)) documents.",
            evidence: [
                Evidence("expression", "field compared", .text(field)),
                Evidence("type", "type of the column", .text(column.type)),
                Evidence("hasGINIndex", "a GIN index is on the column", .flag(hasGIN)),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
                Evidence("tablePages", "pages of \(relation.name)", .count(relation.pages)),
            ],
            notIf: "most documents have the value: then reading the table whole is right",
            tier: path.areKeysKnown && actions.first?.tier == .fix ? .fix : .cure, actions: actions)
    }

    /// An index on the field serves the statement as it is, where the key is written into it.
    private func index(
        _ path: JSONPath, _ column: Column, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Action? {
        guard relation.kind == .table, path.cast.map(Self.immutableCasts.contains) ?? true else { return nil }
        var expression = path.expression(over: column.name)
        if let cast = path.cast { expression = "(\(expression))::\(cast)" }
        let name = SQL.freeName(
            [relation.name.name, column.name], suffix: "_field_idx", besides: analysis.names.takenNames)
        let statement =
            "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) ((\(expression)));"
        let analyze = "ANALYZE \(relation.name.quoted);"
        return Action(
            .fix, "index the field", sql: path.areKeysKnown ? [statement, analyze] : [],
            steps: path.areKeysKnown
                ? []
                : [
                    "Look the key up in the application, put it in place of \(Redactor.placeholder), and run: "
                        + "`\(statement)` then `\(analyze)`",
                    "The key must stand in the statement as a constant: as a bind parameter it hides from the planner which "
                        + "index fits.",
                ],
            lock: .concurrentIndex, gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
            undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
            caution: "not inside a transaction block; leaves an INVALID index when it fails: drop it and run again")
    }

    private func containment(_ path: JSONPath, _ analysis: StatementAnalysis) -> Action? {
        guard let contained = path.contained, path.cast == nil else { return nil }
        return Action.rewrite(
            "ask with @>, which one GIN index serves for all fields",
            steps: [
                "Write `\(path.column) @> \(contained)` in place of the comparison; the GIN index then serves whatever the key."
            ], gain: analysis.gain,
            caution:
                "not the same where values are no strings: `->>` makes text of numbers and booleans, while @> tells "
                + "5 from \"5\"; pass numbers as numbers")
    }

    private func asColumn(
        _ field: String, _ column: Column, _ relation: Relation, _ analysis: StatementAnalysis
    ) -> Action {
        Action(
            .cure, "make the field a column of \(relation.name)",
            steps: [
                "What is searched for all the time is no detail of a document: give it a column of its own, with a type, "
                    + "statistics and a plain index, and have the application write it.",
                "A generated column (`GENERATED ALWAYS AS (\(field)) STORED`) needs no change of the application's writes, but "
                    + "rewrites the table under ACCESS EXCLUSIVE when it is added.",
            ],
            gain: Gain("plain look-ups, and estimates that fit", .ruleOfThumb))
    }

    static let examples: [RuleExample] = [
        .fires("a field of a jsonb column", on: "f1") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addCostly("SELECT * FROM events WHERE doc ->> $1 = $2")
        },
        .fires("a nested field, with a GIN index that is not asked", on: "f1") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addIndex("events_doc_idx", on: "doc", table: "events") { $0.accessMethod = "gin" }
            $0.addCostly("SELECT * FROM events e WHERE e.doc -> $1 ->> $2 = $3")
        },
        .fires("a path of a json column", on: "f1") {
            $0.addColumns("events", "id!", "doc", type: "json")
            $0.addCostly("SELECT * FROM events WHERE doc #>> $1 = $2")
        },
        .fires("a number, of a text that was not normalised", on: "f1") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addCostly("SELECT * FROM events WHERE (doc ->> 'customer')::int = 5")
        },
        .silent("the field has an index") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addIndex("events_kind_idx", on: "x", table: "events") {
                $0.columns = [.make { $0.expression = "(doc ->> '…'::text)" }]
            }
            $0.addCostly("SELECT * FROM events WHERE doc ->> $1 = $2")
        },
        .silent("another condition finds the rows") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addCostly("SELECT * FROM events WHERE customer = $3 AND doc ->> $1 = $2", blocksPerCall: 20)
        },
        .silent("a small table") {
            $0.addColumns("settings", "id!", "doc", type: "jsonb")
            $0.addTable("settings") { $0.estimatedRows = 300 }
            $0.addCostly("SELECT * FROM settings WHERE doc ->> $1 = $2")
        },
        .silent("the field is only shown") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addCostly("SELECT doc ->> $1 FROM events WHERE id = $2")
        },
        .silent("already asked with @>") {
            $0.addColumns("events", "id!", "doc", type: "jsonb")
            $0.addCostly("SELECT * FROM events WHERE doc @> $1")
        },
        .silent("an hstore, not a document") {
            $0.addColumns("events", "id!", "doc", type: "hstore")
            $0.addCostly("SELECT * FROM events WHERE doc -> $1 = $2")
        },
    ]
}
