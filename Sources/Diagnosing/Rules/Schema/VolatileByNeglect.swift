import Foundation
import IndexAdvising
import Model
import Statements

/// A function that only reads, is marked VOLATILE for want of a word, and stands where that matters.
struct VolatileByNeglect: StatementRule {
    static let metadata = RuleMetadata(
        id: "schema.volatile-by-neglect",
        title: "Function that only reads but is marked VOLATILE",
        area: .schema,
        needs: [.statements, .statementTexts, .functions],
        looksAt:
            "users' SQL functions with pg_proc.provolatile = v whose body, parsed, is one SELECT that calls nothing volatile; statements that cost and call them in WHERE, ON or FROM",
        why:
            "VOLATILE is what a function is when nothing is said. The planner then calls it for every row, in place of once, finds no index by its result, does not look into it when it stands in FROM, and does not push conditions past it.",
        limits:
            "Only bodies in SQL that are one plain SELECT over tables and call well-known functions; those in PL/pgSQL are not judged, nor are overloaded names. A function that must see rows that its own statement "
            + "wrote has to stay VOLATILE. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime],
        references: [
            "https://www.postgresql.org/docs/current/xfunc-volatility.html",
            "https://wiki.postgresql.org/wiki/Inlining_of_SQL_functions",
        ],
        explains: [.costsTime])

    /// Aggregates and STABLE functions of pg_catalog that such bodies call, beside the immutable ones that are listed anyway: pg_proc.provolatile on 15 to 18.
    private static let harmless: Set<String> = Set(ImmutableCalls.functions.map(\.name)).union([
        "count", "sum", "avg", "min", "max", "array_agg", "string_agg", "json_agg", "jsonb_agg", "bool_and", "bool_or",
        "every", "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value",
        "now", "current_setting", "to_char", "to_date", "to_timestamp", "to_json", "to_jsonb", "json_build_object",
        "jsonb_build_object", "row_to_json", "array_length", "cardinality", "unnest", "generate_series",
        "concat", "concat_ws", "format", "greatest", "least", "date_trunc", "age", "extract", "timezone",
    ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard observation.snapshot.catalogs.contains(where: { $0.functions != nil }) else {
            return .inconclusive("functions were not read")
        }
        let total = observation.workload.totalTime
        guard total >= CostlyShape.leastTime.value else {
            return .inconclusive(
                "statements ran for \(Quantity.milliseconds(total)) in the window: too little to tell what costs")
        }
        // Two statements may call the same function: the costlier is enough.
        var seen: Set<String> = []
        return .findings(
            observation.analyses.all.filter { $0.load.share >= CostlyShape.share.value && !$0.load.key.name.isEmpty }
                .compactMap { judge($0, observation) }.filter { seen.insert($0.objects[0].name).inserted })
    }

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let functions = analysis.names.catalog.functions ?? []
        guard !functions.isEmpty else { return nil }
        for call in Self.callsThatMatter(in: analysis.parsed.root) {
            let name = call.strings("funcname")
            let found = functions.filter {
                $0.name.name == name.last && (name.count == 1 || $0.name.schema == name.first)
            }
            guard found.count == 1, isNeglected(found[0]) else { continue }
            return finding(found[0], analysis)
        }
        return nil
    }

    private func isNeglected(_ function: Function) -> Bool {
        guard let body = function.body, function.language == "sql", function.volatility == "v",
            !function.isSecurityDefiner
        else { return false }
        // Without a table a scalar one is inlined all the same.
        return body.onlyReads && body.namesTables
            && body.calls.allSatisfy {
                Self.harmless.contains($0.hasPrefix("pg_catalog.") ? String($0.dropFirst(11)) : $0)
            }
    }

    /// Calls in FROM, and in conditions those that depend on no column of a row: there VOLATILE makes a difference.
    private static func callsThatMatter(in root: Node) -> [Node] {
        var found = root.all("RangeFunction").flatMap { $0.all("FuncCall") }
        for select in root.all("SelectStmt") + root.all("UpdateStmt") + root.all("DeleteStmt") {
            for call in select.node("whereClause")?.all("FuncCall") ?? [] where call.all("ColumnRef").isEmpty {
                found.append(call)
            }
        }
        for join in root.all("JoinExpr") {
            for call in join.node("quals")?.all("FuncCall") ?? [] where call.all("ColumnRef").isEmpty {
                found.append(call)
            }
        }
        return found
    }

    private func finding(_ function: Function, _ analysis: StatementAnalysis) -> Finding {
        let signature = function.quotedSignature
        var finding = analysis.finding(
            Self.metadata, severity: .warning, confidence: .medium,
            title: "\(function.name) only reads, but is marked VOLATILE",
            summary:
                "A statement with \(analysis.cost) calls \(function.signature), whose body is one SELECT. As it is VOLATILE the planner calls it anew for every row and finds no index by its result.",
            evidence: [
                Evidence("function", "function", .text(function.signature)),
                Evidence("returnsSet", "returns a set", .flag(function.returnsSet)),
                Evidence("bodyCalls", "functions that its body calls", .list(function.body?.calls ?? [])),
            ],
            notIf: "it must see rows that the calling statement itself has written", tier: .fix,
            actions: [
                Action(
                    .fix, "mark it STABLE", sql: ["ALTER FUNCTION \(signature) STABLE;"],
                    lock: LockNote("none", "the next plan sees it; prepared statements are planned again"),
                    gain: analysis.gain,
                    verify:
                        "EXPLAIN of the statement: the call stands in an Index Cond, or the function is gone from the plan",
                    undo: "ALTER FUNCTION \(signature) VOLATILE;",
                    caution:
                        "a later change of the body that writes must take it back: STABLE functions that write fail")
            ])
        finding.objects.insert(function.object(in: analysis.load.database), at: 0)
        return finding
    }

    static let examples: [RuleExample] = [
        .fires("looked up for every row", on: "app.tenant_of(name text)") { $0.addFunction() },
        .fires("a set in FROM", on: "app.tenant_of(name text)") {
            $0.addFunction("SELECT * FROM app.tenant_of($1) t WHERE t.id = $2") { $0.returnsSet = true }
        },
        .silent("of the row") { $0.addFunction("SELECT * FROM orders WHERE tenant_id = app.tenant_of(note)") },
        .silent("STABLE") { $0.addFunction { $0.volatility = "s" } },
        .silent("its body writes") { $0.addFunction { $0.body!.onlyReads = false } },
        .silent("its body calls what is volatile or unknown") { $0.addFunction { $0.body!.calls = ["nextval"] } },
        .silent("a plain expression: inlined anyway") { $0.addFunction { $0.body!.namesTables = false } },
        .inconclusive("functions were not read") {
            $0.addFunction()
            $0.catalogs[0].functions = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addFunction(
        _ text: String = "SELECT * FROM orders WHERE tenant_id = app.tenant_of($1)",
        _ configure: (inout Function) -> Void = { _ in }
    ) {
        addTable("orders")
        catalogs[0].functions = [
            .make {
                $0.name = QualifiedName("app", "tenant_of")
                $0.arguments = "name text"
                $0.body = .make {
                    $0.onlyReads = true
                    $0.namesTables = true
                    $0.calls = ["lower"]
                }
                configure(&$0)
            }
        ]
        addCostly(text)
    }
}
