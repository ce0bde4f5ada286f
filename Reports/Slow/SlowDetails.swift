import Diagnosing
import Foundation
import Model
import Plans
import Recommending
import Statements

/// What a diagnosis knows of the statements of a slow report: how they are planned, how they are written, what is advised.
package struct SlowDetails: Sendable {
    package struct Detail: Sendable {
        /// Each way in which it is planned, told once: `generic: Hash Join (…)`.
        package var plans: [String] = []
        /// `SELECT of orders and customers, 2 joins, ORDER BY, LIMIT`
        package var shape: String?
        package var advice: [Advice] = []
    }

    package struct Advice: Sendable {
        package var fingerprint: String
        package var severity: Severity
        package var tier: Tier
        package var title: String
        /// The first step of its ladder that removes it.
        package var step: String?
    }

    /// By libpg_query's fingerprint.
    private var details: [String: Detail] = [:]
    /// Moment of the snapshot that this is of; nil: there is none.
    package private(set) var takenAt: Date?

    package init() {}

    package init(_ diagnosis: Diagnosis) {
        takenAt = diagnosis.snapshot.takenAt
        for statement in diagnosis.snapshot.statementStatistics?.statements ?? [] {
            guard let fingerprint = statement.fingerprint else { continue }
            for plan in Self.plans(statement) where !(details[fingerprint]?.plans.contains(plan) ?? false) {
                details[fingerprint, default: Detail()].plans.append(plan)
            }
        }
        for analysis in diagnosis.observation.analyses.all {
            guard let fingerprint = analysis.load.representative.fingerprint else { continue }
            details[fingerprint, default: Detail()].shape = Self.shape(analysis.shape)
            for call in analysis.load.loggedPlans {
                let outline = call.plan.outline
                guard details[fingerprint]?.plans.first != outline else { continue }
                details[fingerprint]?.plans.append(
                    "as it ran, \(Quantity.plural(Int(call.logged.calls), "call")): " + outline)
            }
        }
        for finding in diagnosis.findings {
            let action = finding.actions.first { $0.tier == finding.tier } ?? finding.actions.first
            for object in finding.objects where object.kind == .statement {
                details[object.name, default: Detail()].advice.append(
                    Advice(
                        fingerprint: finding.fingerprint, severity: finding.severity, tier: finding.tier,
                        title: finding.title, step: action?.title))
            }
        }
    }

    package subscript(fingerprint: String?) -> Detail? { fingerprint.flatMap { details[$0] } }

    private static func plans(_ statement: Statement) -> [String] {
        func outline(_ json: String?) -> String? { json.flatMap { try? Plan(json: $0) }.map(\.root.outline) }
        var plans: [String] = []
        if let generic = outline(statement.plan?.json) { plans.append(generic) }
        for variant in statement.variants {
            guard let planned = outline(variant.json), planned != plans.first else { continue }
            plans.append("with \(variant.kind.rawValue) values: " + planned)
        }
        return plans
    }

    private static func shape(_ shape: StatementShape) -> String? {
        guard let top = shape.top else { return nil }
        var parts = [top.kind.rawValue.uppercased()]
        let relations = shape.relations.map(\.name)
        if !relations.isEmpty {
            parts[0] += " of " + relations.prefix(4).joined(separator: ", ") + (relations.count > 4 ? ", …" : "")
        }
        let joins = shape.levels.reduce(0) { $0 + $1.joins.count }
        if joins > 0 { parts.append(Quantity.plural(joins, "join condition")) }
        if shape.levels.count > 1 { parts.append(Quantity.plural(shape.levels.count - 1, "subquery", "subqueries")) }
        if !top.groupBy.isEmpty || top.hasAggregates { parts.append(top.groupBy.isEmpty ? "aggregates" : "GROUP BY") }
        if top.isDistinct { parts.append("DISTINCT") }
        if top.hasWindow { parts.append("window functions") }
        if !top.orderBy.isEmpty { parts.append("ORDER BY") }
        if top.hasLimit { parts.append("LIMIT") }
        if top.hasOffset { parts.append("OFFSET") }
        if top.selectsStar { parts.append("selects *") }
        return parts.joined(separator: ", ")
    }
}
