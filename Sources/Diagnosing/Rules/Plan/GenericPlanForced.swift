import Model
import Plans
import Statements

/// plan_cache_mode makes the server run the plan for any value where a plan for the value at hand is far cheaper.
struct GenericPlanForced: StatementRule {
    private static let ratio = Threshold(
        "the generic plan's cost, in costs of a plan with values", 10, "times",
        source:
            "our choice: less is within what the planner's estimates are wrong by (pev2 marks rows from 10 times on)")
    private static let blocks = Threshold(
        "shared blocks touched a call, in costs of the plan with values", 1, "blocks",
        source: "seq_page_cost's default is 1 a page: a plan of that cost touches about as many blocks at most")

    static let metadata = RuleMetadata(
        id: "plan.generic-plan-forced",
        title: "Generic plan forced where plans with values are far cheaper",
        area: .plan,
        needs: [.statements, .statementTexts, .plans, .settings],
        looksAt:
            "plan_cache_mode as it holds for the roles that run a statement (pg_settings and pg_db_role_setting), and the planner's "
            + "costs of its generic plan and of its plans with a common and with a rare value",
        why:
            "With force_generic_plan the planner does not look at a parameter's value: it cannot see that the value is rare, that "
            + "`$1 IS NULL` is false, or which partial index would do, and plans for the average. A look-up by an index then "
            + "becomes a scan of the table, in every call. The setting is meant for statements whose planning takes longer than "
            + "their execution.",
        limits:
            "It acts on statements that are sent with parameters, prepared or not: with 20 rare values among 400,000 rows a call "
            + "took 0.07 ms by default and 29 ms with it, in the extended protocol as with prepared statements; literals in the "
            + "text are not touched by it (measured on 15.18). That the statement really runs its generic plan is inferred from the "
            + "blocks that it touches. A value that sessions SET for themselves is not seen. Plans over partitions are left out: "
            + "their generic cost counts all of them, though the executor leaves most out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, ratio, blocks],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE",
            "https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES",
        ],
        explains: [.costsTime, .variesTime, Edge(.misleadsPlanner, "plan.parameter-sensitive")])

    private static let setting = "plan_cache_mode"
    private static let forced = "force_generic_plan"

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        let load = analysis.load
        let roles = load.roles.filter { Self.isForced(on: $0, in: load.database, observation) }.sorted()
        guard !roles.isEmpty, load.plan?.basis != .custom, let generic = load.readPlan(),
            generic.root.all(where: { ["Append", "Merge Append"].contains($0.type) }).isEmpty
        else { return nil }
        let custom = load.representative.variants.compactMap { variant in
            (try? Plan(json: variant.json)).map { (kind: variant.kind, plan: $0) }
        }
        guard let cheapest = custom.min(by: { $0.plan.root.totalCost < $1.plan.root.totalCost }) else { return nil }
        let cost = max(cheapest.plan.root.totalCost, 1)
        guard generic.root.totalCost >= Self.ratio.value * cost, generic.outline != cheapest.plan.outline,
            load.counters.blocksPerCall >= Self.blocks.value * cost
        else { return nil }
        return finding(
            Comparison(generic, cheapest.plan, cheapest.kind, roles), custom.map(\.plan), analysis, observation)
    }

    private static func isForced(on role: String, in database: String, _ observation: Observation) -> Bool {
        // A value that only our own role has is nobody else's.
        let isShared =
            observation.serverSetting(setting) != nil
            || observation.snapshot.roleSettings.contains {
                $0.name == setting && ($0.role ?? role) == role && ($0.database ?? database) == database
            }
        return isShared
            && observation.effectiveSetting(setting, role: role, database: database)?.value == forced
    }

    private struct Comparison {
        var generic: Plan
        var custom: Plan
        var kind: PlanVariant.Kind
        /// Those under the setting.
        var roles: [String]

        init(_ generic: Plan, _ custom: Plan, _ kind: PlanVariant.Kind, _ roles: [String]) {
            self.generic = generic
            self.custom = custom
            self.kind = kind
            self.roles = roles
        }

        var ratio: Double { generic.root.totalCost / max(custom.root.totalCost, 1) }
    }

    private func finding(
        _ found: Comparison, _ custom: [Plan], _ analysis: StatementAnalysis, _ observation: Observation
    ) -> Finding {
        let isDearer = custom.allSatisfy {
            found.generic.root.totalCost >= Self.ratio.value * max($0.root.totalCost, 1)
        }
        let columns = analysis.load.representative.variants.first?.columns.map { "\($0.relation).\($0.column)" } ?? []
        let roles = found.roles.joined(separator: ", ")
        return analysis.finding(
            Self.metadata, confidence: isDearer ? .high : .medium,
            title:
                "\(Self.setting) forces a plan that is \(Quantity.about(found.ratio)) times as dear on a statement of \(roles)",
            about: Array(Set(analysis.load.representative.variants.flatMap { $0.columns.map(\.relation) })).sorted(),
            summary:
                "A statement with \(analysis.cost) is run by \(roles) under \(Self.setting) = \(Self.forced): its plan for any value costs "
                + "\(Quantity.about(found.generic.root.totalCost)), with a \(found.kind.rawValue) value "
                + "\(Quantity.about(found.custom.root.totalCost)). Each call touches "
                + "\(Quantity.about(analysis.load.counters.blocksPerCall)) blocks.",
            evidence: [
                Evidence("genericPlan", "plan for any value", .text(found.generic.outline)),
                Evidence("genericCost", "its cost", .number(found.generic.root.totalCost)),
                Evidence("customPlan", "plan with a \(found.kind.rawValue) value", .text(found.custom.outline)),
                Evidence("customCost", "its cost", .number(found.custom.root.totalCost)),
                Evidence("columns", "compared with parameters", .list(columns)),
                Evidence("roles", "roles under the setting", .list(found.roles)),
            ],
            notIf: isDearer ? nil : "nearly all calls have the common value, for which no other plan is cheaper",
            tier: .fix, actions: [change(found, analysis, observation)])
    }

    private func change(_ found: Comparison, _ analysis: StatementAnalysis, _ observation: Observation) -> Action {
        let database = analysis.load.database
        let roles = found.roles.prefix(3)
        return Action(
            .fix, "let the planner choose for \(roles.joined(separator: ", ")) in \(database)",
            sql: roles.map {
                "ALTER ROLE \(SQL.identifier($0)) IN DATABASE \(SQL.identifier(database)) SET \(Self.setting) = 'auto';"
            },
            steps: [
                "Have the application reconnect: the setting takes effect in new sessions.",
                "By default the first five executions are planned with their values; the generic plan is kept only where it is not dearer on "
                    + "average. A statement that was the reason for the setting can have it alone: SET LOCAL in its transaction.",
            ],
            lock: LockNote.none,
            gain: Gain(
                "the plan with values costs a \(Quantity.about(found.ratio))th; planning is added to each call",
                .estimated),
            verify: "a new session of the role: SHOW \(Self.setting); then blocks a call in the next diagnosis",
            undo: roles.map { observation.undoOfRoleSetting(Self.setting, role: $0, database: database) }
                .joined(separator: "\n"),
            caution:
                "all of the role's statements are planned so again: those that are quick and dear to plan take longer")
    }

    static let examples: [RuleExample] = [
        .fires("the role has it, and a rare value would use the index", on: "f1") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (8000, "Seq Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
        },
        .fires("the whole server has it", on: "f1") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.set("plan_cache_mode", "force_generic_plan", context: "user")
        },
        .fires("the database has it", on: "f1") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: nil, database: "shop")]
        },
        .silent("by default the planner compares") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
        },
        .silent("another role has it") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: "report", database: nil)]
        },
        .silent("only the role that looks has it") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.set("plan_cache_mode", "force_generic_plan", source: "user", context: "user")
            $0.roleSettings = [.forcedGeneric(role: "monitor", database: nil)]
        },
        .silent("the role in this database is set back to auto") {
            $0.addForced(generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
            $0.roleSettings.append(
                .make {
                    $0.role = "app"
                    $0.database = "shop"
                    $0.name = "plan_cache_mode"
                    $0.value = "auto"
                })
        },
        .silent("the generic plan is as good") {
            $0.addForced(generic: (20, "Index Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
        },
        .silent("the calls touch few blocks: literals in the text, which are planned with their values") {
            $0.addForced(
                generic: (9000, "Seq Scan"), common: (80, "Index Scan"), rare: (8, "Index Scan"), blocksPerCall: 4)
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
        },
        .silent("partitions, of which the executor reads one") {
            $0.addForced(generic: (9000, "Append"), common: (80, "Index Scan"), rare: (8, "Index Scan"))
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
        },
        .silent("no plan with values is known") {
            $0.addForced(generic: (9000, "Seq Scan"), common: nil, rare: nil)
            $0.roleSettings = [.forcedGeneric(role: "app", database: nil)]
        },
    ]
}

extension RoleSetting {
    fileprivate static func forcedGeneric(role: String?, database: String?) -> RoleSetting {
        .make {
            $0.role = role
            $0.database = database
            $0.name = "plan_cache_mode"
            $0.value = "force_generic_plan"
        }
    }
}

extension Snapshot {
    fileprivate mutating func addForced(
        generic: (cost: Double, node: String), common: (cost: Double, node: String)?,
        rare: (cost: Double, node: String)?, blocksPerCall: Int64 = 7000
    ) {
        addColumns("orders", "id!", "customer_id")
        addCostly("SELECT * FROM orders WHERE customer_id = $1", blocksPerCall: blocksPerCall)
        set("plan_cache_mode", "auto", source: "default", context: "user")
        func node(_ plan: (cost: Double, node: String)) -> String {
            #"{"Node Type": "\#(plan.node)", "Relation Name": "orders", "Total Cost": \#(plan.cost)}"#
        }
        explainLast(node(generic))
        let variants: [(PlanVariant.Kind, (cost: Double, node: String)?)] = [(.common, common), (.rare, rare)]
        statementStatistics!.statements[0].variants = variants.compactMap { kind, plan in
            plan.map { plan in
                .make {
                    $0.kind = kind
                    $0.columns = [ColumnReference(QualifiedName("public", "orders"), "customer_id")]
                    $0.json = #"[{"Plan": \#(node(plan))}]"#
                }
            }
        }
    }
}
