import Model
import Statements

/// Access methods other than B-tree.
extension RelationCandidates {
    /// Below that (128 MB) a B-tree or a sequential scan does (our choice: the manual's chapter on BRIN says "very
    /// large").
    private static let fewestBRINPages: Int64 = 16_384
    /// Neighbours in the table must be neighbours in value; the manual gives no number (our choice).
    private static let leastCorrelation = 0.95
    /// Rows updated and deleted, of those inserted: what is written in between destroys the order (our choice).
    private static let mostRewritten = 0.1

    mutating func addOtherMethods() {
        let arms = reading.alternatives.flatMap { $0.flatMap(\.self) }
        for term in reading.terms + arms {
            guard case .other(let method, let operatorClass) = term.kind else { continue }
            var key = IndexCandidate.Key(term.key)
            key.operatorClass = operatorClass
            append(made(method, [key]), 0, 10)
            // With btree_gist plain values stand beside the range, as an exclusion constraint has them.
            let scalars = equalities.filter { $0.isColumn && $0.type != "boolean" }.prefix(2)
            if method == .gist, operatorClass == nil, !scalars.isEmpty, has("btree_gist") {
                append(made(.gist, scalars.map { IndexCandidate.Key($0) } + [key]), 0, 9)
            }
        }
        addBRIN()
    }

    private func has(_ name: String) -> Bool { generator.names.catalog.extensions.contains { $0.name == name } }

    private func made(_ method: IndexCandidate.Method, _ keys: [IndexCandidate.Key]) -> IndexCandidate {
        var candidate = IndexCandidate(relation: reading.relation.name, method: method, keys: keys)
        candidate.isPartitioned = reading.relation.kind == .partitioned
        return candidate
    }

    /// Large, written at its end only, and asked for a range: https://www.postgresql.org/docs/current/brin-intro.html
    private mutating func addBRIN() {
        let rewritten = Double(extent.counters.updated + extent.counters.deleted)
        guard extent.pages > Self.fewestBRINPages,
            rewritten <= Self.mostRewritten * max(Double(extent.counters.inserted), extent.rows)
        else { return }
        for key in ranges where key.isColumn {
            guard abs(facts.correlation(key.columns[0])) >= Self.leastCorrelation else { continue }
            append(made(.brin, [IndexCandidate.Key(key)]), 0, 15)
        }
    }
}
