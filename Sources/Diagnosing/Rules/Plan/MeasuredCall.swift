import Foundation
import Model
import Plans
import Statements

/// A plan out of the server's log, read and measured.
package struct MeasuredCall {
    package var logged: LoggedPlan
    var measured: MeasuredPlan

    package var plan: ExplainedPlan { measured.plan }

    init?(_ logged: LoggedPlan) {
        guard let plan = try? JSONDecoder().decode(ExplainedPlan.self, from: Data(logged.json.utf8)),
            !plan.nodes.isEmpty
        else { return nil }
        self.logged = logged
        measured = MeasuredPlan(plan)
    }

    /// `3 calls of 4.1 s`
    var times: String {
        "\(Quantity.plural(Int(logged.calls), "call")) of \(Quantity.milliseconds(logged.meanTime))"
    }

    /// The catalog's relations that it reads. A plan has their schemas only where it was logged verbosely.
    func relations(in analysis: StatementAnalysis) -> [QualifiedName] {
        let path = analysis.load.representative.searchPath
        let found = plan.nodes.compactMap { node in
            node.relation.flatMap { analysis.names.relation($0, schema: node.schema, searchPath: path)?.name }
        }
        return Set(found).sorted()
    }
}

// MARK: For examples

enum ExamplePlan: String {
    case quick =
        #"{"Node Type": "Index Scan", "Index Name": "orders_customer_id_idx", "Relation Name": "orders", "Alias": "orders", "Startup Cost": 0, "Total Cost": 8, "Plan Rows": 10, "Plan Width": 8}"#
    case slow =
        #"{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Startup Cost": 0, "Total Cost": 9000, "Plan Rows": 10, "Plan Width": 8, "Actual Startup Time": 1, "Actual Total Time": 3990, "Actual Rows": 12, "Actual Loops": 1, "Filter": "(customer_id = $1)", "Rows Removed by Filter": 5000000}"#
    case measured =
        #"{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Startup Cost": 0, "Total Cost": 9000, "Plan Rows": 500000, "Plan Width": 8, "Actual Startup Time": 1, "Actual Total Time": 3990, "Actual Rows": 500000, "Actual Loops": 1}"#
    case misjudged =
        #"{"Node Type": "Nested Loop", "Join Type": "Inner", "Startup Cost": 0, "Total Cost": 90, "Plan Rows": 10, "Plan Width": 8, "Actual Startup Time": 1, "Actual Total Time": 3990, "Actual Rows": 500000, "Actual Loops": 1, "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "orders", "Startup Cost": 0, "Total Cost": 40, "Plan Rows": 10, "Plan Width": 8, "Actual Startup Time": 0, "Actual Total Time": 200, "Actual Rows": 500000, "Actual Loops": 1}, {"Node Type": "Index Scan", "Parent Relationship": "Inner", "Index Name": "orders_pkey", "Relation Name": "orders", "Alias": "o2", "Startup Cost": 0, "Total Cost": 5, "Plan Rows": 1, "Plan Width": 8, "Actual Startup Time": 0.005, "Actual Total Time": 0.007, "Actual Rows": 1, "Actual Loops": 500000}]}"#

    var json: String { Self.explained("[{\"Plan\": \(rawValue)}]") }

    /// What EXPLAIN (FORMAT JSON) printed, as a snapshot keeps it.
    static func explained(_ text: String) -> String {
        let plan = try! ExplainReader.read(text)[0]
        return String(decoding: try! JSONEncoder().encode(plan), as: UTF8.self)
    }
}

extension Snapshot {
    /// A costly statement with plans in the log.
    mutating func addLogged(_ plans: (calls: Int64, mean: Double, plan: ExamplePlan)...) {
        addColumns("orders", "id!", "customer_id")
        addCostly("SELECT * FROM orders WHERE customer_id = $1")
        statementStatistics!.statements[0].loggedPlans = plans.map { calls, mean, plan in
            .make {
                $0.calls = calls
                $0.totalTime = mean * Double(calls)
                $0.shortestTime = mean
                $0.longestTime = mean
                $0.json = plan.json
            }
        }
    }
}
