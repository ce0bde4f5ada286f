import Model
import Statements

/// A pattern search that no B-tree can serve.
struct LeadingWildcardSearch: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.leading-wildcard-search",
        title: "Text search that reads the whole table",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt: "LIKE, ILIKE and regular expressions in the parse trees of statements that cost, the table's indexes, "
            + "and the plan (or the blocks a call touches)",
        why: "A B-tree finds words by how they begin: a pattern that begins with `%`, and ILIKE whatever the pattern, "
            + "must look at every row. A trigram index finds any part of a word.",
        limits: "The pattern itself is not known, as texts are normalised: LIKE fires only where the table is really "
            + "read whole, by the blocks that a call touches: a generic plan uses an index for no pattern (measured on 15.18 "
            + "and 18.1). " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare],
        references: [
            "https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX",
            "https://www.postgresql.org/docs/current/indexes-types.html#INDEXES-TYPES-BTREE",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            for predicate in level.predicates {
                if let finding = judge(predicate, analysis, observation) { return finding }
            }
        }
        return nil
    }

    private func judge(_ predicate: Predicate, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard [.like, .ilike, .regex].contains(predicate.operation), !predicate.isNegated,
            let relation = analysis.relation(of: predicate.column), relation.kind == .table,
            relation.rows >= CostlyShape.largeTable.value, !analysis.findsFewRows(of: predicate.column),
            analysis.readsMuch(of: relation, share: CostlyShape.readShare.value),
            // A pattern that is not known to begin with a wildcard may well be served: not where nothing was measured, and
            // not by the plan alone, which is generic and uses an index for no pattern (measured on 15.18 and 18.1).
            isUnanchored(predicate) || analysis.isMeasured && analysis.touchesMuch(of: relation)
        else { return nil }
        let column = analysis.name(of: predicate.column)
        let isServed = analysis.names.indexes(of: relation.name).contains { index in
            ["gin", "gist"].contains(index.accessMethod)
                && index.columns.contains { key in
                    // Words of a text-search index are no parts of words.
                    key.name == column
                        || key.expression.map { $0.contains(column) && !$0.contains("to_tsvector") } ?? false
                }
        }
        return isServed ? nil : finding(predicate, relation, analysis, observation)
    }

    private func isUnanchored(_ predicate: Predicate) -> Bool {
        predicate.operation == .ilike || predicate.operation == .like && predicate.operand == .unanchoredPattern
    }

    private func finding(
        _ predicate: Predicate, _ relation: Relation, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> Finding {
        let column = analysis.name(of: predicate.column)
        let word =
            predicate.operation == .ilike ? "ILIKE" : predicate.operation == .like ? "LIKE" : "a regular expression"
        return analysis.finding(
            Self.metadata, confidence: isUnanchored(predicate) ? .high : .medium,
            title: "Searching \(relation.name).\(column) with \(word) reads the whole table", about: [relation.name],
            summary: "A statement with \(analysis.cost) searches \(column) with \(word), which no index of "
                + "\(relation.name) serves: each call looks at all \(Quantity.about(relation.rows)) rows.",
            evidence: [
                Evidence("column", "column searched", .text("\(relation.name).\(column)")),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "patterns are shorter than three characters: trigrams do not serve those", tier: .fix,
            actions: actions(predicate, relation, analysis, observation))
    }

    private func actions(
        _ predicate: Predicate, _ relation: Relation, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> [Action] {
        let column = analysis.name(of: predicate.column)
        let prefix = PrefixIndex(relation, analysis.column(of: predicate.column), analysis, observation)
        let installed = observation.snapshot.catalogs.first { $0.database == analysis.load.database }?.extensions
            .first { $0.name == "pg_trgm" }
        let opclass = installed.map { SQL.identifier($0.schema) + ".gin_trgm_ops" } ?? "gin_trgm_ops"
        let name = SQL.freeName([relation.name.name, column], suffix: "_trgm_idx", besides: analysis.names.takenNames)
        let create =
            "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) "
            + "USING gin (\(SQL.identifier(column)) \(opclass));"
        // Of a pattern that is not known, the index that is there may lack no more than the right order.
        let isPrefixPossible = !isUnanchored(predicate) && prefix?.unfit != nil
        let onPrefix =
            isPrefixPossible
            ? prefix.map { prefix in
                var action = prefix.create(gain: analysis.gain)
                action.title = "if patterns begin with letters, not with %: " + action.title
                return [action]
            } : nil
        return (onPrefix ?? []) + [
            Action(
                .fix, "make a trigram index on \(column)",
                sql: (installed == nil ? ["CREATE EXTENSION IF NOT EXISTS pg_trgm;"] : []) + [create],
                lock: .concurrentIndex, gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
                undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
                caution: "GIN makes writes of \(column) dearer; leaves an INVALID index when it fails"),
            Action(
                .cure, "search for what users mean",
                steps: [
                    "Where the beginning of the word is known, anchor the pattern: `\(SQL.identifier(column)) LIKE 'abc%'` "
                        + "with a text_pattern_ops index.",
                    "Where words are looked for in prose, use full-text search: a tsvector column with a GIN index.",
                ],
                lock: LockNote.none, gain: Gain("an index of a tenth of the size", .ruleOfThumb)),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("ILIKE on a name", on: "f1") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addCostly("SELECT * FROM customers WHERE name ILIKE $1 LIMIT $2")
        },
        .fires("LIKE that reads the table whole", on: "f1") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addIndex("customers_name_idx", on: "name", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE name LIKE $1")
        },
        .fires("a regular expression that reads the table whole", on: "f1") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addCostly("SELECT * FROM customers WHERE name ~* $1")
        },
        .fires("SIMILAR TO", on: "f1") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addCostly("SELECT * FROM customers WHERE name SIMILAR TO $1")
        },
        .silent("an anchored regular expression uses the index") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addIndex("customers_name_idx", on: "name", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE name ~ $1", blocksPerCall: 12)
        },
        .silent("rows that do not match a regular expression") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addCostly("SELECT * FROM customers WHERE name !~ $1")
        },
        .silent("LIKE with a known beginning uses the index") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addIndex("customers_name_idx", on: "name", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE name LIKE $1", blocksPerCall: 12)
        },
        .silent("a generic plan scans, the calls do not") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addIndex("customers_name_idx", on: "name", table: "customers")
            $0.addCostly("SELECT * FROM customers WHERE name LIKE $1", blocksPerCall: 12)
            $0.explainLast(#"{"Node Type": "Seq Scan", "Relation Name": "customers", "Alias": "customers"}"#)
        },
        .silent("a trigram index is there") {
            $0.addColumns("customers", "id!", "name", type: "text")
            $0.addIndex("customers_trgm", on: "name", table: "customers") { $0.accessMethod = "gin" }
            $0.addCostly("SELECT * FROM customers WHERE name ILIKE $1")
        },
    ]
}
