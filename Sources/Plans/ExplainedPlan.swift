/// What EXPLAIN said, whole: nodes in the order in which it printed them, parents before their children. A flat list, so that
/// no depth of a pasted plan can exhaust a stack.
package struct ExplainedPlan: Sendable, Codable {
    package var nodes: [ExplainedNode] = []
    /// Line of the input at which it begins, from 1.
    package var line = 1
    /// Of auto_explain; may hold literals.
    package var queryText: String?
    /// Of auto_explain from 16 on, with the values of parameters, as `QueryParameters` reads it; never written (`CodingKeys`).
    package var queryParameters: String?
    /// ms; nil when EXPLAIN did not say.
    package var planningTime: Double?
    /// ms, with triggers and JIT, without planning.
    package var executionTime: Double?
    /// ms that auto_explain logged.
    package var duration: Double?
    package var triggers: [Trigger] = []
    package var jit: JIT?
    /// ms that EXPLAIN (SERIALIZE) spent on turning the result into text; part of the execution time. PostgreSQL 17.
    package var serializationTime: Double?
    package var settings: [Setting] = []

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case nodes, line, queryText, planningTime, executionTime, duration, triggers, jit, serializationTime, settings
    }

    package struct Trigger: Sendable, Codable, Equatable {
        package var name = ""
        package var relation: String?
        /// Of a foreign key's or a deferred trigger.
        package var constraint: String?
        /// ms of all calls.
        package var time = 0.0
        package var calls = 0.0
    }

    package struct JIT: Sendable, Codable, Equatable {
        package var functions = 0.0
        /// ms, of the leader and all workers.
        package var time = 0.0
    }

    package struct Setting: Sendable, Codable, Equatable {
        package var name: String
        package var value: String
    }

    package var root: ExplainedNode { nodes[0] }
    /// Rows and loops were measured: EXPLAIN ANALYZE or auto_explain.log_analyze.
    package var isAnalyzed: Bool { nodes.contains { $0.actual != nil } }
    /// Times were measured too: not with TIMING OFF.
    package var isTimed: Bool { nodes.contains { $0.actual?.totalTime != nil } }
    package var hasBuffers: Bool { nodes.contains { $0.buffers != nil } }

    /// A node and those above it, nearest first.
    package func ancestors(of id: Int) -> [ExplainedNode] {
        var found: [ExplainedNode] = []
        var next = nodes[id].parent
        while let id = next {
            found.append(nodes[id])
            next = nodes[id].parent
        }
        return found
    }

    /// `Limit > Hash Join > Seq Scan on orders`
    package func path(of id: Int) -> String {
        (ancestors(of: id).reversed() + [nodes[id]]).map(\.name).joined(separator: " > ")
    }

    /// Calls with every text that may hold a literal, to put another in its place.
    package mutating func replaceExpressions(_ replace: (String) -> String) {
        for id in nodes.indices {
            for place in nodes[id].conditions.indices {
                nodes[id].conditions[place].text = replace(nodes[id].conditions[place].text)
            }
        }
    }
}
