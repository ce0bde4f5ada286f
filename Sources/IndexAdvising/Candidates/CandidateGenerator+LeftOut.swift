import Model
import Statements

extension CandidateGenerator {
    /// Why a relation that the statement names gets none, one sentence each.
    package func leftOut(of statement: WorkloadStatement) -> [(relation: QualifiedName, reason: String)] {
        var seen: Set<QualifiedName> = []
        return statement.shape.levels.flatMap(\.relations).compactMap { use in
            guard use.source == .relation else { return nil }
            let name = use.target ?? QualifiedName(use.schema ?? statement.searchPath.first ?? "public", use.name)
            guard seen.insert(name).inserted else { return nil }
            return reason(use, name).map { (name, $0) }
        }
    }

    private func reason(_ use: RelationUse, _ name: QualifiedName) -> String? {
        guard let target = use.target, let relation = names.relation(target) else {
            return Self.isSystem(name)
                ? "A system catalog: its indexes are PostgreSQL's own."
                : "The catalog has no such relation: a temporary table, or one that was dropped since."
        }
        if relation.kind == .view {
            return use.inner == nil ? "A view whose definition is not known: what it reads was not looked at." : nil
        }
        return reason(against: relation)
    }

    private static func isSystem(_ name: QualifiedName) -> Bool {
        ["pg_catalog", "information_schema"].contains(name.schema) || name.name.hasPrefix("pg_")
    }

    /// nil where a relation may get indexes.
    func reason(against relation: Relation) -> String? {
        if relation.isSystem || Self.isSystem(relation.name) && relation.name.schema != "public" {
            return "A system catalog: its indexes are PostgreSQL's own."
        }
        if relation.persistence == "t" { return "A temporary table: its indexes end with its session." }
        switch relation.kind {
        case .foreign: return "A foreign table: indexes are made on the server that holds it."
        case .view, .toast: return "No relation that indexes are made for."
        case .table, .partitioned, .materializedView: break
        }
        if relation.isLocked { return "Locked by another session: it was not read, and an index would wait." }
        let rows = extent(of: relation).rows
        guard rows >= CandidateSearch.fewestRows else {
            return """
                Small: below \(Quantity.about(CandidateSearch.fewestRows)) rows a table is read as fast without an index.
                """
        }
        return nil
    }
}
