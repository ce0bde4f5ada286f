import Model
import Plans

extension StatementLoad {
    /// The planner's plan of the statement, read; nil when it was not explained.
    func readPlan() -> Plan? { plan.flatMap { try? Plan(json: $0.json) } }

    /// Links to the statement and to the relations of its plan.
    func links(of plan: Plan, in catalog: DatabaseCatalog) -> Set<LinkKey> {
        let names = Set(plan.root.all { $0.relation != nil }.compactMap(\.relation))
        return Set(
            catalog.relations.filter { names.contains($0.name.name) }
                .map { LinkKey.relation($0.name, database: catalog.database) } + [link])
    }
}

extension Observation {
    /// Explained statements of a database that was looked at in depth, greatest first.
    func plans(in catalog: DatabaseCatalog) -> [(load: StatementLoad, plan: Plan)] {
        workload.statements.filter { $0.database == catalog.database }
            .compactMap { load in load.readPlan().map { (load, $0) } }
    }
}
