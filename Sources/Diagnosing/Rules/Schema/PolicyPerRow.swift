import Foundation
import IndexAdvising
import Model
import Statements

/// A row security policy that calls a function for every row.
struct PolicyPerRow: Rule {
    static let metadata = RuleMetadata(
        id: "schema.policy-evaluated-per-row",
        title: "Row security policy that calls a function for every row",
        area: .schema,
        needs: [.policies, .relations, .statements, .statementTexts],
        looksAt:
            "pg_policy's expressions, parsed: calls that depend on no column and stand outside a sub-select; statements that cost and read the table",
        why:
            "current_setting('app.user') or auth.uid() gives the same for every row of a statement, but is called for each that the policy is asked about. In a sub-select, (SELECT current_setting('app.user')), it is "
            + "called once (an InitPlan), and the comparison can use an index.",
        limits:
            "Told only where a statement that costs touches many blocks of such a table. Superusers, the table's owner and BYPASSRLS roles pass the policy: whose the statement is is not weighed. "
            + "Functions that depend on the row are another matter.",
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, blocks],
        references: [
            "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
            "https://supabase.com/docs/guides/database/database-advisors?lint=0003_auth_rls_initplan",
        ],
        explains: [.costsTime])

    private static let blocks = Threshold(
        "blocks a call touches", 1000, "blocks", source: "our choice: some 50,000 rows that the function is called for")

    func evaluate(_ observation: Observation) -> Outcome {
        if let outcome = observation.outcomeWithoutPolicies { return outcome }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                (survey.catalog.policies ?? []).compactMap { judge($0, survey, observation) }
            })
    }

    private func judge(_ policy: Policy, _ survey: IndexSurvey, _ observation: Observation) -> Finding? {
        guard let using = policy.using, let table = survey.names.relation(policy.relation),
            table.rows >= CostlyShape.largeTable.value
        else { return nil }
        let calls = Self.repeatedCalls(in: using)
        guard !calls.isEmpty else { return nil }
        let users = observation.costlyStatements(
            on: policy.relation, in: survey.catalog.database, blocks: Self.blocks.value)
        guard let first = users.first else { return nil }
        return finding(
            policy, calls, using, first, share: users.reduce(0) { $0 + $1.load.share }, survey.catalog.database)
    }

    /// Calls without a column, outside sub-selects: their names as written.
    static func repeatedCalls(in expression: String) -> [String] {
        guard let parsed = try? ParsedStatement(parsing: "SELECT 1 WHERE \(expression)") else { return [] }
        var found: [String] = []
        parsed.root.walk { node in
            if node.kind == "SubLink" { return false }
            guard node.kind == "FuncCall" else { return true }
            if node.all("ColumnRef").isEmpty {
                found.append(node.strings("funcname").joined(separator: "."))
                return false
            }
            return true
        }
        return found
    }

    private func finding(
        _ policy: Policy, _ calls: [String], _ using: String, _ user: StatementAnalysis, share: Double,
        _ database: String
    ) -> Finding {
        let names = Set(calls).sorted()
        let (policyName, table) = (SQL.identifier(policy.name), policy.relation.quoted)
        return Finding(
            Self.metadata, severity: .warning, tier: .fix,
            title: "policy \(policy.name) of \(policy.relation) calls \(names.joined(separator: ", ")) for every row",
            objects: [
                ObjectReference(
                    .policy, "\(policy.relation.schema).\(policy.relation.name).\(policy.name)", in: database),
                .relation(policy.relation, in: database),
            ], impact: .share(share), confidence: .medium,
            summary:
                "The policy \(policy.name) asks \(names.joined(separator: ", ")) anew for every row that a statement looks at; statements on \(policy.relation) take \(Quantity.percent(share)) of the execution time.",
            evidence: [
                Evidence("using", "USING", .text(using)), Evidence("functions", "called for every row", .list(names)),
                Evidence("meanTime", "mean time of a call of the first", .milliseconds(user.load.counters.meanTime)),
                Evidence("calls", "its calls", .count(user.load.counters.calls)),
                Evidence("blocksPerCall", "shared blocks touched a call", .number(user.load.counters.blocksPerCall)),
            ] + (user.load.text.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "the statements run as the table's owner or a superuser, whom the policy does not ask",
            actions: [
                Action(
                    .fix, "put the calls into sub-selects",
                    steps: [
                        "Read the policy as it is, and keep it: SELECT pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy WHERE polrelid = \(SQL.literal(policy.relation.quoted))::regclass AND polname = \(SQL.literal(policy.name));",
                        "ALTER POLICY \(policyName) ON \(table) USING (…); with (SELECT \(names[0])(…)) in place of \(names[0])(…), its cast outside; the same in WITH CHECK.",
                        "Index the column that is compared, where it has none.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE", "of the table, an instant once it has it: SET lock_timeout = '2s' before"),
                    gain: Gain("one call a statement in place of one a row", .estimated),
                    verify: "EXPLAIN of the statement as the application's role shows an InitPlan",
                    undo: "ALTER POLICY with the expression that was kept",
                    caution:
                        "a mistake opens or closes rows to everybody: try it in a transaction as the application's role, and look at what it sees"
                )
            ], explains: Set([.relation(policy.relation, database: database), user.load.link]))
    }

    static let examples: [RuleExample] = [
        .fires("the tenant of the session", on: "public.orders.tenant") {
            $0.addPolicy("(tenant_id = (current_setting($1))::integer)")
        },
        .fires("a function of the platform", on: "public.orders.tenant") { $0.addPolicy("(auth.uid() = user_id)") },
        .silent("in a sub-select") { $0.addPolicy("(tenant_id = (SELECT (current_setting($1))::integer))") },
        .silent("no function") { $0.addPolicy("(is_public = true)") },
        .silent("a function of the row") { $0.addPolicy("may_see(tenant_id)") },
        .silent("statements on it cost nothing") {
            $0.addPolicy("(auth.uid() = user_id)")
            $0.statementStatistics!.statements[0].counters.sharedBlocksHit = 4000
        },
        .inconclusive("policies were not read") { $0.catalogs[0].policies = nil },
        .inconclusive("hardly anything ran") {
            $0.addPolicy("(auth.uid() = user_id)")
            $0.statementStatistics!.statements = []
            $0.statementStatistics!.totals = .make { $0.executionTime = 3 }
        },
    ]
}

extension Snapshot {
    mutating func addPolicy(
        _ using: String, named name: String = "tenant", _ configure: (inout Policy) -> Void = { _ in }
    ) {
        addTable("orders") { $0.hasRowSecurity = true }
        catalogs[0].policies =
            (catalogs[0].policies ?? []) + [
                .make {
                    $0.relation = QualifiedName("public", "orders")
                    $0.name = name
                    $0.roles = ["public"]
                    $0.using = using
                    configure(&$0)
                }
            ]
        if statementStatistics!.statements.isEmpty { addCostly("SELECT * FROM orders WHERE note = $1") }
    }
}
