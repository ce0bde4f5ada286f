import Collecting
import Foundation
import Lab
import Model
import Plans
import Reporting
import Statements

/// What a lab showed: how alike it plans, and what became of what was tried.
struct LabReport: Sendable {
    /// A statement's plan, before what was tried and after it.
    struct Plan: Sendable {
        var statement: String
        var before: String
        var after: String?
        var costBefore: Double?
        var costAfter: Double?
    }

    let dsn: String
    let major: Int
    let likeness: Likeness
    let failures: [Lab.Failure]
    let notes: [String]
    private(set) var tried: [(sql: String, refused: String?)] = []
    private(set) var plans: [Plan] = []

    init(
        _ lab: Lab, _ image: PlannerImage, _ snapshot: Snapshot, tries: [String], explain: [String]
    ) async throws {
        (dsn, major) = (lab.dsn, lab.major)
        let statements = Self.statements(of: snapshot, image)
        var likeness = Likeness()
        for (name, text, plan, path) in statements {
            do {
                likeness.compare(name, source: plan, lab: try await lab.explain(text, searchPath: path))
            } catch let error as LabRefusal {
                likeness.unplanned(name, reason: error.message)
            }
        }
        self.likeness = likeness
        let wanted = explain.isEmpty && !tries.isEmpty ? statements.map(\.text) : explain
        for text in wanted {
            let shown = try await Self.plan(text, lab)
            plans.append(Plan(statement: text, before: shown.text, costBefore: shown.cost))
        }
        for sql in tries { tried.append((sql, try await Self.attempt(sql, lab))) }
        if !tries.isEmpty {
            for place in plans.indices {
                let shown = try await Self.plan(plans[place].statement, lab)
                (plans[place].after, plans[place].costAfter) = (shown.text, shown.cost)
            }
            if explain.isEmpty { plans = plans.filter { $0.after != $0.before } }
        }
        failures = await lab.failures
        notes = await lab.notes + image.missing
    }

    /// The case's statements that the source explained without values of theirs.
    private static func statements(
        of snapshot: Snapshot, _ image: PlannerImage
    ) -> [(name: String, text: String, plan: String, path: [String])] {
        let schemas = Set(image.definitions.filter { $0.kind == .schema }.map(\.name.name) + ["public"])
        return (snapshot.statementStatistics?.statements ?? []).compactMap { statement in
            guard statement.database == image.database, let text = statement.text, let plan = statement.plan else {
                return nil
            }
            let own = try? ParsedStatement(parsing: text)
            let sent =
                plan.basis == .equivalentSelect
                ? own?.equivalentSelect.flatMap { try? ParsedStatement(parsing: $0) } : own
            guard let sent else { return nil }
            let name = statement.fingerprint ?? String(statement.queryID)
            return (name, sent.preparable, plan.json, snapshot.searchPath(of: statement, existing: schemas))
        }
    }

    /// nil: it was taken.
    private static func attempt(_ sql: String, _ lab: Lab) async throws -> String? {
        do {
            // What makes files meets empty ones; what is of the session stays in it.
            let word = sql.split(whereSeparator: \.isWhitespace).first?.lowercased() ?? ""
            if ["create", "drop", "alter"].contains(word) {
                return try await lab.change([sql]).first?.reason
            }
            try await lab.run(sql)
            return nil
        } catch let error as LabRefusal {
            return error.message
        }
    }

    private static func plan(_ text: String, _ lab: Lab) async throws -> (text: String, cost: Double?) {
        do {
            let json = try await lab.explain(text)
            let plan = try Plans.Plan(json: json)
            return (Self.lines(plan.root, depth: 0).joined(separator: "\n"), plan.root.totalCost)
        } catch let error as LabRefusal {
            return ("not planned: \(error.message)", nil)
        } catch let error as ExplainError {
            return ("not read: \(error)", nil)
        }
    }

    /// `Index Scan orders_status_idx on orders  (cost 8.31, 12 rows)`
    private static func lines(_ node: PlanNode, depth: Int) -> [String] {
        let object =
            node.index.map { " " + $0 + (node.relation.map { " on " + $0 } ?? "") } ?? node.relation.map { " " + $0 }
            ?? ""
        let cost = Quantity.decimal(node.totalCost, places: 2)
        let line =
            String(repeating: "  ", count: depth) + node.type + object
            + "  (cost \(cost), \(Quantity.about(node.rows)) rows)"
        return [line] + node.children.flatMap { lines($0, depth: depth + 1) }
    }
}

// MARK: - Written

extension LabReport {
    func text(verbose: Bool, width: Int) -> String {
        var lines = ["PostgreSQL \(major), empty, with the source's statistics and sizes"]
        if let share = likeness.share {
            lines.append(
                "\(likeness.same.count) of \(Quantity.plural(likeness.count, "statement")) planned as at the source "
                    + "(\(Quantity.percent(share)))")
        } else {
            lines.append("The case holds no plan to compare with: nobody knows how alike it plans")
        }
        for (statement, difference) in likeness.different.prefix(verbose ? .max : 3) {
            lines.append("  differs: \(statement): \(difference)")
        }
        for (statement, reason) in likeness.unplanned.prefix(verbose ? .max : 3) {
            lines.append("  not planned: \(statement): \(reason)")
        }
        for failure in failures.prefix(verbose ? .max : 5) {
            lines.append("  not made: \(failure.name): \(failure.reason)")
        }
        if failures.count > 5 && !verbose { lines.append("  and \(failures.count - 5) more: --verbose") }
        lines += notes.map { "  " + $0 }
        for (sql, refused) in tried {
            lines.append((refused == nil ? "tried: " : "refused: ") + sql + (refused.map { ": " + $0 } ?? ""))
        }
        var blocks = lines.map(Visible.line).joined(separator: "\n") + "\n"
        for plan in plans {
            blocks += "\n" + Visible.line(plan.statement) + "\n" + indented(plan.before)
            guard let after = plan.after else { continue }
            blocks += after == plan.before ? "  the same after it\n" : "  after it:\n" + indented(after)
        }
        if plans.isEmpty && !tried.isEmpty { blocks += "No plan changed.\n" }
        return blocks
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    " + Visible.line(String($0)) }.joined(separator: "\n") + "\n"
    }

    func json() throws -> String {
        struct Entry: Encodable {
            var statement: String
            var difference: String
        }
        struct Planned: Encodable {
            var statement: String
            var before: String
            var after: String?
            var costBefore: Double?
            var costAfter: Double?
        }
        struct Tried: Encodable {
            var sql: String
            var refused: String?
        }
        struct Written: Encodable {
            var format = "pgmedic.lab/1"
            var major: Int
            var compared: Int
            var same: Int
            var different: [Entry]
            var notPlanned: [Entry]
            var notMade: [Entry]
            var notes: [String]
            var tried: [Tried]
            var plans: [Planned]
        }
        let written = Written(
            major: major, compared: likeness.count, same: likeness.same.count,
            different: likeness.different.map { Entry(statement: $0.statement, difference: $0.difference) },
            notPlanned: likeness.unplanned.map { Entry(statement: $0.statement, difference: $0.reason) },
            notMade: failures.map { Entry(statement: $0.name, difference: $0.reason) }, notes: notes,
            tried: tried.map { Tried(sql: $0.sql, refused: $0.refused) },
            plans: plans.map {
                Planned(
                    statement: $0.statement, before: $0.before, after: $0.after, costBefore: $0.costBefore,
                    costAfter: $0.costAfter)
            })
        return try Console.json(written)
    }
}
