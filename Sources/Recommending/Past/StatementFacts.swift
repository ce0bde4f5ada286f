import Diagnosing
import History
import Model
import Plans
import Statements

extension Frame {
    /// The numbers of an observation's snapshot, with what its statements read and how they are planned.
    package init(_ observation: Observation) {
        let analyses = Dictionary(
            observation.analyses.all.map { ($0.load.key, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(observation.snapshot) { statement in
            var facts = Facts(statement)
            let relations = analyses[StatementKey(statement)]?.shape.relations ?? []
            facts.relations = relations.map { "\($0.schema).\($0.name)" }
            if let plan = statement.plan.flatMap({ try? Plan(json: $0.json) }) {
                let text = plan.root.outline
                facts.plan = text
                facts.planText = text
            }
            return facts
        }
    }
}
