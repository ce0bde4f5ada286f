import IndexAdvising
import Model
import Statements

extension AdvisedWorkload {
    /// Why statements have no cost, and so no part in the advice: one sentence for each reason.
    func unpriced(for role: String) -> [String] {
        var counts: [String: Int] = [:]
        for note in notes.compactMap(\.self) { counts[note, default: 0] += 1 }
        let refused = Explaining.note(sqlState: "42501")
        var sentences: [String] = []
        if counts.removeValue(forKey: refused) != nil { sentences.append(forbidden(refused, role)) }
        sentences += counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { reason, count in
            "\(Quantity.plural(count, "statement has", "statements have")) no cost, and no part in the advice: \(reason)."
        }
        if unreadable > 0 {
            sentences.append(
                "\(Quantity.plural(unreadable, "statement")) did not parse with PostgreSQL 15's grammar and "
                    + "\(unreadable == 1 ? "was" : "were") left out.")
        }
        return sentences
    }

    /// By table, with what would help: of the tables that refused statements name those that no other statement could be
    /// planned with.
    private func forbidden(_ refused: String, _ role: String) -> String {
        var readable: Set<QualifiedName> = []
        var counts: [QualifiedName: Int] = [:]
        var total = 0
        for place in statements.indices {
            let named = Set(statements[place].shape.levels.flatMap(\.relations).compactMap(\.target))
            if costs[place] != nil { readable.formUnion(named) }
            guard notes[place] == refused else { continue }
            total += 1
            for relation in named { counts[relation, default: 0] += 1 }
        }
        let tables = counts.filter { !readable.contains($0.key) }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let listed = tables.prefix(Self.mostTables).map { "\($0.key) (\(Quantity.plural($0.value, "statement")))" }
        let rest = tables.count - listed.count
        let names = listed.joined(separator: ", ") + (rest > 0 ? " and \(Quantity.plural(rest, "more table"))" : "")
        let what = "EXPLAIN of \(Quantity.plural(total, "statement")) was refused: our role may not read "
        return what + (names.isEmpty ? "their tables" : names) + ". \(Remedies.readAllData(role))"
    }

    private static let mostTables = 20
}
