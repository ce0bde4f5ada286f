import Diagnosing
import Plans

/// Plans for machines. A node's place in `nodes` is its `id`; times are of the wall clock.
extension PlanReport {
    var jsonValue: JSONValue {
        [
            "$schema": "urn:pgmedic:schema:plan-1", "schemaVersion": .integer(1),
            "generator": .optional(options.generator),
            "plans": .array(plans.map(Self.plan)),
        ]
    }

    private static func plan(_ measured: MeasuredPlan) -> JSONValue {
        let plan = measured.plan
        return [
            "line": .integer(Int64(plan.line)),
            "headline": .string(measured.headline),
            "analyzed": .bool(plan.isAnalyzed),
            "planningTimeMs": .rounded(plan.planningTime),
            "executionTimeMs": .rounded(plan.executionTime ?? plan.duration),
            "totalMs": .rounded(measured.measures.times == nil ? nil : measured.measures.total),
            "jit": plan.jit.map { ["functions": .rounded($0.functions), "timeMs": .rounded($0.time)] } ?? .null,
            "serializationMs": .rounded(plan.serializationTime),
            "triggers": .array(
                plan.triggers.map {
                    [
                        "name": .string($0.name), "constraint": .optional($0.constraint),
                        "relation": .optional($0.relation),
                        "timeMs": .rounded($0.time), "calls": .rounded($0.calls),
                    ]
                }),
            "settings": .array(plan.settings.map { ["name": .string($0.name), "value": .string($0.value)] }),
            "nodes": .array(plan.nodes.map { node($0, measured) }),
            "findings": .array(measured.findings.map { .finding($0, causes: [], symptoms: []) }),
        ]
    }

    private static func node(_ node: ExplainedNode, _ measured: MeasuredPlan) -> JSONValue {
        let names: [(String, JSONValue)] = [
            ("id", .integer(Int64(node.id))), ("parent", .optional(node.parent.map { Int64($0) })),
            ("type", .string(node.type)), ("name", .string(node.name)), ("place", .string(node.place.word)),
            ("subplan", .optional(node.subplan)), ("relation", .optional(node.relation)),
            ("schema", .optional(node.schema)), ("alias", .optional(node.alias)), ("index", .optional(node.index)),
            ("cte", .optional(node.cte)), ("function", .optional(node.function)),
        ]
        let executed = node.actual.map { $0.loops > 0 }
        let measures: [(String, JSONValue)] = [
            ("exclusiveMs", .rounded(measured.measures.times?[node.id])),
            ("exclusiveShare", .rounded(measured.measures.times == nil ? nil : measured.share(of: node), places: 4)),
            ("inclusiveMs", .rounded(measured.measures.times == nil ? nil : measured.measures.wholeTimes[node.id])),
            ("loops", .rounded(node.actual?.loops)), ("processes", .rounded(measured.measures.participants[node.id])),
            ("rows", .rounded(executed == true ? node.actual?.rows : nil)), ("plannedRows", .rounded(node.plannedRows)),
            ("misestimateFactor", .rounded(measured.misestimateFactor(of: node))),
            ("startupCost", .rounded(node.startupCost)), ("totalCost", .rounded(node.totalCost)),
            ("rowsRemovedByFilter", .rounded(node.removedByFilter)), ("workersPlanned", .rounded(node.workersPlanned)),
            ("workersLaunched", .rounded(node.workersLaunched)), ("workers", .array(node.workers.map(worker))),
            ("disabled", .bool(node.isDisabled)),
            ("exclusiveBlocks", measured.measures.buffers.map { blocks($0[node.id]) } ?? .null),
            (
                "conditions",
                .array(node.conditions.map { ["label": .string($0.label), "text": .string($0.text)] })
            ),
        ]
        return .object((names + measures).map { JSONMember($0.0, $0.1) })
    }

    private static func worker(_ worker: ExplainedNode.Worker) -> JSONValue {
        [
            "number": .integer(Int64(worker.number)), "timeMs": .rounded(worker.actual.totalTime),
            "rows": .rounded(worker.actual.rows), "loops": .rounded(worker.actual.loops),
        ]
    }

    private static func blocks(_ counts: BlockCounts) -> JSONValue {
        .object(BlockCounts.Kind.allCases.map { JSONMember("\($0)", .rounded(counts[$0])) })
    }
}

extension ExplainedNode.Place {
    fileprivate var word: String {
        switch self {
        case .child: "child"
        case .initPlan: "init-plan"
        case .subPlan: "sub-plan"
        case .cte: "cte"
        }
    }
}
