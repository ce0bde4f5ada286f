import IndexAdvising
import Model
import Plans
import Statements

/// A parameter of another type, for whose sake the column is cast, so that its index does not serve.
struct ImplicitCastOnIndexedColumn: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.implicit-cast-on-indexed-column",
        title: "Parameter whose type casts an indexed column",
        area: .shape,
        needs: [.statements, .statementTexts, .plans, .relations, .indexes, .columns],
        looksAt:
            "casts around columns in the filters of plans where the statement writes none; and look-ups by a unique "
            + "index that nevertheless touch most of the table",
        why:
            "`id = $1` with an integer id and a numeric parameter (BigDecimal, Decimal, double) means `id::numeric = $1`: "
            + "PostgreSQL casts the column, as the value could have a fraction. The index is on id, not on the cast, and the "
            + "table is read whole.",
        limits:
            "The types that an application gives its parameters are not in the text, unless it casts them there: where the plan does not show the "
            + "cast, only look-ups by a unique key are judged, as they cannot touch much of a table otherwise. Types between "
            + "which an index works (integer and bigint, varchar and text, date and timestamp) are left out. "
            + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare,
            CostlyShape.returnedShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/typeconv-oper.html",
            "https://www.postgresql.org/docs/current/indexes-opclass.html",
        ],
        explains: [.costsTime])

    /// What a value's type makes of a column, where no operator of the index takes both: measured on 15.18.
    private static let forced: [String: Set<String>] = [
        "smallint": ["numeric", "float8", "float4"], "integer": ["numeric", "float8", "float4"],
        "bigint": ["numeric", "float8", "float4"], "numeric": ["float8", "float4"], "character": ["text", "varchar"],
    ]

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.isMeasured else {
            for forced in analysis.shape.forcedCasts {
                if let (cast, relation) = castInText(forced, analysis) {
                    return finding(cast, relation, analysis, observation)
                }
            }
            return nil
        }
        guard let plan = analysis.load.readPlan() else { return nil }
        let scans = plan.root.all { $0.relation != nil }
        for scan in scans {
            guard let relation = relation(of: scan, analysis), relation.rows >= CostlyShape.largeTable.value,
                analysis.returnsLittle(of: relation)
            else { continue }
            if let found = castInPlan(scan, relation, analysis) ?? lookUp(scan, relation, analysis) {
                return finding(found, relation, analysis, observation)
            }
        }
        return nil
    }

    private struct Cast {
        var column: Column
        var index: Index
        /// nil where the plan does not show it.
        var type: String?
    }

    private func relation(of scan: PlanNode, _ analysis: StatementAnalysis) -> Relation? {
        scan.relation.flatMap {
            analysis.names.relation($0, schema: scan.schema, searchPath: analysis.load.representative.searchPath)
        }
    }

    /// The text itself gives the value its type.
    private func castInText(_ forced: ForcedCast, _ analysis: StatementAnalysis) -> (Cast, Relation)? {
        guard let relation = analysis.relation(of: forced.column), let column = analysis.column(of: forced.column),
            isForced(column, forced.type), let index = index(on: column, of: relation, analysis),
            analysis.readsWhole(relation, at: forced.level, for: [column.name])
        else { return nil }
        return (Cast(column: column, index: index, type: forced.type), relation)
    }

    private func castInPlan(_ scan: PlanNode, _ relation: Relation, _ analysis: StatementAnalysis) -> Cast? {
        guard scan.isSequentialScan, let filter = scan.filter, analysis.touchesMuch(of: relation) else { return nil }
        let aliases = Set([scan.alias, scan.relation].compactMap(\.self))
        for cast in CastCondition.read(filter, aliases: aliases) {
            guard let column = analysis.names.column(cast.column, of: relation.name), isForced(column, cast.type),
                let index = index(on: column, of: relation, analysis), !isWritten(cast.column, analysis)
            else { continue }
            return Cast(column: column, index: index, type: cast.type)
        }
        return nil
    }

    /// The planner, asked with a parameter of the column's own type, finds the one row by a unique index; the calls touch
    /// most of the table. Triggers, policies and functions could do that too: such statements are left out.
    private func lookUp(_ scan: PlanNode, _ relation: Relation, _ analysis: StatementAnalysis) -> Cast? {
        guard analysis.parsed.kind == .select, !relation.hasRowSecurity, analysis.shape.relations == [relation.name],
            analysis.shape.levels.count == 1, analysis.parsed.functions.allSatisfy(Self.harmless.contains),
            ["Index Scan", "Index Only Scan"].contains(scan.type), scan.indexCondition != nil,
            analysis.touchesMuch(of: relation), exceedsOneValue(analysis.load.counters.blocksPerCall, relation)
        else { return nil }
        let index = analysis.names.indexes(of: relation.name).first { $0.name.name == scan.index }
        guard let index, index.isUnique, index.keyCount == 1, index.predicate == nil, index.accessMethod == "btree",
            let name = index.columns.first?.name, let column = analysis.names.column(name, of: relation.name),
            Self.forced[bareType(column)] != nil,
            analysis.shape.levels[0].predicates.contains(where: { isLookUp($0, name) })
        else { return nil }
        return Cast(column: column, index: index, type: nil)
    }

    /// More than one row's values could take, even if all that lies in TOAST were one value.
    private func exceedsOneValue(_ blocks: Double, _ relation: Relation) -> Bool {
        let outside = Double(relation.toastSize ?? 0) / Self.pageSize
        return blocks >= outside + CostlyShape.readShare.value * Double(relation.pages)
    }

    /// Bytes, as `Relation.toastSize` reckons.
    private static let pageSize = 8192.0
    private static let harmless: Set<String> = ["count", "sum", "min", "max", "avg"]

    private func isLookUp(_ predicate: Predicate, _ column: String) -> Bool {
        guard predicate.column.name == column, predicate.operation == .equality, predicate.wrapper == nil,
            !predicate.isNegated, !predicate.isUnderOr, case .parameter = predicate.operand
        else { return false }
        return true
    }

    private func isForced(_ column: Column, _ type: String) -> Bool {
        Self.forced[bareType(column)]?.contains(type) ?? false
    }

    /// `numeric(10,2)` → `numeric`
    private func bareType(_ column: Column) -> String { String(column.type.prefix { $0 != "(" }) }

    private func index(on column: Column, of relation: Relation, _ analysis: StatementAnalysis) -> Index? {
        analysis.names.indexes(of: relation.name).first {
            $0.accessMethod == "btree" && $0.predicate == nil && $0.columns.first?.name == column.name
        }
    }

    /// The text casts it: `shape.function-on-indexed-column` says so.
    private func isWritten(_ column: String, _ analysis: StatementAnalysis) -> Bool {
        analysis.shape.levels.flatMap(\.predicates).contains {
            $0.wrapper != nil && analysis.name(of: $0.column) == column
        }
    }

    private func finding(
        _ cast: Cast, _ relation: Relation, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> Finding {
        let column = cast.column.name
        let forced =
            cast.type.map { "cast to \(CastCondition.spelled($0))" } ?? "probably cast to the type of the parameter"
        let touched =
            analysis.isMeasured
            ? "touches \(Quantity.about(analysis.load.counters.blocksPerCall)) of "
                + "\(Quantity.about(Double(relation.pages))) pages of \(relation.name)."
            : "reads \(relation.name) (\(Quantity.about(relation.rows)) rows) whole."
        let shown = analysis.isMeasured ? "cast that the plan shows" : "cast that the value's type forces"
        return analysis.finding(
            Self.metadata, confidence: cast.type == nil ? .medium : .high,
            title:
                "\(analysis.isMeasured ? "A parameter's" : "A value's") type keeps \(relation.name) from using its index on \(column)",
            about: [relation.name],
            summary:
                "A statement with \(analysis.cost) looks for \(column) (\(cast.column.type)), which is \(forced), so that "
                + "index \(cast.index.name.name) does not serve: each call \(touched)",
            evidence: [
                Evidence("column", "column", .text("\(relation.name).\(column) \(cast.column.type)")),
                Evidence("castTo", shown, .text(cast.type.map(CastCondition.spelled) ?? "none")),
                Evidence("index", "index that does not serve", .text(cast.index.name.description)),
                Evidence("tablePages", "pages of \(relation.name)", .count(relation.pages)),
            ],
            notIf: "the index is newer than most of the calls", tier: .cure,
            actions: actions(cast, relation, analysis, observation))
    }

    private func actions(
        _ cast: Cast, _ relation: Relation, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> [Action] {
        let column = SQL.identifier(cast.column.name)
        var actions: [Action] = []
        if let type = cast.type, relation.kind == .table {
            let name = SQL.freeName(
                [relation.name.name, cast.column.name, type], besides: analysis.names.takenNames)
            actions.append(
                Action(
                    .fix, "index the cast, until the application is mended",
                    sql: [
                        "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) "
                            + "((\(column)::\(CastCondition.spelled(type))));",
                        "ANALYZE \(relation.name.quoted);",
                    ],
                    lock: .concurrentIndex, gain: analysis.gain, verify: StatementAnalysis.verifyRewrite,
                    undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
                    caution:
                        "one more index that every write pays for; not inside a transaction block; leaves an INVALID "
                        + "index when it fails: drop it and run again"))
        } else {
            actions.append(
                analysis.load.captureSlowPlans(above: analysis.load.counters.meanTime / 2, observation))
        }
        actions.append(
            Action.rewrite(
                "pass the parameter as \(cast.column.type)",
                steps: [
                    "Bind a value of the column's type: setLong and not setBigDecimal or setDouble, int and not Decimal; "
                        + "in SQLAlchemy the column's own type.",
                    "Or cast the value in the statement: `\(column) = CAST($1 AS \(cast.column.type))`.",
                ], gain: analysis.gain, caution: "a cast rounds: a value with a fraction would then find a row"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("the plan shows the cast that the text does not", on: "f1") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1::numeric", filter: "((id)::numeric = $1)")
        },
        .fires("a double for an integer, with an alias", on: "f1") {
            $0.addLookUp(
                "SELECT * FROM orders o WHERE o.id = CAST($1 AS float8)", filter: "((id)::double precision = $1)")
        },
        .fires("char(n) and text", on: "f1") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1::text", type: "character(10)", filter: "((id)::text = $1)")
        },
        .fires("the primary key is asked, and the table is read", on: "f1") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1", filter: nil)
        },
        .silent("the primary key is asked, and serves") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1", filter: nil, blocksPerCall: 4)
        },
        .silent("varchar and text are stored alike") {
            $0.addLookUp(
                "SELECT * FROM orders WHERE id = $1::text", type: "character varying(20)", filter: "((id)::text = $1)")
        },
        .silent("the text casts the column: another rule's") {
            $0.addLookUp("SELECT * FROM orders WHERE id::numeric = $1", filter: "((id)::numeric = $1)")
        },
        .silent("the column has no index") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1::numeric", filter: "((id)::numeric = $1)")
            $0.catalogs[0].indexes = []
        },
        .silent("a join of two types: the foreign key's rule tells") {
            $0.addLookUp(
                "SELECT * FROM orders o JOIN prices p ON o.id = p.n", filter: "((id)::numeric = p.n)")
        },
        .silent("the time of a DELETE goes to its foreign keys") {
            $0.addLookUp("DELETE FROM orders WHERE id = $1", filter: nil)
        },
        .silent("a function of the user's reads the pages") {
            $0.addLookUp("SELECT total_of(id) FROM orders WHERE id = $1", filter: nil)
        },
        .silent("one row with a very long document") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1", filter: nil)
            $0.addTable("orders") { $0.toastSize = 2_000_000_000 }
        },
        .silent("not explained") {
            $0.addLookUp("SELECT * FROM orders WHERE id = $1", filter: nil)
            $0.statementStatistics!.statements[0].plan = nil
        },
    ]
}
