import Foundation
import IndexAdvising
import Model
import Statements

/// Several permissive policies of which any lets a row through.
struct PermissivePolicies: Rule {
    static let metadata = RuleMetadata(
        id: "schema.permissive-policies-pile-up",
        title: "Several permissive policies for the same command and role",
        area: .schema,
        needs: [.policies, .relations, .statements, .statementTexts],
        looksAt: "pg_policy by table, command and role; statements that cost and touch many blocks of the table",
        why:
            "Permissive policies are joined by OR: a row that the first refuses is put to the next, and an OR over several columns seldom finds an index. It is also easily overlooked that each of them opens the table further.",
        limits:
            "Told only where a statement that costs reads such a table. One policy with the same OR costs the same, where the conditions cannot be made simpler.",
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, count, blocks],
        references: [
            "https://www.postgresql.org/docs/current/sql-createpolicy.html",
            "https://supabase.com/docs/guides/database/database-advisors?lint=0006_multiple_permissive_policies",
        ],
        explains: [.costsTime])

    private static let count = Threshold(
        "policies for one command and role", 3, "policies",
        source: "our choice: splinter 0006 tells two, which are often an owner's and an administrator's")
    private static let blocks = Threshold(
        "blocks a call touches", 1000, "blocks",
        source: "our choice: some 50,000 rows that the policies are asked about")

    func evaluate(_ observation: Observation) -> Outcome {
        if let outcome = observation.outcomeWithoutPolicies { return outcome }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                Dictionary(grouping: (survey.catalog.policies ?? []).filter(\.isPermissive), by: \.relation).sorted {
                    $0.key < $1.key
                }
                .compactMap { judge($0.key, $0.value, survey, observation) }
            })
    }

    private func judge(_ table: QualifiedName, _ policies: [Policy], _ survey: IndexSurvey, _ observation: Observation)
        -> Finding?
    {
        guard let relation = survey.names.relation(table), relation.rows >= CostlyShape.largeTable.value else {
            return nil
        }
        // Reads are what is asked row by row; `public` holds for every role.
        let reading = policies.filter { ["r", "*"].contains($0.command) }
        let roles = Set(reading.flatMap(\.roles)).sorted()
        let sets = roles.map { role in (role, reading.filter { $0.roles.contains(role) || $0.roles.contains("public") })
        }
        guard let most = sets.max(by: { $0.1.count < $1.1.count }), Double(most.1.count) >= Self.count.value else {
            return nil
        }
        let database = survey.catalog.database
        let users = observation.costlyStatements(on: table, in: database, blocks: Self.blocks.value)
        guard let first = users.first else { return nil }
        let names = most.1.map(\.name).sorted()
        let share = users.reduce(0) { $0 + $1.load.share }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(Quantity.count(names.count)) permissive policies are asked for each row of \(table)",
            objects: [.relation(table, in: database)], impact: .share(share), confidence: .low,
            summary:
                "For role \(most.0) \(Quantity.count(names.count)) policies of \(table) are joined by OR (\(names.joined(separator: ", "))); statements on it take \(Quantity.percent(share)) of the execution time.",
            evidence: [
                Evidence("policies", "policies", .list(names)), Evidence("role", "role", .text(most.0)),
                Evidence("meanTime", "mean time of a call of the first", .milliseconds(first.load.counters.meanTime)),
                Evidence("calls", "its calls", .count(first.load.counters.calls)),
                Evidence("blocksPerCall", "shared blocks touched a call", .number(first.load.counters.blocksPerCall)),
            ],
            notIf: "the statements run as the table's owner or a superuser",
            actions: [
                Action(
                    .cure, "have one policy for a command and role",
                    steps: [
                        "Keep what is there: \\d \(table.quoted) in psql prints all policies.",
                        "In one transaction: CREATE POLICY with the conditions joined, the commonest and cheapest first, as one comparison where it can be (tenant_id = ANY (SELECT …)); DROP POLICY of the former.",
                        "Conditions for administrators: a role with BYPASSRLS, or policies TO that role alone, so that other roles are not asked.",
                    ],
                    lock: LockNote(
                        "ACCESS EXCLUSIVE", "of the table, an instant once it has it: SET lock_timeout = '2s' before"),
                    gain: first.gain,
                    verify:
                        "EXPLAIN of the statement as the application's role shows a shorter Filter, or an index condition",
                    undo: "the former policies",
                    caution: "a mistake opens rows to others: compare what each role sees before and after")
            ], explains: Set([.relation(table, database: database), first.load.link]))
    }

    static let examples: [RuleExample] = [
        .fires("owner, team, administrator", on: "public.orders") { $0.addPolicies("a", "b", "c") },
        .silent("owner and administrator") { $0.addPolicies("a", "b") },
        .silent("restrictive ones are joined by AND") {
            $0.addPolicies("a", "b")
            $0.addPolicy("(a = 1)", named: "c") { $0.isPermissive = false }
        },
        .silent("each for a role of its own") {
            for name in ["a", "b", "c"] { $0.addPolicy("(a = 1)", named: name) { $0.roles = [name] } }
        },
        .inconclusive("policies were not read") { $0.catalogs[0].policies = nil },
        .inconclusive("hardly anything ran") {
            $0.addPolicies("a", "b", "c")
            $0.statementStatistics!.statements = []
            $0.statementStatistics!.totals = .make { $0.executionTime = 3 }
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addPolicies(_ names: String...) {
        for name in names { addPolicy("(\(name) = 1)", named: name) }
    }
}
