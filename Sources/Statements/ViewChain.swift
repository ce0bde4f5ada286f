import Model

extension StatementShape {
    /// The longest chain of views, each of which names the next; the first is the one that the statement names.
    package var viewChain: [QualifiedName] { levels.isEmpty ? [] : chain(from: 0) }

    private func chain(from root: Int) -> [QualifiedName] {
        let uses = levels.filter { self.root(of: $0.number) == root }.flatMap(\.relations)
        let chains = uses.compactMap { use -> [QualifiedName]? in
            guard let inner = use.inner, case .view(let name) = levels[inner].role else { return nil }
            return [name] + chain(from: inner)
        }
        return chains.max { $0.count < $1.count } ?? []
    }

    /// The statement, or the view's definition, that a level is part of.
    private func root(of level: Int) -> Int { levels[level].parent.map(root) ?? level }
}

extension QueryLevel {
    /// Relations in the longest chain of explicit JOINs: the planner takes them apart up to `join_collapse_limit`.
    package var longestJoin: Int { node.list("fromClause").map(Self.relationCount).max() ?? 0 }

    private static func relationCount(_ source: Node) -> Int {
        guard source.kind == "JoinExpr" else { return 1 }
        return [source.node("larg"), source.node("rarg")].compactMap(\.self).reduce(0) { $0 + relationCount($1) }
    }

    /// UPDATE or DELETE of all rows.
    package var writesAllRows: Bool {
        guard kind == .update || kind == .delete else { return false }
        return node["whereClause"] == nil || node.node("whereClause")?.node("boolval")?.flag("boolval") ?? false
    }
    package var returnsRows: Bool { node["returningList"] != nil }
}
